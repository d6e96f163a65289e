//! What is written for a shard: of Parquet row group by row group (`rewriting`), of JSON Lines at once.

use super::rewriting::{Job, select};
use super::unit::{Content, Findings, OpenShard};
use super::{Action, ScanOptions};
use super::{annotate, redact};
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::{Compression, JsonLinesShard, ParquetShard};
use crate::sink::level::Level;
use crate::sink::lines::LineWriter;
use crate::sink::publish::{Placed, Publish, copy_whole};
use crate::sink::rewrite;
use std::collections::BTreeSet;
use std::path::PathBuf;

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

    /// A shard in which nothing changes.
    pub(super) fn copy_whole(&self, shard: &OpenShard<'_>) -> Result<Output> {
        Ok(match copy_whole(&shard.file.path, &self.place("data", shard), self.options.link)? {
            Placed::Linked => Output::Linked,
            Placed::Copied => Output::Copied,
        })
    }

    /// Copies the rows that could not be examined.
    pub(super) fn quarantine_rows(
        &self,
        shard: &OpenShard<'_>,
        parquet: &ParquetShard,
        rows: &BTreeSet<u64>,
    ) -> Result<()> {
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
        output.publish()
    }

    fn write_lines(
        &self,
        shard: &OpenShard<'_>,
        (lines, compression): (&JsonLinesShard, Compression),
        findings: Findings,
    ) -> Result<Output> {
        let Findings { matched, unexamined, .. } = &findings;
        let out = |folder: &str| LinesOut { lines, compression, level: self.level(), path: self.place(folder, shard) };
        if !unexamined.is_empty() {
            out("quarantine").copy(&|row| unexamined.contains(&row))?;
        }
        match self.options.action {
            Action::Flag => return Ok(Output::None),
            Action::Annotate => annotate::write_lines(self.index, shard, &out("data"), findings)?,
            Action::Drop | Action::Redact if matched.is_empty() && unexamined.is_empty() => {
                return self.copy_whole(shard);
            }
            Action::Drop => out("data").copy(&|row| !matched.contains(&row) && !unexamined.contains(&row))?,
            Action::Redact => redact::write_lines(&out("data"), findings, &self.options.marker)?,
        }
        Ok(Output::Rewritten)
    }
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
    /// Writes what `visit` appends for each line, line ends included.
    pub(super) fn write(&self, visit: &mut VisitLine<'_>) -> Result<()> {
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
        output.publish()
    }

    /// Writes the lines that `keep` wants.
    fn copy(&self, keep: &dyn Fn(u64) -> bool) -> Result<()> {
        self.write(&mut |row, line, out| {
            if keep(row) {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            Ok(())
        })
    }
}
