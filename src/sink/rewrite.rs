//! Dropping rows of a Parquet shard, and replacing texts in it, without disturbing the rest.
//!
//! 1. A row group that keeps all its rows and texts is copied byte for byte, with its page index and Bloom filters.
//! 2. A row group that loses some rows is taken column by column. Of flat columns of texts, pages that lose no row are copied
//!    byte for byte, and the others encoded anew, with the Bloom filter that was there (`page_copy`). Other columns are
//!    decoded, filtered by record and encoded as they were (`reencode`): codec, dictionary, encodings, version of the data
//!    pages; statistics, page index and Bloom filters are made anew for the rows that are left, where the source had them.
//! 3. Where only texts are replaced, that is done to their columns alone, and the others are copied byte for byte. Rows are
//!    no longer said to be sorted by a column with replaced texts.
//! 4. A row group that loses all its rows is left out.
//!
//! Row order, row-group boundaries, sorting columns, the schema with its field ids, the key-value metadata (`ARROW:schema`,
//! `huggingface`, `pandas`), the format version and the creator's name are the source's. What was dropped or replaced is
//! nowhere in the copy: not in a dictionary, and not in statistics.
//!
//! Not kept in what is encoded anew, because the file does not tell them: the compression level ([`Level`]) and the size of
//! pages. And because the parquet crate cannot write them: checksums of pages; dictionaries of fixed-length values with
//! version 1 pages (they become plain); the page index of a column that has a page of nothing but NaN. The old name of the
//! dictionary encoding (`PLAIN_DICTIONARY`) becomes the new one, and extremes of long texts are cut to 64 bytes and marked so.
//! A dictionary that its writer gave up after some pages goes if a row that used it does, and these pages become plain.

use std::io::Write;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::{ColumnChunkMetaData, KeyValue};
use parquet::file::reader::ChunkReader;

use super::append::Addition;
pub use super::assembly::Assembly;
use super::edit::Changes;
pub use super::edit::{Edit, Place, Selection};
use super::fresh::Fresh;
pub use super::group::Group;
use super::group::{Chunk, Content, Made};
use super::level::Level;
use super::original::{Original, contained};
use super::reencode::{self, Replace};
use super::{page_copy, style};
use crate::error::{Error, Result};
use crate::shard::LARGEST_PAGE;

/// What the source cannot tell a writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How hard pages are compressed that are encoded anew.
    pub level: Level,
    /// Where row groups wait that were encoded and are too large for memory, in files without names; none: in memory.
    pub folder: Option<PathBuf>,
    /// Bytes of memory that a page may take; a row group with a larger one in a column that is encoded anew cannot be made.
    pub largest_page: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { level: Level::default(), folder: None, largest_page: LARGEST_PAGE }
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
    /// Row groups that have changed.
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

/// The rewriting of one shard. Threads share it and make the copy's row groups in any order; one [`Assembly`] takes them in theirs.
pub struct Rewrite<R> {
    pub(super) original: Original<R>,
    pub(super) options: Options,
    pub(super) addition: Option<Addition>,
}

impl<R: ChunkReader + 'static> Rewrite<R> {
    /// Starts to rewrite the shard behind `reader`; `path` is its name in errors.
    ///
    /// # Errors
    /// When the shard is encrypted or its footer damaged.
    pub fn open(path: &Path, reader: &Arc<R>, options: Options) -> Result<Self> {
        Ok(Self {
            original: Original::open(path, reader, options.largest_page.min(LARGEST_PAGE))?,
            options,
            addition: None,
        })
    }

    /// Row groups of the source.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.original.groups()
    }

    /// Starts the copy.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn begin<W: Write + Send>(&self, out: W) -> Result<Assembly<W>> {
        let schema = match &self.addition {
            Some(addition) => Arc::clone(&addition.schema),
            None => self.original.file().schema_descr_ptr(),
        };
        Assembly::start(out, schema).map_err(|e| failed(&self.original, e))
    }

    /// Makes a row group with the changes of `edit`.
    ///
    /// # Errors
    /// When the source is damaged, a selection does not fit the row group, or texts are to be replaced in a column of another type.
    pub fn edited(&self, group: usize, edit: &mut dyn Edit) -> Result<Group> {
        contained(self.original.path(), || self.edit(group, edit))
    }

    /// A row group as it is.
    ///
    /// # Errors
    /// When the source's footer is damaged.
    pub fn whole(&self, group: usize) -> Result<Group> {
        self.edited(group, &mut |_| Selection::All)
    }

    /// Puts the next row group in its place.
    ///
    /// # Errors
    /// When the source is damaged or the output cannot be written. The copy is then worthless.
    pub fn append<W: Write + Send>(&self, copy: &mut Assembly<W>, group: Group) -> Result<()> {
        copy.append(&self.original, group)
    }

    /// Ends the copy.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish<W: Write + Send>(&self, copy: Assembly<W>) -> Result<Rewritten> {
        let pairs: Option<Vec<KeyValue>> = match &self.addition {
            Some(addition) => addition.pairs.clone(),
            None => self.original.file().key_value_metadata().cloned(),
        };
        copy.finish(&self.original, pairs)
    }

    fn edit(&self, group: usize, edit: &mut dyn Edit) -> Result<Group> {
        let rows = self.original.rows(group)?;
        let keep = match edit.rows(group) {
            Selection::All => vec![true; rows],
            Selection::None => vec![false; rows],
            Selection::Rows(keep) if keep.len() == rows => keep,
            Selection::Rows(keep) => {
                return Err(self.original.bad(group, format!("a selection of {rows} rows"), keep.len()));
            }
        };
        let touched = (0..self.original.columns()).map(|column| edit.touches(group, column)).collect();
        let changes = Changes { keep, touched };
        let kept = changes.kept();
        let mut done = Rewritten { rows_kept: kept as u64, rows_dropped: (rows - kept) as u64, ..Rewritten::default() };
        // An empty row group loses nothing, whatever is asked.
        let content = if rows == 0 || changes.is_none() {
            done.groups_copied = 1;
            Some(self.unchanged(group)?)
        } else if kept > 0 {
            done.groups_rewritten = 1;
            Some(self.changed(group, &changes, edit)?)
        } else {
            done.groups_left_out = 1;
            None
        };
        Ok(Group { done, content })
    }

    pub(super) fn unchanged(&self, group: usize) -> Result<Content> {
        let sorting = self.original.group(group)?.sorting_columns().cloned();
        let chunks = (0..self.original.columns()).map(|_| Chunk::Source).collect();
        Ok(Content { group, rows: self.original.rows(group)?, sorting, chunks, fresh: None })
    }

    fn changed(&self, group: usize, changes: &Changes, edit: &mut dyn Edit) -> Result<Content> {
        let sorting = style::sorting(&self.original, group, changes)?;
        let mut fresh = Fresh::new(self.options.folder.as_deref());
        let mut chunks = Vec::new();
        for column in 0..self.original.columns() {
            chunks.push(if changes.encodes(column) {
                let chunk = self.original.chunk(group, column)?;
                let made = self.chunk((group, column, &chunk), changes, edit, &mut fresh);
                Chunk::Made(Box::new(made?))
            } else {
                Chunk::Source
            });
        }
        let fresh = Some(fresh.finish().map_err(|e| failed(&self.original, e))?);
        Ok(Content { group, rows: changes.kept(), sorting, chunks, fresh })
    }

    fn chunk(
        &self,
        (group, column, chunk): (usize, usize, &ColumnChunkMetaData),
        changes: &Changes,
        edit: &mut dyn Edit,
        fresh: &mut Fresh,
    ) -> Result<Made> {
        let damaged = |e| self.original.damaged(group, column, e);
        let touched = changes.touches(column);
        if !touched {
            let place = (group, column, chunk);
            let copied = page_copy::column(&self.original, place, &changes.keep, (self.options.level, fresh));
            if let Some(made) = copied.map_err(damaged)? {
                return Ok(made);
            }
        }
        let properties = style::of_chunk(&self.original, (group, column), touched, self.options.level)?;
        let mut replace = |row, index, text: &[u8]| edit.replace(Place { group, column, row, index }, text);
        let replace: Option<&mut Replace<'_>> = if touched { Some(&mut replace) } else { None };
        let write = || -> ParquetResult<Made> {
            let out = (properties, fresh.writer());
            let close = reencode::column(&self.original, chunk, &changes.keep, replace, out)?;
            Made::written(close, fresh)
        };
        write().map_err(damaged)
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
    let rewrite = Rewrite::open(path, reader, options.clone())?;
    let mut copy = rewrite.begin(out)?;
    for group in 0..rewrite.groups() {
        let made = rewrite.edited(group, edit)?;
        rewrite.append(&mut copy, made)?;
    }
    rewrite.finish(copy)
}

/// The parquet crate refused to write something about the whole file.
pub(super) fn failed<R: ChunkReader + 'static>(original: &Original<R>, found: impl std::fmt::Display) -> Error {
    Error::content(original.path(), "a shard that can be rewritten", found)
}
