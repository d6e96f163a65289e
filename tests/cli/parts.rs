//! A scan that was split over machines, and put together again.

use std::fs;

use crate::resume::results;
use crate::world::{CLAUDE, OPENAI, World, some, texts};

/// Ten shards, some with hits, one that cannot be opened and one with a bad line.
fn world() -> World {
    let world = World::new();
    for shard in 0..8 {
        let hits: Vec<(usize, &str)> =
            (0..shard).map(|nth| (nth * 7, if nth % 2 == 0 { OPENAI } else { CLAUDE })).collect();
        world.parquet(&format!("in/{}/part.parquet", shard * 3 % 8), &some(&texts(60, &hits)), 25);
    }
    world.write("in/4/lines.jsonl", format!("{{\"text\": \"{CLAUDE}\"}}\nnothing\n"));
    world.write("in/5/bad.parquet", "PAR1 nothing");
    world.build_index();
    world
}

fn scan(world: &World, range: &str, out: &str, others: &[&str]) {
    let args = ["scan", "--index", "rf", "--action", "drop", "--shard-range", range, "--out", out];
    let ran = world.run(&[&args[..], others].concat());
    assert!(matches!(ran.code, Some(0 | 2)), "{}", ran.err);
}

/// Everything but the journal, whose lines say where an unsplit run kept what it found.
fn without_journal(world: &World, out: &str) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut results = results(world, out);
    assert!(results.remove("journal.jsonl").is_some());
    results.remove(".found.jsonl.zst");
    results
}

#[test]
fn parts_put_together_are_the_whole() {
    let world = world();
    scan(&world, "0/1", "whole", &["in"]);
    let whole = without_journal(&world, "whole");
    assert_eq!(world.summary_of("whole")["totals"]["matched_records"], 29);
    let all: Vec<String> = world.files("in");
    world.write("in/list.txt", all.iter().rev().map(|name| format!("{name}\n")).collect::<String>());
    for (parts, inputs) in [(2, ["in"].as_slice()), (3, &["--manifest", "in/list.txt"]), (13, &["in"])] {
        let outs: Vec<String> = (0..parts).map(|part| format!("part-{part}-of-{parts}")).collect();
        if inputs == ["in"] {
            fs::rename(world.path("in/list.txt"), world.path("list.txt")).unwrap();
        }
        for (part, out) in outs.iter().enumerate() {
            scan(&world, &format!("{part}/{parts}"), out, inputs);
        }
        if inputs == ["in"] {
            fs::rename(world.path("list.txt"), world.path("in/list.txt")).unwrap();
        }
        let merged = format!("merged-{parts}");
        let outs: Vec<&str> = outs.iter().rev().map(String::as_str).collect();
        world.run(&[&["merge", "--out", &merged][..], &outs].concat()).exits(2);
        let mut merged = without_journal(&world, &merged);
        let mut whole = whole.clone();
        if inputs != ["in"] {
            // The list itself is in the folder, and a file of an unknown kind there.
            for results in [&mut merged, &mut whole] {
                let mut summary: serde_json::Value = serde_json::from_slice(&results["summary.json"]).unwrap();
                summary["ignored_files"] = serde_json::Value::Null;
                results.insert("summary.json".into(), summary.to_string().into());
            }
        }
        assert_eq!(merged.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        for (name, bytes) in &whole {
            assert!(&merged[name] == bytes, "{parts} parts: {name} differs");
        }
    }
}

#[test]
fn gaps_overlaps_and_other_scans_are_refused() {
    let world = world();
    for part in ["0/3", "1/3", "2/3", "0/2"] {
        scan(&world, part, &part.replace('/', "-"), &["in"]);
    }
    scan(&world, "1/3", "thorough", &["in", "--sensitivity", "thorough"]);
    scan(&world, "0/1", "zero", &["in/0", "--input-root", "in"]);
    scan(&world, "0/1", "same", &["in/0", "--input-root", "in/0"]);
    world.run(&["index", "build", "--out", "rf2", "--recall", "0.9", "refs.jsonl"]).exits(0);
    let args = ["scan", "in", "--action", "drop", "--shard-range", "1/3", "--index", "rf2", "--out", "other"];
    world.run(&args);
    fs::create_dir(world.path("empty")).unwrap();
    for (parts, words) in [
        (&["0-3", "2-3"][..], &["a gap", "missing: 1/3"][..]),
        (&["0-3", "1-3", "2-3", "1-3"], &["overlap", "both have part 1/3"]),
        (&["0-3", "1-3", "2-3", "0-2"], &["cut differently"]),
        (&["0-3", "1-3", "2-3", "zero"], &["overlap", "both have the shard 0/part.parquet"]),
        (&["0-3", "thorough", "2-3"], &["thorough: expected", "--sensitivity `thorough` instead of `balanced`"]),
        (&["0-3", "other", "2-3"], &["other: expected", "the index"]),
        (&["0-3", "1-3", "empty"], &["empty/summary.json", "a scan that was stopped has none"]),
    ] {
        let ran = world.run(&[&["merge", "--out", "all"][..], parts].concat()).exits(2);
        ran.says(words);
        assert!(!world.path("all").exists(), "{parts:?}");
    }
    // Shards of other names go together.
    world.run(&["merge", "--out", "both", "0-3", "1-3", "2-3", "same"]).exits(2);
    assert_eq!(world.summary_of("both")["totals"]["shards"], 11);
    world.run(&["merge", "--out", "both", "0-3", "1-3", "2-3", "same"]).exits(2).says(&["one with results"]);
    fs::write(world.path("1-3/data/0/part.parquet"), "").ok();
    let path = world.files("1-3/data").into_iter().next().unwrap();
    fs::write(world.path("1-3/data").join(path), "").unwrap();
    world.run(&["merge", "--out", "all", "0-3", "1-3", "2-3"]).exits(2).says(&["1-3/data/", "found 0 bytes"]);
}

#[test]
fn parts_and_lists_that_mean_nothing_are_refused() {
    let world = world();
    let said = |args: &[&str], words: &[&str]| {
        world.run(&[&["scan", "--index", "rf", "--out", "out"], args].concat()).exits(2).says(words);
        assert!(!world.path("out").exists());
    };
    said(&["in", "--shard-range", "3/3"], &["parts are counted from 0"]);
    said(&["in", "--shard-range", "x"], &["0/8"]);
    world.write("in/list", "0/part.parquet\n../refs.jsonl\n");
    said(&["--manifest", "in/list"], &["in/list: line 2", "leads out of it", "--input-root"]);
    said(&["--manifest", "in/none"], &["in/none"]);
    said(&["--manifest", "in/list", "in"], &["cannot be used with"]);
    said(&[], &["SHARDS"]);
}
