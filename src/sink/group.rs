//! A row group of a copy that has no place in it yet: made by whichever thread examined the source's, and put in place in order.

use std::ops::Range;

use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::SortingColumn;

use super::fresh::{Fresh, Kept};
use super::rewrite::Rewritten;

/// A row group of a copy, ready to be put in its place.
pub struct Group {
    pub(super) done: Rewritten,
    /// None: no row of it is left.
    pub(super) content: Option<Content>,
}

/// The row group that is to be.
pub(super) struct Content {
    /// The source's row group.
    pub(super) group: usize,
    pub(super) rows: usize,
    pub(super) sorting: Option<Vec<SortingColumn>>,
    pub(super) chunks: Vec<Chunk>,
    /// None: nothing was encoded anew.
    pub(super) fresh: Option<Kept>,
}

/// A column chunk of it.
pub(super) enum Chunk {
    /// The source's, as it is.
    Source,
    Made(Box<Made>),
}

/// A column chunk that is not the source's.
pub(super) struct Made {
    /// Its pages, in order.
    pub(super) pieces: Vec<Piece>,
    /// What is known of it. Places are relative to the first page's, wherever that is said to be.
    pub(super) close: ColumnCloseResult,
    pub(super) filter: Filter,
}

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// From the source file.
    Source(Range<u64>),
    /// From what was encoded anew.
    Fresh(Range<u64>),
}

/// A chunk's Bloom filter.
pub(super) enum Filter {
    None,
    /// That of the source's chunk: it knows more values than are left.
    Source,
    Fresh(Range<u64>),
}

impl Made {
    /// A chunk that a column writer has just written to `fresh`. Its Bloom filter, which may be large, goes there too.
    pub(super) fn written(mut close: ColumnCloseResult, fresh: &mut Fresh) -> ParquetResult<Self> {
        let (start, length) = close.metadata.byte_range();
        let end =
            start.checked_add(length).ok_or_else(|| ParquetError::General("a chunk without an end".to_owned()))?;
        let filter = match close.bloom_filter.take() {
            None => Filter::None,
            Some(filter) => {
                let start = fresh.position();
                filter.write(fresh.writer())?;
                Filter::Fresh(start..fresh.position())
            }
        };
        Ok(Self { pieces: vec![Piece::Fresh(start..end)], close, filter })
    }
}
