//! Redacted copies: a marker in place of each matched span, everything else as it was.

use std::fs;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, BinaryArray, DictionaryArray, StringArray};
use serde_json::{Value, json};

use crate::read::{column, columns, ids};
use crate::world::{CLAUDE, OPENAI, World, clean, ids as numbers, some};

/// A reference in the middle of text of one's own, and the same redacted.
fn around(text: &str) -> String {
    format!("{} -- {text} -- {}", clean(1), clean(2))
}

/// The full stop behind the last word is no part of it.
fn redacted() -> String {
    around("[REDACTED].")
}

/// Scans what was written to `out/data` for `again`; nothing may be found.
#[track_caller]
fn nothing_is_left(world: &World) {
    world.run(&["scan", "out/data", "--index", "rf", "--out", "again"]).exits(0);
    let summary: Value = serde_json::from_slice(&fs::read(world.path("again/summary.json")).unwrap()).unwrap();
    assert_eq!((&summary["totals"]["matches"], &summary["complete"]), (&json!(0), &json!(true)));
}

#[test]
fn spans_become_markers_and_all_else_stays() {
    let world = World::new();
    let texts = [clean(0), around(OPENAI), OPENAI.to_owned(), clean(3), clean(4), around(CLAUDE)];
    let expected = [clean(0), redacted(), "[REDACTED].".to_owned(), clean(3), clean(4), redacted()];
    let path = world.parquet("in/part.parquet", &some(&texts), 2);
    world.parquet("in/clean.parquet", &[Some("nothing"), None], 2);
    world.scan(&["in", "--action", "redact"]).exits(0);
    let out = world.path("out/data/part.parquet");
    assert_eq!(column(&out, "text"), expected);
    assert_eq!((columns(&out), column(&out, "id")), (columns(&path), column(&path, "id")));
    assert_eq!(
        fs::read(world.path("out/data/clean.parquet")).unwrap(),
        fs::read(world.path("in/clean.parquet")).unwrap()
    );
    assert_eq!(column(&world.path("out/matches.parquet"), "verdict"), ["redact"; 3]);
    let summary = world.summary();
    assert_eq!(
        (&summary["parameters"]["action"], &summary["parameters"]["marker"]),
        (&json!("redact"), &json!("[REDACTED]"))
    );
    let outputs: Vec<_> = summary["shards"].as_array().unwrap().iter().map(|shard| shard["output"].clone()).collect();
    assert_eq!(outputs, ["copied", "rewritten"]);
    nothing_is_left(&world);
}

#[test]
fn lists_dictionaries_and_binary_columns_are_redacted() {
    let world = World::new();
    let (hit, own) = (around(OPENAI), clean(5));
    let mut turns = ListBuilder::new(StringBuilder::new());
    for texts in [&[Some(own.as_str()), None, Some(&hit)][..], &[], &[Some(OPENAI), Some(CLAUDE), Some(&own)]] {
        texts.iter().for_each(|text| turns.values().append_option(*text));
        turns.append(true);
    }
    world.columns("in/list.parquet", &[("id", numbers(3)), ("content", Arc::new(turns.finish()))], 2);
    let dictionary: DictionaryArray<Int32Type> = [hit.as_str(), &own, &hit, &hit].into_iter().collect();
    world.columns("in/dictionary.parquet", &[("content", Arc::new(dictionary))], 3);
    let binary = BinaryArray::from(vec![hit.as_bytes(), own.as_bytes(), b"\xff", OPENAI.as_bytes()]);
    world.columns("in/binary.parquet", &[("id", numbers(4)), ("content", Arc::new(binary))], 4);
    world.run(&["index", "build", "--out", "rf", "refs.jsonl"]).exits(0);
    for (name, columns, code) in [("list", "content[]", 0), ("dictionary", "content", 0), ("binary", "content", 2)] {
        let (input, out) = (format!("in/{name}.parquet"), format!("{name}-out"));
        let args = ["scan", &input, "--index", "rf", "--out", &out, "--action", "redact", "--columns", columns];
        world.run(&args).exits(code);
    }
    let lists = column(&world.path("list-out/data/list.parquet"), "content");
    assert_eq!(lists[0], format!("[\"{own}\", null, \"{}\"]", redacted()));
    assert_eq!(lists[1..], ["[]".to_owned(), format!("[\"[REDACTED].\", \"[REDACTED].\", \"{own}\"]")]);
    let values = column(&world.path("dictionary-out/data/dictionary.parquet"), "content");
    assert_eq!(values, [redacted(), own.clone(), redacted(), redacted()]);
    let binary = world.path("binary-out/data/binary.parquet");
    assert_eq!(ids(&binary), [0, 1, 3], "what was not examined is set aside");
    assert_eq!(ids(&world.path("binary-out/quarantine/binary.parquet")), [2]);
}

#[test]
fn lines_keep_every_byte_around_the_spans() {
    for end in ["", ".zst", ".gz"] {
        let world = World::new();
        let pack = |bytes: Vec<u8>| match end {
            ".zst" => zstd::encode_all(&bytes[..], 3).unwrap(),
            ".gz" => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                std::io::Write::write_all(&mut gzip, &bytes).unwrap();
                gzip.finish().unwrap()
            }
            _ => bytes,
        };
        let line = |first: &str, second: &str| {
            format!(
                r#"{{ "n": 1.50,"text" : "one \u00e9\n {first}\t\"end\"", "text":"{second}", "other": "{OPENAI}"}} "#
            )
        };
        let good = r#"{"text": "spaced\u0020 out" }"#;
        let lines = format!("{}\r\n\n{good}\n{{\"text\": 5}}\n{}", line(OPENAI, "two"), line("one", CLAUDE));
        world.write(format!("in/lines.jsonl{end}"), pack(lines.into_bytes()));
        world.scan(&["in", "--action", "redact", "--marker", "<\"cut\">"]).exits(2);
        let read = |folder: &str| {
            let bytes = fs::read(world.path(format!("out/{folder}/lines.jsonl{end}"))).unwrap();
            let mut text = String::new();
            match end {
                ".zst" => text = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap(),
                ".gz" => {
                    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
                }
                _ => text = String::from_utf8(bytes).unwrap(),
            }
            text
        };
        let cut = r#"<\"cut\">."#;
        assert_eq!(read("data"), format!("{}\r\n{good}\n{}\n", line(cut, "two"), line("one", cut)));
        assert_eq!(read("quarantine"), "{\"text\": 5}\n");
        assert_eq!(world.summary()["parameters"]["marker"], "<\"cut\">");
        nothing_is_left(&world);
    }
}

#[test]
fn chats_and_several_columns_are_redacted_in_their_places() {
    let world = World::new();
    let chat = json!({"messages": [{"role": "user", "content": clean(1)}, {"content": null}, {"content": around(CLAUDE)}], "title": OPENAI});
    world.write_lines("in/chat.jsonl", std::slice::from_ref(&chat));
    world.scan(&["in", "--action", "redact", "--columns", "title,messages[].content"]).exits(0);
    let mut expected = chat;
    expected["messages"][2]["content"] = redacted().into();
    expected["title"] = "[REDACTED].".into();
    assert_eq!(fs::read_to_string(world.path("out/data/chat.jsonl")).unwrap(), format!("{expected}\n"));

    let [a, b]: [ArrayRef; 2] =
        [[OPENAI, "x"], ["y", CLAUDE]].map(|c| Arc::new(StringArray::from(c.to_vec())) as ArrayRef);
    let world = World::new();
    world.columns("in/two.parquet", &[("a", a), ("b", b)], 2);
    world.scan(&["in", "--action", "redact", "--columns", "b,a"]).exits(0);
    let out = world.path("out/data/two.parquet");
    assert_eq!(
        (column(&out, "a"), column(&out, "b")),
        (vec!["[REDACTED].".to_owned(), "x".into()], vec!["y".to_owned(), "[REDACTED].".into()])
    );
}

#[test]
fn passages_that_are_not_reported_are_redacted_too() {
    let world = World::new();
    let text = format!("{} {OPENAI} {} {CLAUDE} {} {OPENAI} {}", clean(1), clean(2), clean(3), clean(4));
    world.write_lines("in/lines.jsonl", &[json!({"text": text})]);
    world.scan(&["in", "--action", "redact", "--max-matches", "1"]).exits(0);
    assert_eq!(world.matches().len(), 1);
    let left = text.replace(OPENAI, "[REDACTED].").replace(CLAUDE, "[REDACTED].");
    assert_eq!(fs::read_to_string(world.path("out/data/lines.jsonl")).unwrap(), format!("{}\n", json!({"text": left})));
    nothing_is_left(&world);
}

#[test]
fn a_failed_shard_has_no_redacted_copy_and_a_marker_needs_the_action() {
    let world = World::new();
    let path = world.parquet("in/part.parquet", &[Some(OPENAI), Some("x")], 1);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 9);
    world.write("in/cut.parquet", bytes);
    world.scan(&["in", "--action", "redact"]).exits(2);
    assert_eq!(world.files("out/data"), ["part.parquet"]);
    let ran = world.run(&["scan", "in", "--index", "rf", "--out", "flagged", "--marker", "x"]);
    ran.exits(2).says(&["--marker", "add --action redact"]);
    assert!(!world.path("flagged").exists());
}
