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

use ringfence::detect::MatchOptions;
use ringfence::index::{Index, IndexBuilder, Parameters};
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
    let mut builder = IndexBuilder::new(Parameters::new(0.5, 0.99).unwrap());
    References::default().read(&files, &mut |text| builder.add(text.text, text.prompt, text.provenance)).unwrap();
    let background = builder.background().unwrap();
    builder.write(path, &background, 0).unwrap();
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

    let options = ScanOptions {
        out: work.path().join("out"),
        action: Action::Flag,
        marker: String::new(),
        matching: MatchOptions::default(),
        columns: vec![request.column.parse().unwrap()],
        threads: request.threads,
        io: Io::Map,
        link: false,
        max_bad_records: 0,
        max_bad_shards: 0,
    };
    let start = Instant::now();
    let summary = Scanner::new(&index, options, &Quiet).unwrap().run(&discovered).unwrap();
    let scan_seconds = start.elapsed().as_secs_f64();

    assert!(summary.complete, "the scan is not complete");
    assert_eq!((summary.totals.text_bytes, summary.totals.texts), (decoded.bytes, decoded.texts), "scanned, decoded");
    assert_eq!(summary.totals.records, decoded.records, "records scanned and decoded");
    if request.is_fixture {
        assert_eq!(summary.totals.matched_records, PLANTED, "fixtures/labels.jsonl");
    }
    println!(
        "{{\"decode_seconds\":{decode_seconds:.4},\"scan_seconds\":{scan_seconds:.4},\"bytes\":{},\"records\":{},\"matched\":{}}}",
        decoded.bytes, decoded.records, summary.totals.matched_records
    );
}
