//! How much memory the pages of a column chunk take, looked at before any is read: the decoder holds a page decompressed as a
//! whole, and makes room for what a page claims before it finds that this is not there.

use std::fmt;
use std::ops::Range;

use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

use crate::shard::expansion::may_expand;
use crate::shard::parquet::guarded;
use crate::thrift::{I32, STRUCT, Thrift, parse_growing};

/// Memory for one entry of the level streams, besides the text: two levels and a handle of the value.
pub(super) const ENTRY_BYTES: u64 = 2 * size_of::<i16>() as u64 + size_of::<parquet::data_type::ByteArray>() as u64;

/// Fields of `PageHeader`, by the numbers of the format's definition, and the first of those of each kind of page.
const UNCOMPRESSED_SIZE: i64 = 2;
const COMPRESSED_SIZE: i64 = 3;
const DATA_PAGE: i64 = 5;
const DICTIONARY_PAGE: i64 = 7;
const DATA_PAGE_V2: i64 = 8;
const NUM_VALUES: i64 = 1;

/// Bytes of a page header at most: statistics with long values make it long.
const LONGEST_HEADER: usize = 64 << 20;

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
        let (start, rest) = (at + header.bytes, end.saturating_sub(at + header.bytes));
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

struct PageHeader {
    bytes: u64,
    compressed: u64,
    uncompressed: u64,
    values: u64,
    is_dictionary: bool,
}

fn read_header<R: ChunkReader>(data: &R, at: u64, end: u64) -> Result<PageHeader, String> {
    let room = usize::try_from(end - at).unwrap_or(usize::MAX);
    let header = parse_growing(room, LONGEST_HEADER, |length| guarded(|| data.get_bytes(at, length)), parse)?;
    header.ok_or_else(|| format!("no page header at byte {at}"))
}

fn parse(bytes: &[u8]) -> Option<PageHeader> {
    let (mut thrift, mut last) = (Thrift::new(bytes), 0);
    let (mut uncompressed, mut compressed, mut values, mut is_dictionary) = (None, None, 0, false);
    while let Some((number, kind)) = thrift.field(last)? {
        last = number;
        match (number, kind) {
            (UNCOMPRESSED_SIZE, I32) => uncompressed = thrift.integer(),
            (COMPRESSED_SIZE, I32) => compressed = thrift.integer(),
            (DATA_PAGE | DICTIONARY_PAGE | DATA_PAGE_V2, STRUCT) => {
                is_dictionary |= number == DICTIONARY_PAGE;
                values = values.max(num_values(&mut thrift)?);
            }
            _ => thrift.skip(kind)?,
        }
    }
    Some(PageHeader {
        bytes: (bytes.len() - thrift.rest().len()) as u64,
        compressed: u64::try_from(compressed?).ok()?,
        uncompressed: u64::try_from(uncompressed?).ok()?,
        values,
        is_dictionary,
    })
}

/// The number of values in the header of one kind of page; a negative one is for the decoder to refuse.
fn num_values(thrift: &mut Thrift<'_>) -> Option<u64> {
    let (mut last, mut values) = (0, 0);
    while let Some((number, kind)) = thrift.field(last)? {
        last = number;
        match (number, kind) {
            (NUM_VALUES, I32) => values = u64::try_from(thrift.integer()?).unwrap_or(0),
            _ => thrift.skip(kind)?,
        }
    }
    Some(values)
}
