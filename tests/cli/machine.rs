//! Machines that refuse: disks that cannot be read, permissions, open-file limits, clocks that jump, closed outputs.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::world::{OPENAI, Ran, World, some, texts};

/// Takes the place of system calls: those that read files named `bad` fail beyond their first bytes, and clocks jump.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int is_bad(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/bad.") != NULL;
}

ssize_t pread64(int fd, void *buffer, size_t bytes, off64_t at) {
    static ssize_t (*real)(int, void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pread64");
    if (at > 4 && at < 600000 && is_bad(fd)) { errno = EIO; return -1; }
    return real(fd, buffer, bytes, at);
}

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *where, size_t bytes, unsigned flags) {
    static ssize_t (*real)(int, off64_t *, int, off64_t *, size_t, unsigned);
    if (!real) real = dlsym(RTLD_NEXT, "copy_file_range");
    if (is_bad(from)) { errno = EIO; return -1; }
    return real(from, at, to, where, bytes, flags);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    static unsigned calls;
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    long jumps[] = {0, 86400, -3600, 40, -86400};
    time->tv_sec += jumps[calls++ % 5];
    return result;
}
"#;

/// Runs the program with the shim; none, where there is no compiler.
fn with_shim(world: &World, args: &[&str]) -> Option<Ran> {
    let (source, shim) = (world.write("shim.c", SHIM), world.path("shim.so"));
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(source).arg("-ldl");
    match compiler.output() {
        Ok(made) if made.status.success() => {}
        other => {
            eprintln!("SKIPPED, no C compiler: {other:?}");
            return None;
        }
    }
    Some(world.command(args).env("LD_PRELOAD", shim).output().unwrap().into())
}

#[test]
fn a_disk_that_cannot_be_read_costs_its_shards_and_clocks_that_jump_cost_nothing() {
    let world = World::new();
    let long = texts(20_000, &[(0, OPENAI)]);
    world.parquet("in/bad.parquet", &some(&long), 1000);
    world.write("in/bad.jsonl", long.iter().map(|text| format!("{{\"text\": \"{text}\"}}\n")).collect::<String>());
    world.parquet("in/good.parquet", &some(&texts(5000, &[(2, OPENAI)])), 1000);
    world.build_index();
    let args = ["scan", "in", "--index", "rf", "--action", "drop", "--io", "read", "--out", "out"];
    let Some(ran) = with_shim(&world, &args) else { return };
    let ran = ran.exits(2).says(&["in/bad.parquet", "in/bad.jsonl", "Input/output error"]);
    assert!(!ran.err.contains("changed"), "{}", ran.err);
    assert_eq!(
        world.files("out"),
        [".found.jsonl.zst", "data/good.parquet", "journal.jsonl", "matches.parquet", "summary.json"]
    );
    let summary = world.summary();
    assert_eq!(summary["totals"]["failed_shards"], 2);
    assert!(summary["seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{}", summary["seconds"]);
}

#[test]
fn a_shard_without_hits_that_cannot_be_copied_is_named() {
    let world = World::new();
    world.parquet("in/bad.parquet", &some(&texts(50, &[])), 1000);
    world.parquet("in/good.parquet", &some(&texts(50, &[])), 1000);
    world.build_index();
    let Some(ran) = with_shim(&world, &["scan", "in", "--index", "rf", "--action", "drop", "--out", "out"]) else {
        return;
    };
    ran.exits(2).says(&["in/bad.parquet: cannot copy: Input/output error"]);
    assert_eq!(world.files("out/data"), ["good.parquet"]);
}

/// Runs the program as a user who owns nothing: tests may be run by root, whom no permission stops.
fn as_nobody(world: &World, args: &[&str]) -> Option<Ran> {
    let program = world.path("ringfence");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_ringfence"), &program).unwrap();
    }
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    let can_run = nobody.arg(&program).arg("--version").output();
    if !can_run.as_ref().is_ok_and(|ran| ran.status.success()) {
        eprintln!("SKIPPED, nobody cannot run programs here: {can_run:?}");
        return None;
    }
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    Some(nobody.arg(program).args(args).current_dir(world.path("")).output().unwrap().into())
}

fn set_mode(path: PathBuf, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_may_not_be_read_or_written_is_named() {
    let world = World::new();
    for name in ["in/a/a.parquet", "in/b/b.parquet", "in/b/c.parquet"] {
        world.parquet(name, &some(&texts(5, &[(1, OPENAI)])), 1000);
    }
    world.build_index();
    set_mode(world.path(""), 0o755);
    fs::create_dir(world.path("mine")).unwrap();
    set_mode(world.path("mine"), 0o777);
    set_mode(world.path("in/b/b.parquet"), 0);
    let scan = |out: &str| as_nobody(&world, &["scan", "in", "--index", "rf", "--action", "drop", "--out", out]);
    let Some(ran) = scan("mine/one") else { return };
    ran.exits(2).says(&["in/b/b.parquet: cannot open: Permission denied"]);
    assert_eq!(world.files("mine/one/data"), ["a/a.parquet", "b/c.parquet"]);

    scan("in/out").unwrap().exits(2).says(&["in/out", "Permission denied"]);
    set_mode(world.path("in/a"), 0);
    scan("mine/two").unwrap().exits(2).says(&["in", "Permission denied"]);
    assert!(!world.path("mine/two").exists(), "a folder that cannot be listed ends the run before it begins");
    set_mode(world.path("in/a"), 0o755);
    set_mode(world.segment("rf").join("bands.bin"), 0);
    scan("mine/three").unwrap().exits(2).says(&["bands.bin: cannot open: Permission denied"]);
    set_mode(world.path("refs.jsonl"), 0);
    let build = as_nobody(&world, &["index", "build", "--out", "mine/rf", "refs.jsonl"]).unwrap();
    build.exits(2).says(&["refs.jsonl", "Permission denied"]);
    assert_eq!(world.files("mine").iter().filter(|name| !name.starts_with("one/")).count(), 0);
}

fn in_shell(world: &World, script: &str) -> Ran {
    let script = script.replace("ringfence", env!("CARGO_BIN_EXE_ringfence"));
    Command::new("bash").args(["-c", &script]).current_dir(world.path("")).output().unwrap().into()
}

#[test]
fn the_number_of_shards_needs_no_more_open_files() {
    let world = World::new();
    for number in 0..3000 {
        let hit = if number % 1000 == 7 { OPENAI } else { "some short text" };
        world.write(format!("in/{}/{number}.jsonl", number / 100), format!("{{\"text\": \"{hit}\"}}\n"));
    }
    world.build_index();
    for (args, threads) in [("--action flag", 4), ("--action drop", 2), ("--action flag --io read", 4)] {
        let scan = format!("scan in --index rf {args} --threads {threads} --out out");
        let ran = in_shell(&world, &format!("ulimit -n 32; exec ringfence {scan}")).exits(0);
        assert!(ran.err.is_empty(), "{args}: {}", ran.err);
        assert_eq!(world.hits().len(), 3, "{args}");
        assert_eq!(world.summary()["totals"]["shards"], 3000, "{args}");
        fs::remove_dir_all(world.path("out")).unwrap();
    }
    in_shell(&world, "ulimit -n 32; exec ringfence index build --out new.rf in").exits(0);
}

#[test]
fn closed_outputs_cost_nothing_and_full_ones_are_told() {
    let world = World::new();
    world.parquet("in/a.parquet", &some(&texts(5, &[(1, OPENAI)])), 1000);
    world.parquet("in/b.parquet", &[Some("x")], 1000);
    world.write("in/b.parquet", b"PAR1");
    world.build_index();
    for (nth, redirected) in [">&-", "2>&-", ">&- 2>&- <&-", "2>/dev/full"].iter().enumerate() {
        in_shell(&world, &format!("exec ringfence scan in --index rf --out out-{nth} {redirected}")).exits(2);
        let summary = fs::read(world.path(format!("out-{nth}/summary.json"))).unwrap();
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        assert_eq!(summary["totals"]["matched_records"], 1, "{redirected}");
        assert_eq!(world.match_rows(&format!("out-{nth}")).len(), 1, "{redirected}");
    }
    let full = in_shell(&world, "exec ringfence scan in/a.parquet --index rf --out full >/dev/full").exits(2);
    full.says(&["standard output", "No space left on device"]);
}

#[test]
fn an_altered_index_is_refused_before_anything_is_examined_where_that_is_asked() {
    let world = World::new();
    world.parquet("in/a.parquet", &some(&texts(5, &[(1, OPENAI)])), 1000);
    let args = ["in", "--verify-index"];
    world.scan(&args).exits(0);
    fs::rename(world.path("out"), world.path("kept")).unwrap();
    world.run(&["explain", "kept", "--verify-index"]).exits(0);
    let path = world.segment("rf").join("postings.bin");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    world.scan(&args).exits(2).says(&["postings.bin", "BLAKE3 digest", "the index is damaged"]);
    assert!(!world.path("out").exists());
    world.run(&["explain", "kept", "--verify-index"]).exits(2).says(&["postings.bin", "BLAKE3 digest"]);
}
