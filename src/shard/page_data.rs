//! The bytes of a file as the library's decoder of pages is given them: every header of a page is looked through before.
//!
//! The decoder asks for a place to read a header from, and believes what it finds there. Over a list that claims two thousand
//! million elements it goes on at the end of the file, for hours; and a page may claim more memory than its column chunk
//! does. So it gets the bytes of one header, which has an end, and nothing behind them.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::thrift::{I32, STRUCT, Thrift, parse_growing};

/// Fields of `PageHeader`, by the numbers of the format's definition.
const UNCOMPRESSED_SIZE: i64 = 2;
const COMPRESSED_SIZE: i64 = 3;
const DATA_PAGE: i64 = 5;
const DICTIONARY_PAGE: i64 = 7;
const DATA_PAGE_V2: i64 = 8;

/// The first field of the header of each kind of page.
const NUM_VALUES: i64 = 1;

/// Bytes of a page header at most: statistics with long values make it long.
pub(super) const LONGEST_HEADER: usize = 64 << 20;

/// What a page claims to take.
pub(super) struct PageHeader {
    /// Bytes of the header itself.
    pub(super) bytes: usize,
    pub(super) compressed: u64,
    pub(super) uncompressed: u64,
    pub(super) values: u64,
    pub(super) is_dictionary: bool,
}

impl PageHeader {
    /// The header that some bytes begin with; none if they do not, or end within it.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
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
        Some(Self {
            bytes: bytes.len() - thrift.rest().len(),
            compressed: u64::try_from(compressed?).ok()?,
            uncompressed: u64::try_from(uncompressed?).ok()?,
            values,
            is_dictionary,
        })
    }
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

/// A file of which only pages are read.
#[derive(Debug)]
pub(crate) struct PageData<R> {
    data: Arc<R>,
    /// Bytes of a decompressed page at most.
    largest_page: u64,
}

impl<R> PageData<R> {
    /// Of pages of so many decompressed bytes at most.
    pub(crate) fn limited(data: &Arc<R>, largest_page: u64) -> Self {
        Self { data: Arc::clone(data), largest_page }
    }
}

impl<R: ChunkReader> Length for PageData<R> {
    fn len(&self) -> u64 {
        self.data.len()
    }
}

impl<R: ChunkReader> ChunkReader for PageData<R> {
    type T = HeaderReader<R>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let data = Self::limited(&self.data, self.largest_page);
        Ok(HeaderReader { data, start, header: None })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.data.get_bytes(start, length)
    }
}

/// The bytes of a header. It is looked for when it is read: of pages whose header it knows, the decoder asks for a reader too.
#[derive(Debug)]
pub(crate) struct HeaderReader<R> {
    data: PageData<R>,
    start: u64,
    header: Option<Cursor<Bytes>>,
}

impl<R: ChunkReader> HeaderReader<R> {
    fn find(&self) -> Result<Cursor<Bytes>> {
        let Self { data: PageData { data, largest_page }, start, .. } = self;
        let room = usize::try_from(data.len().saturating_sub(*start)).unwrap_or(usize::MAX);
        let mut bytes = Bytes::new();
        let read = |length| data.get_bytes(*start, length).inspect(|read| bytes = read.clone());
        let header = parse_growing(room, LONGEST_HEADER, read, PageHeader::parse)?;
        let lie = |found: String| ParquetError::General(found);
        let header = header.ok_or_else(|| lie(format!("no page header at byte {start}")))?;
        if header.uncompressed > *largest_page {
            return Err(lie(format!("a page of {} bytes, over {largest_page}", header.uncompressed)));
        }
        bytes.truncate(header.bytes);
        Ok(Cursor::new(bytes))
    }
}

impl<R: ChunkReader> Read for HeaderReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.header.is_none() {
            self.header = Some(self.find().map_err(io::Error::other)?);
        }
        self.header.as_mut().map_or(Ok(0), |header| header.read(buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the header at a byte of these.
    fn header(bytes: &[u8], start: u64) -> std::result::Result<Vec<u8>, String> {
        let data = PageData::limited(&Arc::new(Bytes::copy_from_slice(bytes)), 100);
        let mut read = Vec::new();
        data.get_read(start).unwrap().read_to_end(&mut read).map_err(|e| e.to_string())?;
        Ok(read)
    }

    #[test]
    fn the_decoder_gets_one_header_and_nothing_behind_it() {
        let good = [0x15, 0, 0x15, 20, 0x15, 10, 0];
        let file = [b"PAR1".as_slice(), &good, b"page"].concat();
        assert_eq!(header(&file, 4), Ok(good.to_vec()));
        for (start, bytes) in [(4, &file[..8]), (4, &file[..4]), (5, &file[..4]), (u64::MAX, &file)] {
            assert!(header(bytes, start).is_err(), "{start}");
        }
    }

    #[test]
    fn claims_that_a_header_cannot_hold_are_refused_at_once() {
        let sizes = [0x15, 0, 0x15, 20, 0x15, 10];
        // Field 9: a list of 2^31 - 1 values that take a byte at least; of truths, for which the library reads none.
        for kind in [0x08, 0x07, 0x0c, 0x09, 0x01, 0x02] {
            let list = [0x69, 0xf0 | kind, 0xff, 0xff, 0xff, 0xff, 0x07];
            let found = header(&[sizes.as_slice(), &list, &[0; 100]].concat(), 0).unwrap_err();
            assert!(found.contains("no page header at byte 0"), "{kind}: {found}");
        }
        let large = header(&[0x15, 0, 0x15, 0xfe, 0x7f, 0x15, 10, 0], 0).unwrap_err();
        assert!(large.contains("a page of 8191 bytes, over 100"), "{large}");
    }
}
