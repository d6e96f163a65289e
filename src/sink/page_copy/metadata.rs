//! What the footer says of a chunk that was copied page by page.

use std::collections::BTreeMap;

use parquet::basic::{Encoding, EncodingMask, PageType};
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::{ColumnChunkMetaData, LevelHistogram, PageEncodingStats};
use parquet::file::statistics::{Statistics, ValueStatistics};

use super::decode::Lost;
use super::{Page, Part};

/// The source's metadata with the counts of the copy; the first page is at 0. None if the source's counts are less than what
/// was lost.
pub(super) fn of(
    chunk: &ColumnChunkMetaData,
    dictionary: Option<&Page>,
    parts: &[Part<'_>],
    lost: &Lost,
) -> ParquetResult<Option<ColumnChunkMetaData>> {
    let before = dictionary.map_or(0, |page| page.size() as i64);
    let uncompressed = |part: &Part<'_>| match part {
        Part::Copied(page, _) => page.uncompressed() as i64,
        Part::New(close) => close.metadata.uncompressed_size(),
    };
    let of_dictionary = dictionary.map_or(0, |page| page.uncompressed() as i64);
    let mut builder = chunk
        .clone()
        .into_builder()
        .set_num_values(chunk.num_values() - lost.rows)
        .set_total_compressed_size(before + parts.iter().map(Part::size).sum::<i64>())
        .set_total_uncompressed_size(of_dictionary + parts.iter().map(uncompressed).sum::<i64>())
        .set_dictionary_page_offset(dictionary.map(|_| 0))
        .set_data_page_offset(before)
        .set_encodings_mask(encodings(chunk, dictionary))
        .set_unencoded_byte_array_data_bytes(chunk.unencoded_byte_array_data_bytes().map(|all| all - lost.bytes))
        .set_repetition_level_histogram(chunk.repetition_level_histogram().map(|all| less(all, &[lost.rows])))
        .set_definition_level_histogram(chunk.definition_level_histogram().map(|all| less(all, &lost.levels)));
    if chunk.page_encoding_stats().is_some() {
        builder = builder.set_page_encoding_stats(page_encodings(dictionary, parts));
    }
    if let Some(Statistics::ByteArray(all)) = chunk.statistics() {
        let nulls = all.null_count_opt().map(|nulls| nulls.checked_sub(lost.nulls.unsigned_abs()));
        if nulls == Some(None) {
            return Ok(None);
        }
        let deprecated = chunk.statistics().is_some_and(Statistics::is_min_max_deprecated);
        let (min, max) = (all.min_opt().cloned(), all.max_opt().cloned());
        let left = ValueStatistics::new(min, max, None, nulls.flatten(), deprecated)
            .with_min_is_exact(all.min_is_exact())
            .with_max_is_exact(all.max_is_exact())
            .with_backwards_compatible_min_max(all.is_min_max_backwards_compatible());
        builder = builder.set_statistics(Statistics::ByteArray(left));
    }
    builder.build().map(Some)
}

/// A histogram without what was lost.
fn less(all: &LevelHistogram, lost: &[i64]) -> LevelHistogram {
    let lost = lost.iter().copied().chain(std::iter::repeat(0));
    all.values().iter().zip(lost).map(|(all, lost)| all - lost).collect::<Vec<_>>().into()
}

/// The encodings of the chunk. Where the dictionary went, so have its encodings; plain, which it had too, is that of the data.
fn encodings(chunk: &ColumnChunkMetaData, dictionary: Option<&Page>) -> EncodingMask {
    let stays = |encoding: &Encoding| {
        dictionary.is_some() || !matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)
    };
    EncodingMask::new_from_encodings(chunk.encodings().filter(stays).collect::<Vec<_>>().iter())
}

fn page_encodings(dictionary: Option<&Page>, parts: &[Part<'_>]) -> Vec<PageEncodingStats> {
    let one = |page: &Page| PageEncodingStats { page_type: page.header.kind, encoding: page.header.encoding, count: 1 };
    let of_part = |part: &Part<'_>| match part {
        Part::Copied(page, _) => vec![one(page)],
        Part::New(close) => close.metadata.page_encoding_stats().cloned().unwrap_or_default(),
    };
    let mut counts: BTreeMap<(PageType, Encoding), i32> = BTreeMap::new();
    for of in dictionary.map(one).into_iter().chain(parts.iter().flat_map(of_part)) {
        *counts.entry((of.page_type, of.encoding)).or_default() += of.count;
    }
    let each =
        counts.into_iter().map(|((page_type, encoding), count)| PageEncodingStats { page_type, encoding, count });
    each.collect()
}
