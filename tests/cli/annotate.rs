//! Annotated copies: everything that was there, and what was found.

use std::fs;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{ArrayRef, Float64Array, StringArray};
use arrow_schema::{DataType, Field, Fields};
use serde_json::{Value, json};

use crate::read::{column, columns, ids};
use crate::world::{CLAUDE, OPENAI, World, clean, ids as numbers};

#[test]
fn every_column_is_kept_and_two_are_added() {
    let world = World::new();
    let texts: ArrayRef = Arc::new(StringArray::from(vec![clean(0), OPENAI.to_owned(), clean(2), CLAUDE.to_owned()]));
    let scores: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.5), None, Some(f64::NAN), Some(-0.0)]));
    let path = world.columns("in/part.parquet", &[("score", scores), ("text", texts), ("id", numbers(4))], 2);
    world.scan(&["in", "--action", "annotate"]).exits(0);
    let out = world.path("out/data/part.parquet");
    assert_eq!(columns(&out), ["score", "text", "id", "ringfence_verdict", "ringfence_matches"]);
    for name in ["score", "text", "id"] {
        assert_eq!(column(&out, name), column(&path, name), "{name}");
    }
    assert_eq!(column(&out, "ringfence_verdict"), ["keep", "flag", "keep", "flag"]);
    let matches = column(&out, "ringfence_matches");
    assert_eq!((matches[0].as_str(), matches[2].as_str()), ("[]", "[]"));
    for (found, id, vendor) in [(&matches[1], "o1", "openai"), (&matches[3], "c1", "anthropic")] {
        for words in [format!("reference_id: \"{id}\""), format!("vendor: \"{vendor}\""), "similarity: 1.0".to_owned()]
        {
            assert!(found.contains(&words), "`{words}` is not in {found}");
        }
    }
}

#[test]
fn annotated_lines_are_the_lines_with_two_more_members() {
    let world = World::new();
    let lines = [json!({"z": 1.50, "text": OPENAI, "a": [null]}), json!({"text": clean(1)})];
    world.write_lines("in/lines.jsonl", &lines);
    world.scan(&["in", "--action", "annotate"]).exits(0);
    let annotated = fs::read_to_string(world.path("out/data/lines.jsonl")).unwrap();
    let said: Vec<Value> = annotated.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (line, before) in annotated.lines().zip(&lines) {
        let kept = before.to_string();
        assert!(line.starts_with(kept.trim_end_matches('}')), "{line}");
    }
    assert_eq!((&said[0]["ringfence_verdict"], &said[1]["ringfence_verdict"]), (&json!("flag"), &json!("keep")));
    let found = &said[0]["ringfence_matches"][0];
    assert_eq!(
        (&found["reference_id"], &found["model"], &found["kind"]),
        (&json!("o1"), &json!("gpt-4"), &json!("exact"))
    );
    assert_eq!(said[1]["ringfence_matches"], json!([]));
}

#[test]
fn shards_that_were_annotated_before_are_named() {
    let world = World::new();
    let texts: ArrayRef = Arc::new(StringArray::from(vec![OPENAI]));
    world.columns("in/part.parquet", &[("text", texts.clone()), ("ringfence_verdict", texts)], 2);
    world.write_lines("in/lines.jsonl", &[json!({"text": OPENAI, "ringfence_matches": []})]);
    let ran = world.scan(&["in", "--action", "annotate"]).exits(2);
    ran.says(&["in/part.parquet", "ringfence_verdict", "in/lines.jsonl", "ringfence_matches", "line 0 (from 0)"]);
    assert_eq!(world.files("out/data"), [""; 0]);
}

/// Chats as a list of structs; `None` is a turn without content.
fn chats(chats: &[&[Option<&str>]]) -> ArrayRef {
    let field = |name: &str| Field::new(name, DataType::Utf8, true);
    let fields = Fields::from(vec![field("role"), field("content")]);
    let turn = StructBuilder::new(fields, vec![Box::new(StringBuilder::new()), Box::new(StringBuilder::new())]);
    let mut list = ListBuilder::new(turn);
    for chat in chats {
        for content in *chat {
            let turn = list.values();
            turn.field_builder::<StringBuilder>(0).unwrap().append_value("user");
            turn.field_builder::<StringBuilder>(1).unwrap().append_option(*content);
            turn.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

#[test]
fn a_match_in_a_list_has_its_column_and_place() {
    for naming in [&[][..], &["--columns", "messages[].content"]] {
        let world = World::new();
        let plain = clean(1);
        let turns = chats(&[&[Some(&plain), None, Some(OPENAI)], &[], &[Some(&plain)], &[Some(CLAUDE), Some(CLAUDE)]]);
        world.columns("in/chat.parquet", &[("id", numbers(4)), ("messages", turns)], 2);
        world.write("in/chat.jsonl", format!("{}\n", json!({"messages": [{"role": "a"}, {"content": CLAUDE}]})));
        world.scan(&[&["in", "--action", "drop"], naming].concat()).exits(0);
        let found = |shard: &str, row, index, id: &str| {
            (shard.to_owned(), row, "messages[].content".to_owned(), index, id.to_owned())
        };
        let expected = [
            found("chat.jsonl", 0, 1, "c1"),
            found("chat.parquet", 0, 2, "o1"),
            found("chat.parquet", 3, 0, "c1"),
            found("chat.parquet", 3, 1, "c1"),
        ];
        assert_eq!(world.matches(), expected);
        assert_eq!(ids(&world.path("out/data/chat.parquet")), [1, 2]);
        assert_eq!(world.summary()["totals"]["matched_records"], 3);
    }
}

#[test]
fn several_columns_are_scanned_in_the_order_of_their_naming() {
    let world = World::new();
    let [a, b]: [ArrayRef; 2] =
        [[OPENAI, "x", "y"], [CLAUDE, "z", OPENAI]].map(|c| Arc::new(StringArray::from(c.to_vec())) as ArrayRef);
    world.columns("in/two.parquet", &[("a", a), ("b", b)], 2);
    world.write_lines("in/two.jsonl", &[json!({"b": CLAUDE, "a": "x"}), json!({"b": "only b"})]);
    world.scan(&["in", "--columns", "a,b"]).exits(2).says(&["in/two.jsonl: line 1 (from 0): missing column"]);
    let rows: Vec<_> = world.matches().into_iter().map(|m| (m.0, m.1, m.2)).collect();
    let expected = [("two.jsonl", 0, "b"), ("two.parquet", 0, "a"), ("two.parquet", 0, "b"), ("two.parquet", 2, "b")];
    assert_eq!(rows, expected.map(|(shard, row, column)| (shard.to_owned(), row, column.to_owned())));
    assert_eq!(world.summary()["totals"]["matched_records"], 3);
}
