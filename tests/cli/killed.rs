//! A run that is killed leaves whole files under their final names, or none.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::read::ids;
use crate::world::{OPENAI, World, some, texts};

const SHARDS: usize = 12;
const ROWS: usize = 3000;

/// Shards with a hit in row 5 of every row group.
fn big() -> World {
    let world = World::new();
    let hits: Vec<(usize, &str)> = (0..ROWS).step_by(100).map(|row| (row + 5, OPENAI)).collect();
    let texts = texts(ROWS, &hits);
    for shard in 0..SHARDS {
        world.parquet(&format!("in/part-{shard:02}.parquet"), &some(&texts), 100);
    }
    world.build_index();
    world
}

const ARGS: [&str; 8] = ["scan", "in", "--index", "rf", "--action", "drop", "--threads", "2"];

#[test]
fn a_killed_drop_leaves_whole_files_or_none() {
    let world = big();
    let begun = Instant::now();
    world.run(&[&ARGS[..], &["--out", "whole"]].concat()).exits(0);
    let whole = begun.elapsed();
    let expected: Vec<u64> = (0..ROWS as u64).filter(|row| row % 100 != 5).collect();
    assert_eq!(ids(&world.path("whole/data/part-00.parquet")), expected);
    let bytes = fs::read(world.path("whole/data/part-00.parquet")).unwrap();
    let (mut between, mut begun) = (0, 0);
    // The first waits are short; the later ones are for machines that are slower now than before.
    for nth in 1..=40_u32 {
        let out = format!("killed-{nth}");
        let mut command = world.command(&[&ARGS[..], &["--out", &out]].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(whole.mul_f64(f64::from(nth) / 14.0));
        child.kill().unwrap();
        child.wait().unwrap();
        let data = format!("{out}/data");
        let named: Vec<String> = world.files(&data).into_iter().filter(|name| !name.starts_with('.')).collect();
        for name in &named {
            assert!(fs::read(world.path(&data).join(name)).unwrap() == bytes, "{out}: {name} is not whole");
        }
        let reported = world.path(&out).join("summary.json").exists();
        assert!(!reported || named.len() == SHARDS, "{out}: a summary of {} shards", named.len());
        begun += usize::from(world.path(&data).exists());
        between += usize::from(!named.is_empty() && named.len() < SHARDS && !reported);
        if between == 5 || reported {
            break;
        }
    }
    assert!(between >= 2, "only {between} runs were killed between outputs ({begun} had begun)");
}

#[test]
fn a_killed_build_leaves_no_index() {
    let world = big();
    let args = ["index", "build", "--out", "killed.rf", "in"];
    for wait in [1, 5, 20, 60] {
        let mut child = world.command(&args).stdout(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        if world.path("killed.rf").exists() {
            world.run(&["index", "verify", "killed.rf"]).exits(0);
            fs::remove_dir_all(world.path("killed.rf")).unwrap();
        }
    }
}
