//! One page without some of its rows.

use std::collections::VecDeque;
use std::sync::Arc;

use parquet::basic::PageType;
use parquet::column::page::{Page as Decoded, PageMetadata, PageReader};
use parquet::column::reader::ColumnReaderImpl;
use parquet::column::writer::{ColumnWriter, get_column_writer};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterVersion};
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::writer::SerializedPageWriter;

use super::{OutPage, Page};
use crate::sink::fresh::Fresh;
use crate::sink::group::Piece;
use crate::sink::level::Level;
use crate::sink::style;

/// What went with the dropped rows of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) rows: i64,
    pub(super) nulls: i64,
    /// Bytes of the values.
    pub(super) bytes: i64,
    /// By definition level, how many.
    pub(super) levels: Vec<i64>,
}

impl Lost {
    pub(super) fn new(max_def: i16) -> Self {
        Self { rows: 0, nulls: 0, bytes: 0, levels: vec![0; usize::try_from(max_def).unwrap_or_default() + 1] }
    }
}

/// The rows of a page that are kept.
pub(super) struct Kept {
    pub(super) rows: usize,
    values: Vec<ByteArray>,
    levels: Vec<i16>,
    bytes: i64,
}

/// Decodes and encodes pages of one chunk.
pub(super) struct Rewriter<'a, R> {
    reader: &'a Arc<R>,
    chunk: &'a ColumnChunkMetaData,
    level: Level,
    /// Whether extremes of pages are wanted.
    indexed: bool,
}

impl<'a, R: ChunkReader + 'static> Rewriter<'a, R> {
    pub(super) fn new(reader: &'a Arc<R>, chunk: &'a ColumnChunkMetaData, (level, indexed): (Level, bool)) -> Self {
        Self { reader, chunk, level, indexed }
    }

    /// The kept rows of a page; `dictionary` if it needs one. None when an extreme of the chunk was lost.
    pub(super) fn decode(
        &mut self,
        (page, dictionary): (&Page, Option<&Page>),
        keep: &[bool],
        lost: &mut Lost,
    ) -> ParquetResult<Option<Kept>> {
        let max_def = self.chunk.column_descr().max_def_level();
        let (values, levels) = self.read(page, dictionary)?;
        let mut kept = Kept { rows: 0, values: Vec::new(), levels: Vec::new(), bytes: 0 };
        let (mut values, all_there) = (values.into_iter(), vec![max_def; if max_def == 0 { keep.len() } else { 0 }]);
        for (&level, &keep) in levels.iter().chain(&all_there).zip(keep) {
            let value = if level == max_def { values.next() } else { None };
            let bytes = i64::try_from(value.as_ref().map_or(0, ByteArray::len))?;
            if keep {
                kept.rows += 1;
                kept.bytes += bytes;
                kept.levels.push(level);
                kept.values.extend(value);
                continue;
            }
            if value.as_ref().is_some_and(|value| self.is_extreme(value.data())) {
                return Ok(None);
            }
            lost.rows += 1;
            lost.nulls += i64::from(value.is_none());
            lost.bytes += bytes;
            let count = usize::try_from(level).ok().and_then(|level| lost.levels.get_mut(level));
            *count.ok_or_else(|| ParquetError::General("levels that the schema does not have".to_owned()))? += 1;
        }
        Ok(Some(kept))
    }

    /// Writes the kept rows as one page. None if the page index would miss what it says of the others.
    pub(super) fn encode<'p>(
        &self,
        source: (&'p Page, usize),
        kept: &Kept,
        encoding: parquet::basic::Encoding,
        fresh: &mut Fresh,
    ) -> ParquetResult<Option<OutPage<'p>>> {
        let version = match source.0.header.kind {
            PageType::DATA_PAGE_V2 => WriterVersion::PARQUET_2_0,
            _ => WriterVersion::PARQUET_1_0,
        };
        let statistics = if self.indexed { EnabledStatistics::Page } else { EnabledStatistics::None };
        let properties = style::of_page(self.chunk, (version, encoding), statistics, self.level)?;
        let descr = self.chunk.column_descr_ptr();
        let has_levels = descr.max_def_level() > 0;
        let pages = Box::new(SerializedPageWriter::new(fresh.writer()));
        let mut writer = get_column_writer(descr, properties, pages);
        match &mut writer {
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                writer.write_batch(&kept.values, has_levels.then_some(&kept.levels), None)?
            }
            _ => return Ok(None),
        };
        let close = writer.close()?;
        let pages: i32 = close.metadata.page_encoding_stats().into_iter().flatten().map(|of| of.count).sum();
        if pages != 1 || (self.indexed && close.column_index.is_none()) {
            return Ok(None);
        }
        let (start, size) = close.metadata.byte_range();
        Ok(Some(OutPage {
            source,
            piece: Piece::Fresh(start..start.saturating_add(size)),
            rows: kept.rows,
            sizes: (size, u64::try_from(close.metadata.uncompressed_size())?),
            encoding,
            fresh: Some((kept.bytes, Box::new(close))),
        }))
    }

    /// Whether a value is an extreme of the chunk, as its statistics have it.
    fn is_extreme(&self, value: &[u8]) -> bool {
        self.chunk.statistics().is_some_and(|all| {
            let bounds = [(all.min_bytes_opt(), all.min_is_exact()), (all.max_bytes_opt(), all.max_is_exact())];
            bounds.into_iter().any(|(bound, exact)| bound.is_some_and(|bound| is_bound(value, bound, exact)))
        })
    }

    /// The values of a page, and its definition levels if it has them.
    fn read(&self, page: &Page, dictionary: Option<&Page>) -> ParquetResult<(Vec<ByteArray>, Vec<i16>)> {
        let pages = dictionary.into_iter().chain([page]).map(|page| self.decompressed(page));
        let pages = Queue(pages.collect::<ParquetResult<_>>()?);
        let mut reader = ColumnReaderImpl::<ByteArrayType>::new(self.chunk.column_descr_ptr(), Box::new(pages));
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let (rows, _, _) = reader.read_records(page.rows.len(), Some(&mut levels), None, &mut values)?;
        let whole = rows == page.rows.len() && (levels.len() == rows || self.chunk.column_descr().max_def_level() == 0);
        if whole {
            return Ok((values, levels));
        }
        Err(ParquetError::General(format!("{rows} rows in a page of {}", page.rows.len())))
    }

    fn decompressed(&self, page: &Page) -> ParquetResult<Decoded> {
        let alone = self.chunk.clone().into_builder();
        let alone = alone
            .set_dictionary_page_offset(None)
            .set_data_page_offset(i64::try_from(page.bytes.start)?)
            .set_total_compressed_size(i64::try_from(page.size())?)
            .build()?;
        let decoded = SerializedPageReader::new(Arc::clone(self.reader), &alone, 0, None)?.get_next_page()?;
        decoded.ok_or_else(|| ParquetError::General("no page where one was".to_owned()))
    }
}

/// Whether a bound is this value, or has been cut from it. (An upper bound's last character is then a higher one.)
fn is_bound(value: &[u8], bound: &[u8], exact: bool) -> bool {
    let sure = bound.len().saturating_sub(size_of::<char>());
    value == bound || (!exact && sure > 0 && value.get(..sure) == bound.get(..sure))
}

/// Pages that were read before.
struct Queue(VecDeque<Decoded>);

impl PageReader for Queue {
    fn get_next_page(&mut self) -> ParquetResult<Option<Decoded>> {
        Ok(self.0.pop_front())
    }

    fn peek_next_page(&mut self) -> ParquetResult<Option<PageMetadata>> {
        Ok(self.0.front().map(|page| PageMetadata {
            num_rows: None,
            num_levels: page.is_data_page().then_some(page.num_values() as usize),
            is_dict: page.is_dictionary_page(),
        }))
    }

    fn skip_next_page(&mut self) -> ParquetResult<()> {
        self.0.pop_front();
        Ok(())
    }
}

impl Iterator for Queue {
    type Item = ParquetResult<Decoded>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
