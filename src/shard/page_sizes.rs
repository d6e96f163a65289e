//! How much memory the pages of a column chunk take, looked at before any is read: the decoder holds a page decompressed as a
//! whole, and makes room for what a page claims before it finds that this is not there.

use std::fmt;
use std::ops::Range;

use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

use crate::shard::expansion::may_expand;
use crate::shard::page_data::{LONGEST_HEADER, PageHeader};
use crate::shard::parquet::guarded;
use crate::thrift::parse_growing;

/// Memory for one entry of the level streams, besides the text: two levels and a handle of the value.
pub(super) const ENTRY_BYTES: u64 = 2 * size_of::<i16>() as u64 + size_of::<parquet::data_type::ByteArray>() as u64;

/// Why the pages of a column chunk are not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A page that takes so many bytes, or that is known to take more than it may.
    TooLarge(u64),
    /// What is wrong with a page header, or with where the chunk is.
    Damaged(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes) => write!(f, "a page that takes {bytes} bytes of memory"),
            Self::Damaged(why) => f.write_str(why),
        }
    }
}

/// Where the pages of a column chunk are, as the footer claims; none if that is nowhere.
pub(super) fn range(chunk: &ColumnChunkMetaData) -> Option<Range<u64>> {
    let start = u64::try_from(chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset())).ok()?;
    Some(start..start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?)
}

/// Checks that no page of a chunk takes more than `limit` bytes: decompressed, whatever its header claims, and as entries of a
/// dictionary or of lists.
pub(super) fn check<R: ChunkReader>(data: &R, chunk: &ColumnChunkMetaData, limit: u64) -> Result<(), Refusal> {
    let Some(Range { start: mut at, end }) = range(chunk) else {
        return Err(Refusal::Damaged("a column chunk at a negative place".to_owned()));
    };
    let is_list = chunk.column_descr().max_rep_level() > 0;
    while at < end {
        let header = read_header(data, at, end).map_err(Refusal::Damaged)?;
        let start = at + header.bytes as u64;
        let rest = end.saturating_sub(start);
        if header.compressed > rest {
            let found = format!("a page of {} stored bytes at byte {start} where there are {rest}", header.compressed);
            return Err(Refusal::Damaged(found));
        }
        let entries = if is_list || header.is_dictionary { header.values.saturating_mul(ENTRY_BYTES) } else { 0 };
        let takes = header.uncompressed.max(entries);
        if takes > limit {
            return Err(Refusal::TooLarge(takes));
        }
        let stored = |length| guarded(|| data.get_bytes(start, length));
        let expanded = may_expand(chunk.compression(), header.compressed, limit, stored).map_err(Refusal::Damaged)?;
        if let Some(takes) = expanded {
            return Err(Refusal::TooLarge(takes));
        }
        at = start + header.compressed;
    }
    Ok(())
}

fn read_header<R: ChunkReader>(data: &R, at: u64, end: u64) -> Result<PageHeader, String> {
    let room = usize::try_from(end - at).unwrap_or(usize::MAX);
    let header =
        parse_growing(room, LONGEST_HEADER, |length| guarded(|| data.get_bytes(at, length)), PageHeader::parse)?;
    header.ok_or_else(|| format!("no page header at byte {at}"))
}
