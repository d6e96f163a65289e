//! Nanoseconds a look-up in the filter (`probe/filter.rs`), and of one record's band keys, in indexes of several sizes.
//!
//! `cargo bench --bench probe`. Asserts that every reference is found under its own keys, and that unrelated texts find
//! nothing, before anything is timed; without `--bench` that is all, on the smallest index.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench prints its figures, and may fail"
)]

#[path = "probe/filter.rs"]
mod filter;

use ringfence::index::{Index, Parameters, Provenance};
use ringfence::text::Normalized;
use std::hint::black_box;
use std::time::Instant;

const RUNS: usize = 7;
const PROBES: u64 = 20_000;
const SIZES: [u64; 3] = [1_000, 30_000, 300_000];

fn main() {
    let timed = std::env::args().any(|arg| arg == "--bench");
    filter::run(timed);
    for references in SIZES.into_iter().take(if timed { SIZES.len() } else { 1 }) {
        let folder = tempfile::tempdir().unwrap();
        let texts: Vec<String> = (0..references).map(text).collect();
        let rows = texts.iter().map(|text| (text.as_str(), Provenance::default()));
        let index = Index::build(&folder.path().join("rf"), Parameters::new(0.5, 0.99).unwrap(), rows).unwrap();
        check(&index, &texts);
        if timed {
            report(&index, references);
        }
    }
}

/// A text of some 60 words that shares no shingle with another of these.
fn text(number: u64) -> String {
    let word = |at: u64| (number * 64 + at).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..16).map(|at| format!("{:x} ", word(at))).collect()
}

fn keys(index: &Index, text: &str) -> Vec<u64> {
    let (mut normalized, mut hashes) = (Normalized::default(), Vec::new());
    normalized.set(text);
    index.shingler().hashes_into(&normalized, &mut hashes);
    index.sketcher().band_keys(&index.sketcher().signature(&hashes).unwrap()).collect()
}

fn check(index: &Index, texts: &[String]) {
    let mut found = Vec::new();
    for text in texts.iter().step_by(texts.len() / 100) {
        found.clear();
        index.probe_into(&keys(index, text), &mut found);
        assert!(found.iter().any(|&n| index.reference(n).unwrap().text() == text), "not found: {text}");
    }
    found.clear();
    (0..100).for_each(|n| index.probe_into(&keys(index, &self::text(1 << 40 | n)), &mut found));
    assert!(found.is_empty(), "{} unrelated candidates", found.len());
}

fn report(index: &Index, references: u64) {
    let probes: Vec<Vec<u64>> = (0..PROBES).map(|n| keys(index, &text(1 << 40 | n))).collect();
    let mut found = Vec::new();
    let mut nanoseconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            probes.iter().for_each(|keys| index.probe_into(black_box(keys), &mut found));
            start.elapsed().as_secs_f64() * 1e9 / PROBES as f64
        })
        .collect();
    nanoseconds.sort_by(f64::total_cmp);
    let keys = probes[0].len();
    println!("{references:>8} references: {:6.0} ns a record of {keys} keys (median of {RUNS})", nanoseconds[RUNS / 2]);
}
