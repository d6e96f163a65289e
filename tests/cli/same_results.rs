//! Results depend on the shards and the index, and on nothing else.

use std::fs;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use parquet::file::properties::WriterPropertiesBuilder;

use crate::world::{CLAUDE, OPENAI, World, clean, parquet_bytes, some, texts};

/// 2,000 records in three shards, in row groups of so many rows.
fn world(group: usize) -> World {
    let world = World::new();
    let edited = OPENAI.replace("mostly", "chiefly");
    for (nth, name) in ["a", "sub/b", "c"].iter().enumerate() {
        let hits: Vec<(usize, &str)> =
            (0..20).map(|n| ((n * 97 + nth * 13) % 2000, [OPENAI, CLAUDE, edited.as_str()][n % 3])).collect();
        world.parquet(&format!("in/{name}.parquet"), &some(&texts(2000, &hits)), group);
    }
    world.write("in/lines.jsonl", format!("{{\"text\": {OPENAI:?}}}\n").repeat(50));
    world.build_index();
    world
}

#[test]
fn threads_and_the_way_of_reading_change_no_byte() {
    for group in [100, 10_000] {
        let world = world(group);
        let mut first: Option<Vec<u8>> = None;
        for (nth, (threads, io)) in
            [("1", "map"), ("2", "map"), ("1", "read"), ("2", "read"), ("7", "map")].iter().enumerate()
        {
            let out = format!("out-{nth}");
            let args = ["scan", "in", "--index", "rf", "--out", &out, "--threads", threads, "--io", io];
            world.run(&args).exits(0);
            let bytes = fs::read(world.path(&out).join("matches.parquet")).unwrap();
            assert!(first.get_or_insert_with(|| bytes.clone()) == &bytes, "{threads} threads, {io}, {group}");
        }
    }
}

#[test]
fn row_groups_change_no_match() {
    let [small, large] = [100, 10_000].map(|group| {
        let world = world(group);
        world.scan(&["in"]).exits(0);
        let mut rows = Vec::new();
        let path = world.path("out/matches.parquet");
        ringfence::sink::match_rows::read_matches(&path, &mut |row| {
            rows.push(row);
            true
        })
        .unwrap();
        rows
    });
    assert_eq!(small.len(), 110);
    assert_eq!(small, large);
}

#[test]
fn outputs_do_not_depend_on_threads() {
    let world = world(100);
    for action in ["drop", "annotate", "redact"] {
        let runs = [("1", "map"), ("2", "read"), ("7", "map")].map(|(threads, io)| {
            let out = format!("{action}-{threads}");
            let args = ["scan", "in", "--index", "rf", "--action", action, "--out", &out];
            world.run(&[&args[..], &["--threads", threads, "--io", io]].concat()).exits(0);
            out + "/data"
        });
        let names = world.files(&runs[0]);
        assert_eq!(names.len(), 4);
        for other in &runs[1..] {
            assert_eq!(names, world.files(other));
            for name in &names {
                let [one, two] = [&runs[0], other].map(|folder| fs::read(world.path(folder).join(name)).unwrap());
                assert!(one == two, "{name} in {other}");
            }
        }
    }
}

#[test]
fn a_dictionary_changes_no_match() {
    let turns = |row: usize| -> Vec<String> {
        // Texts that repeat inside a record, over records and over row groups, and some that do not.
        vec![[OPENAI, CLAUDE, "Yes."][row % 3].to_owned(), clean(row % 10), clean(100_000 + row), "Yes.".to_owned()]
    };
    let mut list = ListBuilder::new(StringBuilder::new());
    for row in 0..900 {
        turns(row).iter().for_each(|turn| list.values().append_value(turn));
        list.append(true);
    }
    let batch = RecordBatch::try_from_iter([("turns", Arc::new(list.finish()) as ArrayRef)]).unwrap();
    let matches = [true, false].map(|dictionary| {
        let world = World::new();
        // The dictionary is full after a while: then come plain pages.
        let plan = |properties: WriterPropertiesBuilder| {
            properties
                .set_dictionary_enabled(dictionary)
                .set_dictionary_page_size_limit(20_000)
                .set_data_page_row_count_limit(50)
                .set_write_batch_size(10)
        };
        world.write("in.parquet", parquet_bytes(&batch, 400, plan));
        world.scan(&["in.parquet", "--columns", "turns[]"]).exits(0);
        world.matches()
    });
    assert_eq!(matches[0], matches[1]);
    assert_eq!(matches[0].len(), 600);
    let mut sorted = matches[0].clone();
    sorted.sort();
    assert_eq!(matches[0], sorted, "by row and text");
}
