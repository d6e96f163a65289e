//! A run that was stopped is continued by the same command, and ends as if nothing had happened.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{CLAUDE, OPENAI, World, some, texts};

const SHARDS: usize = 12;

/// Shards with hits in every row group, one with lines that cannot be examined.
fn world(rows: usize) -> World {
    let world = World::new();
    for shard in 0..SHARDS {
        let hits: Vec<(usize, &str)> = (0..rows).step_by(100).map(|row| (row + 5 + shard, OPENAI)).collect();
        world.parquet(&format!("in/part-{shard:02}.parquet"), &some(&texts(rows, &hits)), 100);
    }
    world.write("in/part-07b.jsonl", format!("{{\"text\": 5}}\n{{\"text\": \"{CLAUDE}\"}}\nnothing\n"));
    world.build_index();
    world
}

/// All results by name: the summary without what depends on time and threads.
pub(crate) fn results(world: &World, out: &str) -> BTreeMap<String, Vec<u8>> {
    let content = |name: &String| {
        let bytes = fs::read(world.path(out).join(name)).unwrap();
        if name != "summary.json" {
            return bytes;
        }
        let mut summary: Value = serde_json::from_slice(&bytes).unwrap();
        summary["seconds"] = Value::Null;
        summary["text_bytes_per_second"] = Value::Null;
        summary["parameters"]["threads"] = Value::Null;
        summary.to_string().into_bytes()
    };
    world.files(out).into_iter().map(|name| (name.clone(), content(&name))).collect()
}

fn assert_equal(world: &World, out: &str, whole: &BTreeMap<String, Vec<u8>>) {
    let found = results(world, out);
    assert_eq!(found.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "{out}");
    for (name, bytes) in whole {
        assert!(&found[name] == bytes, "{out}: {name} differs");
    }
}

fn args(out: &str) -> [&str; 10] {
    ["scan", "in", "--index", "rf", "--action", "drop", "--max-bad-records", "2", "--out", out]
}

fn start(world: &World, out: &str) -> Child {
    world.command(&args(out)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Waits until so many shards are in the journal, or the run has ended.
fn wait_for(world: &World, out: &str, shards: usize, child: &mut Child) {
    let journal = world.path(out).join("journal.jsonl");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none() {
        if fs::read_to_string(&journal).is_ok_and(|text| text.lines().count() >= 2 + shards) {
            return;
        }
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_killed_run_is_continued_and_ends_in_the_same_bytes() {
    let world = world(1000);
    world.run(&args("whole")).exits(0);
    let whole = results(&world, "whole");
    assert!(whole.contains_key("data/part-00.parquet") && whole.contains_key("quarantine/part-07b.jsonl"));
    let mut continued = 0;
    for nth in 0..SHARDS {
        let out = format!("killed-{nth}");
        let mut kills = 0;
        // Killed again and again, a little further each time.
        for shards in [nth / 2, nth, nth + 3] {
            let mut child = start(&world, &out);
            wait_for(&world, &out, shards, &mut child);
            child.kill().unwrap();
            kills += usize::from(!child.wait().unwrap().success());
        }
        let done = fs::read_to_string(world.path(&out).join("journal.jsonl")).unwrap_or_default().lines().count();
        let ran = world.run(&args(&out)).exits(0);
        continued += usize::from(kills > 0 && done > 2 && ran.err.contains("continued"));
        assert_equal(&world, &out, &whole);
    }
    assert!(continued >= 3, "only {continued} runs were killed between two shards");
    world.write("whole/.found.jsonl.zst", "killed just before it was taken away");
    let ran = world.run(&args("whole")).exits(0).says(&["whole holds this scan already"]);
    assert!(ran.out.contains("part-") || ran.out.contains("records"), "{}", ran.out);
    assert_equal(&world, "whole", &whole);
}

#[test]
fn a_signal_lets_what_is_in_hand_finish_and_a_second_does_not() {
    let world = world(3000);
    world.run(&args("whole")).exits(0);
    let whole = results(&world, "whole");
    for name in ["-INT", "-TERM"] {
        let out = format!("stopped{name}");
        let mut child = start(&world, &out);
        wait_for(&world, &out, 2, &mut child);
        signal(&child, name);
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(130), "{said}");
        assert!(said.contains("stopping: ") && said.contains("the same command goes on from here"), "{said}");
        assert!(!world.path(&out).join("summary.json").exists());
        assert!(!world.files(&out).iter().any(|file| file.ends_with(".tmp")), "{:?}", world.files(&out));
        world.run(&args(&out)).exits(0).says(&["continued: "]);
        assert_equal(&world, &out, &whole);
    }
    let mut child = start(&world, "twice");
    wait_for(&world, "twice", 1, &mut child);
    signal(&child, "-INT");
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    world.run(&args("twice")).exits(0);
    assert_equal(&world, "twice", &whole);
}

/// A results folder of a run that was stopped in the middle.
fn stopped(world: &World, out: &str) {
    let mut child = start(world, out);
    wait_for(world, out, 3, &mut child);
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_has_changed_since_is_named_and_refused() {
    let world = world(3000);
    stopped(&world, "out");
    let before = results(&world, "out");
    let other = |option: &str, value: &str| world.run(&[&args("out")[..], &[option, value]].concat());
    other("--threshold", "0.7").exits(2).says(&["--threshold nothing (now 0.7)", "another folder"]);
    other("--sensitivity", "fast").exits(2).says(&["--sensitivity balanced (now fast)"]);
    other("--shard-range", "0/2").exits(2).says(&["--shard-range 0/1 (now 0/2)"]);
    world.run(&[&args("out")[..], &["--no-resume"]].concat()).exits(2).says(&["an earlier run", "--no-resume"]);
    world.run(&["index", "build", "--out", "rf2", "--recall", "0.9", "refs.jsonl"]).exits(0);
    let other_index = args("out").map(|arg| if arg == "rf" { "rf2" } else { arg });
    world.run(&other_index).exits(2).says(&["the run began with the index", "another folder"]);
    world.write("in/part-99.jsonl", "{\"text\": \"new\"}\n");
    world.run(&args("out")).exits(2).says(&["number of shards 13 (now 14)"]);
    fs::remove_file(world.path("in/part-99.jsonl")).unwrap();
    let shard = fs::read(world.path("in/part-00.parquet")).unwrap();
    world.write("in/part-00.parquet", &shard);
    world.run(&args("out")).exits(2).says(&["in/part-00.parquet", "another time of change", "new folder"]);
    assert!(results(&world, "out") == before);
}

#[test]
fn results_and_a_journal_that_were_changed_are_named_and_refused() {
    let world = world(3000);
    stopped(&world, "out");
    let path = world.path("out/data/part-00.parquet");
    let output = fs::read(&path).unwrap();
    fs::write(&path, &output[1..]).unwrap();
    world.run(&args("out")).exits(2).says(&["out/data/part-00.parquet", "that an earlier run wrote"]);
    fs::write(&path, &output).unwrap();
    let journal = fs::read_to_string(world.path("out/journal.jsonl")).unwrap();
    world.write("out/journal.jsonl", journal.replacen("\"records\":3000", "\"records\":2999", 1));
    world.run(&args("out")).exits(2).says(&["out/journal.jsonl: line 3", "altered or damaged"]);
    world.write("out/journal.jsonl", &journal);
    let found = fs::read(world.path("out/.found.jsonl.zst")).unwrap();
    world.write("out/.found.jsonl.zst", &found[..found.len() / 2]);
    world.run(&args("out")).exits(2).says(&["out/.found.jsonl.zst"]);
    assert_eq!(fs::read(world.path("out/data/part-00.parquet")).unwrap(), output);
    world.write("out/.found.jsonl.zst", &found);
    world.run(&args("out")).exits(0).says(&["continued"]);
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let world = world(3000);
    let mut child = start(&world, "out");
    wait_for(&world, "out", 1, &mut child);
    world.run(&args("out")).exits(2).says(&["a run that writes to it"]);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_shard_that_failed_is_tried_again() {
    let world = world(300);
    world.run(&args("whole")).exits(0);
    let good = world.path("in/part-03.parquet");
    let aside = world.path("aside");
    fs::rename(&good, &aside).unwrap();
    fs::write(&good, "PAR1 nothing").unwrap();
    world.run(&args("out")).exits(2).says(&["in/part-03.parquet"]);
    world.run(&args("out")).exits(2).says(&["in/part-03.parquet", "continued: 12 shards"]);
    fs::rename(&aside, &good).unwrap();
    world.run(&args("out")).exits(0);
    let (mut found, mut whole) = (results(&world, "out"), results(&world, "whole"));
    // The journal has a line for each attempt.
    assert!(found.remove("journal.jsonl") != whole.remove("journal.jsonl"));
    assert!(found == whole);
}

#[test]
fn an_index_that_was_built_on_the_way_is_used_again() {
    let world = world(3000);
    let args = ["scan", "in", "--references", "refs.jsonl", "--max-bad-records", "2", "--out", "out"];
    let mut child = world.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&world, "out", 2, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    // As if it had been killed before the index was noted, with another one in its place.
    let journal = fs::read_to_string(world.path("out/journal.jsonl")).unwrap();
    world.run(&args).exits(0).says(&["continued"]);
    world.write("out/journal.jsonl", journal.split_inclusive('\n').next().unwrap());
    fs::remove_file(world.path("out/summary.json")).unwrap();
    fs::write(world.path("out/index.rf/manifest.json"), "").unwrap();
    world.run(&args).exits(0);
    world.run(&["index", "verify", "out/index.rf"]).exits(0);
    world.write("refs.jsonl", format!("{{\"text\": \"{CLAUDE}\"}}\n"));
    world.run(&args).exits(2).says(&["--references 1 files of digest"]);
}
