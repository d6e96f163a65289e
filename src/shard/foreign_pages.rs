//! Pages of any column of a foreign file, read within bounds: for those who decode other columns than texts.

use std::sync::Arc;

use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

use crate::shard::page_sizes;
use crate::shard::pages::{CheckedPages, Claims, Dictionary};

/// The pages of a column chunk, none of which takes more than `limit` bytes of memory.
///
/// # Errors
/// A chunk with such a page, or one that is not where the footer says.
pub(crate) fn foreign_pages<R: ChunkReader + 'static>(
    data: &Arc<R>,
    chunk: &ColumnChunkMetaData,
    rows: usize,
    limit: u64,
) -> Result<CheckedPages<SerializedPageReader<R>>> {
    page_sizes::check(data.as_ref(), chunk, limit).map_err(|refusal| ParquetError::General(refusal.to_string()))?;
    let levels = u64::try_from(chunk.num_values())?;
    let pages = SerializedPageReader::new(Arc::clone(data), chunk, rows, None)?;
    Ok(CheckedPages::new(pages, Claims::new(chunk.column_descr(), levels, limit), Dictionary::default()))
}

/// A row group of a foreign file, for reading it row by row.
pub(crate) struct ForeignGroup<'a, R> {
    data: &'a Arc<R>,
    metadata: &'a RowGroupMetaData,
    limit: u64,
}

impl<'a, R: ChunkReader + 'static> ForeignGroup<'a, R> {
    /// The row group, of which no page may take more than `limit` bytes of memory.
    pub(crate) fn new(data: &'a Arc<R>, metadata: &'a RowGroupMetaData, limit: u64) -> Self {
        Self { data, metadata, limit }
    }
}

impl<R: ChunkReader + 'static> RowGroupReader for ForeignGroup<'_, R> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.metadata
    }

    fn num_columns(&self) -> usize {
        self.metadata.num_columns()
    }

    fn get_column_page_reader(&self, column: usize) -> Result<Box<dyn PageReader>> {
        let chunk = self.metadata.columns().get(column);
        let chunk = chunk.ok_or_else(|| ParquetError::General(format!("no column {column} in the row group")))?;
        let rows = usize::try_from(self.metadata.num_rows())?;
        Ok(Box::new(foreign_pages(self.data, chunk, rows, self.limit)?))
    }

    fn get_column_bloom_filter(&self, _: usize) -> Option<&Sbbf> {
        None
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}
