//! Dropping rows of a Parquet shard without disturbing the rest.
//!
//! 1. A row group that keeps all its rows is copied byte for byte, with its page index and Bloom filters.
//! 2. A row group that loses some is decoded column by column, filtered by record, and encoded as it was: codec,
//!    dictionary, encodings, version of the data pages, sorting columns; statistics, page index and Bloom filters are
//!    made anew for the rows that are left, where the source had them.
//! 3. A row group that loses all is left out.
//!
//! Row order, row-group boundaries, the schema with its field ids, the key-value metadata (`ARROW:schema`,
//! `huggingface`, `pandas`), the format version and the creator's name are the source's.
//!
//! Not kept in the row groups of step 2, because the file does not tell them: the compression level and the size of pages.
//! And because the parquet crate cannot write them: checksums of pages; dictionaries of fixed-length values with version 1
//! pages (they become plain); the page index of a column that has a page of nothing but NaN. The old name of the dictionary
//! encoding (`PLAIN_DICTIONARY`) becomes the new one, and extremes of long texts are cut to 64 bytes and marked so.

use std::io::Write;
use std::ops::AddAssign;
use std::path::Path;
use std::sync::Arc;

use parquet::file::reader::ChunkReader;
use parquet::file::writer::SerializedRowGroupWriter;

use super::assembly::{Assembly, Steady};
use super::original::{Original, contained};
use super::{reencode, style};
use crate::error::{Error, Result};

/// Which rows of a row group stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every row.
    All,
    /// No row.
    None,
    /// The rows with `true`: one for each row of the group.
    Rows(Vec<bool>),
}

/// What the source cannot tell a writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The zstd level of row groups that are encoded again.
    pub zstd_level: i32,
}

impl Default for Options {
    fn default() -> Self {
        Self { zstd_level: 3 }
    }
}

/// What a rewrite did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Rows in the copy.
    pub rows_kept: u64,
    /// Rows of the source that are not in the copy.
    pub rows_dropped: u64,
    /// Row groups copied as they are.
    pub groups_copied: u64,
    /// Row groups decoded, filtered and encoded.
    pub groups_rewritten: u64,
    /// Row groups of which no row is left.
    pub groups_left_out: u64,
}

impl AddAssign for Rewritten {
    fn add_assign(&mut self, other: Self) {
        self.rows_kept += other.rows_kept;
        self.rows_dropped += other.rows_dropped;
        self.groups_copied += other.groups_copied;
        self.groups_rewritten += other.groups_rewritten;
        self.groups_left_out += other.groups_left_out;
    }
}

/// Writes the shard behind `reader` to `out` without the rows that `select` drops; it is asked once per row group, in order.
/// `path` is the shard's name in errors.
///
/// # Errors
/// When the shard is encrypted or damaged, a selection does not fit its row group, or `out` cannot be written.
/// What was written by then is worthless.
pub fn filter<R: ChunkReader + 'static, W: Write + Send>(
    path: &Path,
    reader: &Arc<R>,
    select: &mut dyn FnMut(usize) -> Selection,
    out: W,
    options: &Options,
) -> Result<Rewritten> {
    let original = Original::open(path, reader)?;
    writing(original.path(), out, |out| {
        let mut copy = Copy { original: &original, options, done: Rewritten::default() };
        let schema = original.file().schema_descr_ptr();
        let mut assembly = Assembly::start(out, schema).map_err(|e| failed(&original, e))?;
        for group in 0..original.groups() {
            copy.group(group, select(group), &mut assembly)?;
        }
        let pairs = original.file().key_value_metadata().cloned();
        assembly.finish(original.file(), pairs).map_err(|e| failed(&original, e))?;
        Ok(copy.done)
    })
}

/// Runs `work` on a buffered `out`, and sees to it that no failure to write is lost or blamed on the source.
pub(super) fn writing<W: Write, T>(path: &Path, out: W, work: impl FnOnce(&mut Steady<W>) -> Result<T>) -> Result<T> {
    let mut out = Steady::new(out);
    let unwritten = Error::io("write a copy", path);
    match contained(path, || work(&mut out)) {
        Ok(done) => out.finish().map_err(unwritten).map(|()| done),
        Err(error) => Err(out.failure().map_or(error, unwritten)),
    }
}

/// The parquet crate refused to write something about the whole file.
pub(super) fn failed<R: ChunkReader + 'static>(original: &Original<R>, found: impl std::fmt::Display) -> Error {
    Error::content(original.path(), "a shard that can be rewritten", found)
}

struct Copy<'a, R> {
    original: &'a Original<R>,
    options: &'a Options,
    done: Rewritten,
}

impl<R: ChunkReader + 'static> Copy<'_, R> {
    fn group<W: Write + Send>(&mut self, group: usize, selection: Selection, out: &mut Assembly<W>) -> Result<()> {
        let rows = self.original.rows(group)?;
        let kept = match &selection {
            Selection::All => rows,
            Selection::None => 0,
            Selection::Rows(keep) if keep.len() == rows => keep.iter().filter(|&&keep| keep).count(),
            Selection::Rows(keep) => return Err(self.misfit(group, rows, keep.len())),
        };
        self.done.rows_kept += kept as u64;
        self.done.rows_dropped += (rows - kept) as u64;
        match selection {
            // An empty row group loses nothing, whatever is asked.
            _ if kept == rows => self.copy(group, out),
            Selection::Rows(keep) if kept > 0 => self.rewrite(group, &keep, out),
            _ => {
                self.done.groups_left_out += 1;
                Ok(())
            }
        }
    }

    fn copy<W: Write + Send>(&mut self, group: usize, out: &mut Assembly<W>) -> Result<()> {
        self.done.groups_copied += 1;
        let properties = style::of_copy(self.original, group)?;
        let mut writer = out.next(properties).map_err(|e| failed(self.original, e))?;
        for column in 0..self.original.columns() {
            self.original.copy_column(group, column, &mut writer)?;
        }
        self.close(writer, self.original.rows(group)?)
    }

    fn rewrite<W: Write + Send>(&mut self, group: usize, keep: &[bool], out: &mut Assembly<W>) -> Result<()> {
        self.done.groups_rewritten += 1;
        let properties = style::of_group(self.original, group, self.options.zstd_level)?;
        let mut writer = out.next(properties).map_err(|e| failed(self.original, e))?;
        for column in 0..self.original.columns() {
            reencode::column(self.original, (group, column), keep, &mut writer)?;
        }
        self.close(writer, keep.iter().filter(|&&keep| keep).count())
    }

    /// Ends a row group, which counts its rows by its columns: in a file without columns, rows would be lost.
    fn close<W: Write + Send>(&self, writer: SerializedRowGroupWriter<'_, W>, rows: usize) -> Result<()> {
        let closed = writer.close().map_err(|e| failed(self.original, e))?;
        if usize::try_from(closed.num_rows()) == Ok(rows) {
            return Ok(());
        }
        Err(failed(self.original, format!("a row group of {} rows instead of {rows}", closed.num_rows())))
    }

    fn misfit(&self, group: usize, rows: usize, marks: usize) -> Error {
        self.original.bad(group, format!("a selection of {rows} rows"), marks)
    }
}
