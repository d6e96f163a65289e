//! A record that cannot be examined is listed and set aside; the others of its shard go on.

use std::fs;

use serde_json::{Value, json};

use crate::read::{column, ids};
use crate::world::{OPENAI, Ran, World, clean};

/// A record of each kind of fault, good ones around them; the third line is blank.
fn lines() -> Vec<Vec<u8>> {
    let good = |n: usize| json!({"id": n, "text": clean(n)}).to_string().into_bytes();
    vec![
        good(0),
        b"{\"id\": 1, \"text\": \"cut".to_vec(),
        b"".to_vec(),
        good(3),
        json!({"id": 4, "text": OPENAI}).to_string().into_bytes(),
        json!({"id": 5, "text": 17}).to_string().into_bytes(),
        json!({"id": 6}).to_string().into_bytes(),
        b"{\"id\": 7, \"text\": \"\xff\xfe\"}".to_vec(),
        b"[8]".to_vec(),
        json!({"id": 9, "text": null}).to_string().into_bytes(),
    ]
}

const BAD: [usize; 5] = [1, 5, 6, 7, 8];
const CLEAN: [usize; 3] = [0, 3, 9];

fn skipped(world: &World) -> Vec<Value> {
    let list = fs::read_to_string(world.path("out/skipped.jsonl")).unwrap();
    list.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn scanned(world: &World, action: &str) -> Ran {
    world.write("in/sub/lines.jsonl", lines().join(&b'\n'));
    world.scan(&["in", "--action", action]).exits(2)
}

fn joined(rows: &[usize]) -> Vec<u8> {
    rows.iter().flat_map(|&row| [lines()[row].clone(), b"\n".to_vec()].concat()).collect()
}

#[test]
fn every_bad_line_is_listed_with_its_line_and_reason() {
    let world = World::new();
    scanned(&world, "flag").says(&["in/sub/lines.jsonl: line 1 (from 0): bad JSON line", "skipped.jsonl"]);
    let listed = skipped(&world);
    let rows: Vec<_> = listed.iter().map(|s| (s["row"].as_u64().unwrap(), s["reason"].as_str().unwrap())).collect();
    let expected =
        [(1, "bad JSON line"), (5, "not text"), (6, "missing column"), (7, "bad JSON line"), (8, "not text")];
    assert_eq!(rows, expected);
    assert!(listed.iter().all(|s| s["shard"] == "sub/lines.jsonl" && s["detail"].as_str().unwrap().len() > 5));
    let summary = world.summary();
    assert_eq!(summary["skipped_records"], json!({"bad JSON line": 2, "missing column": 1, "not text": 2}));
    assert_eq!((&summary["totals"]["skipped_records"], &summary["totals"]["failed_shards"]), (&json!(5), &json!(0)));
    assert_eq!(world.hits(), [("sub/lines.jsonl".to_owned(), 4)]);
}

#[test]
fn clean_lines_are_the_examined_and_unmatched_ones_and_bad_ones_are_in_quarantine() {
    let world = World::new();
    scanned(&world, "drop");
    assert_eq!(fs::read(world.path("out/data/sub/lines.jsonl")).unwrap(), joined(&CLEAN));
    assert_eq!(fs::read(world.path("out/quarantine/sub/lines.jsonl")).unwrap(), joined(&BAD));
}

#[test]
fn raised_limits_change_the_exit_code_and_not_the_quarantine() {
    let world = World::new();
    world.write("in/lines.jsonl", lines().join(&b'\n'));
    world.scan(&["in", "--action", "drop", "--max-bad-records", "5"]).exits(0);
    assert_eq!(fs::read(world.path("out/quarantine/lines.jsonl")).unwrap(), joined(&BAD));
    assert_eq!(fs::read(world.path("out/data/lines.jsonl")).unwrap(), joined(&CLEAN));
}

#[test]
fn a_bad_first_line_does_not_hide_the_column_of_the_others() {
    let world = World::new();
    world.write("in/lines.jsonl", format!("{{\"text\n{{\"no\": 1}}\n{}\n", json!({"text": OPENAI})));
    world.scan(&["in"]).exits(2);
    assert_eq!(world.hits(), [("lines.jsonl".to_owned(), 2)]);
    let reasons: Vec<_> = skipped(&world).iter().map(|s| s["reason"].clone()).collect();
    assert_eq!(reasons, ["bad JSON line", "missing column"]);
}

#[test]
fn invalid_utf8_in_a_binary_column_is_set_aside_by_row() {
    let world = World::new();
    let good = clean(1);
    world.binary("in/bin.parquet", &[good.as_bytes(), b"abc\xffdef", OPENAI.as_bytes(), b"\xc3", good.as_bytes()]);
    world.scan(&["in", "--action", "drop"]).exits(2).says(&["in/bin.parquet: row 1: invalid UTF-8"]);
    let rows: Vec<_> = skipped(&world).iter().map(|s| (s["row"].clone(), s["column"].clone())).collect();
    assert_eq!(rows, [(json!(1), json!("text")), (json!(3), json!("text"))]);
    assert_eq!(ids(&world.path("out/data/bin.parquet")), [0, 4]);
    assert_eq!(ids(&world.path("out/quarantine/bin.parquet")), [1, 3]);
    assert_eq!(world.summary()["skipped_records"], json!({"invalid UTF-8": 2}));
}

#[test]
fn the_first_bad_record_of_each_shard_is_named() {
    let world = World::new();
    world.write("in/a.jsonl", "{\n");
    world.write("in/b.jsonl", "{\"text\": \"x\"}\n{\"text\": 5}\n");
    world.scan(&["in"]).exits(2).says(&["in/a.jsonl: line 0 (from 0)", "in/b.jsonl: line 1 (from 0)"]);
}

#[test]
fn annotated_copies_say_unexamined() {
    let world = World::new();
    let good = clean(1);
    world.binary("in/bin.parquet", &[good.as_bytes(), b"abc\xffdef", OPENAI.as_bytes()]);
    scanned(&world, "annotate");
    let verdicts = column(&world.path("out/data/bin.parquet"), "ringfence_verdict");
    assert_eq!(verdicts, ["keep", "unexamined", "flag"]);
    let annotated = fs::read_to_string(world.path("out/data/sub/lines.jsonl")).unwrap();
    let said: Vec<Value> = annotated.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> = said.iter().map(|v| (v["id"].clone(), v["ringfence_verdict"].as_str().unwrap())).collect();
    let expected = [(0, "keep"), (3, "keep"), (4, "flag"), (5, "unexamined"), (6, "unexamined"), (9, "keep")];
    assert_eq!(said, expected.map(|(id, verdict)| (json!(id), verdict)));
}
