//! `--roles`: whose turns of a chat are examined.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields};
use serde_json::json;

use crate::world::{CLAUDE, OPENAI, World, parquet_bytes};

/// A chat a row, of roles and texts; a role or a text may be null.
type Chat<'a> = &'a [(Option<&'a str>, Option<&'a str>)];

fn chats(rows: &[Chat<'_>]) -> ArrayRef {
    let fields =
        Fields::from(vec![Field::new("role", DataType::Utf8, true), Field::new("content", DataType::Utf8, true)]);
    let mut list = ListBuilder::new(StructBuilder::from_fields(fields, 0));
    for row in rows {
        for (role, text) in *row {
            list.values().field_builder::<StringBuilder>(0).unwrap().append_option(*role);
            list.values().field_builder::<StringBuilder>(1).unwrap().append_option(*text);
            list.values().append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

const ROWS: [Chat<'_>; 4] = [
    &[(Some("system"), Some("Be brief.")), (Some("user"), Some(OPENAI)), (Some("assistant"), Some("Yes."))],
    &[(Some("user"), None), (Some("assistant"), Some(CLAUDE))],
    &[],
    &[(None, Some(OPENAI)), (Some("Assistant"), Some(CLAUDE))],
];

/// Row, text and reference of each match.
fn found(world: &World) -> Vec<(u64, u32, String)> {
    world.matches().into_iter().map(|(_, row, _, index, reference)| (row, index, reference)).collect()
}

fn expected(rows: &[(u64, u32, &str)]) -> Vec<(u64, u32, String)> {
    rows.iter().map(|(row, index, reference)| (*row, *index, (*reference).to_owned())).collect()
}

#[test]
fn only_the_turns_of_the_roles_are_examined_and_those_of_nobody() {
    for (roles, rows, others) in [
        (None, &[(0, 1, "o1"), (1, 1, "c1"), (3, 0, "o1"), (3, 1, "c1")][..], 0),
        (Some("assistant"), &[(1, 1, "c1"), (3, 0, "o1"), (3, 1, "c1")], 2),
        (Some("user,system"), &[(0, 1, "o1"), (3, 0, "o1")], 3),
    ] {
        let world = World::new();
        let batch = RecordBatch::try_from_iter([("messages", chats(&ROWS))]).unwrap();
        world.write("in/a.parquet", parquet_bytes(&batch, 2, |properties| properties));
        let lines = ROWS.map(|row| json!({"messages": row.iter().map(|(role, text)| json!({"content": text, "role": role})).collect::<Vec<_>>()}));
        world.write_lines("lines/a.jsonl", &lines);
        for folder in ["in", "lines"] {
            let args: Vec<&str> =
                [folder].into_iter().chain(roles.iter().flat_map(|roles| ["--roles", roles])).collect();
            world.scan(&args).exits(0);
            assert_eq!(found(&world), expected(rows), "{folder} {roles:?}");
            assert_eq!(world.summary()["totals"]["other_roles"], others, "{folder} {roles:?}");
            std::fs::remove_dir_all(world.path("out")).unwrap();
        }
    }
}

#[test]
fn the_roles_of_sharegpt_have_other_names() {
    let world = World::new();
    let chat = json!({"conversations": [{"from": "human", "value": OPENAI}, {"from": "gpt", "value": CLAUDE}]});
    world.write_lines("in/a.jsonl", &[chat, json!({"conversations": [{"value": OPENAI}]})]);
    world.scan(&["in", "--roles", "assistant"]).exits(0);
    assert_eq!(found(&world), expected(&[(0, 1, "c1"), (1, 0, "o1")]));
}

#[test]
fn redacting_counts_the_turns_that_are_passed_over() {
    let world = World::new();
    let chat = |user: &str, assistant: &str| json!({"messages": [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]});
    world.write_lines("in/a.jsonl", &[chat(OPENAI, CLAUDE)]);
    world.scan(&["in", "--roles", "assistant", "--action", "redact"]).exits(0);
    let written = std::fs::read_to_string(world.path("out/data/a.jsonl")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!(written["messages"][0]["content"], OPENAI);
    assert_eq!(written["messages"][1]["content"], "[REDACTED].");
}
