//! Shards are known by their relative paths.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::read::ids;
use crate::world::{CLAUDE, OPENAI, World, some, texts};

fn two_of_one_name() -> World {
    let world = World::new();
    world.parquet("in/a/part-0.parquet", &some(&texts(6, &[(1, OPENAI)])), 1000);
    world.parquet("in/b/part-0.parquet", &some(&texts(6, &[(4, CLAUDE)])), 1000);
    world
}

#[test]
fn shards_of_one_base_name_lose_their_own_rows_only() {
    for inputs in
        [&["in"][..], &["in/a/part-0.parquet", "in/b/part-0.parquet"], &["in/b", "in/a"], &["in/*/part-0.parquet"]]
    {
        let world = two_of_one_name();
        world.scan(&[inputs, &["--action", "drop"]].concat()).exits(0);
        assert_eq!(
            world.hits(),
            [("a/part-0.parquet".to_owned(), 1), ("b/part-0.parquet".to_owned(), 4)],
            "{inputs:?}"
        );
        assert_eq!(world.files("out/data"), ["a/part-0.parquet", "b/part-0.parquet"]);
        assert_eq!(ids(&world.path("out/data/a/part-0.parquet")), [0, 2, 3, 4, 5]);
        assert_eq!(ids(&world.path("out/data/b/part-0.parquet")), [0, 1, 2, 3, 5]);
    }
}

#[test]
fn the_input_root_is_what_names_are_relative_to() {
    let world = two_of_one_name();
    world.scan(&["in/a", "--input-root", ".", "--action", "drop"]).exits(0);
    assert_eq!(world.hits(), [("in/a/part-0.parquet".to_owned(), 1)]);
    assert_eq!(world.files("out/data"), ["in/a/part-0.parquet"]);
}

#[test]
fn a_shard_outside_the_input_root_is_refused() {
    let world = two_of_one_name();
    world.scan(&["in/a", "in/b", "--input-root", "in/a"]).exits(2).says(&["in/b", "input root", "--input-root"]);
    assert!(!world.path("out").exists());
}

#[test]
fn a_shard_that_is_named_twice_is_scanned_once() {
    let world = two_of_one_name();
    std::os::unix::fs::symlink(world.path("in/a"), world.path("again")).unwrap();
    world
        .scan(&["in/a", "in/a/part-0.parquet", "./in/../in/a", "in/*/part-0.parquet", "again/part-0.parquet"])
        .exits(0);
    assert_eq!(world.summary()["totals"]["shards"], 2);
    assert_eq!(world.matches().len(), 2);
}

#[test]
fn a_column_that_is_named_twice_is_scanned_once() {
    let world = two_of_one_name();
    world.scan(&["in", "--columns", "text,text"]).exits(0);
    assert_eq!(world.matches().len(), 2);
}

#[test]
fn names_that_look_like_patterns_or_options_are_names() {
    let world = World::new();
    world.parquet("in/[x]*.parquet", &some(&texts(2, &[(1, OPENAI)])), 1000);
    world.parquet("in/-o ü 漢.parquet", &some(&texts(2, &[(0, OPENAI)])), 1000);
    world.scan(&["in/[x]*.parquet", "in", "--action", "drop"]).exits(0);
    assert_eq!(world.files("out/data"), ["-o ü 漢.parquet", "[x]*.parquet"]);
}

#[test]
fn the_longest_names_are_written() {
    let world = World::new();
    let name = format!("{}.parquet", "漢".repeat(82));
    assert!((253..=255).contains(&name.len()));
    world.parquet(&format!("in/{name}"), &some(&texts(2, &[(1, OPENAI)])), 1000);
    world.scan(&["in", "--action", "drop"]).exits(0);
    assert_eq!(world.files("out/data"), [name]);
}

#[test]
fn names_that_are_not_utf8_do_not_cost_the_report() {
    let world = World::new();
    for name in [&b"in/shard-\xff.jsonl"[..], b"in/ignored-\xff.txt"] {
        world.write(OsStr::from_bytes(name), format!("{}\n", serde_json::json!({"text": OPENAI})));
    }
    world.scan(&["in", "--json"]).exits(0);
    assert_eq!(world.hits(), [("shard-\u{fffd}.jsonl".to_owned(), 0)]);
    assert_eq!(world.summary()["ignored_files"].as_array().unwrap().len(), 1);
}

#[test]
fn a_pipe_is_refused_at_once() {
    let world = World::new();
    assert!(Command::new("mkfifo").arg(world.path("pipe.jsonl")).status().unwrap().success());
    world.scan(&["pipe.jsonl"]).exits(2).says(&["pipe.jsonl", "a pipe or device", "help:"]);
    world.scan(&["/dev/null"]).exits(2).says(&["/dev/null", "a pipe or device"]);
}
