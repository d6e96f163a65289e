//! How much memory the pages of a column chunk take: the decoder holds a page decompressed as a whole.

use std::ops::Range;

use parquet::file::reader::ChunkReader;

use crate::shard::map::ShardData;
use crate::shard::page_data::{LONGEST_HEADER, PageHeader};
use crate::shard::parquet::guarded;
use crate::thrift::parse_growing;

/// Decompressed bytes of the largest page of a column chunk, by the claims of the page headers; the error says what is wrong
/// with them.
pub(super) fn largest_page(data: &ShardData, chunk: Range<u64>) -> Result<u64, String> {
    let (mut at, mut largest) = (chunk.start, 0);
    while at < chunk.end {
        let header = read_header(data, at, chunk.end)?;
        largest = largest.max(header.uncompressed);
        at = at.saturating_add(header.bytes as u64).saturating_add(header.compressed);
    }
    Ok(largest)
}

fn read_header(data: &ShardData, at: u64, end: u64) -> Result<PageHeader, String> {
    let room = usize::try_from(end - at).unwrap_or(usize::MAX);
    let header =
        parse_growing(room, LONGEST_HEADER, |length| guarded(|| data.get_bytes(at, length)), PageHeader::parse)?;
    header.ok_or_else(|| format!("no page header at byte {at}"))
}
