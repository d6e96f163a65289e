//! The Parquet shard that a rewrite starts from: everything that must be kept, with its figures checked.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::ColumnOrder;
use parquet::bloom_filter::Sbbf;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
    RowGroupMetaData,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::reader::ChunkReader;

use super::footer::refuse_encrypted;
use super::group::{Filter, Piece};
use super::page_indexes;
use crate::error::{Error, Result};
use crate::shard::{ForeignPages, foreign_pages};

/// Runs `work`, which decodes foreign bytes: the parquet crate checks most of them, and panics over the rest.
///
/// What `work` has changed is given up with the copy, so it does not matter how it was left.
pub(super) fn contained<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(ToString::to_string);
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::content(path, "readable data", format!("data over which the parquet reader stumbled: {words}")))
    })
}

/// An opened shard. It reads the footer itself, because a scan's metadata may leave out what a copy must have:
/// statistics, page indexes, the pages' encodings.
pub(super) struct Original<R> {
    path: PathBuf,
    reader: Arc<R>,
    metadata: ParquetMetaData,
    largest_page: u64,
}

impl<R: ChunkReader + 'static> Original<R> {
    /// Pages that take more than `largest_page` bytes of memory are not decoded.
    pub(super) fn open(path: &Path, reader: &Arc<R>, largest_page: u64) -> Result<Self> {
        refuse_encrypted(path, reader.as_ref())?;
        let everything = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
        let bad = |e: ParquetError| Error::content(path, "a Parquet footer", e).at("footer");
        let metadata = contained(path, || {
            let footer = ParquetMetaDataReader::new().with_metadata_options(Some(everything));
            let footer = footer.parse_and_finish(reader.as_ref()).map_err(bad)?;
            page_indexes::check(&footer, reader.as_ref()).map_err(bad)?;
            let all = ParquetMetaDataReader::new_with_metadata(footer);
            let mut all = all.with_page_index_policy(PageIndexPolicy::Optional);
            all.read_page_indexes(reader.as_ref()).map_err(bad)?;
            all.finish().map_err(bad)
        })?;
        Ok(Self { path: path.to_path_buf(), reader: Arc::clone(reader), metadata, largest_page })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn reader(&self) -> &Arc<R> {
        &self.reader
    }

    pub(super) fn file(&self) -> &FileMetaData {
        self.metadata.file_metadata()
    }

    pub(super) fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    pub(super) fn columns(&self) -> usize {
        self.file().schema_descr().num_columns()
    }

    /// Whether the file has page locations: the index is written for all columns or for none.
    pub(super) fn has_offset_index(&self) -> bool {
        self.metadata.offset_index().is_some()
    }

    pub(super) fn group(&self, group: usize) -> Result<&RowGroupMetaData> {
        let found = self.metadata.row_groups().get(group).ok_or_else(|| self.bad(group, "a row group", "none"))?;
        if found.num_columns() == self.columns() {
            return Ok(found);
        }
        Err(self.bad(group, format!("{} columns", self.columns()), found.num_columns()))
    }

    pub(super) fn rows(&self, group: usize) -> Result<usize> {
        let rows = self.group(group)?.num_rows();
        usize::try_from(rows).map_err(|_| self.bad(group, "a number of rows", rows))
    }

    /// A column chunk's metadata, safe to hand to the parquet crate: inside the file, and nowhere negative.
    pub(super) fn chunk(&self, group: usize, column: usize) -> Result<ColumnChunkMetaData> {
        let chunk = self.group(group)?.columns().get(column).ok_or_else(|| self.bad(group, "a column", "none"))?;
        if let Some(elsewhere) = chunk.file_path() {
            return Err(self.bad_column(group, column, "data in this file", elsewhere));
        }
        // 0 stands for "none": for the dictionary with some writers, for the data in a chunk without values with others.
        let data = chunk.data_page_offset();
        let dictionary = chunk.dictionary_page_offset().filter(|&at| 0 < at && (at < data || data == 0));
        let begin = dictionary.unwrap_or(data);
        let end = begin.checked_add(chunk.compressed_size()).filter(|&end| 0 <= begin && begin <= end);
        let Some(end) = end.filter(|&end| u64::try_from(end).is_ok_and(|end| end <= self.reader.len())) else {
            let found = format!("{} bytes at {begin}", chunk.compressed_size());
            return Err(self.bad_column(group, column, "data inside the file", found));
        };
        let mut chunk = chunk
            .clone()
            .into_builder()
            .set_dictionary_page_offset(dictionary)
            .set_data_page_offset(if data == 0 && dictionary.is_some() { end } else { data });
        if self.orders_unknown(column) {
            // The order would be lost in the copy, and the extremes would then mean something else.
            chunk = chunk.clear_statistics();
        }
        chunk.build().map_err(|e| self.damaged(group, column, e))
    }

    /// The pages of such a chunk.
    pub(super) fn pages(&self, chunk: &ColumnChunkMetaData, rows: usize) -> ParquetResult<ForeignPages<R>> {
        foreign_pages(&self.reader, chunk, rows, self.largest_page)
    }

    /// Whether a column's statistics follow an order that this version of the parquet crate does not know.
    fn orders_unknown(&self, column: usize) -> bool {
        let orders = self.file().column_orders();
        matches!(orders.and_then(|all| all.get(column)), Some(ColumnOrder::UNKNOWN))
    }

    /// Whether a column chunk has an index of its pages' extremes.
    pub(super) fn has_column_index(&self, group: usize, column: usize) -> bool {
        let index = self.metadata.column_index().and_then(|all| all.get(group)?.get(column));
        index.is_some_and(|index| *index != ColumnIndexMetaData::NONE) && !self.orders_unknown(column)
    }

    /// The page index of a column chunk: locations and extremes.
    pub(super) fn page_index(
        &self,
        group: usize,
        column: usize,
    ) -> (Option<&OffsetIndexMetaData>, Option<&ColumnIndexMetaData>) {
        let offsets = self.metadata.offset_index().and_then(|all| all.get(group)?.get(column));
        let columns = self.metadata.column_index().and_then(|all| all.get(group)?.get(column));
        (offsets, columns.filter(|_| self.has_column_index(group, column)))
    }

    /// One column chunk as it is, byte for byte, with its page index and Bloom filter.
    pub(super) fn whole(&self, group: usize, column: usize) -> Result<(Vec<Piece>, ColumnCloseResult, Filter)> {
        let metadata = self.chunk(group, column)?;
        let (start, length) = metadata.byte_range();
        let (offset_index, column_index) = self.page_index(group, column);
        let close = ColumnCloseResult {
            bytes_written: length,
            rows_written: self.rows(group)? as u64,
            bloom_filter: None,
            column_index: column_index.cloned(),
            offset_index: offset_index.cloned(),
            metadata,
        };
        // Checked by `chunk`: it lies inside the file.
        Ok((vec![Piece::Source(start..start.saturating_add(length))], close, Filter::Source))
    }

    /// A column chunk's Bloom filter.
    pub(super) fn bloom_filter(&self, group: usize, column: usize) -> Result<Option<Sbbf>> {
        let chunk = self.chunk(group, column)?;
        let Some(offset) = chunk.bloom_filter_offset() else { return Ok(None) };
        let length = chunk.bloom_filter_length().unwrap_or_default();
        let end = offset.checked_add(length.into()).and_then(|end| u64::try_from(end).ok());
        if offset < 0 || length < 0 || end.is_none_or(|end| end > self.reader.len()) {
            return Err(self.damaged(group, column, format!("a Bloom filter of {length} bytes at {offset}")));
        }
        Sbbf::read_from_column_chunk(&chunk, self.reader.as_ref()).map_err(|e| self.damaged(group, column, e))
    }

    /// An error at one column chunk.
    pub(super) fn damaged(&self, group: usize, column: usize, found: impl Display) -> Error {
        self.bad_column(group, column, "readable data", found)
    }

    pub(super) fn bad(&self, group: usize, expected: impl Into<String>, found: impl Display) -> Error {
        Error::content(&self.path, expected, found).at(format!("row group {group}"))
    }

    fn bad_column(&self, group: usize, column: usize, expected: &str, found: impl Display) -> Error {
        let name = self.file().schema_descr().columns().get(column).map(|c| c.path().string()).unwrap_or_default();
        Error::content(&self.path, expected, found).at(format!("row group {group}, column {name}"))
    }
}
