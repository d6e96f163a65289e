//! Dropping rows of a Parquet shard, and replacing texts in it, without disturbing the rest.
//!
//! 1. A row group that keeps all its rows and texts is copied byte for byte, with its page index and Bloom filters.
//! 2. A row group that loses some rows is decoded column by column, filtered by record, and encoded as it was: codec,
//!    dictionary, encodings, version of the data pages, sorting columns; statistics, page index and Bloom filters are
//!    made anew for the rows that are left, where the source had them.
//! 3. Where only texts are replaced, that is done to their columns alone, and the others are copied byte for byte. Rows are
//!    no longer said to be sorted by a column with replaced texts.
//! 4. A row group that loses all its rows is left out.
//!
//! Row order, row-group boundaries, the schema with its field ids, the key-value metadata (`ARROW:schema`,
//! `huggingface`, `pandas`), the format version and the creator's name are the source's.
//!
//! Not kept in what is encoded again, because the file does not tell them: the compression level and the size of pages.
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
use super::edit::Changes;
pub use super::edit::{Edit, Place, Selection};
use super::original::{Original, contained};
use super::reencode::{self, Replace};
use super::style;
use crate::error::{Error, Result};

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

/// Writes the shard behind `reader` to `out` with the changes of `edit`; a closure from row group to [`Selection`] drops rows.
/// `path` is the shard's name in errors.
///
/// # Errors
/// When the shard is encrypted or damaged, a selection does not fit its row group, texts are to be replaced in a column of
/// another type, or `out` cannot be written. What was written by then is worthless.
pub fn edit<R: ChunkReader + 'static, W: Write + Send>(
    path: &Path,
    reader: &Arc<R>,
    edit: &mut dyn Edit,
    out: W,
    options: &Options,
) -> Result<Rewritten> {
    let original = Original::open(path, reader)?;
    writing(original.path(), out, |out| {
        let mut copy = Copy { original: &original, options, done: Rewritten::default() };
        let schema = original.file().schema_descr_ptr();
        let mut assembly = Assembly::start(out, schema).map_err(|e| failed(&original, e))?;
        for group in 0..original.groups() {
            copy.group(group, edit, &mut assembly)?;
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
    fn group<W: Write + Send>(&mut self, group: usize, edit: &mut dyn Edit, out: &mut Assembly<W>) -> Result<()> {
        let rows = self.original.rows(group)?;
        let keep = match edit.rows(group) {
            Selection::All => vec![true; rows],
            Selection::None => vec![false; rows],
            Selection::Rows(keep) if keep.len() == rows => keep,
            Selection::Rows(keep) => return Err(self.misfit(group, rows, keep.len())),
        };
        let touched = (0..self.original.columns()).map(|column| edit.touches(group, column)).collect();
        let changes = Changes { keep, touched };
        self.done.rows_kept += changes.kept() as u64;
        self.done.rows_dropped += (rows - changes.kept()) as u64;
        // An empty row group loses nothing, whatever is asked.
        if rows == 0 || changes.is_none() {
            self.copy(group, out)
        } else if changes.kept() > 0 {
            self.rewrite(group, &changes, edit, out)
        } else {
            self.done.groups_left_out += 1;
            Ok(())
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

    fn rewrite<W: Write + Send>(
        &mut self,
        group: usize,
        changes: &Changes,
        edit: &mut dyn Edit,
        out: &mut Assembly<W>,
    ) -> Result<()> {
        self.done.groups_rewritten += 1;
        let properties = style::of_group(self.original, group, changes, self.options.zstd_level)?;
        let mut writer = out.next(properties).map_err(|e| failed(self.original, e))?;
        for column in 0..self.original.columns() {
            if !changes.encodes(column) {
                self.original.copy_column(group, column, &mut writer)?;
                continue;
            }
            let mut replace = |row, index, text: &[u8]| edit.replace(Place { group, column, row, index }, text);
            let replace: Option<&mut Replace<'_>> = if changes.touches(column) { Some(&mut replace) } else { None };
            reencode::column(self.original, (group, column), &changes.keep, replace, &mut writer)?;
        }
        self.close(writer, changes.kept())
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
