//! The whole scan beside merely decoding the same column: same crate, same files, same threads, one run.
//!
//! `cargo bench --bench scan -- --threads N --column PATH --references FILE... --shards FILE...`; without arguments, the
//! fixtures. The decoder is the crate's own Arrow reader of the one column (`Utf8View`), row group by row group. Both must
//! see the same bytes, texts and records before a figure is printed. The last line is one JSON object.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench prints its figures, and may fail"
)]

mod decode;

/// The command's, for both.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use ringfence::detect::{Detect, MatchOptions};
use ringfence::index::{Index, IndexBuilder, Parameters, Resources};
use ringfence::ingest::References;
use ringfence::scan::{Action, Progress, ScanOptions, Scanner};
use ringfence::shard::{Io, discover};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Records with a copy of a reference in the two shards of `fixtures/` that are scanned without arguments.
const PLANTED: u64 = 36;

struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: u64, _: u64) {}
    fn advance(&self, _: u64) {}
    fn problem(&self, message: &str) {
        println!("problem: {message}");
    }
}

#[derive(Default)]
struct Request {
    threads: usize,
    column: String,
    references: Vec<String>,
    shards: Vec<String>,
    is_fixture: bool,
}

impl Request {
    fn parse(args: impl Iterator<Item = String>) -> Self {
        let mut request = Self { threads: 1, column: "text".to_owned(), ..Self::default() };
        let mut option = String::new();
        for arg in args {
            match (option.as_str(), arg.as_str()) {
                (_, "--bench") => {}
                (_, name) if name.starts_with("--") => option = arg,
                ("--threads", number) => request.threads = number.parse().unwrap(),
                ("--column", _) => request.column = arg,
                ("--references", _) => request.references.push(arg),
                ("--shards", _) => request.shards.push(arg),
                _ => panic!("{option} {arg}: unknown"),
            }
        }
        if request.shards.is_empty() {
            request.is_fixture = true;
            let fixture = |name: &str| format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
            request.references = vec![fixture("references")];
            request.shards = vec![fixture("shards/web/part-0.parquet"), fixture("shards/code/part-0.parquet")];
        }
        request
    }
}

fn build(request: &Request, path: &Path) -> Index {
    let files = discover(&request.references, None).unwrap().shards;
    let mut builder = IndexBuilder::new(path, Parameters::new(0.5, 0.99).unwrap(), Resources::default()).unwrap();
    References::default().read(&files, &mut |text| builder.add(text.text, text.prompt, text.provenance)).unwrap();
    let background = builder.background().unwrap();
    builder.write(background).unwrap();
    Index::open(path).unwrap()
}

fn main() {
    let request = Request::parse(std::env::args().skip(1));
    let work = tempfile::tempdir().unwrap();
    let index = build(&request, &work.path().join("rf"));
    let discovered = discover(&request.shards, None).unwrap();
    let paths: Vec<PathBuf> = discovered.shards.iter().map(|shard| shard.path.clone()).collect();

    // Once unmeasured, so that both find the files in the page cache.
    decode::run(&paths, &request.column, request.threads);
    let start = Instant::now();
    let decoded = decode::run(&paths, &request.column, request.threads);
    let decode_seconds = start.elapsed().as_secs_f64();

    // What decoded must be what was scanned, and what was planted be found, or there is no figure.
    let scan = |detect: Detect, name: &str| {
        let start = Instant::now();
        let options = options(&request, detect, work.path().join(name));
        let summary = Scanner::new(&index, options, &Quiet).unwrap().run(&discovered).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        assert!(summary.complete, "the scan is not complete");
        let seen = (summary.totals.text_bytes, summary.totals.texts, summary.totals.records);
        assert_eq!(seen, (decoded.bytes, decoded.texts, decoded.records), "scanned and decoded");
        assert!(!request.is_fixture || summary.totals.matched_records == PLANTED, "fixtures/labels.jsonl");
        (seconds, summary.totals.matched_records)
    };
    let (whole_seconds, whole) = scan(Detect::Resemblance, "whole");
    let (scan_seconds, matched) = scan(Detect::Both, "both");
    println!(
        "{{\"decode_seconds\":{decode_seconds:.4},\"whole_seconds\":{whole_seconds:.4},\"scan_seconds\":{scan_seconds:.4},\
         \"bytes\":{},\"records\":{},\"whole_matched\":{whole},\"matched\":{matched}}}",
        decoded.bytes, decoded.records
    );
}

fn options(request: &Request, detect: Detect, out: PathBuf) -> ScanOptions {
    ScanOptions {
        out,
        action: Action::Flag,
        marker: String::new(),
        matching: MatchOptions { detect, ..MatchOptions::default() },
        columns: vec![request.column.parse().unwrap()],
        threads: request.threads,
        io: Io::Map,
        memory: None,
        link: false,
        max_bad_records: 0,
        max_bad_shards: 0,
    }
}
