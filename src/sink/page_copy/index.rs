//! The page index of a chunk that was copied page by page: of each page what was said of it, or what its writer says.

use parquet::basic::{BoundaryOrder, Type};
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::{ColumnIndexBuilder, LevelHistogram};
use parquet::file::page_index::column_index::{ByteArrayColumnIndex, ColumnIndexMetaData};
use parquet::file::page_index::offset_index::{OffsetIndexMetaData, PageLocation};

use super::{Page, Pages, Part, SourceIndex};

/// The two indexes of the copy, if the source has them.
type Indexes = (Option<OffsetIndexMetaData>, Option<ColumnIndexMetaData>);

impl SourceIndex<'_> {
    /// Whether the index is about these pages, and says what can be said of the copy's too.
    pub(super) fn fits(&self, pages: &Pages) -> bool {
        let located = self.offsets.is_none_or(|index| {
            let places = index.page_locations.iter().map(|place| (u64::try_from(place.offset), place.first_row_index));
            let texts = index.unencoded_byte_array_data_bytes.as_ref();
            places.eq(pages.data.iter().map(|page| (Ok(page.bytes.start), page.rows.start as i64)))
                && texts.is_none_or(|texts| texts.len() == pages.data.len())
        });
        let described = self.columns.is_none_or(|index| {
            matches!(index, ColumnIndexMetaData::BYTE_ARRAY(_))
                && index.num_pages() == pages.data.len() as u64
                && index.null_counts().is_some()
        });
        located && described
    }
}

/// The indexes of the copy; the chunk's first page is at 0. None if a page is not described as the source's are.
pub(super) fn of(
    source: SourceIndex<'_>,
    dictionary: Option<&Page>,
    parts: &[Part<'_>],
) -> ParquetResult<Option<Indexes>> {
    let offsets = source.offsets.map(|index| locations(index, dictionary, parts)).transpose()?;
    let Some(ColumnIndexMetaData::BYTE_ARRAY(index)) = source.columns else { return Ok(Some((offsets, None))) };
    Ok(extremes(index, source.order, parts)?.map(|columns| (offsets, Some(columns))))
}

fn locations(
    source: &OffsetIndexMetaData,
    dictionary: Option<&Page>,
    parts: &[Part<'_>],
) -> ParquetResult<OffsetIndexMetaData> {
    let (mut page_locations, mut texts) = (Vec::new(), Vec::new());
    let (mut start, mut row) = (i64::try_from(dictionary.map_or(0, Page::size))?, 0);
    let sizes = |of: Option<&OffsetIndexMetaData>| of.and_then(|of| of.unencoded_byte_array_data_bytes.clone());
    let source_sizes = sizes(Some(source)).unwrap_or_default();
    for part in parts {
        match part {
            Part::Copied(page, number) => {
                let compressed_page_size = i32::try_from(page.size())?;
                page_locations.push(PageLocation { offset: start, compressed_page_size, first_row_index: row });
                texts.extend(source_sizes.get(*number));
                row += i64::try_from(page.rows.len())?;
            }
            Part::New(close) => {
                let moved = start - close.metadata.data_page_offset();
                let own = close.offset_index.iter().flat_map(|index| &index.page_locations);
                page_locations.extend(own.map(|place| PageLocation {
                    offset: place.offset + moved,
                    first_row_index: place.first_row_index + row,
                    ..place.clone()
                }));
                texts.extend(sizes(close.offset_index.as_ref()).unwrap_or_default());
                row += i64::try_from(close.rows_written)?;
            }
        }
        start += part.size();
    }
    let unencoded_byte_array_data_bytes = source.unencoded_byte_array_data_bytes.is_some().then_some(texts);
    Ok(OffsetIndexMetaData { page_locations, unencoded_byte_array_data_bytes })
}

fn extremes(
    source: &ByteArrayColumnIndex,
    order: BoundaryOrder,
    parts: &[Part<'_>],
) -> ParquetResult<Option<ColumnIndexMetaData>> {
    let mut index = ColumnIndexBuilder::new(Type::BYTE_ARRAY);
    let mut bounds = Vec::new();
    for part in parts {
        let (of, pages) = match part {
            Part::Copied(_, number) => (source, *number..number + 1),
            Part::New(close) => match &close.column_index {
                Some(ColumnIndexMetaData::BYTE_ARRAY(own)) => (own, 0..usize::try_from(own.num_pages())?),
                _ => return Ok(None),
            },
        };
        for page in pages {
            let (min, max) = (of.min_value(page), of.max_value(page));
            bounds.extend(min.zip(max));
            let null_count = of.null_count(page).unwrap_or_default();
            let bytes = |value: Option<&[u8]>| value.unwrap_or_default().to_vec();
            index.append(of.is_null_page(page), bytes(min), bytes(max), null_count);
            if source.definition_level_histogram(0).is_some() {
                let Some(levels) = of.definition_level_histogram(page) else { return Ok(None) };
                index.append_histograms(&None, &Some(LevelHistogram::from(levels.to_vec())));
            }
        }
    }
    index.set_boundary_order(still(order, &bounds));
    index.build().map(Some)
}

/// The order of the pages' bounds: the source's, where it still holds.
fn still(source: BoundaryOrder, bounds: &[(&[u8], &[u8])]) -> BoundaryOrder {
    let holds = |in_order: fn(&[u8], &[u8]) -> bool| {
        bounds.windows(2).all(|pair| match pair {
            [before, next] => in_order(before.0, next.0) && in_order(before.1, next.1),
            _ => true,
        })
    };
    match source {
        BoundaryOrder::ASCENDING if holds(|before, next| before <= next) => source,
        BoundaryOrder::DESCENDING if holds(|before, next| before >= next) => source,
        _ => BoundaryOrder::UNORDERED,
    }
}
