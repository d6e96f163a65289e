//! Inputs to begin with, where fixtures are not inputs as they are.

use crate::indexes::{self, build, parameters, texts};
use crate::json::COMPRESSIONS;
use crate::repository;
use ringfence::detect::MatchOptions;
use ringfence::scan::{Action, DEFAULT_MARKER, Progress};
use ringfence::shard::{Io, discover};
use ringfence::sink::level::Level;
use ringfence::sink::lines::LineWriter;
use ringfence::{Index, ScanOptions, Scanner};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the inputs of some targets to folders of their names.
pub fn write(folder: &Path) {
    put(folder, "index-manifest", indexes::manifests());
    let damages = (0..4).flat_map(|index| (0..24).map(move |file| vec![index, file, 12, 80, 0, 255, 255, 255, 255]));
    put(folder, "index", damages.clone());
    put(folder, "index-change", damages);
    put(folder, "match", texts().into_iter().map(String::into_bytes));
    put(folder, "normalise", texts().into_iter().map(|text| [b"\x01\x02\x00\x05", text.as_bytes()].concat()));
    put(folder, "offsets", texts().into_iter().map(|text| [&[0; 8], text.as_bytes()].concat()));
    put(folder, "escape", ["\u{1b}[31mred\u{202e}".as_bytes().to_vec()]);
    put(folder, "date", ["2024-05-01T10:00:00+02:00\n1577836800000".into(), "2024-05\n20240501".into()]);
    put(folder, "column-path", ["messages[].content".into(), "a\\.b.c[][]".into()]);
    put(folder, "condition", ["vendor=openai,before=2025-06-01\n2024-05".into(), "after=2024,id=a\\,b".into()]);
    put(folder, "json-mapping", [br#"{"response": "/payload/output", "model": "/payload/model"}"#.to_vec()]);
    let choices = br#"{"r":{"id":"1","choices":[{"message":{"role":"assistant","content":"An answer."}}]},"m":["gpt-4"],"time":1}"#;
    put(folder, "mapped", [choices.to_vec(), br#"{"t":[{"text":"An answer."}],"time":"2024-05-01"}"#.to_vec()]);
    let line = br#"{"text":"a\u00e9\ud83d\ude00","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null}],"a":{"b":"2024"}}"#;
    put(folder, "json-columns", [line.to_vec()]);
    put(folder, "json-append", [line.to_vec(), b"{ }\r\n".to_vec()]);
    let lines = (0..).zip(COMPRESSIONS).map(|(number, compression)| {
        let mut bytes = vec![number];
        let mut out = LineWriter::new(&mut bytes, compression, Level::default()).expect("a writer");
        (0..3).for_each(|_| out.write(&[line.as_slice(), b"\n"].concat()).expect("memory"));
        out.finish().expect("memory");
        bytes
    });
    put(folder, "json-lines", lines);
    put(
        folder,
        "files",
        (0..).zip(COMPRESSIONS).map(|(number, compression)| {
            let mut bytes = vec![number];
            let mut out = LineWriter::new(&mut bytes, compression, Level::default()).expect("a writer");
            out.write(&tar("main.rs", b"fn main() {}\n")).expect("memory");
            out.finish().expect("memory");
            bytes
        }),
    );
    let logs = fs::read_dir(repository().join("fixtures/logs")).expect("logs");
    let logs = logs.filter_map(|entry| fs::read(entry.ok()?.path()).ok());
    put(folder, "collect", logs.map(|log| tar("log.jsonl", &log)));
    put(
        folder,
        "secrets",
        [b"key = sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789 password: \"hunter2hunter2\"\n".to_vec()],
    );
    results(folder);
}

fn put(folder: &Path, target: &str, inputs: impl IntoIterator<Item = Vec<u8>>) {
    let folder = folder.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    for (number, input) in inputs.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), input).expect("room for a file");
    }
}

/// A tar archive of one file.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = vec![0; bytes.len().next_multiple_of(512) - bytes.len() + 1024];
    [header.as_slice(), bytes, &padding].concat()
}

struct Silence;

impl Progress for Silence {
    fn begin(&self, _: u64, _: u64) {}
    fn advance(&self, _: u64) {}
    fn problem(&self, _: &str) {}
}

/// The results of a scan that finds something.
fn results(folder: &Path) {
    let texts = texts();
    let whole = build(parameters(), &texts);
    let index = Index::open(&whole.path()).expect("an index");
    let shard = whole.folder.path().join("shard.jsonl");
    let lines = texts.iter().map(|text| serde_json::json!({ "text": text }).to_string() + "\n");
    fs::write(&shard, lines.collect::<String>()).expect("room for a file");
    let out: PathBuf = whole.folder.path().join("out");
    let options = ScanOptions {
        out: out.clone(),
        action: Action::Flag,
        marker: DEFAULT_MARKER.to_owned(),
        matching: MatchOptions::default(),
        columns: Vec::new(),
        roles: Vec::new(),
        record_date: None,
        threads: 1,
        compression_level: None,
        io: Io::Map,
        memory: None,
        link: false,
        max_bad_records: 0,
        max_bad_shards: 0,
    };
    let shards = discover(&[shard.display().to_string()], None).expect("a shard");
    Scanner::new(&index, options, &Silence).and_then(|scanner| scanner.run(&shards)).expect("a scan");
    for (target, name) in [("json-summary", "summary.json"), ("parquet-matches", "matches.parquet")] {
        put(folder, target, [fs::read(out.join(name)).expect("a result")]);
    }
}
