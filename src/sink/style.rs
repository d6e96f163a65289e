//! How a row group was written, so that its kept rows can be written the same way.
//!
//! The footer tells codec, statistics and the set of encodings; the version of the data pages and the size of the
//! dictionary are only in the pages, so the first pages of each column are looked at. The compression level and the
//! page sizes are told nowhere.

use std::sync::Arc;

use parquet::basic::{Compression, CompressionCodec, Encoding, Type, ZstdLevel};
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, SortingColumn};
use parquet::file::properties::{
    DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT, EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;

use super::edit::Changes;
use super::original::Original;
use crate::error::Result;

/// A Bloom filter's rate of false positives is not recorded; this is the smallest default among writers.
const FALSE_POSITIVES: f64 = 0.01;

/// The properties that write a row group as the source's writer did, for the columns that are encoded again.
pub(super) fn of_group<R: ChunkReader + 'static>(
    original: &Original<R>,
    group: usize,
    changes: &Changes,
    zstd_level: i32,
) -> Result<WriterProperties> {
    // By the columns before the first one with replaced texts, the rows are still sorted.
    let stays = |by: &&SortingColumn| !usize::try_from(by.column_idx).is_ok_and(|column| changes.touches(column));
    let sorting = original.group(group)?.sorting_columns();
    let sorting = sorting.map(|all| all.iter().take_while(stays).cloned().collect());
    let mut builder = WriterProperties::builder()
        .set_sorting_columns(sorting)
        .set_bloom_filter_position(parquet::file::properties::BloomFilterPosition::AfterRowGroup)
        .set_offset_index_disabled(!original.has_offset_index());
    let mut version = None;
    for column in (0..original.columns()).filter(|&column| changes.encodes(column)) {
        let chunk = original.chunk(group, column)?;
        let pages = FirstPages::read(original, &chunk).map_err(|e| original.damaged(group, column, e))?;
        version = version.or(pages.version);
        let indexed = original.has_column_index(group, column);
        // Some writers have no limit: a dictionary that was whole stays whole, also with a second form of each text.
        let dictionary = if changes.touches(column) { pages.dictionary.saturating_mul(2) } else { pages.dictionary };
        builder = builder.set_column_dictionary_page_size_limit(
            chunk.column_path().clone(),
            dictionary.max(DEFAULT_DICTIONARY_PAGE_SIZE_LIMIT).saturating_add(1),
        );
        builder =
            of_column(builder, &chunk, &pages, indexed, zstd_level).map_err(|e| original.damaged(group, column, e))?;
    }
    Ok(builder.set_writer_version(version.unwrap_or(WriterVersion::PARQUET_1_0)).build())
}

/// Only what a copied row group needs: the columns bring the rest with them.
pub(super) fn of_copy<R: ChunkReader + 'static>(original: &Original<R>, group: usize) -> Result<WriterProperties> {
    let sorting = original.group(group)?.sorting_columns().cloned();
    Ok(WriterProperties::builder().set_sorting_columns(sorting).build())
}

fn of_column(
    builder: WriterPropertiesBuilder,
    chunk: &ColumnChunkMetaData,
    pages: &FirstPages,
    indexed: bool,
    zstd_level: i32,
) -> ParquetResult<WriterPropertiesBuilder> {
    let path = || chunk.column_path().clone();
    let statistics = match chunk.statistics() {
        _ if indexed => EnabledStatistics::Page,
        Some(_) => EnabledStatistics::Chunk,
        None => EnabledStatistics::None,
    };
    let dictionary = [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY];
    let builder = builder
        .set_column_compression(path(), codec(chunk.compression_codec(), zstd_level)?)
        .set_column_dictionary_enabled(path(), dictionary.iter().any(|&e| chunk.encodings_mask().is_set(e)))
        .set_column_encoding(path(), data_encoding(chunk, pages.encoding))
        .set_column_statistics_enabled(path(), statistics);
    if chunk.bloom_filter_offset().is_none() {
        return Ok(builder);
    }
    let distinct = u64::try_from(chunk.num_values()).unwrap_or_default().max(1);
    Ok(builder
        .set_column_bloom_filter_enabled(path(), true)
        .set_column_bloom_filter_fpp(path(), FALSE_POSITIVES)
        .set_column_bloom_filter_max_ndv(path(), distinct))
}

/// A codec with a level: zstd's as asked, the others' by default.
pub(super) fn codec(codec: CompressionCodec, zstd_level: i32) -> ParquetResult<Compression> {
    match codec {
        CompressionCodec::ZSTD => ZstdLevel::try_new(zstd_level).map(Compression::ZSTD),
        CompressionCodec::LZO => Err(ParquetError::NYI("LZO cannot be written".to_owned())),
        other => Ok(other.into()),
    }
}

/// The encoding of values outside a dictionary: that of the first page, else the one the footer names, else plain.
///
/// It is always set: left to itself the writer turns plain into delta in files with version 2 pages.
fn data_encoding(chunk: &ColumnChunkMetaData, first: Option<Encoding>) -> Encoding {
    let fits = |encoding: &Encoding| match encoding {
        Encoding::PLAIN => true,
        Encoding::RLE => chunk.column_type() == Type::BOOLEAN,
        Encoding::DELTA_BINARY_PACKED => matches!(chunk.column_type(), Type::INT32 | Type::INT64),
        Encoding::DELTA_LENGTH_BYTE_ARRAY => chunk.column_type() == Type::BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY => matches!(chunk.column_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY),
        Encoding::BYTE_STREAM_SPLIT => !matches!(chunk.column_type(), Type::BOOLEAN | Type::INT96 | Type::BYTE_ARRAY),
        _ => false,
    };
    // Plain is named for the dictionary page too, and RLE for the levels: they say least, so they come last.
    let mut named: Vec<_> = chunk.encodings().filter(fits).collect();
    named.sort_by_key(|encoding| matches!(encoding, Encoding::PLAIN | Encoding::RLE));
    first.filter(fits).or(named.first().copied()).unwrap_or(Encoding::PLAIN)
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
        let mut pages = SerializedPageReader::new(Arc::clone(original.reader()), chunk, 0, None)?;
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
