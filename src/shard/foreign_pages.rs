//! Pages of any column of a foreign file, read within bounds: for those who decode other columns than texts.

use std::sync::Arc;

use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;

use crate::shard::page_data::PageData;
use crate::shard::page_sizes;
use crate::shard::pages::{CheckedPages, Claims, Dictionary};

/// The pages of a column chunk: their headers are looked through before the decoder gets them, and they are checked before
/// they are decoded.
pub(crate) type ForeignPages<R> = CheckedPages<SerializedPageReader<PageData<R>>>;

/// The pages of a column chunk, none of which takes more than `limit` bytes of memory.
///
/// # Errors
/// A chunk with such a page, or one that is not where the footer says.
pub(crate) fn foreign_pages<R: ChunkReader + 'static>(
    data: &Arc<R>,
    chunk: &ColumnChunkMetaData,
    rows: usize,
    limit: u64,
) -> Result<ForeignPages<R>> {
    page_sizes::check(data.as_ref(), chunk, limit).map_err(|refusal| ParquetError::General(refusal.to_string()))?;
    let levels = u64::try_from(chunk.num_values())?;
    let pages = SerializedPageReader::new(Arc::new(PageData::limited(data, limit)), chunk, rows, None)?;
    Ok(CheckedPages::new(pages, Claims::new(chunk.column_descr(), levels, limit), Dictionary::default()))
}
