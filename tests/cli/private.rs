//! Private indexes: what they find, what they hold, and who can open them.

use std::collections::HashSet;
use std::fs;

use ringfence::sink::matches::MatchRow;
use serde_json::json;

use crate::pack_files::files;
use crate::world::{CLAUDE, OPENAI, World, clean};

fn build(world: &World) {
    world.write("key", "a secret of many bytes, as random as can be");
    world.run(&["index", "build", "--private", "--key-file", "key", "--out", "private.rf", "refs.jsonl"]).exits(0);
}

fn shards(world: &World) {
    let edited = OPENAI.replace("sugar", "energy").replace("oxygen", "gas");
    world.write_lines(
        "in/a.jsonl",
        &[
            json!({"text": OPENAI}),
            json!({"text": clean(1)}),
            json!({"text": CLAUDE.to_uppercase()}),
            json!({"text": format!("{} {OPENAI} {}", clean(2), clean(3))}),
            json!({"text": format!("{} {edited} {}", clean(4), clean(5))}),
            json!({"text": "Paris, a city."}),
            json!({"text": "It is Paris"}),
        ],
    );
}

#[test]
fn a_private_index_finds_copies_with_their_spans_and_provenance() {
    let world = World::new();
    let short = json!({"id": "s1", "vendor": "openai", "model": "gpt-4", "text": "It is Paris."});
    let lines = fs::read_to_string(world.path("refs.jsonl")).unwrap() + &format!("{short}\n");
    world.write("refs.jsonl", lines);
    build(&world);
    shards(&world);
    world.build_index();
    world.run(&["scan", "--index", "rf", "--out", "open", "in"]).exits(0);
    let said = world.run(&["scan", "--index", "private.rf", "--key-file", "key", "--out", "closed", "in"]).exits(0).out;
    assert!(said.contains("the index is private: shared shingles were counted in order"), "{said}");
    let summary = |out: &str| fs::read_to_string(world.path(out).join("summary.json")).unwrap();
    assert!(summary("closed").contains("\"private\": true") && summary("open").contains("\"private\": false"));
    let (open, closed) = (world.match_rows("open"), world.match_rows("closed"));
    let named = |rows: &[MatchRow]| -> Vec<(u64, String, String, String)> {
        rows.iter().map(|m| (m.row, m.kind.clone(), m.reference_id.clone(), m.model.clone())).collect()
    };
    assert_eq!(named(&closed), named(&open));
    assert_eq!(named(&closed).iter().map(|row| row.0).collect::<Vec<_>>(), [0, 2, 3, 4, 6]);
    for (closed, open) in closed.iter().zip(&open) {
        assert!(closed.words <= open.words, "the least that is certain: {closed:?}, {open:?}");
        assert!(closed.words * 10 >= open.words * 7, "{closed:?}, {open:?}");
        assert_eq!((closed.similarity, closed.shared_shingles), (open.similarity, open.shared_shingles));
        // A shingle ends inside a word at most 32 bytes behind the last that agrees.
        assert!(closed.record_start.abs_diff(open.record_start) <= 40, "{closed:?}, {open:?}");
        assert!(closed.record_end.abs_diff(open.record_end) <= 40, "{closed:?}, {open:?}");
        assert!(closed.reference_end.abs_diff(open.reference_end) <= 40, "{closed:?}, {open:?}");
    }
}

#[test]
fn no_piece_of_a_text_or_a_prompt_is_in_a_private_index() {
    let world = World::new();
    let prompt = "Explain in simple words how plants make their food from light.";
    let line = json!({"id": "the id of a reference that says a lot", "vendor": "openai", "model": "a model with a long name",
        "text": OPENAI, "prompt": prompt});
    world.write_lines("refs.jsonl", &[line]);
    build(&world);
    let mut pieces: HashSet<Vec<u8>> = HashSet::new();
    for text in [OPENAI, prompt, "the id of a reference that says a lot", "a model with a long name"] {
        pieces.extend(text.as_bytes().windows(16).map(<[u8]>::to_vec));
    }
    let files = files(&world.path("private.rf"));
    assert!(files.len() > 5);
    for (file, bytes) in files {
        assert!(!bytes.windows(16).any(|window| pieces.contains(window)), "{}", file.display());
        assert!(!bytes.windows(16).any(|window| b"a secret of many bytes, as random".starts_with(window)));
    }
    let listed = world.run(&["index", "list", "private.rf", "--key-file", "key"]).exits(0).out;
    assert!(listed.contains("the id of a reference that says a lot  vendor openai  model a model with a long name"));
}

#[test]
fn without_the_right_key_there_is_no_way_in() {
    let world = World::new();
    build(&world);
    shards(&world);
    world.write("other", "another secret of as many bytes as that one");
    world.write("short", "too short");
    let scan = |more: &[&str]| world.run(&[&["scan", "--index", "private.rf", "--out", "out", "in"], more].concat());
    scan(&[]).exits(2).says(&["the key of this private index", "--key-file"]);
    scan(&["--key-file", "other"]).exits(2).says(&["another key"]);
    scan(&["--key-file", "short"]).exits(2).says(&["a key of 9 bytes"]);
    scan(&["--key-file", "none"]).exits(2).says(&["none"]);
    world.run(&["index", "info", "private.rf"]).exits(2).says(&["the key of this private index"]);
    let info = world.run(&["index", "info", "private.rf", "--key-file", "key", "--json"]).exits(0);
    assert_eq!(info.json()["manifest"]["parameters"]["key"], "");
    assert!(!info.out.contains("secret"), "{}", info.out);
    world.run(&["index", "verify", "private.rf", "--key-file", "key"]).exits(0);
}

#[test]
fn a_private_index_does_not_change_and_shows_no_texts() {
    let world = World::new();
    build(&world);
    shards(&world);
    world.build_index();
    for command in [
        &["add", "private.rf", "refs.jsonl"][..],
        &["remove", "private.rf", "--id", "o1"],
        &["compact", "private.rf"],
        &["merge", "private.rf", "rf", "--out", "both.rf"],
    ] {
        world.run(&[&["index"], command].concat()).exits(2).says(&["a private one, which has no texts"]);
    }
    world.run(&["scan", "--index", "private.rf", "--key-file", "key", "--out", "out", "in"]).exits(0);
    world.run(&["explain", "out"]).exits(2).says(&["a private index has no texts to show"]);
    world.run(&["index", "build", "--key-file", "key", "--out", "x.rf", "refs.jsonl"]).exits(2).says(&["--private"]);
    world.run(&["index", "build", "--private", "--out", "x.rf", "refs.jsonl"]).exits(2).says(&["--key-file"]);
}

#[test]
fn the_same_references_and_key_give_the_same_bytes() {
    let world = World::new();
    build(&world);
    world
        .run(&["index", "build", "--private", "--key-file", "key", "--threads", "1", "--out", "again.rf", "refs.jsonl"])
        .exits(0);
    assert!(files(&world.path("private.rf")) == files(&world.path("again.rf")));
}

#[test]
fn what_is_redacted_by_a_private_index_has_no_match_left() {
    let world = World::new();
    build(&world);
    shards(&world);
    let scan = ["scan", "--index", "private.rf", "--key-file", "key"];
    world.run(&[&scan[..], &["--action", "redact", "--out", "out", "in"]].concat()).exits(0);
    let written = fs::read_to_string(world.path("out/data/a.jsonl")).unwrap();
    assert_eq!(written.matches("[REDACTED]").count(), 4, "{written}");
    world.run(&[&scan[..], &["--out", "again", "out/data"]].concat()).exits(0);
    assert!(world.match_rows("again").is_empty(), "{:?}", world.match_rows("again"));
}

#[test]
fn a_private_index_may_be_compact() {
    let world = World::new();
    world.write("key", "a secret of many bytes, as random as can be");
    let long = (0..40).map(|part| format!("{} {part}", clean(part))).collect::<Vec<_>>().join(" ");
    world.write_lines("refs.jsonl", &[json!({"id": "l1", "model": "m", "text": long})]);
    let build = [
        "index",
        "build",
        "--private",
        "--key-file",
        "key",
        "--profile",
        "compact",
        "--out",
        "private.rf",
        "refs.jsonl",
    ];
    world.run(&build).exits(0);
    world.write_lines("in/a.jsonl", &[json!({"text": clean(7)}), json!({"text": long})]);
    world.run(&["scan", "--index", "private.rf", "--key-file", "key", "--out", "out", "in"]).exits(0);
    assert!(world.match_rows("out").iter().any(|found| found.row == 1 && found.kind == "exact"));
}
