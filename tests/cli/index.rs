//! Indexes: deterministic, checked, never written over.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::json;

use crate::world::{CLAUDE, OPENAI, World, clean, some, texts};

/// References in three files and both formats.
fn references() -> World {
    let world = World::new();
    fs::create_dir(world.path("refs")).unwrap();
    fs::rename(world.path("refs.jsonl"), world.path("refs/a.jsonl")).unwrap();
    world.parquet("refs/b.parquet", &some(&texts(300, &[])), 50);
    world.write_lines(
        "refs/c.jsonl",
        &[json!({"id": "again", "vendor": "other", "text": OPENAI}), json!({"output": "x", "text": "ok."})],
    );
    world
}

fn build(world: &World, out: &str, args: &[&str]) {
    world.run(&[&["index", "build", "--out", out], args].concat()).exits(0);
}

#[test]
fn equal_references_make_equal_bytes() {
    let world = references();
    build(&world, "one", &["refs", "--threads", "1"]);
    for (out, args) in [
        ("two", &["refs", "--threads", "2"][..]),
        ("three", &["refs/c.jsonl", "refs/b.parquet", "refs/a.jsonl"]),
        ("four", &["refs/b.parquet", "refs", "--threads", "7"]),
    ] {
        build(&world, out, args);
        assert_eq!(world.files("one"), world.files(out));
        for name in world.files("one") {
            let [one, other] = ["one", out].map(|folder| fs::read(world.path(folder).join(&name)).unwrap());
            assert!(one == other, "{out}: {name}");
        }
    }
}

#[test]
fn a_flipped_byte_anywhere_is_found_and_named() {
    let world = references();
    build(&world, "rf", &["refs"]);
    world.run(&["index", "verify", "rf"]).exits(0);
    for name in world.files("rf") {
        let path = world.path("rf").join(&name);
        let whole = fs::read(&path).unwrap();
        for at in [0, 9, 63, whole.len() / 3, whole.len() / 2, whole.len() - 2, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at.min(whole.len() - 1)] ^= 0x01;
            fs::write(&path, flipped).unwrap();
            let ran = world.run(&["index", "verify", "rf"]).exits(2);
            ran.says(&[name.rsplit('/').next().unwrap()]);
        }
        fs::write(&path, whole).unwrap();
    }
    world.run(&["index", "verify", "rf"]).exits(0);
}

#[test]
fn every_byte_of_the_manifest_counts() {
    let world = references();
    build(&world, "rf", &["refs"]);
    let path = world.path("rf/manifest.json");
    let whole = fs::read_to_string(&path).unwrap();
    for changed in [whole.trim_end().to_owned(), whole.replacen("  ", "\t", 1), whole.replacen("openai", "opemai", 1)] {
        fs::write(&path, changed).unwrap();
        world.run(&["index", "verify", "rf"]).exits(2).says(&["manifest.json", "build the index again"]);
    }
}

#[test]
fn a_truncated_or_missing_file_is_found_by_opening() {
    let world = references();
    build(&world, "rf", &["refs"]);
    world.write_lines("in/x.jsonl", &[json!({"text": OPENAI})]);
    for name in world.files("rf") {
        let path = world.path("rf").join(&name);
        let whole = fs::read(&path).unwrap();
        for cut in [Some(0), Some(20), Some(whole.len() - 1), None] {
            cut.map_or_else(|| fs::remove_file(&path), |cut| fs::write(&path, &whole[..cut])).unwrap();
            for args in [&["index", "info", "rf"][..], &["scan", "in", "--index", "rf", "--out", "out"]] {
                world.run(args).exits(2).says(&[name.rsplit('/').next().unwrap()]);
            }
            assert!(!world.path("out").exists());
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn another_format_version_says_what_to_do() {
    let world = references();
    build(&world, "rf", &["refs"]);
    let path = world.path("rf/manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"format\": 4", "\"format\": 5", 1)).unwrap();
    world.run(&["index", "info", "rf"]).exits(2).says(&[
        "format version 4",
        "version 5",
        "help: build the index again",
    ]);
}

#[test]
fn thresholds_of_many_digits_come_back_as_they_were() {
    let world = references();
    for (nth, threshold) in
        ["0.7234567890123457", "0.51", "0.6666666666666666", "0.8999999999999999"].iter().enumerate()
    {
        let name = format!("rf-{nth}");
        build(&world, &name, &["refs", "--threshold", threshold]);
        world.run(&["index", "verify", &name]).exits(0);
        let out = format!("out-{nth}");
        let args = ["scan", "refs/a.jsonl", "--index", &name, "--threshold", threshold, "--out", &out];
        world.run(&args).exits(0);
    }
}

#[test]
fn a_scan_may_raise_the_threshold_and_not_lower_it() {
    let world = World::new();
    let edited = OPENAI.replace("mostly", "chiefly");
    world.write_lines("in/x.jsonl", &[json!({"text": edited}), json!({"text": CLAUDE})]);
    world.run(&["index", "build", "--out", "rf", "refs.jsonl", "--threshold", "0.6"]).exits(0);
    world.scan(&["in", "--threshold", "0.59"]).exits(2).says(&["0.6", "0.59", "index build", "--threshold"]);
    assert!(!world.path("out").exists());
    world.scan(&["in", "--threshold", "0.99", "--detect", "resemblance"]).exits(0);
    assert_eq!(world.hits(), [("x.jsonl".to_owned(), 1)]);
}

#[test]
fn what_the_file_does_not_say_can_be_set() {
    let world = World::new();
    let lines = [json!({"reply": OPENAI, "vendor": "openai"}), json!({"reply": CLAUDE})];
    world.write_lines("refs.jsonl", &lines);
    let args =
        ["index", "build", "--out", "rf", "refs.jsonl", "--column", "reply", "--set", "vendor=x", "--set", "model=m=1"];
    world.run(&args).exits(0);
    let info = world.run(&["index", "info", "rf", "--json"]).exits(0).json();
    let vendors = &info["manifest"]["vendors"];
    assert_eq!((&vendors["openai"]["m=1"]["references"], &vendors["x"]["m=1"]["references"]), (&json!(1), &json!(1)));
    let ran = world.run(&["index", "build", "--out", "other", "refs.jsonl", "--set", "vendr=x", "--column", "reply"]);
    ran.exits(2).says(&["vendr", "help:", "vendor"]);
    world.run(&["index", "build", "--out", "other", "refs.jsonl"]).exits(2).says(&["refs.jsonl", "--column"]);
    assert!(!world.path("other").exists());
}

#[test]
fn folded_duplicates_keep_their_provenance() {
    let world = references();
    build(&world, "rf", &["refs"]);
    world.write_lines("in/x.jsonl", &[json!({"text": OPENAI})]);
    world.scan(&["in"]).exits(0);
    assert_eq!(world.matches().len(), 1);
    let path = world.path("out/matches.parquet");
    let of = |name| crate::read::column(&path, name).concat();
    assert_eq!((of("reference_id"), of("also")), ("again".to_owned(), "openai/gpt-4/o1".to_owned()));
    let shown = world.run(&["explain", "out"]).exits(0).out;
    assert!(shown.contains("vendor openai") && shown.contains("vendor other"), "{shown}");
}

#[test]
fn one_id_of_two_references_is_explained_by_the_right_one() {
    let world = World::new();
    let other = OPENAI.replace("mostly", "chiefly");
    let reference = |vendor: &str, text: &str| json!({"id": "1", "vendor": vendor, "text": text});
    world.write_lines("refs.jsonl", &[reference("a", OPENAI), reference("b", CLAUDE), reference("a", &other)]);
    world.write_lines("in/x.jsonl", &[json!({"text": CLAUDE}), json!({"text": OPENAI}), json!({"text": other})]);
    world.scan(&["in"]).exits(0);
    for (row, texts) in [vec![CLAUDE], vec![OPENAI], vec![other.as_str()]].iter().enumerate() {
        let shown = world.run(&["explain", "out", "--row", &format!("x.jsonl:{row}"), "--json"]).exits(0).json();
        let references: Vec<_> =
            shown.as_array().unwrap().iter().map(|found| found["reference"].as_str().unwrap()).collect();
        assert_eq!(references, *texts);
    }
}

#[test]
fn an_existing_folder_is_refused_and_untouched() {
    let world = references();
    build(&world, "rf", &["refs"]);
    let before = world.path("rf/manifest.json").metadata().unwrap().ino();
    world.run(&["index", "build", "--out", "rf", "refs"]).exits(2).says(&["rf", "exist", "another folder"]);
    assert_eq!(world.path("rf/manifest.json").metadata().unwrap().ino(), before);
    fs::create_dir(world.path("empty")).unwrap();
    world.run(&["index", "build", "--out", "empty", "refs"]).exits(2).says(&["empty"]);
}

#[test]
fn references_that_cannot_be_read_whole_make_no_index() {
    for (name, content, words) in [
        ("empty.jsonl", "", "no references"),
        ("cut.jsonl", "{\"text\": \"fine\"}\n{\"text\": \"cut", "line 1 (from 0)"),
        ("number.jsonl", "{\"text\": \"fine\"}\n{\"text\": 3}\n", "line 1 (from 0)"),
        ("cut.parquet", "PAR1", "a Parquet file"),
    ] {
        let world = World::new();
        world.write(format!("r/{name}"), content);
        world.run(&["index", "build", "--out", "rf", "r"]).exits(2).says(&[words, "help:"]);
        world.run(&["scan", "refs.jsonl", "--references", "r", "--out", "out"]).exits(2).says(&[words, "help:"]);
        assert_eq!(world.files("").len(), 2, "nothing is left behind: {:?}", world.files(""));
    }
    let world = World::new();
    world.binary("r/bin.parquet", &[clean(1).as_bytes(), b"\xff"]);
    world.run(&["index", "build", "--out", "rf", "r"]).exits(2).says(&["r/bin.parquet", "row 1", "UTF-8"]);
}

#[test]
fn a_plan_shows_both_profiles_and_goes_by_an_index_where_one_is_named() {
    let world = references();
    build(&world, "rf", &["refs"]);
    let shown = world.run(&["index", "info", "--plan", "1000000"]).exits(0).out;
    for words in ["4200 bytes", "500 rare", "compact", "750.0 MB"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    world.run(&["index", "info"]).exits(2);
    let usual = world.run(&["index", "info", "--plan", "1000000", "--json"]).exits(0).json();
    let plan = world.run(&["index", "info", "rf", "--plan", "303", "--json"]).exits(0).json();
    assert_eq!((&usual["measured"], &plan["measured"]), (&json!(false), &json!(true)));
    let size = |name: &str| fs::metadata(world.segment("rf").join(name)).unwrap().len();
    let foreseen = &plan["profiles"][0];
    assert_eq!(foreseen["profile"], "standard");
    for name in ["texts.bin", "references.bin", "bands.bin", "filter.bin"] {
        assert_eq!(foreseen["files"][name], size(name), "{name}");
    }
    let all: u64 = world.files(world.segment("rf")).iter().map(|name| size(name)).sum();
    let off = foreseen["disk_bytes"].as_f64().unwrap() / all as f64 - 1.0;
    assert!(off.abs() < 0.15, "{foreseen}, not {all}");
    assert!(foreseen["filter_bytes"].as_u64() > plan["profiles"][1]["filter_bytes"].as_u64().map(|bytes| 10 * bytes));
}

#[test]
fn a_compact_index_is_smaller_and_finds_copies_and_too_little_memory_is_refused() {
    let world = references();
    build(&world, "rf", &["refs"]);
    build(&world, "compact", &["refs", "--profile", "compact", "--memory", "160M"]);
    let size = |index: &str, name: &str| fs::metadata(world.segment(index).join(name)).unwrap().len();
    for name in ["filter.bin", "postings.bin"] {
        assert!(size("compact", name) * 8 < size("rf", name), "{name}");
    }
    let shown = world.run(&["index", "info", "compact"]).exits(0).out;
    assert!(shown.contains("compact, one in 16") && shown.contains("bytes a reference"), "{shown}");
    world.write_lines("in/x.jsonl", &[json!({"text": OPENAI})]);
    let summary = world.run(&["scan", "in", "--index", "compact", "--out", "out", "--json"]).exits(0).json();
    assert_eq!(summary["totals"]["matched_records"], 1, "{summary}");
    world.run(&["index", "build", "--out", "no", "refs", "--memory", "1M"]).exits(2).says(&["--memory", "help:"]);
    assert!(!world.path("no").exists());
}
