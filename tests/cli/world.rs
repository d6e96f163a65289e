//! A temporary folder with references and shards, and the program run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use ringfence::sink::match_rows::read_matches;
use ringfence::sink::matches::MatchRow;
use serde_json::{Value, json};

/// What two models wrote.
pub(crate) const OPENAI: &str = "Photosynthesis is the process by which green plants turn light into sugar. It takes place in the \
    chloroplasts, where chlorophyll absorbs mostly red and blue light, and it releases oxygen as a by-product.";
pub(crate) const CLAUDE: &str = "A hash map keeps its entries in buckets chosen by a hash of the key. When two keys fall into one \
    bucket they must be told apart by comparison, which is why the load factor is kept well under one.";

/// A folder that goes away with the test.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

/// A run of the program.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("only UTF-8 is printed");
        let ran = Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that standard error says all of this.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in:\n{}", self.err);
        }
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }
}

impl World {
    /// A folder with `refs.jsonl`: the two references, of two vendors.
    pub(crate) fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.write_lines(
            "refs.jsonl",
            &[
                json!({"id": "o1", "vendor": "openai", "model": "gpt-4", "source": "s1", "text": OPENAI}),
                json!({"id": "c1", "vendor": "anthropic", "model": "claude", "source": "s2", "text": CLAUDE}),
            ],
        );
        world
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn write_lines(&self, name: &str, lines: &[Value]) -> PathBuf {
        self.write(name, lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }

    /// Writes a shard with the columns `id` (0, 1, ...) and `text`, in row groups of so many rows.
    pub(crate) fn parquet(&self, name: &str, texts: &[Option<&str>], group: usize) -> PathBuf {
        let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        self.columns(name, &[("id", ids(texts.len())), ("text", texts)], group)
    }

    /// The same with texts of any bytes.
    pub(crate) fn binary(&self, name: &str, texts: &[&[u8]]) -> PathBuf {
        let texts: ArrayRef = Arc::new(BinaryArray::from(texts.to_vec()));
        self.columns(name, &[("id", ids(texts.len())), ("text", texts)], 1000)
    }

    pub(crate) fn columns(&self, name: &str, columns: &[(&str, ArrayRef)], group: usize) -> PathBuf {
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.iter().map(|(n, c)| (*n, c.clone(), true))).unwrap();
        self.write(name, parquet_bytes(&batch, group, |properties| properties))
    }

    /// The folder of the one segment of an index.
    pub(crate) fn segment(&self, index: &str) -> PathBuf {
        let folders = fs::read_dir(self.path(index)).unwrap().map(|entry| entry.unwrap().path());
        let segments: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
        let [segment] = &segments[..] else { panic!("{index} has not one segment: {segments:?}") };
        segment.clone()
    }

    /// Runs `ringfence` in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Scans with the two references, which `index build` has put into `rf`, for `out`.
    pub(crate) fn scan(&self, args: &[&str]) -> Ran {
        self.build_index();
        self.run(&[&["scan", "--index", "rf", "--out", "out"], args].concat())
    }

    pub(crate) fn build_index(&self) {
        if !self.path("rf").exists() {
            self.run(&["index", "build", "--out", "rf", "refs.jsonl"]).exits(0);
        }
    }

    /// The summary of the scan.
    pub(crate) fn summary(&self) -> Value {
        self.summary_of("out")
    }

    pub(crate) fn summary_of(&self, out: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(out).join("summary.json")).unwrap()).unwrap()
    }

    /// The rows of `matches.parquet` in a folder of results.
    pub(crate) fn match_rows(&self, out: &str) -> Vec<MatchRow> {
        let mut rows = Vec::new();
        let mut take = |row| {
            rows.push(row);
            true
        };
        read_matches(&self.path(out).join("matches.parquet"), &mut take).unwrap();
        rows
    }

    /// Shard, row, column, text index and reference of each match.
    pub(crate) fn matches(&self) -> Vec<(String, u64, String, u32, String)> {
        self.match_rows("out").into_iter().map(|m| (m.shard, m.row, m.column, m.text_index, m.reference_id)).collect()
    }

    /// Shard and row of each match.
    pub(crate) fn hits(&self) -> Vec<(String, u64)> {
        self.matches().into_iter().map(|m| (m.0, m.1)).collect()
    }

    /// Everything under a folder, by path in it; hidden files too.
    pub(crate) fn files(&self, folder: impl AsRef<Path>) -> Vec<String> {
        let mut files = Vec::new();
        list(&self.path(folder), "", &mut files);
        files.sort();
        files
    }
}

fn list(folder: &Path, before: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{before}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() { list(&entry.path(), &(name + "/"), files) } else { files.push(name) }
    }
}

pub(crate) fn ids(count: usize) -> ArrayRef {
    Arc::new((0..count as i64).collect::<Int64Array>())
}

/// A file in zstd with row groups of so many rows.
pub(crate) fn parquet_bytes(
    batch: &RecordBatch,
    group: usize,
    change: impl Fn(WriterPropertiesBuilder) -> WriterPropertiesBuilder,
) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_compression(Compression::ZSTD(ZstdLevel::default()));
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(change(properties).build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A text like no other, of about 30 words.
pub(crate) fn clean(number: usize) -> String {
    let mut state = number as u64 + 1;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("w{:x}", state >> 40)
    };
    (0..30).map(|_| word()).collect::<Vec<_>>().join(" ")
}

/// Texts like no other, with some replaced by what a model wrote.
pub(crate) fn texts(count: usize, hits: &[(usize, &str)]) -> Vec<String> {
    let mut texts: Vec<String> = (0..count).map(clean).collect();
    hits.iter().for_each(|(row, text)| texts[*row] = (*text).to_owned());
    texts
}

pub(crate) fn some(texts: &[String]) -> Vec<Option<&str>> {
    texts.iter().map(|text| Some(text.as_str())).collect()
}
