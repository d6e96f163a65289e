//! `skipped.jsonl`: every record that could not be examined, with the reason. It exists when there are any.

use super::publish::Publish;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Lines, Write};
use std::path::{Path, PathBuf};

/// A record that could not be examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRecord {
    /// The shard's relative path.
    pub shard: String,
    /// The record: its row in the shard (in JSON Lines: its line), from 0.
    pub row: u64,
    /// The logical path of the text column; empty where the whole record is unreadable.
    pub column: String,
    /// Which of the record's texts.
    pub text_index: u32,
    /// A short name for what was wrong: the key of `skipped_records` in the summary.
    pub reason: Cow<'static, str>,
    /// What was found.
    pub detail: String,
}

/// Writes `skipped.jsonl`.
#[derive(Debug)]
pub struct SkippedWriter {
    path: PathBuf,
    output: Option<(Publish, BufWriter<File>)>,
}

impl SkippedWriter {
    /// A writer that makes no file until there is something to list.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), output: None }
    }

    /// Lists a record.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, record: &SkippedRecord) -> Result<()> {
        let output = match &mut self.output {
            Some(output) => output,
            None => {
                let publish = Publish::create(&self.path)?;
                let file = publish.file().try_clone().map_err(Error::io("write", &self.path))?;
                self.output.insert((publish, BufWriter::new(file)))
            }
        };
        let json = serde_json::to_string(record).map_err(|e| Error::content(&self.path, "a JSON line", e))?;
        writeln!(output.1, "{json}").map_err(Error::io("write", &self.path))
    }

    /// Completes the file, if there is one, and gives it its name.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(self) -> Result<()> {
        let Some((publish, mut writer)) = self.output else { return Ok(()) };
        writer.flush().map_err(Error::io("write", &self.path))?;
        publish.publish()
    }
}

/// The records of a `skipped.jsonl`, in the order of the file.
pub struct SkippedReader {
    path: PathBuf,
    lines: Option<Lines<BufReader<File>>>,
}

impl SkippedReader {
    /// Opens a file; one that is not there lists nothing.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> Result<Self> {
        let lines = match File::open(path) {
            Ok(file) => Some(BufReader::new(file).lines()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io("open", path)(error)),
        };
        Ok(Self { path: path.to_path_buf(), lines })
    }
}

impl Iterator for SkippedReader {
    type Item = Result<SkippedRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.as_mut()?.next()?.map_err(Error::io("read", &self.path));
        let bad = |e: serde_json::Error| Error::content(&self.path, "a skipped record", e);
        Some(line.and_then(|line| serde_json::from_str(&line).map_err(bad)))
    }
}
