//! The whole scan beside merely decoding the same column: same crate, same files, same threads, one run, in turns.
//!
//! `cargo bench --bench scan -- OPTIONS`, see [`request`]; without any, the fixtures. The decoder is the crate's own Arrow reader of the one
//! column (`Utf8View`), row group by row group. Before anything is timed, and after each timed scan, the answers are checked: both have seen
//! the same bytes, texts and records, what was planted is found, and nothing else. Every line of the output is a JSON object.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench prints its figures, and may fail"
)]

#[path = "../../tests/pack/build.rs"]
mod build;
#[path = "../decode/mod.rs"]
mod decode;
mod expected;
mod request;
mod timed;

/// The command's, for both.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use decode::Decoded;
use request::{Request, Variant};
use ringfence::detect::MatchOptions;
use ringfence::index::Index;
use ringfence::scan::{Action, Progress, ScanOptions, Scanner};
use ringfence::shard::{Discovered, Io, discover};
use ringfence::sink::match_rows::read_matches;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use timed::{Time, timed};

struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: u64, _: u64) {}
    fn advance(&self, _: u64) {}
    fn problem(&self, message: &str) {
        println!("problem: {message}");
    }
}

/// The shards, and what is in them.
struct Corpus {
    request: Request,
    discovered: Discovered,
    paths: Vec<PathBuf>,
    decoded: Decoded,
}

fn main() {
    let work = tempfile::tempdir().unwrap();
    let request = Request::parse(std::env::args().skip(1), work.path());
    let corpus = Corpus::open(request);
    let subjects: Vec<(&Variant, Index)> =
        corpus.request.variants.iter().map(|variant| (variant, variant.open())).collect();
    for (variant, index) in &subjects {
        corpus.check(variant, index, work.path());
    }
    let frames = corpus.request.zstd.then(|| decode::zstd::Frames::of(&corpus.paths, &corpus.request.column));
    for round in 0..corpus.request.runs {
        if let Some(frames) = &frames {
            let (bytes, time) = timed(|| frames.decompress());
            println!("{}", json!({"round": round, "zstd": time.json(), "bytes": bytes}));
        }
        for (variant, index) in &subjects {
            let decoded = corpus.decode(variant.threads);
            let scanned = corpus.scan(variant, index, work.path());
            let command =
                corpus.request.command.as_ref().map(|command| corpus.run(command, variant, work.path()).seconds());
            let both = json!({"decode": decoded.json(), "scan": scanned.json(), "command": command});
            println!(
                "{}",
                json!({"round": round, "variant": variant.name, "bytes": corpus.decoded.bytes, "time": both})
            );
        }
    }
}

impl Corpus {
    /// Decodes all, once unmeasured, so that everybody finds the files in the page cache.
    fn open(request: Request) -> Self {
        let discovered = discover(&request.shards, None).unwrap();
        let paths: Vec<PathBuf> = discovered.shards.iter().map(|shard| shard.path.clone()).collect();
        let decoded = decode::run(&paths, &request.column, 1);
        Self { request, discovered, paths, decoded }
    }

    fn decode(&self, threads: usize) -> Time {
        let (decoded, time) = timed(|| decode::run(&self.paths, &self.request.column, threads));
        assert_eq!(decoded, self.decoded, "decoded twice");
        time
    }

    /// One scan; its results are in the folder `scan` until the next.
    fn scan(&self, variant: &Variant, index: &Index, work: &Path) -> Time {
        let out = work.join("scan");
        let _ = std::fs::remove_dir_all(&out);
        let options = self.options(variant, out);
        let (summary, time) =
            timed(|| Scanner::new(index, options, &Quiet).unwrap().run(&self.discovered).unwrap().summary().unwrap());
        assert!(summary.complete, "the scan is not complete");
        let seen =
            Decoded { bytes: summary.totals.text_bytes, texts: summary.totals.texts, records: summary.totals.records };
        assert_eq!(seen, self.decoded, "scanned and decoded");
        let matched = summary.totals.matched_records;
        assert!(self.request.expected.is_possible(variant.detect, matched), "{matched} records match");
        time
    }

    /// One scan, not measured, of which every match is looked at.
    fn check(&self, variant: &Variant, index: &Index, work: &Path) {
        self.scan(variant, index, work);
        let mut found = BTreeSet::new();
        read_matches(&work.join("scan/matches.parquet"), &mut |row| {
            found.insert((row.shard, row.row));
            true
        })
        .unwrap();
        let kinds = self.request.expected.check(variant.detect, &found);
        let Decoded { bytes, texts, records } = self.decoded;
        let seen = json!({"bytes": bytes, "texts": texts, "records": records, "found": kinds});
        let matches = blake3::hash(&std::fs::read(work.join("scan/matches.parquet")).unwrap()).to_hex().to_string();
        println!("{}", json!({"variant": variant.name, "index": index.path(), "seen": seen, "matches": matches}));
    }

    /// The whole command over the same shards, from its start to its end.
    fn run(&self, command: &Path, variant: &Variant, work: &Path) -> Time {
        let out = work.join("command");
        let _ = std::fs::remove_dir_all(&out);
        let mut command = Command::new(command);
        command.args(["scan", "--columns", &self.request.column, "--threads", &variant.threads.to_string()]);
        command.args(["--detect", variant.detect.name()]);
        command.arg("--index").arg(&variant.index).arg("--out").arg(&out).args(&self.paths).stdout(Stdio::null());
        let (status, time) = timed(|| command.status().unwrap());
        assert!(status.success(), "ringfence scan: {status}");
        let ours = std::fs::read(work.join("scan/matches.parquet")).unwrap();
        assert!(std::fs::read(out.join("matches.parquet")).unwrap() == ours, "the command reports other matches");
        time
    }

    fn options(&self, variant: &Variant, out: PathBuf) -> ScanOptions {
        ScanOptions {
            out,
            action: Action::Flag,
            marker: String::new(),
            matching: MatchOptions { detect: variant.detect, ..MatchOptions::default() },
            columns: vec![self.request.column.parse().unwrap()],
            roles: Vec::new(),
            record_date: None,
            threads: variant.threads,
            io: Io::Map,
            compression_level: None,
            memory: None,
            link: false,
            max_bad_records: 0,
            max_bad_shards: 0,
        }
    }
}
