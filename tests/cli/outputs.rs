//! What is left alone, and what appears whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use crate::world::{OPENAI, Ran, World, some, texts};

/// A shard with a hit, one without, and lines.
fn shards() -> World {
    let world = World::new();
    world.parquet("in/hit.parquet", &some(&texts(50, &[(3, OPENAI)])), 20);
    world.parquet("in/clean.parquet", &some(&texts(50, &[])), 20);
    world.write("in/lines.jsonl", "{\"text\": \"a\"}\n{\"text\": 5}\n");
    world.build_index();
    world
}

/// Content, time of change and inode of all files.
fn state(world: &World, folder: &str) -> BTreeMap<String, (Vec<u8>, i64, i64, u64)> {
    let of = |name: &String| {
        let path = world.path(folder).join(name);
        let facts = path.metadata().unwrap();
        (fs::read(&path).unwrap(), facts.mtime(), facts.mtime_nsec(), facts.ino())
    };
    world.files(folder).into_iter().map(|name| (name.clone(), of(&name))).collect()
}

#[test]
fn results_in_use_are_refused_and_untouched() {
    let world = shards();
    world.scan(&["in", "--action", "drop"]).exits(2);
    let before = state(&world, "out");
    assert!(before.contains_key("summary.json"));
    for args in [&["in"][..], &["in", "--action", "annotate"]] {
        world.scan(args).exits(2).says(&["out", "a run with --action drop", "--out"]);
    }
    world
        .run(&["scan", "in", "--references", "refs.jsonl", "--out", "out"])
        .exits(2)
        .says(&["--action drop (now flag)"]);
    assert!(state(&world, "out") == before);
    let inputs = state(&world, "in");
    world.run(&["scan", "in", "--index", "rf", "--out", "in"]).exits(2).says(&["empty or new folder"]);
    world.run(&["scan", "in", "--index", "rf", "--out", "in/hit.parquet"]).exits(2).says(&["in/hit.parquet"]);
    assert_eq!(state(&world, "in"), inputs);
}

#[test]
fn an_empty_folder_is_as_good_as_a_new_one() {
    let world = shards();
    fs::create_dir(world.path("out")).unwrap();
    world.scan(&["in/clean.parquet"]).exits(0);
}

#[test]
fn inputs_are_never_changed() {
    for args in
        [&["--action", "flag"][..], &["--action", "drop"], &["--action", "annotate"], &["--action", "drop", "--link"]]
    {
        let world = shards();
        let before = state(&world, "in");
        world.scan(&[&["in"], args].concat()).exits(2);
        assert_eq!(state(&world, "in"), before, "{args:?}");
    }
}

#[test]
fn a_shard_without_hits_is_the_same_file_only_when_linked() {
    for (args, shared, output) in [(&[][..], false, "copied"), (&["--link"], true, "linked")] {
        let world = shards();
        world.scan(&[&["in", "--action", "drop"], args].concat()).exits(2);
        let [input, output_file] = ["in/clean.parquet", "out/data/clean.parquet"].map(|name| world.path(name));
        assert_eq!(input.metadata().unwrap().ino() == output_file.metadata().unwrap().ino(), shared);
        assert_eq!(fs::read(&input).unwrap(), fs::read(&output_file).unwrap());
        assert_eq!(world.summary()["shards"][0]["output"], output);
        assert_ne!(
            world.path("in/hit.parquet").metadata().unwrap().ino(),
            world.path("out/data/hit.parquet").metadata().unwrap().ino()
        );
    }
}

#[test]
fn a_results_folder_that_cannot_be_made_is_an_error() {
    let world = shards();
    for out in ["in/hit.parquet/out", "/proc/ringfence/out"] {
        world
            .run(&["scan", "in", "--index", "rf", "--out", out])
            .exits(2)
            .says(&["error:", out.rsplit_once('/').unwrap().0]);
    }
}

/// Runs the program with files of at most so many blocks of 512 bytes: beyond that, writes fail as on a full disk.
pub(crate) fn with_small_files(world: &World, blocks: u32, args: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_ringfence");
    // Without a handler the signal would end the process; ignored, the write fails.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} {args}");
    Command::new("bash").args(["-c", &script]).current_dir(world.path("")).output().unwrap().into()
}

#[test]
fn an_output_that_does_not_fit_leaves_no_part_of_it() {
    let world = shards();
    world.parquet("in/big.parquet", &some(&texts(5000, &[(7, OPENAI)])), 500);
    let ran = with_small_files(&world, 60, "scan in --index rf --action drop --out out").exits(2);
    ran.says(&["big.parquet", "File too large"]);
    assert_eq!(world.files("out/data"), ["clean.parquet", "hit.parquet", "lines.jsonl"]);
    assert_eq!(world.summary()["failed_shards"][0]["shard"], "big.parquet");
}

#[test]
fn matches_that_do_not_fit_leave_no_report() {
    let world = shards();
    let hits: Vec<(usize, &str)> = (0..3000).map(|row| (row, OPENAI)).collect();
    world.parquet("in/big.parquet", &some(&texts(3000, &hits)), 500);
    let ran = with_small_files(&world, 8, "scan in/big.parquet --index rf --out out").exits(2);
    ran.says(&["error: out/", "File too large"]);
    assert_eq!(world.files("out"), [".found.jsonl.zst", "journal.jsonl"]);
    world.scan(&["in/big.parquet"]).exits(0);
    assert_eq!(world.match_rows("out").len(), 3000);
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn a_full_disk_leaves_no_partial_file() {
    let world = shards();
    let disk = world.path("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "none"]).arg(&disk).output().unwrap();
    if !mounted.status.success() {
        eprintln!("SKIPPED, no disk can be mounted: {}", String::from_utf8_lossy(&mounted.stderr));
        return;
    }
    world.parquet("in/big.parquet", &some(&texts(5000, &[(7, OPENAI)])), 500);
    let ran = world.run(&["scan", "in", "--index", "rf", "--action", "drop", "--out", "disk/out"]);
    let files = world.files("disk/out");
    let sizes = files.iter().map(|name| size(&disk.join("out").join(name))).collect::<Vec<_>>();
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    ran.exits(2).says(&["No space left on device"]);
    assert!(!files.iter().any(|name| name.contains("big") || name.contains(".tmp")), "{files:?} {sizes:?}");
}

fn size(path: &Path) -> u64 {
    path.metadata().unwrap().len()
}
