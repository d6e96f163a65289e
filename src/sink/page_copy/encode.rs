//! Kept rows of neighbouring pages as new pages.

use std::sync::Arc;

use parquet::basic::PageType;
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterPropertiesPtr, WriterVersion};
use parquet::file::writer::SerializedPageWriter;
use parquet::schema::types::ColumnDescPtr;

use super::decode::Kept;
use super::plan::Plan;
use super::{SourceIndex, walk::Pages};
use crate::sink::fresh::Fresh;
use crate::sink::level::Level;
use crate::sink::style;

/// Writes runs of new pages of one chunk, all in the same way.
pub(super) struct Encoder {
    descr: ColumnDescPtr,
    properties: WriterPropertiesPtr,
}

impl Encoder {
    /// With what the source's index says of pages.
    pub(super) fn new(
        chunk: &ColumnChunkMetaData,
        (pages, plan): (&Pages, &Plan),
        source: SourceIndex<'_>,
        level: Level,
    ) -> ParquetResult<Self> {
        let is_v2 = pages.data.iter().any(|page| page.header.kind == PageType::DATA_PAGE_V2);
        let version = if is_v2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
        let sizes = source.offsets.is_some_and(|index| index.unencoded_byte_array_data_bytes.is_some());
        let statistics = match (source.columns, sizes) {
            (Some(_), _) => EnabledStatistics::Page,
            (None, true) => EnabledStatistics::Chunk,
            (None, false) => EnabledStatistics::None,
        };
        let properties = style::of_pages(chunk, (version, plan.new_encoding()), statistics, level)?;
        Ok(Self { descr: chunk.column_descr_ptr(), properties })
    }

    /// Writes pages of the rows that `next` gives until it gives none. None if there was no row at all.
    pub(super) fn write(
        &self,
        fresh: &mut Fresh,
        next: &mut dyn FnMut() -> ParquetResult<Option<Kept>>,
    ) -> ParquetResult<Option<Box<ColumnCloseResult>>> {
        let pages = Box::new(SerializedPageWriter::new(fresh.writer()));
        let mut writer = get_column_writer(Arc::clone(&self.descr), Arc::clone(&self.properties), pages);
        let ColumnWriter::ByteArrayColumnWriter(texts) = &mut writer else {
            return Err(ParquetError::General("a column of another type than texts".to_owned()));
        };
        let mut rows = 0;
        while let Some(kept) = next()? {
            rows += kept.rows;
            if kept.rows > 0 {
                texts.write_batch(&kept.values, kept.levels.as_deref(), None)?;
            }
        }
        if rows == 0 { Ok(None) } else { writer.close().map(|close| Some(Box::new(close))) }
    }
}
