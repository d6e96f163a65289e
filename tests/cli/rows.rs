//! Rows, lines, and shards with little or nothing in them.

use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::json;

use crate::read::{column, ids};
use crate::world::{OPENAI, World, clean, parquet_bytes, some, texts};

#[test]
fn rows_of_lines_are_lines_from_0_and_blank_ones_count() {
    let world = World::new();
    let hit = json!({"text": OPENAI});
    world.write("in/a.jsonl", format!("\n{hit}\r\n  \n\n{hit}\n{{\"text\": \"x\"}}\n{hit}"));
    world.write("in/mark.jsonl", format!("\u{feff}{hit}\n{hit}\n"));
    world.scan(&["in", "--action", "drop"]).exits(0);
    let rows: Vec<u64> = world.hits().into_iter().filter(|hit| hit.0 == "a.jsonl").map(|hit| hit.1).collect();
    assert_eq!(rows, [1, 4, 6]);
    assert_eq!(fs::read_to_string(world.path("out/data/a.jsonl")).unwrap(), "{\"text\": \"x\"}\n");
    assert!(world.hits().contains(&("mark.jsonl".to_owned(), 0)), "a byte order mark is read over");
    assert_eq!(fs::read_to_string(world.path("out/data/mark.jsonl")).unwrap(), "");
}

#[test]
fn rows_of_parquet_are_rows_of_the_file_whatever_the_row_groups() {
    for group in [1, 7, 1000] {
        let world = World::new();
        world.parquet("in/a.parquet", &some(&texts(50, &[(0, OPENAI), (13, OPENAI), (49, OPENAI)])), group);
        world.scan(&["in", "--action", "drop"]).exits(0);
        assert_eq!(world.hits().iter().map(|hit| hit.1).collect::<Vec<_>>(), [0, 13, 49]);
        let kept: Vec<u64> = (0..50).filter(|row| ![0, 13, 49].contains(row)).collect();
        assert_eq!(ids(&world.path("out/data/a.parquet")), kept);
    }
}

#[test]
fn no_shingle_crosses_from_one_record_into_the_next_and_row_groups_change_nothing() {
    let (head, tail) = OPENAI.split_at(OPENAI.len() / 2);
    let whole = format!("{} {OPENAI} {}", clean(1), clean(2));
    // Pieces too short to match, which would be the whole answer together.
    let pieces: Vec<String> = OPENAI.split(' ').collect::<Vec<_>>().chunks(5).map(|words| words.join(" ")).collect();
    let mut texts: Vec<Option<&str>> = pieces.iter().map(|piece| Some(piece.as_str())).collect();
    texts.extend([None, Some(head), Some(""), Some(tail), Some(&whole), None]);
    let found: Vec<_> = [1, 2, 1000]
        .map(|group| {
            let world = World::new();
            world.parquet("in/a.parquet", &texts, group);
            world.scan(&["in"]).exits(0);
            let mut rows = Vec::new();
            let path = world.path("out/matches.parquet");
            let mut take = |row| {
                rows.push(row);
                true
            };
            ringfence::sink::match_rows::read_matches(&path, &mut take).unwrap();
            rows
        })
        .into();
    let embedded = pieces.len() as u64 + 4;
    assert!(found[0].iter().any(|row| row.row == embedded), "{:?}", found[0]);
    assert!(found[0].iter().all(|row| row.row >= pieces.len() as u64), "{:?}", found[0]);
    assert!(found[1..].iter().all(|rows| *rows == found[0]));
}

#[test]
fn nulls_and_empty_texts_are_complete_and_clean() {
    let world = World::new();
    let plain = clean(1);
    world.parquet("in/nulls.parquet", &[None, Some(""), Some(OPENAI), None, Some(&plain), Some(" \n\t")], 2);
    world.parquet("in/only.parquet", &[None, None, None], 2);
    world.write_lines("in/x.jsonl", &[json!({"text": null}), json!({"text": ""}), json!({"text": OPENAI})]);
    world.scan(&["in", "--action", "drop"]).exits(0);
    let summary = world.summary();
    assert_eq!((&summary["complete"], &summary["totals"]["records"]), (&json!(true), &json!(12)));
    assert_eq!(world.hits(), [("nulls.parquet".to_owned(), 2), ("x.jsonl".to_owned(), 2)]);
    assert_eq!(ids(&world.path("out/data/nulls.parquet")), [0, 1, 3, 4, 5]);
    assert_eq!(column(&world.path("out/data/nulls.parquet"), "text")[..3], ["null", "", "null"]);
    assert_eq!(ids(&world.path("out/data/only.parquet")), [0, 1, 2]);
    let lines = fs::read_to_string(world.path("out/data/x.jsonl")).unwrap();
    assert_eq!(lines, "{\"text\":null}\n{\"text\":\"\"}\n");
}

/// A file with an empty row group between two of one row.
fn empty_row_group() -> Vec<u8> {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["first", OPENAI]));
    let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch.slice(0, 1)).unwrap();
    writer.flush().unwrap();
    writer.write(&batch.slice(1, 0)).unwrap();
    writer.flush().unwrap();
    writer.write(&batch.slice(1, 1)).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn shards_without_records_are_complete_and_clean() {
    for action in ["flag", "drop", "annotate"] {
        let world = World::new();
        let none: ArrayRef = Arc::new(StringArray::from(Vec::<&str>::new()));
        let batch = RecordBatch::try_from_iter([("text", none)]).unwrap();
        world.write("in/none.parquet", parquet_bytes(&batch, 10, |properties| properties));
        world.write("in/empty.jsonl", "");
        world.write("in/blank.jsonl", "\n\n  \n");
        world.write("in/empty.jsonl.zst", zstd::encode_all(&b""[..], 1).unwrap());
        world.scan(&["in", "--action", action]).exits(0);
        let summary = world.summary();
        assert_eq!((&summary["totals"]["shards"], &summary["totals"]["records"]), (&json!(4), &json!(0)), "{action}");
        assert_eq!(summary["complete"], true);
        assert_eq!(world.matches().len(), 0);
        let written = if action == "flag" { 0 } else { 4 };
        assert_eq!(world.files("out/data").len(), written, "{action}: {:?}", world.files("out/data"));
        if written > 0 {
            assert_eq!(column(&world.path("out/data/none.parquet"), "text"), [""; 0]);
        }
    }
}

#[test]
fn empty_row_groups_are_complete_and_clean() {
    let world = World::new();
    world.write("in/groups.parquet", empty_row_group());
    world.write(
        "in/shapes.parquet",
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shapes/empty_row_groups.parquet")).unwrap(),
    );
    world.scan(&["in", "--action", "drop"]).exits(0);
    assert_eq!(world.hits(), [("groups.parquet".to_owned(), 1)]);
    assert_eq!(column(&world.path("out/data/groups.parquet"), "text"), ["first"]);
}

#[test]
fn every_shape_of_the_fixtures_is_scanned_to_its_end() {
    let world = World::new();
    let shapes = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shapes");
    world.scan(&[shapes, "--action", "drop", "--max-bad-shards", "1000"]).exits(0);
    let failed = world.summary()["failed_shards"].as_array().unwrap().clone();
    assert!(failed.iter().all(|shard| shard["error"].as_str().unwrap().contains("schema: ")), "{failed:#?}");
}

#[test]
fn a_shard_of_matches_only_leaves_a_whole_file_without_rows() {
    let world = World::new();
    world.parquet("in/all.parquet", &[Some(OPENAI), Some(OPENAI)], 1);
    world.write_lines("in/all.jsonl", &[json!({"text": OPENAI})]);
    world.scan(&["in", "--action", "drop"]).exits(0);
    assert_eq!(ids(&world.path("out/data/all.parquet")), [0; 0]);
    assert_eq!(fs::read(world.path("out/data/all.jsonl")).unwrap(), b"");
}
