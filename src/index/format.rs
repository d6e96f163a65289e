//! The header that every file of a segment begins with.

use crate::error::{Error, Result};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The version of everything that `FORMAT.md` describes.
pub const FORMAT_VERSION: u32 = 4;

const MAGIC: [u8; 8] = *b"RINGFNCE";

/// The first bytes of every file of a segment.
pub const HEADER_BYTES: usize = size_of::<Header>();

/// What a file of a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The references' raw texts, one after the other.
    Texts,
    /// In place of texts in a private index: hashes of shingles in their order.
    Sequences,
    /// One fixed-size row a reference.
    References,
    /// One fixed-size row for each place that a reference was found in.
    Provenance,
    /// The strings that provenance rows name.
    Strings,
    /// Band keys to references.
    Bands,
    /// Hashes of whole short texts to references.
    Whole,
    /// Hashes of rare shingles to references and places in them.
    Postings,
    /// A bit for each shingle of each reference: whether it is rare.
    Rare,
    /// Which shingles are rare.
    Filter,
    /// Beside the segments: hashes of the shingles that further background made common.
    Common,
    /// Beside the segments: numbers of the references that are removed.
    Removed,
}

impl Kind {
    /// Every kind that a segment has, in the order of the files in a manifest; a private one has [`Sequences`](Self::Sequences)
    /// in place of texts.
    pub const ALL: [Self; 9] = [
        Self::Bands,
        Self::Filter,
        Self::Postings,
        Self::Provenance,
        Self::Rare,
        Self::References,
        Self::Strings,
        Self::Texts,
        Self::Whole,
    ];

    /// The file's name in its segment's folder.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Texts => "texts.bin",
            Self::Sequences => "sequences.bin",
            Self::References => "references.bin",
            Self::Provenance => "provenance.bin",
            Self::Strings => "strings.bin",
            Self::Bands => "bands.bin",
            Self::Whole => "whole.bin",
            Self::Postings => "postings.bin",
            Self::Rare => "rare.bin",
            Self::Filter => "filter.bin",
            Self::Common => "common.bin",
            Self::Removed => "removed.bin",
        }
    }

    fn tag(self) -> [u8; 8] {
        match self {
            Self::Texts => *b"texts   ",
            Self::Sequences => *b"sequence",
            Self::References => *b"refs    ",
            Self::Provenance => *b"proven  ",
            Self::Strings => *b"strings ",
            Self::Bands => *b"bands   ",
            Self::Whole => *b"whole   ",
            Self::Postings => *b"postings",
            Self::Rare => *b"rare    ",
            Self::Filter => *b"filter  ",
            Self::Common => *b"common  ",
            Self::Removed => *b"removed ",
        }
    }
}

/// 64 bytes, so that what follows keeps the alignment of cache lines; little-endian; see `FORMAT.md`.
#[derive(Debug, Clone, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Header {
    magic: [u8; 8],
    kind: [u8; 8],
    version: U32,
    /// For tables: log2 of the number of buckets. Otherwise 0.
    bucket_bits: U32,
    /// Rows, strings, entries or texts in the file.
    count: U64,
    /// Bytes behind the header.
    payload: U64,
    /// Zeros.
    reserved: [u8; 16],
    /// XXH3-64 of the 56 bytes before.
    check: U64,
}

/// What a header says, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Rows, strings, entries or texts in the file.
    pub count: u64,
    /// For tables: log2 of the number of buckets. Otherwise 0.
    pub bucket_bits: u32,
}

/// The header of a file with this shape and payload length.
#[must_use]
pub fn encode_header(kind: Kind, shape: Shape, payload: u64) -> [u8; HEADER_BYTES] {
    let mut header = Header {
        magic: MAGIC,
        kind: kind.tag(),
        version: FORMAT_VERSION.into(),
        bucket_bits: shape.bucket_bits.into(),
        count: shape.count.into(),
        payload: payload.into(),
        reserved: [0; 16],
        check: 0.into(),
    };
    header.check = header_check(&header).into();
    let mut bytes = [0; HEADER_BYTES];
    bytes.copy_from_slice(header.as_bytes());
    bytes
}

fn header_check(header: &Header) -> u64 {
    let bytes = header.as_bytes();
    xxh3_64(bytes.get(..HEADER_BYTES - 8).unwrap_or_default())
}

/// Checks a file's header against what the file should be, before anything else of it is used.
///
/// # Errors
/// Too short, another magic, kind or version, an altered header, a payload of another length than the file has.
pub fn decode_header(file: &[u8], kind: Kind, path: &Path) -> Result<Shape> {
    let rebuild = "build the index again with this version of ringfence";
    let wrong = |expected: String, found: String| Err(Error::content(path, expected, found).at("header").help(rebuild));
    let Ok((header, payload)) = Header::read_from_prefix(file) else {
        return wrong(format!("at least {HEADER_BYTES} bytes"), format!("{} bytes", file.len()));
    };
    if header.magic != MAGIC || header.kind != kind.tag() {
        let text = |tag: &[u8]| tag.escape_ascii().to_string();
        let found = format!("{} {}", text(&header.magic), text(&header.kind));
        return wrong(format!("{} {}", text(&MAGIC), text(&kind.tag())), found);
    }
    if header.version.get() != FORMAT_VERSION {
        return wrong(format!("format version {FORMAT_VERSION}"), format!("version {}", header.version));
    }
    if header.check.get() != header_check(&header) {
        return wrong("a header with its own checksum".into(), "an altered header".into());
    }
    if header.payload.get() != payload.len() as u64 {
        return wrong(format!("{} bytes behind the header", header.payload), format!("{}", payload.len()));
    }
    Ok(Shape { count: header.count.get(), bucket_bits: header.bucket_bits.get() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_and_any_flipped_bit_is_an_error() {
        let shape = Shape { count: 3, bucket_bits: 5 };
        let mut file = encode_header(Kind::Bands, shape, 2).to_vec();
        file.extend([1, 2]);
        let path = Path::new("bands.bin");
        assert_eq!(decode_header(&file, Kind::Bands, path).unwrap(), shape);
        assert!(decode_header(&file, Kind::Whole, path).is_err());
        assert!(decode_header(&file[..HEADER_BYTES + 1], Kind::Bands, path).is_err());
        assert!(decode_header(&file[..HEADER_BYTES - 1], Kind::Bands, path).is_err());
        for bit in 0..HEADER_BYTES * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_header(&flipped, Kind::Bands, path).is_err(), "bit {bit}");
        }
    }
}
