//! `.found.jsonl.zst`: the matches and skipped records of the shards that a run has finished, kept until it has ended.
//!
//! One zstd frame a shard that has any, in the order in which shards were finished; the journal says where each begins and
//! ends. Each line is `{"match": ...}`, with the columns of `matches.parquet`, or `{"skipped": ...}`, a line of
//! `skipped.jsonl`. What lies behind the last frame of the journal is of a shard that was not finished.

use super::matches::MatchRow;
use super::skipped::SkippedRecord;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The name of the file in the results folder.
pub const FOUND_NAME: &str = ".found.jsonl.zst";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FoundLine {
    /// A match.
    Match(Box<MatchRow>),
    /// A record that could not be examined.
    Skipped(SkippedRecord),
}

/// Appends what was found.
pub struct FoundWriter {
    path: PathBuf,
    file: File,
    /// Where the last finished shard ends.
    end: u64,
    frame: Option<zstd::Encoder<'static, BufWriter<File>>>,
}

impl FoundWriter {
    /// Opens the file for more; what lies behind `end` is taken away. A file of no bytes need not be there.
    ///
    /// # Errors
    /// A file that is shorter, or what the system says.
    pub fn open(out: &Path, end: u64) -> Result<Self> {
        let path = out.join(FOUND_NAME);
        let bytes = path.metadata().map_or(0, |facts| facts.len());
        if bytes < end {
            return Err(short(&path, end, bytes));
        }
        let mut how = File::options();
        let file = how.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(Error::io("open", &path))?;
        file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(Error::io("write", &path))?;
        Ok(Self { path, file, end, frame: None })
    }

    /// Appends a line to what was found in this shard.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, found: &FoundLine) -> Result<()> {
        let failed = || Error::io("write", &self.path);
        let frame = match &mut self.frame {
            Some(frame) => frame,
            None => {
                let out = BufWriter::new(self.file.try_clone().map_err(failed())?);
                let mut frame = zstd::Encoder::new(out, 1).map_err(failed())?;
                frame.include_checksum(true).map_err(failed())?;
                self.frame.insert(frame)
            }
        };
        serde_json::to_writer(&mut *frame, found).map_err(|e| failed()(e.into()))?;
        frame.write_all(b"\n").map_err(failed())
    }

    /// Ends this shard's part, and says where it lies.
    ///
    /// # Errors
    /// What the system says.
    pub fn end_shard(&mut self) -> Result<Range<u64>> {
        let start = self.end;
        if let Some(frame) = self.frame.take() {
            let failed = || Error::io("write", &self.path);
            frame.finish().and_then(|mut out| out.flush()).map_err(failed())?;
            self.end = self.file.stream_position().map_err(failed())?;
        }
        Ok(start..self.end)
    }

    /// The file, for who syncs it.
    ///
    /// # Errors
    /// What the system says.
    pub fn file(&self) -> Result<File> {
        self.file.try_clone().map_err(Error::io("write", &self.path))
    }
}

/// Hands out the lines of a shard's part.
///
/// # Errors
/// A part that is not what was written there, or an error of `take`.
pub fn read_found(out: &Path, part: Range<u64>, take: &mut dyn FnMut(FoundLine) -> Result<()>) -> Result<()> {
    if part.is_empty() {
        return Ok(());
    }
    let path = out.join(FOUND_NAME);
    let bad = |found: String| {
        let help = "it was altered or damaged: remove the results folder, and scan again";
        Error::content(&path, "what was found in a shard", found).at(format!("byte {}", part.start)).help(help)
    };
    let mut file = File::open(&path).map_err(Error::io("open", &path))?;
    file.seek(SeekFrom::Start(part.start)).map_err(Error::io("read", &path))?;
    let part = std::io::Read::take(BufReader::new(file), part.end.saturating_sub(part.start));
    let lines = zstd::Decoder::with_buffer(part).map_err(Error::io("read", &path))?;
    for line in BufReader::new(lines).lines() {
        let line = line.map_err(|e| bad(e.to_string()))?;
        take(serde_json::from_str(&line).map_err(|e| bad(e.to_string()))?)?;
    }
    Ok(())
}

/// Takes the file away, when all that is in it stands in the results.
///
/// # Errors
/// What the system says.
pub fn remove_found(out: &Path) -> Result<()> {
    let path = out.join(FOUND_NAME);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", &path)(error)),
        _ => Ok(()),
    }
}

fn short(path: &Path, end: u64, bytes: u64) -> Error {
    let help = "what an earlier run found is gone: remove the results folder, and scan again";
    Error::content(path, format!("at least {end} bytes"), format!("{bytes} bytes")).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(row: u64) -> FoundLine {
        let similarity = 1.0 / (row as f64 + 3.0);
        FoundLine::Match(Box::new(MatchRow { row, similarity, shard: "a\n\u{1}".into(), ..MatchRow::default() }))
    }

    fn skipped(row: u64) -> FoundLine {
        let (shard, column) = (String::new(), "text".to_owned());
        FoundLine::Skipped(SkippedRecord {
            shard,
            row,
            column,
            text_index: 0,
            reason: "bad".into(),
            detail: "x".into(),
        })
    }

    fn read(out: &Path, part: Range<u64>) -> Result<Vec<FoundLine>> {
        let mut all = Vec::new();
        read_found(out, part, &mut |found| {
            all.push(found);
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn parts_come_back_as_written_and_what_was_unfinished_goes() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let mut writer = FoundWriter::open(out, 0).unwrap();
        let parts = [vec![row(0), skipped(1)], vec![], (0..5000).map(row).collect::<Vec<_>>()];
        let ranges = parts.each_ref().map(|part| {
            part.iter().for_each(|found| writer.write(found).unwrap());
            writer.end_shard().unwrap()
        });
        assert!(ranges[1].is_empty());
        writer.write(&row(9)).unwrap();
        drop(writer);
        let end = ranges[2].end;
        let mut writer = FoundWriter::open(out, end).unwrap();
        assert_eq!(out.join(FOUND_NAME).metadata().unwrap().len(), end);
        writer.write(&skipped(7)).unwrap();
        let last = writer.end_shard().unwrap();
        assert_eq!(last.start, end);
        for (part, range) in parts.iter().zip(&ranges) {
            assert_eq!(&read(out, range.clone()).unwrap(), part);
        }
        assert_eq!(read(out, last.clone()).unwrap(), [skipped(7)]);
        assert!(FoundWriter::open(out, last.end + 1).is_err());
    }

    #[test]
    fn a_changed_byte_changes_nothing_unnoticed() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let mut writer = FoundWriter::open(out, 0).unwrap();
        let rows: Vec<FoundLine> = (0..20).map(row).collect();
        rows.iter().for_each(|row| writer.write(row).unwrap());
        let part = writer.end_shard().unwrap();
        let path = out.join(FOUND_NAME);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 4;
            std::fs::write(&path, changed).unwrap();
            // Some bits of a frame's header are for nothing.
            assert!(read(out, part.clone()).map_or(true, |read| read == rows), "byte {at}");
        }
    }
}
