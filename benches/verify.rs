//! Nanoseconds a record that shares text with references, by step: normalise, hash, nominate, and prove.
//!
//! `cargo bench --bench verify -- --references FILE... --shards FILE...`; without arguments, the fixtures. Two kinds of
//! records are timed apart: those that match, and those that have candidates and no match. Each timed run must find what
//! the first one found; without `--bench` that is all.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench prints its figures, and may fail"
)]

#[path = "../tests/pack/build.rs"]
mod build;

use build::build;
use ringfence::detect::candidates::Candidates;
use ringfence::detect::{Detect, Match, MatchOptions, Matcher};
use ringfence::index::Index;
use ringfence::ingest::{ReferenceText, References};
use ringfence::shard::discover;
use ringfence::text::Normalized;
use std::hint::black_box;
use std::time::Instant;

const RUNS: usize = 9;
/// Records with a copy of a reference in the two shards of `fixtures/` that are read without arguments.
const PLANTED: usize = 36;

fn main() {
    let (mut references, mut shards, mut timed, mut option) = (Vec::new(), Vec::new(), false, String::new());
    for arg in std::env::args().skip(1) {
        match (arg.as_str(), option.as_str()) {
            ("--bench", _) => timed = true,
            ("--references" | "--shards", _) => option = arg,
            (_, "--references") => references.push(arg),
            (_, "--shards") => shards.push(arg),
            _ => panic!("{arg}: unknown"),
        }
    }
    let is_fixture = shards.is_empty();
    if is_fixture {
        let fixture = |name: &str| format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        references = vec![fixture("references")];
        shards = vec![fixture("shards/web/part-0.parquet"), fixture("shards/code/part-0.parquet")];
    }
    let work = tempfile::tempdir().unwrap();
    let index = build(&references, &work.path().join("rf"));
    let (mut matching, mut others) = (Vec::new(), Vec::new());
    let mut steps = Steps::new(&index);
    read(&shards, &mut |text| {
        if steps.nominate(text) > 0 {
            if steps.find(text) > 0 { matching.push(text.to_owned()) } else { others.push(text.to_owned()) }
        }
    });
    assert!(!is_fixture || matching.len() == PLANTED, "{} match: fixtures/labels.jsonl", matching.len());
    for (kind, texts) in [("match", &matching), ("have candidates only", &others)] {
        let bytes = texts.iter().map(String::len).sum::<usize>() / texts.len().max(1);
        println!("{:6} records of {bytes} bytes on average {kind}", texts.len());
        if timed && !texts.is_empty() {
            report(&index, texts);
        }
    }
}

fn read(shards: &[String], take: &mut dyn FnMut(&str)) {
    let files = discover(shards, None).unwrap().shards;
    let mut take = |text: ReferenceText<'_>| {
        take(text.text);
        Ok(())
    };
    References::default().read(&files, &mut take).unwrap();
}

/// The steps of a matcher, each with the ones before it.
struct Steps<'i> {
    index: &'i Index,
    text: Normalized,
    shingles: Vec<u64>,
    candidates: Candidates,
    matcher: Matcher<'i>,
    matches: Vec<Match>,
}

impl<'i> Steps<'i> {
    fn new(index: &'i Index) -> Self {
        let matcher = Matcher::new(index, MatchOptions::default()).unwrap();
        let (text, shingles, matches) = Default::default();
        Self { index, text, shingles, candidates: Candidates::default(), matcher, matches }
    }

    fn normalize(&mut self, text: &str) -> usize {
        self.text.set(text);
        self.text.bytes().len()
    }

    fn hash(&mut self, text: &str) -> usize {
        self.normalize(text);
        self.shingles.clear();
        self.index.shingler().hashes_into(&self.text, &mut self.shingles);
        self.shingles.len()
    }

    /// How many references are nominated.
    fn nominate(&mut self, text: &str) -> usize {
        self.hash(text);
        self.candidates.nominate(self.index, Detect::Both, &self.text, &self.shingles).len()
    }

    /// How many matches there are.
    fn find(&mut self, text: &str) -> usize {
        self.matches.clear();
        self.matcher.examine(text, &mut self.matches);
        self.matches.len()
    }
}

type Step<'i> = fn(&mut Steps<'i>, &str) -> usize;

fn report<'i>(index: &'i Index, texts: &[String]) {
    let mut steps = Steps::new(index);
    let mut before = 0.0;
    let all: [(&str, Step<'i>); 4] =
        [("normalise", Steps::normalize), ("hash", Steps::hash), ("nominate", Steps::nominate), ("prove", Steps::find)];
    for (name, step) in all {
        let mut run = || texts.iter().map(|text| step(&mut steps, black_box(text))).sum::<usize>();
        let found = run();
        let mut nanoseconds: Vec<f64> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                assert_eq!(run(), found, "{name}: another result than before");
                start.elapsed().as_secs_f64() * 1e9 / texts.len() as f64
            })
            .collect();
        nanoseconds.sort_by(f64::total_cmp);
        let median = nanoseconds.get(RUNS / 2).copied().unwrap_or_default();
        println!(
            "{name:>12} {:8.0} ns a record, {:7.2} results a record (median of {RUNS})",
            median - before,
            found as f64 / texts.len() as f64
        );
        before = median;
    }
    println!("{:>12} {before:8.0} ns a record", "in all");
}
