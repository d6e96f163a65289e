//! Where the pages of a column chunk are.

use std::ops::Range;

use parquet::basic::PageType;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

use super::header::PageHeader;
use crate::thrift::parse_growing;

/// Bytes in which every header ends that is followed: with statistics of long texts they are long.
const LONGEST_HEADER: usize = 1 << 20;

/// Values of a page that is decoded as a whole: nulls take no bytes in it, but some in memory.
const MOST_VALUES: usize = 1 << 20;

/// A page of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// Header and data in the file.
    pub(super) bytes: Range<u64>,
    pub(super) header: PageHeader,
    /// Its rows in the row group; of a dictionary none.
    pub(super) rows: Range<usize>,
}

impl Page {
    pub(super) fn size(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }

    /// Bytes of header and data when uncompressed, as they are counted in a chunk.
    pub(super) fn uncompressed(&self) -> u64 {
        self.header.length as u64 + self.header.uncompressed as u64
    }
}

/// The pages of a chunk of a flat column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pages {
    pub(super) dictionary: Option<Page>,
    pub(super) data: Vec<Page>,
}

impl Pages {
    /// None if the chunk is not one dictionary at most and then data pages, none of them empty or of very many values, with a value or null for each of
    /// `rows` rows: then it is not for us to say where its rows are.
    pub(super) fn walk<R: ChunkReader>(reader: &R, chunk: &ColumnChunkMetaData, rows: usize) -> Option<Self> {
        let (mut at, length) = chunk.byte_range();
        let end = at.checked_add(length)?;
        let mut pages = Self { dictionary: None, data: Vec::new() };
        let mut row = 0_usize;
        while at < end {
            let header = read_header(reader, at, end)?;
            let next = at.checked_add(header.length as u64)?.checked_add(header.compressed as u64)?;
            let mut page = Page { bytes: at..next, header, rows: row..row };
            if next > end {
                return None;
            }
            if header.kind == PageType::DICTIONARY_PAGE {
                if pages.dictionary.is_some() || !pages.data.is_empty() {
                    return None;
                }
                pages.dictionary = Some(page);
            } else {
                page.rows.end = row.checked_add(header.values).filter(|&end| end > row && end <= rows)?;
                if header.values > MOST_VALUES {
                    return None;
                }
                row = page.rows.end;
                pages.data.push(page);
            }
            at = next;
        }
        (row == rows && usize::try_from(chunk.num_values()) == Ok(rows)).then_some(pages)
    }
}

fn read_header<R: ChunkReader>(reader: &R, at: u64, end: u64) -> Option<PageHeader> {
    let room = usize::try_from(end - at).ok()?;
    parse_growing(room, LONGEST_HEADER, |length| reader.get_bytes(at, length), PageHeader::parse).ok()?
}
