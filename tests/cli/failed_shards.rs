//! A shard that cannot be examined is named with the reason and counted, and nothing of it is passed on.

use std::fs;
use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array};
use serde_json::json;

use crate::read::ids;
use crate::world::{OPENAI, World, ids as numbers, some, texts};

/// Scans one bad shard between two good ones; `words` must be in what is said of it.
#[track_caller]
fn refused(name: &str, content: &[u8], words: &[&str]) -> World {
    let world = World::new();
    world.write(format!("in/b/{name}"), content);
    scan_between_good_ones(&world, name, words);
    world
}

#[track_caller]
fn scan_between_good_ones(world: &World, name: &str, words: &[&str]) {
    world.parquet("in/a.parquet", &some(&texts(5, &[(1, OPENAI)])), 1000);
    world.parquet("in/c.parquet", &some(&texts(5, &[(2, OPENAI)])), 1000);
    let ran = world.scan(&["in", "--action", "drop"]).exits(2).says(&[&format!("in/b/{name}")]).says(words);
    assert!(ran.out.contains("NOT COMPLETE") && ran.out.contains(words[0]), "{}", ran.out);
    let summary = world.summary();
    assert_eq!((&summary["complete"], &summary["totals"]["failed_shards"]), (&json!(false), &json!(1)));
    assert_eq!(summary["totals"]["shards"], 3);
    let failed = &summary["failed_shards"][0];
    assert_eq!(failed["shard"], format!("b/{name}"));
    for word in words {
        assert!(failed["error"].as_str().unwrap().contains(word), "`{word}` is not in {failed}");
    }
    assert!(!failed["help"].as_str().unwrap().is_empty(), "no advice: {failed}");
    assert_eq!(summary["shards"][1]["examined"], false);
    assert_eq!(summary["shards"][1]["output"], "none");
    assert_eq!(
        world.files("out/data"),
        ["a.parquet", "c.parquet"],
        "the others are finished, and nothing is left of it"
    );
    assert_eq!(ids(&world.path("out/data/a.parquet")), [0, 2, 3, 4]);
    assert_eq!(ids(&world.path("out/data/c.parquet")), [0, 1, 3, 4]);
    let hits: Vec<_> = world.hits().into_iter().filter(|(shard, _)| !shard.starts_with("b/")).collect();
    assert_eq!(hits, [("a.parquet".to_owned(), 1), ("c.parquet".to_owned(), 2)]);
}

/// A good file of three row groups.
fn good() -> Vec<u8> {
    let world = World::new();
    fs::read(world.parquet("x.parquet", &some(&texts(300, &[(10, OPENAI), (290, OPENAI)])), 100)).unwrap()
}

#[test]
fn a_file_cut_anywhere_is_named() {
    let whole = good();
    for cut in [1, 3, 4, 7, 11, 12, whole.len() / 2, whole.len() - 100, whole.len() - 8, whole.len() - 1] {
        refused("cut.parquet", &whole[..cut], &["expected a Parquet file"]);
    }
}

#[test]
fn an_empty_file_is_named() {
    refused("empty.parquet", b"", &["an empty file (0 bytes)"]);
    refused("empty.jsonl.gz", b"", &["an empty file (0 bytes)"]);
    refused("empty.jsonl.zst", b"", &["an empty file (0 bytes)"]);
}

#[test]
fn what_is_no_parquet_file_is_named() {
    refused("lines.parquet", b"{\"text\": \"not a Parquet file at all\"}\n", &["starts with", "{"]);
    refused("zeros.parquet", &[0; 4096], &["starts with"]);
}

#[test]
fn an_encrypted_file_is_named() {
    let mut whole = good();
    let end = whole.len() - 4;
    whole[end..].copy_from_slice(b"PARE");
    refused("footer.parquet", &whole, &["an encrypted footer"]);
    whole[..4].copy_from_slice(b"PARE");
    refused("whole.parquet", &whole, &["an encrypted file"]);
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    let world = World::new();
    let prose: ArrayRef = Arc::new(arrow_array::StringArray::from(vec!["some prose"]));
    world.columns("in/b/other.parquet", &[("id", numbers(1)), ("prose", prose)], 10);
    scan_between_good_ones(&world, "other.parquet", &["text column", "prose"]);
    let help = world.summary()["failed_shards"][0]["help"].as_str().unwrap().to_owned();
    assert!(help.contains("--columns"), "{help}");
}

#[test]
fn a_text_column_of_numbers_is_named() {
    let world = World::new();
    let numbers_as_text: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    world.columns("in/b/int.parquet", &[("text", numbers_as_text)], 10);
    scan_between_good_ones(&world, "int.parquet", &["text column"]);
    let world = World::new();
    let numbers_as_text: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    world.columns("in/int.parquet", &[("text", numbers_as_text)], 10);
    let ran = world.scan(&["in", "--columns", "text"]).exits(2);
    ran.says(&["in/int.parquet", "column `text`", "INT64"]);
}

#[test]
fn a_corrupt_page_costs_its_shard_and_the_rest_is_examined() {
    for (at, len) in [(0, 40), (200, 300), (5, 1), (20, 8)] {
        let mut whole = good();
        let begin = chunk_start(&whole, 1, 1) + at;
        whole[begin..begin + len].iter_mut().for_each(|byte| *byte ^= 0x5a);
        let world = refused("page.parquet", &whole, &["row group 1, column text"]);
        let rows: Vec<u64> =
            world.hits().into_iter().filter(|hit| hit.0 == "b/page.parquet").map(|hit| hit.1).collect();
        assert_eq!(rows, [10, 290], "row groups 0 and 2 are examined");
    }
}

/// Where a column chunk begins.
fn chunk_start(file: &[u8], group: usize, column: usize) -> usize {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(file)).unwrap();
    reader.metadata().row_group(group).column(column).byte_range().0 as usize
}

#[test]
fn damage_in_a_column_that_is_only_copied_costs_the_output_of_its_shard_and_not_the_run() {
    for at in 0..24 {
        let mut whole = good();
        let begin = chunk_start(&whole, 0, 0) + at;
        whole[begin] ^= 0xff;
        let world = World::new();
        world.write("in/a.parquet", &whole);
        world.parquet("in/b.parquet", &some(&texts(5, &[(2, OPENAI)])), 1000);
        let ran = world.scan(&["in", "--action", "drop"]);
        assert!(matches!(ran.code, Some(0 | 2)), "byte {at}: {}", ran.err);
        assert_eq!(ids(&world.path("out/data/b.parquet")), [0, 1, 3, 4]);
        if ran.code == Some(2) {
            ran.says(&["in/a.parquet", "row group 0, column id"]);
            assert_eq!(world.files("out/data"), ["b.parquet"]);
        }
    }
}

#[test]
fn of_several_damaged_row_groups_the_first_is_named_and_no_file_is_left_whatever_the_threads() {
    let hits: Vec<(usize, &str)> = (0..40).map(|nth| (nth * 50 + 7, OPENAI)).collect();
    let world = World::new();
    let mut whole = fs::read(world.parquet("whole.parquet", &some(&texts(2000, &hits)), 100)).unwrap();
    for group in [15, 3, 7] {
        let begin = chunk_start(&whole, group, 0);
        whole[begin..begin + 8].fill(0xff);
    }
    world.write("in/a.parquet", &whole);
    world.build_index();
    for threads in ["1", "2", "7"] {
        let out = format!("out-{threads}");
        let ran = world.run(&["scan", "in", "--index", "rf", "--action", "drop", "--threads", threads, "--out", &out]);
        ran.exits(2).says(&["in/a.parquet", "row group 3, column id"]);
        let files = [".found.jsonl.zst", "journal.jsonl", "matches.parquet", "summary.json"];
        assert_eq!(world.files(&out), files, "{threads} threads");
    }
}

#[test]
fn truncated_compressed_lines_are_named() {
    let lines: String = texts(200, &[(10, OPENAI)]).iter().map(|t| format!("{}\n", json!({"text": t}))).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(lines.as_bytes(), 1).unwrap();
    for (name, whole, words) in
        [("cut.jsonl.gz", gzip, "complete gzip data"), ("cut.jsonl.zst", zstd, "complete Zstandard data")]
    {
        for cut in [1, 10, whole.len() / 2, whole.len() - 1] {
            refused(name, &whole[..cut], &[words, "after "]);
        }
        refused(name, lines.as_bytes(), &[words]);
    }
}

#[test]
fn what_was_read_of_a_cut_file_is_not_taken_for_the_next_one() {
    let world = World::new();
    let lines: String = texts(300, &[(250, OPENAI)]).iter().map(|t| format!("{}\n", json!({"text": t}))).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    // The checksum at the end is gone: all lines are there.
    world.write("in/a.jsonl.gz", &gzip[..gzip.len() - 1]);
    world.write_lines("in/b.jsonl", &texts(300, &[]).iter().map(|t| json!({"text": t})).collect::<Vec<_>>());
    for action in ["flag", "redact"] {
        let _ = fs::remove_dir_all(world.path("out"));
        world.scan(&["in", "--threads", "1", "--action", action]).exits(2).says(&["in/a.jsonl.gz"]);
        assert_eq!(world.hits(), [("a.jsonl.gz".to_owned(), 250)], "{action}");
        assert_eq!(world.summary()["shards"][1]["texts"], 300, "{action}");
    }
    assert_eq!(fs::read(world.path("out/data/b.jsonl")).unwrap(), fs::read(world.path("in/b.jsonl")).unwrap());
}

#[test]
fn a_missing_shard_ends_the_run_before_it_begins() {
    let world = World::new();
    world.parquet("in/a.parquet", &some(&texts(5, &[])), 1000);
    world.scan(&["in/a.parquet", "in/b.parquet"]).exits(2).says(&["in/b.parquet", "cannot open"]);
    assert!(!world.path("out").exists());
}

#[test]
fn damage_anywhere_costs_its_own_shard_and_says_so_without_a_panic() {
    let world = World::new();
    let shapes = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shapes")).unwrap();
    for path in shapes.map(|entry| entry.unwrap().path()).filter(|path| path.metadata().unwrap().len() < 10_000) {
        let whole = fs::read(&path).unwrap();
        for at in (4..whole.len()).step_by(211) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let name = path.file_stem().unwrap().to_str().unwrap();
            world.write(format!("in/{name}-{at}.parquet"), damaged);
        }
    }
    world.parquet("in/good.parquet", &some(&texts(5, &[(2, OPENAI)])), 1000);
    // Annotation writes a copy of every shard, with or without hits.
    let ran = world.scan(&["in", "--action", "annotate"]).exits(2);
    assert!(
        ran.err.lines().all(|line| line.starts_with("problem: in/") || line.starts_with("... and ")),
        "{}",
        ran.err
    );
    let summary = world.summary();
    for shard in summary["shards"].as_array().unwrap() {
        let name = shard["shard"].as_str().unwrap();
        let failed = summary["failed_shards"].as_array().unwrap().iter().find(|failed| failed["shard"] == *name);
        assert_eq!(shard["examined"] == true, failed.is_none(), "{shard}");
        assert_eq!(world.path("out/data").join(name).exists(), failed.is_none(), "{shard}");
        assert!(failed.is_none_or(|failed| failed["error"].as_str().unwrap().contains(name)), "{failed:?}");
    }
    assert_eq!(ids(&world.path("out/data/good.parquet")), [0, 1, 2, 3, 4]);
}

#[test]
fn what_does_not_fit_into_the_memory_is_named_and_the_rest_is_examined() {
    let world = World::new();
    // Of 130 MiB for one thread, a page may take 33.
    let long = "a line \n".repeat(5 << 20);
    world.parquet("in/long.parquet", &[Some(&long)], 1);
    world.write("in/long.jsonl", format!("{{\"text\": {:?}}}\n", "a line ".repeat(6 << 20)));
    world.parquet("in/short.parquet", &[Some(OPENAI)], 1);
    let args = ["in", "--threads", "1", "--memory", "130M"];
    world.scan(&args).exits(2).says(&["long.parquet", "one of 41943", "long.jsonl"]);
    for failed in world.summary()["failed_shards"].as_array().unwrap() {
        assert!(failed["help"].as_str().unwrap().contains("allow more with --memory"), "{failed}");
    }
    assert_eq!(world.hits(), [("short.parquet".to_owned(), 0)]);
    let out = ["scan", "in", "--index", "rf", "--threads", "1", "--out"];
    world.run(&[&out[..], &["enough", "--memory", "200M"]].concat()).exits(0);
    world.run(&[&out[..], &["nothing", "--memory", "64M"]].concat()).exits(2).says(&["a thread needs over 64 MiB"]);
}
