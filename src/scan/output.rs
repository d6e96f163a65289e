//! What is written for a shard when all of its units are done.

use super::unit::{Content, Findings, OpenShard};
use super::{Action, ScanOptions};
use super::{annotate, redact};
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::{Compression, JsonLinesShard, ParquetShard};
use crate::sink::lines::LineWriter;
use crate::sink::publish::{Placed, Publish, copy_whole};
use crate::sink::rewrite::{self, Options, Selection};
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

/// Writes the shard's output under `data/`, and its unexamined records under `quarantine/`.
pub(super) fn write(index: &Index, options: &ScanOptions, shard: &OpenShard<'_>, findings: Findings) -> Result<Output> {
    if options.action == Action::Flag || findings.failed {
        return Ok(Output::None);
    }
    let place = |folder: &str| -> PathBuf { options.out.join(folder).join(&shard.file.relative) };
    let (data, unexamined) = (place("data"), &findings.unexamined);
    if !unexamined.is_empty() {
        copy_records(shard, &place("quarantine"), &|row| unexamined.contains(&row))?;
    }
    match options.action {
        Action::Flag => Ok(Output::None),
        Action::Annotate => annotate::write(index, shard, &data, findings).map(|()| Output::Rewritten),
        Action::Drop | Action::Redact if findings.matched.is_empty() && unexamined.is_empty() => {
            Ok(match copy_whole(&shard.file.path, &data, options.link)? {
                Placed::Linked => Output::Linked,
                Placed::Copied => Output::Copied,
            })
        }
        Action::Drop => {
            copy_records(shard, &data, &|row| !findings.matched.contains(&row) && !unexamined.contains(&row))?;
            Ok(Output::Rewritten)
        }
        Action::Redact => redact::write(shard, &data, findings, &options.marker).map(|()| Output::Rewritten),
    }
}

/// Writes the records that `keep` wants.
fn copy_records(shard: &OpenShard<'_>, destination: &Path, keep: &dyn Fn(u64) -> bool) -> Result<()> {
    match &shard.content {
        Content::Parquet { shard, .. } => copy_rows(shard, destination, keep),
        Content::JsonLines { shard, compression, .. } => {
            let mut line_end = Vec::new();
            write_lines(shard, *compression, destination, &mut |row, line, out| {
                if keep(row) {
                    line_end.clear();
                    line_end.extend_from_slice(line);
                    line_end.push(b'\n');
                    out.write(&line_end).map_err(Error::io("write", destination))?;
                }
                Ok(())
            })
        }
    }
}

fn copy_rows(shard: &ParquetShard, destination: &Path, keep: &dyn Fn(u64) -> bool) -> Result<()> {
    let mut select = |group: usize| select(shard, group, keep);
    let output = Publish::create(destination)?;
    rewrite::edit(shard.path(), shard.data(), &mut select, output.file(), &Options::default())?;
    output.publish()
}

/// The rows of a group that `keep` wants. The groups before it are done with.
pub(super) fn select(shard: &ParquetShard, group: usize, keep: &dyn Fn(u64) -> bool) -> Selection {
    if let Some(done) = group.checked_sub(1) {
        shard.release(done);
    }
    let first = shard.first_row(group);
    let rows: Vec<bool> = (first..first + shard.rows(group)).map(keep).collect();
    match rows.iter().filter(|&&kept| kept).count() {
        kept if kept == rows.len() => Selection::All,
        0 => Selection::None,
        _ => Selection::Rows(rows),
    }
}

/// A visitor of lines that writes what it wants of them.
pub(super) type LineVisitor<'a> = dyn FnMut(u64, &[u8], &mut LineWriter<&std::fs::File>) -> Result<()> + 'a;

/// Writes a JSON Lines file from the lines of another.
pub(super) fn write_lines(
    shard: &JsonLinesShard,
    compression: Compression,
    destination: &Path,
    visit: &mut LineVisitor<'_>,
) -> Result<()> {
    let output = Publish::create(destination)?;
    let mut lines = LineWriter::new(output.file(), compression).map_err(Error::io("write", destination))?;
    shard.read_lines(&mut |row, line| visit(row, line, &mut lines))?;
    lines.finish().map_err(Error::io("write", destination))?;
    output.publish()
}
