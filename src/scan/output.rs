//! What is written for a shard: of Parquet row group by row group (`rewriting`), of JSON Lines at once.

use super::leftovers::FOLDERS;
use super::rewriting::{Job, select};
use super::unit::{Content, Findings, OpenShard};
use super::{Action, ScanOptions};
use super::{annotate, redact};
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::{Compression, JsonLinesShard, ParquetShard};
use crate::sink::journal::OutputFile;
use crate::sink::level::Level;
use crate::sink::lines::LineWriter;
use crate::sink::publish::{Placed, Publish, copy_whole};
use crate::sink::rewrite;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What stands under `data/` for a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// Nothing: none was asked for, or the shard could not be examined.
    None,
    /// A copy of the whole shard.
    Copied,
    /// A second name of the shard's own file.
    Linked,
    /// A copy without some records, with columns added, or with spans replaced.
    Rewritten,
}

impl Output {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Copied => "copied",
            Self::Linked => "linked",
            Self::Rewritten => "rewritten",
        }
    }
}

/// What the outputs of all shards depend on.
pub(super) struct Outputs<'a> {
    pub index: &'a Index,
    pub options: &'a ScanOptions,
}

impl Outputs<'_> {
    /// Takes a unit that was examined (without findings: could not be), and says what was written if it was what its shard
    /// waited for: the output under `data/`, and unexamined records under `quarantine/`.
    pub(super) fn take(
        &self,
        shard: &OpenShard<'_>,
        group: Option<usize>,
        findings: Option<Findings>,
    ) -> Option<Result<Output>> {
        match (&shard.content, group) {
            (Content::Parquet { shard: parquet, .. }, Some(group)) => {
                shard.rewriting.take(Job { outputs: self, shard, parquet }, group, findings)
            }
            (Content::Parquet { shard: parquet, .. }, None) => {
                Some(shard.rewriting.take_empty(Job { outputs: self, shard, parquet }))
            }
            (Content::JsonLines { shard: lines, compression, .. }, _) => Some(match findings {
                Some(findings) => self.write_lines(shard, (lines, *compression), findings),
                None => Ok(Output::None),
            }),
            (Content::Files(_), _) => None, // they can only be flagged
        }
    }

    /// Where a shard's file stands in a folder of the outputs.
    pub(super) fn place(&self, folder: &str, shard: &OpenShard<'_>) -> PathBuf {
        self.options.out.join(folder).join(&shard.file.relative)
    }

    pub(super) fn level(&self) -> Level {
        Level::new(self.options.compression_level)
    }

    pub(super) fn rewrite_options(&self) -> rewrite::Options {
        let largest_page = self.options.largest_piece();
        rewrite::Options { level: self.level(), folder: Some(self.options.out.clone()), largest_page }
    }

    /// Gives all that was written of a shard its names, if it was written of what was examined.
    pub(super) fn publish(&self, shard: &OpenShard<'_>, written: impl IntoIterator<Item = Publish>) -> Result<()> {
        self.check(shard)?;
        written.into_iter().try_for_each(Publish::publish)
    }

    /// An error if the shard is not what it was when it was opened, or a page of the index is gone.
    fn check(&self, shard: &OpenShard<'_>) -> Result<()> {
        self.index.check_unchanged()?;
        shard.data().check_unchanged()
    }

    /// A shard in which nothing changes.
    pub(super) fn copy_whole(&self, shard: &OpenShard<'_>) -> Result<Output> {
        let check = || self.check(shard);
        Ok(match copy_whole(&shard.file.path, &self.place("data", shard), self.options.link, &check)? {
            Placed::Linked => Output::Linked,
            Placed::Copied => Output::Copied,
        })
    }

    /// The files that stand in the folders of the outputs for a shard, with their digests.
    pub(super) fn files(&self, shard: &OpenShard<'_>, output: Output) -> Result<Vec<OutputFile>> {
        let mut files = Vec::new();
        for folder in FOLDERS {
            let path = self.place(folder, shard);
            let facts = match path.metadata() {
                Ok(facts) => facts,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
                Err(error) => return Err(Error::io("open", path)(error)),
            };
            let is_link = output == Output::Linked && folder == FOLDERS[0];
            let blake3 = if is_link { String::new() } else { digest(&path)? };
            files.push(OutputFile { path: format!("{folder}/{}", shard.file.relative), bytes: facts.len(), blake3 });
        }
        Ok(files)
    }

    /// Copies the rows that could not be examined.
    pub(super) fn quarantine_rows(
        &self,
        shard: &OpenShard<'_>,
        parquet: &ParquetShard,
        rows: &BTreeSet<u64>,
    ) -> Result<Publish> {
        let mut unexamined = |group: usize| {
            // The row groups before it are done with.
            if let Some(done) = group.checked_sub(1) {
                parquet.release(done);
            }
            select(parquet, group, &|row| rows.contains(&row))
        };
        let output = Publish::create(self.place("quarantine", shard))?;
        let options = self.rewrite_options();
        rewrite::edit(parquet.path(), parquet.data(), &mut unexamined, output.file(), &options)?;
        Ok(output)
    }

    fn write_lines(
        &self,
        shard: &OpenShard<'_>,
        (lines, compression): (&JsonLinesShard, Compression),
        findings: Findings,
    ) -> Result<Output> {
        let Findings { matched, unexamined, .. } = &findings;
        let out = |folder: &str| LinesOut { lines, compression, level: self.level(), path: self.place(folder, shard) };
        let is_set_aside = |row| unexamined.contains(&row);
        let set_aside = (!unexamined.is_empty()).then(|| out("quarantine").copy(&is_set_aside)).transpose()?;
        let data = match self.options.action {
            Action::Flag => return Ok(Output::None),
            Action::Annotate => annotate::write_lines(self.index, shard, &out("data"), findings)?,
            Action::Drop | Action::Redact if matched.is_empty() && unexamined.is_empty() => {
                return self.copy_whole(shard);
            }
            Action::Drop => out("data").copy(&|row| !matched.contains(&row) && !is_set_aside(row))?,
            Action::Redact => redact::write_lines(&out("data"), findings, &self.options.marker)?,
        };
        self.publish(shard, set_aside.into_iter().chain([data]))?;
        Ok(Output::Rewritten)
    }
}

/// BLAKE3 of a file, in hexadecimal digits.
fn digest(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let file = File::open(path).map_err(Error::io("open", path))?;
    hasher.update_reader(file).map_err(Error::io("read", path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// A JSON Lines file that is written from the lines of another.
pub(super) struct LinesOut<'a> {
    pub lines: &'a JsonLinesShard,
    compression: Compression,
    level: Level,
    path: PathBuf,
}

/// Gets a line with its number, and appends what stands in its place.
type VisitLine<'a> = dyn FnMut(u64, &[u8], &mut Vec<u8>) -> Result<()> + 'a;

impl LinesOut<'_> {
    /// Writes what `visit` appends for each line, line ends included. It is for the caller to publish.
    pub(super) fn write(&self, visit: &mut VisitLine<'_>) -> Result<Publish> {
        let output = Publish::create(&self.path)?;
        let unwritten = || Error::io("write", &self.path);
        let mut out = LineWriter::new(output.file(), self.compression, self.level).map_err(unwritten())?;
        let mut written = Vec::new();
        self.lines.read_lines(&mut |row, line| {
            written.clear();
            visit(row, line, &mut written)?;
            out.write(&written).map_err(unwritten())
        })?;
        out.finish().map_err(unwritten())?;
        Ok(output)
    }

    /// Writes the lines that `keep` wants.
    fn copy(&self, keep: &dyn Fn(u64) -> bool) -> Result<Publish> {
        self.write(&mut |row, line, out| {
            if keep(row) {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            Ok(())
        })
    }
}
