//! Real transcripts from end to end: collected, indexed, and looked for in a shard in which their texts were planted.
//!
//! Runs on `../shared/data/transcripts` where that exists.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail, and says what it skips"
)]

mod context;
mod planted;
mod transcripts;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of transcripts, if it is here.
fn pack() -> Option<PathBuf> {
    let pack = Path::new("../shared/data/transcripts");
    if pack.exists() {
        return Some(pack.to_path_buf());
    }
    println!("skipped: ../shared/data/transcripts is not here");
    None
}

/// Runs the program; what it printed.
fn ringfence(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ringfence")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every transcript that is JSON Lines, by assistant and name, with its lines.
fn lines(pack: &Path, agent: &str) -> Vec<(String, Vec<Value>)> {
    let mut files: Vec<PathBuf> = pack.join(agent).read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let parse = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), lines)
    };
    files.into_iter().map(parse).collect()
}
