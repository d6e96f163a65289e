//! Files that change while they are read cost their shard, never the run; an index that changes ends the run.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::read::ids;
use crate::world::{OPENAI, Ran, World, some, texts};

const ROWS: usize = 100_000;

/// Ticks of processor time, a hundredth of a second each, from the opening of a file on: so much is enough to have asked for its
/// length, and far too little to have read it to its end, however busy the machine is.
const AT_WORK: std::ops::Range<u64> = 2..8;

/// Runs the program, stops it while it reads `file`, changes something, and lets it go on. `out` is what it writes.
fn run_meanwhile(world: &World, args: &[&str], out: &str, file: &Path, change: impl FnOnce()) -> Ran {
    let file = file.canonicalize().unwrap();
    for _ in 0..20 {
        let mut command = world.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let id = rustix::process::Pid::from_child(&child);
        let signal = |signal| rustix::process::kill_process(id, signal).unwrap();
        let process = Path::new("/proc").join(child.id().to_string());
        let is_open = || {
            let open = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
            open.into_iter().any(|entry| fs::read_link(entry.path()).is_ok_and(|path| path == file))
        };
        while !is_open() && state(&process).0 != 'Z' {}
        let opened = state(&process).1;
        while is_open() && state(&process).1 < opened + AT_WORK.start {}
        signal(Signal::STOP);
        while !['T', 'Z'].contains(&state(&process).0) {
            sleep(Duration::from_millis(1));
        }
        let worked = state(&process).1 - opened;
        if is_open() && AT_WORK.contains(&worked) {
            change();
            signal(Signal::CONT);
            return child.wait_with_output().unwrap().into();
        }
        // It was stopped too late.
        child.kill().unwrap();
        child.wait().unwrap();
        let _ = fs::remove_dir_all(world.path(out));
    }
    panic!("the program was never seen while it read {}", file.display());
}

/// Whether a process runs, is stopped or has ended, and the ticks of processor time that it has used.
fn state(process: &Path) -> (char, u64) {
    let stat = fs::read_to_string(process.join("stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    (fields[0].chars().next().unwrap(), fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap())
}

/// What is done to a file, and what is said of it.
type Change = (&'static str, fn(&Path), &'static str);

const CHANGES: [Change; 6] = [
    ("shortened", shorten, "bytes, found"),
    ("emptied", |path| File::options().write(true).open(path).unwrap().set_len(0).unwrap(), "bytes, found 0 bytes"),
    ("extended", |path| File::options().append(true).open(path).unwrap().write_all(b" ").unwrap(), "bytes, found"),
    ("touched", |path| touch(path), "no write since it was opened, found a later one"),
    ("replaced", |path| replace(path), "the same file under this name, found another one"),
    ("removed", |path| fs::remove_file(path).unwrap(), "a file of this name, found No such file"),
];

fn shorten(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}

fn touch(path: &Path) {
    let later = SystemTime::now() + Duration::from_secs(5);
    File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
}

fn replace(path: &Path) {
    let other = path.with_extension("other");
    fs::copy(path, &other).unwrap();
    fs::rename(other, path).unwrap();
}

/// A long shard between two short ones. Its first and last record match, so that a copy of it is begun early.
fn world_with(name: &str) -> World {
    let world = World::new();
    world.parquet("in/a.parquet", &some(&texts(5, &[(1, OPENAI)])), 1000);
    world.parquet("in/z.parquet", &some(&texts(5, &[(2, OPENAI)])), 1000);
    let long = texts(ROWS, &[(0, OPENAI), (ROWS - 1, OPENAI)]);
    if name.ends_with(".parquet") {
        world.parquet(name, &some(&long), 1000);
    } else {
        let lines: Vec<Value> = long.iter().map(|text| json!({ "text": text })).collect();
        world.write_lines(name, &lines);
    }
    world.build_index();
    world
}

#[test]
fn a_shard_that_changes_while_it_is_read_fails_alone_and_nothing_is_published_for_it() {
    for name in ["in/m.parquet", "in/m.jsonl"] {
        let world = world_with(name);
        let (path, whole) = (world.path(name), fs::read(world.path(name)).unwrap());
        for (change, make, words) in CHANGES {
            for io in ["map", "read"] {
                let (case, out) = (format!("{name} {change} --io {io}"), format!("{change}-{io}"));
                let args = ["scan", "in", "--index", "rf", "--action", "drop", "--threads", "1", "--io", io];
                let args = [&args[..], &["--out", &out]].concat();
                let ran = run_meanwhile(&world, &args, &out, &path, || make(&path)).exits(2);
                ran.says(&[name, "changed while it was read", words]);
                let named = [
                    ".found.jsonl.zst",
                    "data/a.parquet",
                    "data/z.parquet",
                    "journal.jsonl",
                    "matches.parquet",
                    "summary.json",
                ];
                assert_eq!(world.files(&out), named, "{case}");
                assert_eq!(ids(&world.path(&out).join("data/a.parquet")), [0, 2, 3, 4], "{case}");
                assert_eq!(ids(&world.path(&out).join("data/z.parquet")), [0, 1, 3, 4], "{case}");
                let summary = fs::read(world.path(&out).join("summary.json")).unwrap();
                let summary: Value = serde_json::from_slice(&summary).unwrap();
                assert_eq!(summary["complete"], false, "{case}");
                let [failed] = summary["failed_shards"].as_array().unwrap().as_slice() else {
                    panic!("{case}: {summary}");
                };
                assert_eq!(failed["shard"], name.trim_start_matches("in/"), "{case}");
                assert!(failed["help"].as_str().unwrap().contains("run again"), "{case}: {failed}");
                assert!(!path.exists() || change != "removed");
                fs::write(&path, &whole).unwrap();
            }
        }
    }
}

#[test]
fn an_archive_that_is_shortened_while_it_is_read_fails_alone() {
    let world = World::new();
    let mut archive = tar::Builder::new(Vec::new());
    for (number, text) in texts(ROWS, &[(0, OPENAI)]).iter().enumerate() {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_cksum();
        archive.append_data(&mut header, format!("{number}.txt"), text.as_bytes()).unwrap();
    }
    let (whole, path) = (archive.into_inner().unwrap(), world.path("in/m.tar"));
    world.parquet("in/z.parquet", &some(&texts(5, &[(2, OPENAI)])), 1000);
    world.build_index();
    for io in ["map", "read"] {
        world.write("in/m.tar", &whole);
        let args = ["scan", "in", "--index", "rf", "--threads", "1", "--io", io, "--out", io];
        let ran = run_meanwhile(&world, &args, io, &path, || shorten(&path)).exits(2);
        ran.says(&["in/m.tar", "changed while it was read"]);
        let hits: Vec<_> = world.match_rows(io).into_iter().map(|found| (found.shard, found.row)).collect();
        assert_eq!(hits, [("z.parquet".to_owned(), 2)], "{io}");
    }
}

#[test]
fn an_index_that_loses_its_pages_ends_the_run() {
    for (file, change) in [("filter.bin", "shortened"), ("references.bin", "shortened"), ("texts.bin", "touched")] {
        let world = world_with("in/m.parquet");
        let shard = world.path("in/m.parquet");
        let path = world.segment("rf").join(file);
        let args = ["scan", "in", "--index", "rf", "--action", "drop", "--threads", "1", "--out", "out"];
        let ran = run_meanwhile(&world, &args, "out", &shard, || match change {
            "shortened" => File::options().write(true).open(&path).unwrap().set_len(0).unwrap(),
            _ => touch(&path),
        });
        ran.exits(2).says(&["error: ", file, "changed while it was used", "index verify"]);
        assert!(!world.path("out/summary.json").exists(), "{file}: there is no result");
        assert!(!world.path("out/data/m.parquet").exists(), "{file}: nothing was published from then on");
    }
}
