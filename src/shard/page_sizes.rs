//! How much memory the pages of a column chunk take: the decoder holds a page decompressed as a whole.

use std::ops::Range;

use parquet::file::reader::ChunkReader;

use crate::shard::map::ShardData;
use crate::shard::parquet::guarded;
use crate::thrift::{I32, Thrift, parse_growing};

/// Fields of `PageHeader`, by the numbers of the format's definition.
const UNCOMPRESSED_SIZE: i64 = 2;
const COMPRESSED_SIZE: i64 = 3;

/// Bytes of a page header at most: statistics with long values make it long.
const LONGEST_HEADER: usize = 64 << 20;

/// Decompressed bytes of the largest page of a column chunk, by the claims of the page headers; the error says what is wrong
/// with them.
pub(super) fn largest_page(data: &ShardData, chunk: Range<u64>) -> Result<u64, String> {
    let (mut at, mut largest) = (chunk.start, 0);
    while at < chunk.end {
        let header = read_header(data, at, chunk.end)?;
        largest = largest.max(header.uncompressed);
        at = at.saturating_add(header.bytes).saturating_add(header.compressed);
    }
    Ok(largest)
}

struct PageHeader {
    bytes: u64,
    compressed: u64,
    uncompressed: u64,
}

fn read_header(data: &ShardData, at: u64, end: u64) -> Result<PageHeader, String> {
    let room = usize::try_from(end - at).unwrap_or(usize::MAX);
    let header = parse_growing(room, LONGEST_HEADER, |length| guarded(|| data.get_bytes(at, length)), parse)?;
    header.ok_or_else(|| format!("no page header at byte {at}"))
}

fn parse(bytes: &[u8]) -> Option<PageHeader> {
    let (mut thrift, mut last) = (Thrift::new(bytes), 0);
    let (mut uncompressed, mut compressed) = (None, None);
    while let Some((number, kind)) = thrift.field(last)? {
        last = number;
        match (number, kind) {
            (UNCOMPRESSED_SIZE, I32) => uncompressed = thrift.integer(),
            (COMPRESSED_SIZE, I32) => compressed = thrift.integer(),
            _ => thrift.skip(kind)?,
        }
    }
    Some(PageHeader {
        bytes: (bytes.len() - thrift.rest().len()) as u64,
        compressed: u64::try_from(compressed?).ok()?,
        uncompressed: u64::try_from(uncompressed?).ok()?,
    })
}
