//! What a private index has of a reference in place of its text: the hashes of its shingles, in order, and where they are.

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// One shingle of a reference; the first entry of each reference is its whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Entry {
    /// The keyed hash of the shingle, or of the whole normalised text.
    pub hash: U64,
    /// Where it begins in the raw text.
    pub start: U32,
    /// Where it ends.
    pub end: U32,
}

/// The entries of one reference.
#[derive(Debug, Clone, Copy)]
pub struct Sequence<'a> {
    /// The hash of the whole normalised text.
    pub whole: u64,
    /// Bytes of the raw text.
    pub bytes: u32,
    /// Its shingles, in their order.
    pub shingles: &'a [Entry],
}
