//! What is printed: parseable, harmless, and no reason to fall over.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::world::{CLAUDE, OPENAI, World, some, texts};

const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\u{202e}\u{7}\u{200b}";

/// Hostile characters in the record, the reference, its provenance and the shard's name.
fn hostile() -> World {
    let world = World::new();
    let text = format!("{OPENAI} {HOSTILE}");
    let dirty = |field: &str| format!("{field}{HOSTILE}");
    world.write_lines(
        "refs.jsonl",
        &[json!({"id": dirty("id"), "vendor": dirty("vendor"), "model": dirty("model"), "source": dirty("source"),
            "licence": dirty("licence"), "date": dirty("date"), "text": text})],
    );
    world.write_lines(&format!("in/{}.jsonl", dirty("shard")), &[json!({"text": text}), json!({"text": 5})]);
    world.write(format!("in/{}.parquet", dirty("broken")), HOSTILE);
    world.write(format!("in/{}.txt", dirty("ignored")), "");
    world
}

#[track_caller]
fn harmless(text: &str) {
    let acts = |c: &char| (c.is_control() && *c != '\n') || matches!(*c, '\u{200b}' | '\u{202e}');
    assert_eq!(text.chars().find(acts), None, "{text:?}");
}

#[test]
fn foreign_text_is_shown_and_never_acts_on_the_terminal() {
    let world = hostile();
    let name = format!("rf{HOSTILE}");
    let index = ["index", "build", "--out", &name, "refs.jsonl"];
    let scan = ["scan", "in", "--index", &name, "--out", "out"];
    for (args, code) in [
        (&index[..], 0),
        (&["index", "info", &name], 0),
        (&["index", "info", &name, "--json"], 0),
        (&["index", "verify", &name], 0),
        (&["index", "build", "--out", &name, "refs.jsonl"], 2),
        (&scan, 2),
        (&["explain", "out"], 0),
        (&["explain", "out", "--json"], 0),
        (&["explain", "out", "--row", &format!("{HOSTILE}:1")], 2),
        (&["explain", "out", "--row", HOSTILE], 2),
        (&["scan", "in", "--index", &name, "--out", "out-2", "--json"], 2),
        (&["scan", HOSTILE, "--index", &name, "--out", "out-3"], 2),
        (&["index", "build", "--out", "new", "refs.jsonl", "--set", HOSTILE], 2),
    ] {
        let ran = world.run(args).exits(code);
        harmless(&ran.out);
        harmless(&ran.err);
    }
    let shown = world.run(&["explain", "out"]).exits(0).out;
    for words in ["shard\\u{1b}[2J\\u{9b}31m\\u{202e}", "model model\\u{1b}", "\\u{202e}"] {
        assert!(shown.contains(words), "`{words}` is not in {shown}");
    }
}

#[test]
fn json_says_the_same_as_the_files() {
    let world = hostile();
    let built = world.run(&["index", "build", "--out", "rf", "refs.jsonl", "--json"]).exits(0).json();
    assert_eq!(built["references"], 1);
    let info = world.run(&["index", "info", "rf", "--json"]).exits(0).json();
    assert_eq!(info["manifest"]["index_id"], built["index_id"]);
    assert_eq!(info["s_curve"].as_array().unwrap().len(), 10);
    let printed = world.scan(&["in", "--json"]).exits(2).json();
    assert_eq!(printed, world.summary());
    let explained = world.run(&["explain", "out", "--json"]).exits(0).json();
    assert_eq!(explained[0]["record"], format!("{OPENAI} {HOSTILE}"));
    assert_eq!(explained[0]["match"]["vendor"], format!("vendor{HOSTILE}"));
    assert_eq!(explained[0]["record_shared"][0]["start"], 0);
}

fn with_hits() -> World {
    let world = World::new();
    world.parquet("in/a/part.parquet", &some(&texts(30, &[(4, OPENAI), (21, CLAUDE)])), 10);
    world.write("in/b:7.jsonl", format!("{{\"text\": \"x\"}}\n\n{}\n", json!({"text": OPENAI})));
    world.scan(&["in"]).exits(0);
    world
}

#[test]
fn a_row_is_explained_in_every_format() {
    let world = with_hits();
    for (row, text, id) in
        [("a/part.parquet:4", OPENAI, "o1"), ("a/part.parquet:21", CLAUDE, "c1"), ("b:7.jsonl:2", OPENAI, "o1")]
    {
        let shown = world.run(&["explain", "out", "--row", row]).exits(0).out;
        assert!(
            shown.starts_with(&format!("{row}  column text")) && shown.contains(&format!("reference {id}")),
            "{shown}"
        );
        let explained = world.run(&["explain", "out", "--row", row, "--json"]).exits(0).json();
        assert_eq!((&explained[0]["record"], &explained[0]["match"]["reference_id"]), (&json!(text), &json!(id)));
        assert_eq!(explained.as_array().map(Vec::len), Some(1));
    }
    for (top, shown) in [("1", 1), ("2", 2), ("99", 3)] {
        let explained = world.run(&["explain", "out", "--top", top, "--json"]).exits(0).json();
        assert_eq!(explained.as_array().map(Vec::len), Some(shown));
    }
}

#[test]
fn a_row_that_is_no_match_is_an_error_with_advice() {
    let world = with_hits();
    for (row, advice) in [
        ("a/part.parquet:5", "2 records of this shard match"),
        ("a/part.parquet:5000", "2 records of this shard match"),
        ("part.parquet:4", "a/part.parquet"),
        ("a/part.parquet", "a colon and the row"),
        ("a/part.parquet:x", "a colon and the row"),
    ] {
        world.run(&["explain", "out", "--row", row]).exits(2).says(&["error:", "help:", advice]);
    }
}

#[test]
fn a_shard_that_changed_is_not_explained_by_another_text() {
    let world = with_hits();
    world.parquet("in/a/part.parquet", &some(&texts(30, &[(4, CLAUDE)])), 10);
    world.run(&["explain", "out", "--row", "a/part.parquet:4"]).exits(2).says(&["row 4 of a/part.parquet", "changed"]);
    fs::remove_file(world.path("in/a/part.parquet")).unwrap();
    world.run(&["explain", "out", "--row", "a/part.parquet:4"]).exits(2).says(&["part.parquet"]);
}

#[test]
fn no_matches_are_said_so() {
    let world = World::new();
    world.write_lines("in/x.jsonl", &[json!({"text": "nothing"})]);
    world.scan(&["in"]).exits(0);
    assert_eq!(world.run(&["explain", "out"]).exits(0).out, "no match to show\n");
    assert_eq!(world.run(&["explain", "out", "--json"]).exits(0).json(), json!([]));
}

#[test]
fn a_reader_that_goes_away_does_no_harm() {
    let world = with_hits();
    for (args, code) in [
        (&["scan", "in", "--index", "rf", "--out", "again", "--fail-over", "0"][..], 1),
        (&["explain", "out"], 0),
        (&["index", "info", "rf"], 0),
    ] {
        let mut child = world.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(code), ""), "{args:?}");
    }
    assert_eq!(
        fs::read(world.path("again/matches.parquet")).unwrap(),
        fs::read(world.path("out/matches.parquet")).unwrap()
    );
    let mut child = world.command(&["explain", "out"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn results_that_cannot_be_printed_are_an_error() {
    let world = with_hits();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = world.command(&["explain", "out"]).stdout(full()).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("standard output: cannot write"));
    let ran = world.command(&["explain", "nowhere"]).stderr(full()).output().unwrap();
    assert_eq!(ran.status.code(), Some(2), "nobody hears the error, but the code says it");
}

#[test]
fn progress_and_problems_stay_off_standard_output() {
    let world = hostile();
    let ran = world.run(&["scan", "in", "--references", "refs.jsonl", "--out", "out", "--json"]).exits(2);
    assert!(ran.err.lines().all(|line| line.starts_with("problem: ")), "{}", ran.err);
    assert!(serde_json::from_str::<Value>(&ran.out).is_ok());
}
