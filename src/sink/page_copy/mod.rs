//! The kept rows of a column chunk of texts, page by page: a page that loses no row is copied as it is, and only the others are
//! decoded, filtered and encoded. Where few rows go, most of a chunk is then never decompressed.
//!
//! 1. `walk` finds the pages. This is for flat columns of byte arrays only: there a page says which rows are in it.
//! 2. `plan` says which pages are encoded anew: those that lose a row, and with one of a dictionary all that use it, for a
//!    dictionary may hold nothing that was dropped. They become plain, as the pages behind them, and the dictionary goes.
//! 3. `decode` filters the rows of these pages and counts what is lost with the others; `encode` makes pages of them.
//! 4. `metadata` and `index` say of the chunk what was said of the source's: counts are less by what was lost. Extremes stay:
//!    where one was lost, the chunk is encoded anew as a whole.
//!
//! Whatever is unusual is encoded anew as a whole (`reencode`), as is a chunk that loses many rows, or some in every page.

mod decode;
mod encode;
mod header;
mod index;
mod metadata;
mod plan;
mod walk;

use std::ops::Range;

use parquet::basic::{BoundaryOrder, SortOrder, Type};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::reader::ChunkReader;

use self::decode::{Decoder, Lost};
use self::encode::Encoder;
use self::plan::Plan;
use self::walk::{Page, Pages};
use super::fresh::Fresh;
use super::group::{Filter, Made, Piece};
use super::level::Level;
use super::original::Original;

/// A stretch of the copy.
enum Part<'a> {
    /// A page as it is, with its number among the source's data pages.
    Copied(&'a Page, usize),
    /// New pages of rows of neighbouring ones, and what their writer says of them.
    New(Box<ColumnCloseResult>),
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
    let dictionary = (pages.dictionary.as_ref(), plan.drops_dictionary());
    let job = Job { pages: &pages, plan: &plan, keep };
    let decoder = Decoder::new(original, chunk, dictionary)?;
    let encoder = Encoder::new(chunk, (&pages, &plan), source, level)?;
    let Some((parts, lost)) = job.parts(decoder, &encoder, descr.max_def_level(), fresh)? else { return Ok(None) };

    let dictionary = pages.dictionary.as_ref().filter(|_| !plan.drops_dictionary());
    let Some(metadata) = metadata::of(chunk, dictionary, &parts, &lost)? else { return Ok(None) };
    let Some((offset_index, column_index)) = index::of(source, dictionary, &parts)? else { return Ok(None) };
    let close = ColumnCloseResult {
        bytes_written: u64::try_from(metadata.compressed_size())?,
        rows_written: u64::try_from(metadata.num_values())?,
        bloom_filter: None,
        column_index,
        offset_index,
        metadata,
    };
    Ok(Some(Made { pieces: pieces(dictionary, &parts), close, filter: Filter::Source }))
}

/// The pages of a chunk, and what becomes of them.
struct Job<'a> {
    pages: &'a Pages,
    plan: &'a Plan,
    keep: &'a [bool],
}

impl<'a> Job<'a> {
    /// All stretches of the copy in order, and what was lost. None when an extreme of the chunk was lost.
    fn parts<R: ChunkReader + 'static>(
        &self,
        mut decoder: Decoder<'_, R>,
        encoder: &Encoder,
        max_def: i16,
        fresh: &mut Fresh,
    ) -> ParquetResult<Option<(Vec<Part<'a>>, Lost)>> {
        let (mut parts, mut lost, mut extreme_lost) = (Vec::new(), Lost::new(max_def), false);
        for (run, anew) in self.plan.runs() {
            let pages = self.pages.data.get(run.clone()).unwrap_or_default();
            if !anew {
                for (page, number) in pages.iter().zip(run) {
                    decoder.skip()?;
                    parts.push(Part::Copied(page, number));
                }
                continue;
            }
            let mut pages = pages.iter();
            let new = encoder.write(fresh, &mut || {
                let Some(page) = pages.next() else { return Ok(None) };
                let keep = self.keep.get(page.rows.clone()).unwrap_or_default();
                let kept = decoder.decode(page, keep, &mut lost)?;
                extreme_lost |= kept.is_none();
                Ok(kept)
            })?;
            if extreme_lost {
                return Ok(None);
            }
            parts.extend(new.map(Part::New));
        }
        Ok(Some((parts, lost)))
    }
}

impl Part<'_> {
    /// Bytes in the file, headers included.
    fn size(&self) -> i64 {
        match self {
            Self::Copied(page, _) => page.size() as i64,
            Self::New(close) => close.metadata.compressed_size(),
        }
    }

    fn piece(&self) -> Piece {
        match self {
            Self::Copied(page, _) => Piece::Source(page.bytes.clone()),
            Self::New(close) => {
                let (start, length) = close.metadata.byte_range();
                Piece::Fresh(start..start.saturating_add(length))
            }
        }
    }
}

/// The stretches in order, neighbours in the source as one piece.
fn pieces(dictionary: Option<&Page>, parts: &[Part<'_>]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = dictionary.map(|page| Piece::Source(page.bytes.clone())).into_iter().collect();
    for piece in parts.iter().map(Part::piece) {
        match (pieces.last_mut(), &piece) {
            (Some(Piece::Source(Range { end, .. })), Piece::Source(here)) if *end == here.start => *end = here.end,
            _ => pieces.push(piece),
        }
    }
    pieces
}
