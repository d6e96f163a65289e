//! How a column chunk was written, so that its kept rows can be written the same way.
//!
//! The footer tells codec, statistics and the set of encodings; the version of the data pages and the size of the
//! dictionary are only in the pages, so the first pages of each column are looked at. The compression level and the
//! page sizes are told nowhere.

use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, CompressionCodec, Encoding, GzipLevel, Type, ZstdLevel};
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, SortingColumn};
use parquet::file::properties::{
    DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT, EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion,
};
use parquet::file::reader::ChunkReader;

use super::edit::Changes;
use super::level::Level;
use super::original::Original;
use crate::error::Result;

/// A Bloom filter's rate of false positives is not recorded; this is the smallest default among writers.
const FALSE_POSITIVES: f64 = 0.01;

/// The columns by which a row group is still sorted: those before the first one with replaced texts.
pub(super) fn sorting<R: ChunkReader + 'static>(
    original: &Original<R>,
    group: usize,
    changes: &Changes,
) -> Result<Option<Vec<SortingColumn>>> {
    let stays = |by: &&SortingColumn| !usize::try_from(by.column_idx).is_ok_and(|column| changes.touches(column));
    let sorting = original.group(group)?.sorting_columns();
    Ok(sorting.map(|all| all.iter().take_while(stays).cloned().collect()))
}

/// The properties that write a column chunk as the source's writer did. With `touched`, texts of it are replaced.
pub(super) fn of_chunk<R: ChunkReader + 'static>(
    original: &Original<R>,
    (group, column): (usize, usize),
    touched: bool,
    level: Level,
) -> Result<WriterPropertiesPtr> {
    let chunk = original.chunk(group, column)?;
    let damaged = |e| original.damaged(group, column, e);
    let pages = FirstPages::read(original, &chunk).map_err(damaged)?;
    // Some writers have no limit: a dictionary that was whole stays whole, also with a second form of each text.
    let dictionary = if touched { pages.dictionary.saturating_mul(2) } else { pages.dictionary };
    let names = [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY];
    let statistics = match chunk.statistics() {
        _ if original.has_column_index(group, column) => EnabledStatistics::Page,
        Some(_) => EnabledStatistics::Chunk,
        None => EnabledStatistics::None,
    };
    let mut builder = WriterProperties::builder()
        .set_offset_index_disabled(!original.has_offset_index())
        .set_writer_version(pages.version.unwrap_or(WriterVersion::PARQUET_1_0))
        .set_dictionary_page_size_limit(dictionary.max(DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT).saturating_add(1))
        .set_compression(codec(chunk.compression_codec(), level).map_err(damaged)?)
        .set_dictionary_enabled(names.iter().any(|&e| chunk.encodings_mask().is_set(e)))
        .set_encoding(data_encoding(&chunk, pages.encoding))
        .set_statistics_enabled(statistics);
    if chunk.bloom_filter_offset().is_some() {
        let distinct = u64::try_from(chunk.num_values()).unwrap_or_default().max(1);
        builder = builder
            .set_bloom_filter_enabled(true)
            .set_bloom_filter_fpp(FALSE_POSITIVES)
            .set_bloom_filter_max_ndv(distinct);
    }
    Ok(Arc::new(builder.build()))
}

/// The properties that write pages without a dictionary, whatever the number of their rows.
pub(super) fn of_pages(
    chunk: &ColumnChunkMetaData,
    (version, encoding): (WriterVersion, Encoding),
    statistics: EnabledStatistics,
    level: Level,
) -> ParquetResult<WriterPropertiesPtr> {
    let builder = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(codec(chunk.compression_codec(), level)?)
        .set_dictionary_enabled(false)
        .set_encoding(encoding)
        .set_data_page_row_count_limit(usize::MAX)
        .set_statistics_enabled(statistics);
    Ok(Arc::new(builder.build()))
}

/// A codec with its level.
pub(super) fn codec(codec: CompressionCodec, level: Level) -> ParquetResult<Compression> {
    match codec {
        CompressionCodec::ZSTD => ZstdLevel::try_new(level.zstd()).map(Compression::ZSTD),
        CompressionCodec::GZIP => GzipLevel::try_new(level.gzip()).map(Compression::GZIP),
        CompressionCodec::BROTLI => BrotliLevel::try_new(level.brotli()).map(Compression::BROTLI),
        CompressionCodec::LZO => Err(ParquetError::NYI("LZO cannot be written".to_owned())),
        other => Ok(other.into()),
    }
}

/// The encoding of values outside a dictionary: that of the first page, else the one the footer names, else plain.
///
/// It is always set: left to itself the writer turns plain into delta in files with version 2 pages.
fn data_encoding(chunk: &ColumnChunkMetaData, first: Option<Encoding>) -> Encoding {
    let fits = |encoding: &Encoding| fits(chunk.column_type(), *encoding);
    // Plain is named for the dictionary page too, and RLE for the levels: they say least, so they come last.
    let mut named: Vec<_> = chunk.encodings().filter(fits).collect();
    named.sort_by_key(|encoding| matches!(encoding, Encoding::PLAIN | Encoding::RLE));
    first.filter(fits).or(named.first().copied()).unwrap_or(Encoding::PLAIN)
}

/// Whether the parquet crate writes values of a type in an encoding, outside a dictionary.
pub(super) fn fits(kind: Type, encoding: Encoding) -> bool {
    match encoding {
        Encoding::PLAIN => true,
        Encoding::RLE => kind == Type::BOOLEAN,
        Encoding::DELTA_BINARY_PACKED => matches!(kind, Type::INT32 | Type::INT64),
        Encoding::DELTA_LENGTH_BYTE_ARRAY => kind == Type::BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY => matches!(kind, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY),
        Encoding::BYTE_STREAM_SPLIT => !matches!(kind, Type::BOOLEAN | Type::INT96 | Type::BYTE_ARRAY),
        _ => false,
    }
}

/// What only the pages tell.
#[derive(Default)]
struct FirstPages {
    version: Option<WriterVersion>,
    encoding: Option<Encoding>,
    /// Bytes of the dictionary.
    dictionary: usize,
}

impl FirstPages {
    fn read<R: ChunkReader + 'static>(original: &Original<R>, chunk: &ColumnChunkMetaData) -> ParquetResult<Self> {
        let mut first = Self::default();
        // The number of rows matters only to a reader with page locations.
        let mut pages = original.pages(chunk, 0)?;
        while let Some(page) = pages.get_next_page()? {
            let (version, encoding) = match page {
                Page::DictionaryPage { buf, .. } => {
                    first.dictionary = buf.len();
                    continue;
                }
                Page::DataPage { encoding, .. } => (WriterVersion::PARQUET_1_0, encoding),
                Page::DataPageV2 { encoding, .. } => (WriterVersion::PARQUET_2_0, encoding),
            };
            first.version = Some(version);
            first.encoding = Some(encoding);
            break;
        }
        Ok(first)
    }
}
