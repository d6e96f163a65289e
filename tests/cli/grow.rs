//! `index add`, `remove`, `compact`, `merge` and `list`.

use crate::outputs::with_small_files;
use crate::world::{CLAUDE, OPENAI, World, clean, texts};
use ringfence::index::{IndexWriter, Resources};
use serde_json::{Value, json};
use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;

const THIRD: &str = "Glaciers are rivers of ice that flow so slowly that nobody sees them move. They carry stones of every size, and \
    where they melt they leave them in long ridges across the valley.";

/// An index of the two references, and a file with a third and one of the two again.
fn world() -> World {
    let world = World::new();
    world.build_index();
    let third = json!({"id": "m1", "vendor": "mistral", "session": "s-9", "timestamp": "2025-06-02", "text": THIRD});
    let again =
        json!({"id": "o2", "vendor": "openai", "model": "gpt-5", "timestamp": "2025-01-01T08:00:00Z", "text": OPENAI});
    world.write_lines("more.jsonl", &[third, again]);
    world.write_lines("in/x.jsonl", &[OPENAI, CLAUDE, THIRD, "nothing"].map(|text| json!({"text": text})));
    world
}

fn found(world: &World) -> Vec<String> {
    let _ = fs::remove_dir_all(world.path("out"));
    world.run(&["scan", "in", "--index", "rf", "--out", "out"]).exits(0);
    world.matches().into_iter().map(|(.., id)| id).collect()
}

#[test]
fn references_come_and_go_and_are_listed() {
    let world = world();
    assert_eq!(found(&world), ["o1", "c1"]);
    let added = world.run(&["index", "add", "rf", "more.jsonl"]).exits(0).out;
    assert_eq!(added, "rf: 2 texts added, 1 of them known already; 3 references now, in 1 segment\n");
    assert_eq!(found(&world), ["o1", "c1", "m1"]);
    let list = |args: &[&str]| world.run(&[&["index", "list", "rf"], args].concat()).exits(0).out;
    let lines = list(&["--where", "vendor=openai"]);
    assert!(lines.contains("o1  vendor openai  model gpt-4") && lines.contains("2 of 4 references"), "{lines}");
    let lines = list(&["--where", "after=2025-06-01", "--json"]);
    let line: Value = serde_json::from_str(&lines).unwrap();
    let named = ["id", "vendor", "session", "date", "path"].map(|name| line[name].as_str().unwrap());
    assert_eq!(named, ["m1", "mistral", "s-9", "2025-06-02", ""]);
    assert_eq!((line["text_bytes"].as_u64(), &line["shingles"]), (Some(THIRD.len() as u64), &line["rare_shingles"]));
    let removed = world.run(&["index", "remove", "rf", "--id", "o1", "--where", "before=2025-07,session=s-9"]).exits(0);
    assert_eq!(removed.out, "rf: 2 references removed; 2 references now, in 1 segment\n");
    assert_eq!(found(&world), ["o2", "c1"], "the text of o1 is still that of o2");
    let changed = world.run(&["index", "remove", "rf", "--where", "before=2026", "--json"]).exits(0).json();
    assert_eq!([&changed["removed"], &changed["undated"], &changed["references"]], [1, 1, 1]);
    assert_eq!(found(&world), ["c1"]);
    world.run(&["index", "compact", "rf"]).exits(0);
    world.run(&["index", "verify", "rf"]).exits(0);
    assert_eq!(found(&world), ["c1"]);
    world.run(&["index", "remove", "rf", "--id", "nobody"]).exits(0);
}

#[test]
fn what_was_merged_is_what_was_built() {
    let world = world();
    world.run(&["index", "build", "--out", "other", "more.jsonl"]).exits(0);
    world.run(&["index", "build", "--out", "both", "more.jsonl", "refs.jsonl"]).exits(0);
    let said = world.run(&["index", "merge", "rf", "other", "--out", "merged"]).exits(0).out;
    assert_eq!(said, "merged: 3 references of 2 indexes\n");
    for name in world.files("both") {
        let [one, other] = ["both", "merged"].map(|folder| fs::read(world.path(folder).join(&name)).unwrap());
        assert!(one == other, "{name}");
    }
    assert_eq!(world.files("both"), world.files("merged"));
    world.run(&["index", "build", "--out", "fine", "--threshold", "0.8", "more.jsonl"]).exits(0);
    world.run(&["index", "merge", "rf", "fine", "--out", "no"]).exits(2).says(&["fine: expected the parameters"]);
    world.run(&["index", "merge", "rf", "other", "--out", "merged"]).exits(2).says(&["does not exist yet"]);
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let world = world();
    let before = world.files("rf");
    world.run(&["index", "remove", "rf"]).exits(2).says(&["--id or --where"]);
    world.run(&["index", "remove", "rf", "--where", "vendr=x"]).exits(2).says(&["there is no field vendr", "vendor"]);
    world.run(&["index", "remove", "rf", "--where", "before=soon"]).exits(2).says(&["soon is no date"]);
    world.run(&["index", "add", "in", "more.jsonl"]).exits(2).says(&["manifest.json"]);
    assert_eq!((world.files("rf"), world.files("in")), (before.clone(), vec!["x.jsonl".to_owned()]));
    world.write("bad.jsonl", "{\"id\": 1}\n");
    world.run(&["index", "add", "rf", "bad.jsonl"]).exits(2);
    with_small_files(&world, 1, "index add rf more.jsonl").exits(2).says(&["File too large"]);
    let files: Vec<String> = world.files("rf").into_iter().filter(|name| name != "lock").collect();
    assert_eq!(files, before, "what does not fit leaves nothing");
    let writer = IndexWriter::open(&world.path("rf"), "a test", Resources::default()).unwrap();
    let me = format!("process {} on", std::process::id());
    for args in [&["add", "rf", "more.jsonl"][..], &["remove", "rf", "--id", "o1"], &["compact", "rf"]] {
        world.run(&[&["index"], args].concat()).exits(2).says(&[&me, "(a test)", "try again"]);
    }
    assert_eq!(found(&world), ["o1", "c1"], "a scan does not mind");
    drop(writer);
    world.run(&["index", "compact", "rf"]).exits(0);
    let files: Vec<String> = world.files("rf").into_iter().filter(|name| name != "lock").collect();
    assert_eq!(files, before);
}

/// A copy of an index, under another name.
fn copy(world: &World, from: &str, to: &str) {
    let _ = fs::remove_dir_all(world.path(to));
    for name in world.files(from) {
        world.write(format!("{to}/{name}"), fs::read(world.path(from).join(&name)).unwrap());
    }
}

#[test]
fn a_killed_writer_leaves_the_old_index_or_the_new_and_the_next_one_goes_on() {
    let world = World::new();
    let hits: Vec<(usize, &str)> = vec![(5, OPENAI), (7, CLAUDE)];
    let lines: Vec<Value> = texts(600, &hits).iter().map(|text| json!({"text": text})).collect();
    world.write_lines("a.jsonl", &lines);
    world
        .write_lines("b.jsonl", &(0..200).map(|n| json!({"vendor": "b", "text": clean(1000 + n)})).collect::<Vec<_>>());
    world.run(&["index", "build", "--out", "old", "a.jsonl"]).exits(0);
    world.run(&["index", "add", "old", "b.jsonl", "--set", "session=s"]).exits(0);
    world.run(&["index", "remove", "old", "--where", "vendor=b"]).exits(0);
    let id =
        |index: &str| world.run(&["index", "info", index, "--json"]).exits(0).json()["manifest"]["index_id"].clone();
    let (add, mut left) = (["index", "add", "rf", "b.jsonl", "--set", "session=t"], 0);
    for task in [&add[..], &["index", "remove", "rf", "--where", "vendor="], &["index", "compact", "rf"]] {
        copy(&world, "old", "rf");
        let begun = Instant::now();
        world.run(task).exits(0);
        let (whole, new, old) = (begun.elapsed(), id("rf"), id("old"));
        assert_ne!(new, old);
        for nth in 0..12 {
            copy(&world, "old", "rf");
            let mut child = world.command(task).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sleep(whole.mul_f64(f64::from(nth) / 12.0));
            child.kill().unwrap();
            child.wait().unwrap();
            world.run(&["index", "verify", "rf"]).exits(0);
            assert!([&old, &new].contains(&&id("rf")), "{task:?}");
            left += usize::from(world.files("rf").iter().any(|name| name.starts_with("new-")));
            world.run(task).exits(0);
            assert_eq!(id("rf"), new, "{task:?} after it was killed");
            assert!(world.files("rf").iter().all(|name| !name.starts_with("new-")), "{:?}", world.files("rf"));
        }
    }
    assert!(left > 0, "no writer was killed while it wrote");
}
