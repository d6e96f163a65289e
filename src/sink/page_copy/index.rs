//! The page index of a chunk that was copied page by page: of each page what was said of it, or what its writer says.

use parquet::basic::{BoundaryOrder, Type};
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::{ColumnIndexBuilder, LevelHistogram};
use parquet::file::page_index::column_index::{ByteArrayColumnIndex, ColumnIndexMetaData};
use parquet::file::page_index::offset_index::{OffsetIndexMetaData, PageLocation};

use super::{OutPage, Page, Pages, SourceIndex};

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
    pages: &[OutPage<'_>],
) -> ParquetResult<Option<Indexes>> {
    let offsets = source.offsets.map(|index| locations(index, dictionary, pages)).transpose()?;
    let Some(ColumnIndexMetaData::BYTE_ARRAY(index)) = source.columns else { return Ok(Some((offsets, None))) };
    Ok(extremes(index, source.order, pages)?.map(|columns| (offsets, Some(columns))))
}

fn locations(
    source: &OffsetIndexMetaData,
    dictionary: Option<&Page>,
    pages: &[OutPage<'_>],
) -> ParquetResult<OffsetIndexMetaData> {
    let mut index = OffsetIndexMetaData { page_locations: Vec::new(), unencoded_byte_array_data_bytes: None };
    let (mut offset, mut row) = (i64::try_from(dictionary.map_or(0, Page::size))?, 0);
    for page in pages {
        let compressed_page_size = i32::try_from(page.sizes.0)?;
        index.page_locations.push(PageLocation { offset, compressed_page_size, first_row_index: row });
        offset += i64::from(compressed_page_size);
        row += i64::try_from(page.rows)?;
    }
    let texts = |of: &Vec<i64>| -> Vec<i64> {
        let text = |page: &OutPage<'_>| match &page.fresh {
            Some((bytes, _)) => *bytes,
            None => of.get(page.source.1).copied().unwrap_or_default(),
        };
        pages.iter().map(text).collect()
    };
    index.unencoded_byte_array_data_bytes = source.unencoded_byte_array_data_bytes.as_ref().map(texts);
    Ok(index)
}

fn extremes(
    source: &ByteArrayColumnIndex,
    order: BoundaryOrder,
    pages: &[OutPage<'_>],
) -> ParquetResult<Option<ColumnIndexMetaData>> {
    let mut index = ColumnIndexBuilder::new(Type::BYTE_ARRAY);
    let mut bounds = Vec::new();
    for page in pages {
        let (of, at) = match &page.fresh {
            None => (source, page.source.1),
            Some((_, close)) => match &close.column_index {
                Some(ColumnIndexMetaData::BYTE_ARRAY(own)) => (own, 0),
                _ => return Ok(None),
            },
        };
        let (min, max) = (of.min_value(at), of.max_value(at));
        bounds.extend(min.zip(max));
        let null_count = of.null_count(at).unwrap_or_default();
        let bytes = |value: Option<&[u8]>| value.unwrap_or_default().to_vec();
        index.append(of.is_null_page(at), bytes(min), bytes(max), null_count);
        if source.definition_level_histogram(0).is_some() {
            let Some(levels) = of.definition_level_histogram(at) else { return Ok(None) };
            index.append_histograms(&None, &Some(LevelHistogram::from(levels.to_vec())));
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
