//! `ringfence evaluate`: scans scored by labels.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, StringArray};
use serde_json::{Value, json};

use crate::world::{CLAUDE, OPENAI, Ran, World, some, texts};

/// A scan of `in/a.parquet` (rows 1 and 3 are copies) and `in/b.jsonl` (line 0 is).
fn scanned() -> World {
    let world = World::new();
    world.parquet("in/a.parquet", &some(&texts(6, &[(1, OPENAI), (3, CLAUDE)])), 2);
    let lines: Vec<Value> = texts(4, &[(0, OPENAI)]).into_iter().map(|text| json!({ "text": text })).collect();
    world.write_lines("in/b.jsonl", &lines);
    world.scan(&["in"]).exits(0);
    world
}

fn evaluate(world: &World, labels: &str, more: &[&str]) -> Ran {
    world.run(&[&["evaluate", "--labels", labels, "--matches", "out"], more].concat())
}

fn counts(rate: &Value) -> (u64, u64) {
    (rate["count"].as_u64().unwrap(), rate["n"].as_u64().unwrap())
}

fn strings(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn labels_beside_each_record_are_those_of_the_shard_of_their_name() {
    let world = scanned();
    let labels = ["clean", "contaminated", "contaminated", "clean", "ambiguous", "clean"].map(Some);
    let kinds = ["neg", "copy", "copy", "neg", "odd", "neg"].map(Some);
    let ids = [None, Some("o1"), Some("o1"), None, None, None];
    let columns = [("label", strings(&labels)), ("kind", strings(&kinds)), ("best_ref_id", strings(&ids))];
    world.columns("labels/a.parquet", &columns, 4);
    let json = evaluate(&world, "labels/a.parquet", &["--json"]).exits(0).json();
    assert_eq!((&json["shards"], &json["ambiguous"]), (&json!(["a.parquet"]), &json!(1)));
    assert_eq!([&json["recall"], &json["false_flags"], &json["precision"]].map(counts), [(1, 2), (1, 3), (1, 2)]);
    assert_eq!(counts(&json["right_reference"]), (1, 1));
    let text = evaluate(&world, "labels/a.parquet", &[]).exits(0).out;
    assert!(text.starts_with("recall           0.500  0.095-0.905  1 of 2 "), "{text}");
    assert!(text.contains("\n  neg          3        1  0.333  0.061-0.792\n"), "{text}");
    world.columns("labels/other.parquet", &columns, 4);
    evaluate(&world, "labels/other.parquet", &[]).exits(2).says(&["which of the 2 shards", "--shard"]);
    evaluate(&world, "labels/other.parquet", &["--shard", "b.jsonl"])
        .exits(2)
        .says(&["labels (6), found 4 of b.jsonl"]);
    assert_eq!(evaluate(&world, "labels/other.parquet", &["--json", "--shard", "a.parquet"]).exits(0).json(), json);
}

#[test]
fn sidecars_say_where_they_belong_and_leave_the_rest_clean() {
    let world = scanned();
    let shards: ArrayRef = Arc::new(Int32Array::from(vec![0, 1]));
    let rows: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let copies = strings(&[Some("contaminated"); 2]);
    let columns = [("shard", shards), ("row", rows), ("label", copies.clone()), ("kind", copies)];
    world.columns("labels.parquet", &columns, 4);
    let json = evaluate(&world, "labels.parquet", &["--json"]).exits(0).json();
    assert_eq!([&json["recall"], &json["false_flags"]].map(counts), [(1, 2), (2, 8)]);
    let json = evaluate(&world, "labels.parquet", &["--json", "--shard", "a.parquet"]).exits(0).json();
    assert_eq!([&json["recall"], &json["false_flags"]].map(counts), [(1, 1), (1, 5)]);
    let named = [("b.jsonl", 0), ("a.parquet", 3)].map(|(shard, row)| json!({"shard": shard, "row": row, "kind": "x"}));
    world.write_lines("labels.jsonl", &named);
    let json = evaluate(&world, "labels.jsonl", &["--json"]).exits(0).json();
    assert_eq!([&json["recall"], &json["false_flags"]].map(counts), [(2, 2), (1, 8)]);
}

#[test]
fn the_fixtures_are_scored_by_their_labels() {
    let root = env!("CARGO_MANIFEST_DIR");
    let world = World::new();
    world.run(&["index", "build", "--out", "rf", &format!("{root}/fixtures/references")]).exits(0);
    world.run(&["scan", "--index", "rf", "--out", "out", &format!("{root}/fixtures/shards")]).exits(0);
    let json = evaluate(&world, &format!("{root}/fixtures/labels.jsonl"), &["--json"]).exits(0).json();
    assert_eq!(counts(&json["recall"]), (72, 72));
    assert_eq!(counts(&json["right_reference"]), (72, 72));
    assert_eq!(counts(&json["false_flags"]).1, 950);
}

#[test]
fn what_is_no_label_is_refused_with_its_place() {
    let world = scanned();
    for (line, words) in [
        (json!({"row": 1}), "missing field `kind`"),
        (json!({"kind": "x"}), "no `label`"),
        (json!({"kind": "x", "label": "dirty"}), "found `dirty`"),
        (json!({"kind": "x", "row": -1}), "-1"),
        (json!({"kind": "x", "row": 1, "shard": 7}), "found 2 shards"),
        (json!({"kind": "x", "row": 1, "shard": "c.parquet"}), "c.parquet: the scan has no such shard"),
    ] {
        world.write_lines("bad.jsonl", &[line]);
        evaluate(&world, "bad.jsonl", &["--shard", "a.parquet"]).exits(2).says(&["error:", words, "help:"]);
    }
    world.write_lines("bad.jsonl", &[json!({"kind": "x", "row": 1}), json!({"kind": "x", "label": "clean"})]);
    evaluate(&world, "bad.jsonl", &[]).exits(2).says(&["row 1 (from 0)", "in all rows or in none"]);
    world.write("bad.jsonl", "");
    evaluate(&world, "bad.jsonl", &[]).exits(2).says(&["expected labels, found none"]);
    world.parquet("texts.parquet", &[Some("x")], 1);
    evaluate(&world, "texts.parquet", &[]).exits(2).says(&["row 0 (from 0)", "missing field `kind`"]);
    evaluate(&world, "nowhere", &[]).exits(2).says(&["nowhere"]);
    world.run(&["evaluate", "--labels", "texts.parquet", "--matches", "in"]).exits(2).says(&["summary.json"]);
}

#[test]
fn a_scan_that_left_records_out_is_scored_but_not_complete() {
    let world = World::new();
    world.write("in/a.jsonl", "{\"text\": 1}\n{\"text\": \"x\"}\n");
    world.scan(&["in", "--max-bad-records", "1"]).exits(0);
    world.write_lines("labels.jsonl", &[json!({"kind": "copy", "row": 0})]);
    let ran = evaluate(&world, "labels.jsonl", &[]).exits(2);
    assert!(ran.out.contains("0 of 1 contaminated") && ran.out.contains("NOT COMPLETE"), "{}", ran.out);
}
