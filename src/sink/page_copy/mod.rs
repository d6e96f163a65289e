//! The kept rows of a column chunk of texts, page by page: a page that loses no row is copied as it is, and only the others are
//! decoded, filtered and encoded. Where few rows go, most of a chunk is then never decompressed.
//!
//! 1. `walk` finds the pages. This is for flat columns of byte arrays only: there a page says which rows are in it.
//! 2. `plan` says which pages are encoded anew: those that lose a row, and with one of a dictionary all that use it, for a
//!    dictionary may hold nothing that was dropped. They become plain, as the pages behind them, and the dictionary goes.
//! 3. `rewrite` encodes one page; what was lost with the dropped rows is counted.
//! 4. `metadata` and `index` say of the chunk what was said of the source's: counts are less by what was lost. Extremes stay:
//!    where one was lost, the chunk is encoded anew as a whole.
//!
//! Whatever is unusual is encoded anew as a whole (`reencode`), as is a chunk that loses many rows, or some in every page.

mod header;
mod index;
mod metadata;
mod plan;
mod rewrite;
mod walk;

use parquet::basic::{BoundaryOrder, Encoding, SortOrder, Type};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::reader::ChunkReader;

use self::plan::Plan;
use self::rewrite::{Lost, Rewriter};
use self::walk::{Page, Pages};
use super::fresh::Fresh;
use super::group::{Filter, Made, Piece};
use super::level::Level;
use super::original::Original;

/// A data page of the copy.
struct OutPage<'a> {
    /// The page that it is, or is made from, and its number among the source's data pages.
    source: (&'a Page, usize),
    piece: Piece,
    rows: usize,
    /// Header and data, in the file and uncompressed.
    sizes: (u64, u64),
    encoding: Encoding,
    /// If it was encoded anew: bytes of its values, and what its writer says of it.
    fresh: Option<(i64, Box<ColumnCloseResult>)>,
}

/// What the source's page index says of a chunk.
#[derive(Clone, Copy)]
struct SourceIndex<'a> {
    offsets: Option<&'a OffsetIndexMetaData>,
    columns: Option<&'a ColumnIndexMetaData>,
    /// In which order the extremes are, as bytes.
    order: BoundaryOrder,
}

/// Makes a chunk of the rows with `true` in `keep`. None: the chunk must be encoded anew as a whole.
pub(super) fn column<R: ChunkReader + 'static>(
    original: &Original<R>,
    (group, column, chunk): (usize, usize, &ColumnChunkMetaData),
    keep: &[bool],
    (level, fresh): (Level, &mut Fresh),
) -> ParquetResult<Option<Made>> {
    let descr = chunk.column_descr();
    if chunk.column_type() != Type::BYTE_ARRAY || descr.max_rep_level() > 0 || chunk.geo_statistics().is_some() {
        return Ok(None);
    }
    let Some(pages) = Pages::walk(original.reader().as_ref(), chunk, keep.len()) else { return Ok(None) };
    let Some(plan) = Plan::new(&pages, keep) else { return Ok(None) };
    let (offsets, columns) = original.page_index(group, column);
    let sorted = columns.filter(|_| descr.sort_order() == SortOrder::UNSIGNED);
    let order = sorted.and_then(ColumnIndexMetaData::get_boundary_order).unwrap_or(BoundaryOrder::UNORDERED);
    let source = SourceIndex { offsets, columns, order };
    if !source.fits(&pages) {
        return Ok(None);
    }
    let mut rewriter = Rewriter::new(original.reader(), chunk, (level, columns.is_some()));
    let (mut out, mut lost) = (Vec::new(), Lost::new(descr.max_def_level()));
    for (number, page) in pages.data.iter().enumerate() {
        let Some(encoding) = plan.encoding(number) else {
            out.push(OutPage::copied((page, number)));
            continue;
        };
        let dictionary = pages.dictionary.as_ref().filter(|_| page.header.is_dictionary_encoded());
        let keep = keep.get(page.rows.clone()).unwrap_or_default();
        let Some(kept) = rewriter.decode((page, dictionary), keep, &mut lost)? else { return Ok(None) };
        if kept.rows > 0 {
            let Some(written) = rewriter.encode((page, number), &kept, encoding, fresh)? else { return Ok(None) };
            out.push(written);
        }
    }
    let dictionary = pages.dictionary.as_ref().filter(|_| !plan.drops_dictionary());
    let Some(metadata) = metadata::of(chunk, dictionary, &out, &lost)? else { return Ok(None) };
    let Some((offset_index, column_index)) = index::of(source, dictionary, &out)? else { return Ok(None) };
    let close = ColumnCloseResult {
        bytes_written: u64::try_from(metadata.compressed_size())?,
        rows_written: out.iter().map(|page| page.rows as u64).sum(),
        bloom_filter: None,
        column_index,
        offset_index,
        metadata,
    };
    Ok(Some(Made { pieces: pieces(dictionary, &out), close, filter: Filter::Source }))
}

impl<'a> OutPage<'a> {
    /// A page as it is.
    fn copied((page, number): (&'a Page, usize)) -> Self {
        Self {
            source: (page, number),
            piece: Piece::Source(page.bytes.clone()),
            rows: page.rows.len(),
            sizes: (page.size(), page.uncompressed()),
            encoding: page.header.encoding,
            fresh: None,
        }
    }
}

/// The pages in order, neighbours in the source as one piece.
fn pieces(dictionary: Option<&Page>, pages: &[OutPage<'_>]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = dictionary.map(|page| Piece::Source(page.bytes.clone())).into_iter().collect();
    for page in pages {
        match (pieces.last_mut(), &page.piece) {
            (Some(Piece::Source(before)), Piece::Source(here)) if before.end == here.start => before.end = here.end,
            (_, piece) => pieces.push(piece.clone()),
        }
    }
    pieces
}
