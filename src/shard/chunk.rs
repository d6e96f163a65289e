//! A column chunk whose claims have been checked as far as that goes without reading it, and its pages.

use std::ops::Range;
use std::sync::Arc;

use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use crate::shard::foreign_pages::ForeignPages;
use crate::shard::map::ShardData;
use crate::shard::page_data::PageData;
use crate::shard::page_sizes::ENTRY_BYTES;
use crate::shard::pages::{CheckedPages, Claims, Dictionary};

/// Uncompressed bytes that one batch of records should hold.
const BATCH_BYTES: u64 = 1 << 20;

/// Records in a batch at most: beyond this, larger batches gain nothing.
const BATCH_RECORDS: u64 = 8192;

/// One column of one row group.
pub(super) struct Chunk<'a> {
    pub(super) facts: &'a ColumnChunkMetaData,
    pub(super) rows: u64,
    /// Entries of the level streams: values and nulls.
    pub(super) levels: u64,
    pub(super) uncompressed: u64,
    pub(super) bytes: Range<u64>,
}

impl<'a> Chunk<'a> {
    /// The chunk of a row group of so many rows; the error says what is wrong with it.
    pub(super) fn check(
        facts: &'a ColumnChunkMetaData,
        rows: u64,
        file_size: u64,
    ) -> std::result::Result<Self, String> {
        let count = |name: &str, value: i64| u64::try_from(value).map_err(|_| format!("{name} of {value}"));
        if let Some(other) = facts.file_path().filter(|path| !path.is_empty()) {
            return Err(format!("data in another file, {other}"));
        }
        let levels = count("a value count", facts.num_values())?;
        let uncompressed = count("an uncompressed size", facts.uncompressed_size())?;
        let size = count("a compressed size", facts.compressed_size())?;
        let start = count("an offset", facts.dictionary_page_offset().unwrap_or(facts.data_page_offset()))?;
        let is_flat = facts.column_descr().max_rep_level() == 0;
        if levels < rows || (is_flat && levels != rows) || (rows == 0 && levels > 0) {
            return Err(format!("{levels} values for {rows} records"));
        }
        match start.checked_add(size) {
            Some(end) if end <= file_size => Ok(Self { facts, rows, levels, uncompressed, bytes: start..end }),
            _ => Err(format!("{size} bytes from byte {start} on, in a file of {file_size} bytes")),
        }
    }

    /// Its pages, of so many decompressed bytes at most; `dictionary` is told where the dictionary is.
    pub(super) fn pages(
        &self,
        data: &Arc<ShardData>,
        largest_page: u64,
        dictionary: Dictionary,
    ) -> Result<ForeignPages<ShardData>> {
        let data = Arc::new(PageData::limited(data, largest_page));
        let pages = SerializedPageReader::new(data, self.facts, usize::try_from(self.rows)?, None)?;
        let claims = Claims::new(self.facts.column_descr(), self.levels, largest_page);
        Ok(CheckedPages::new(pages, claims, dictionary))
    }

    /// As many records as come to about [`BATCH_BYTES`] by the averages of this chunk.
    pub(super) fn records_per_batch(&self) -> usize {
        let memory = self.levels.saturating_mul(ENTRY_BYTES).saturating_add(self.uncompressed);
        let record = memory / self.rows.max(1) + 1;
        usize::try_from((BATCH_BYTES / record).clamp(1, BATCH_RECORDS)).unwrap_or(1)
    }
}
