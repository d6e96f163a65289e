//! Keys to references: a sorted array with a directory of buckets, looked up in the map.
//!
//! A 64-bit key's high bits choose a bucket, its low 32 bits are the entry's tag. Entries of a bucket lie together, so
//! that a look-up costs one cache miss for the directory and one for the entries. Two keys can share bucket and tag (for
//! 10^8 entries about one look-up in 10^9): an entry nominates, verification decides.

use super::format::{Kind, Shape};
use super::kernel::prefetch;
use super::map::MappedFile;
use crate::error::{Error, Result};
use std::ops::Range;
use std::path::Path;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Entries in a bucket, on average.
const ENTRIES_PER_BUCKET: u64 = 4;

/// A reference under a key: of one of its bands, of its whole text, or of one of its shingles.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Member {
    tag: U32,
    /// The reference's row.
    pub reference: U32,
}

impl Member {
    /// The entry of a reference under a key.
    #[must_use]
    pub fn new(key: u64, reference: u32) -> Self {
        Self { tag: (key as u32).into(), reference: reference.into() }
    }
}

/// A table in a mapped file.
#[derive(Debug)]
pub struct Table {
    file: MappedFile,
    bucket_bits: u32,
    /// Bytes of the entries, before the directory.
    entries_bytes: usize,
}

/// The bucket of a key in a table of `2^bits` buckets.
pub(super) fn bucket(key: u64, bits: u32) -> usize {
    key.checked_shr(64 - bits).unwrap_or(0) as usize
}

/// The bits of the key that choose one of the buckets of a table of so many entries.
pub(super) fn bucket_bits(entries: u64) -> u32 {
    (entries / ENTRIES_PER_BUCKET).max(1).ilog2()
}

impl Table {
    pub(super) fn file(&self) -> &MappedFile {
        &self.file
    }

    /// Opens a table. The directory's bounds are checked at each look-up, not here.
    ///
    /// # Errors
    /// A payload whose length does not fit the header's counts.
    pub fn open(path: &Path, kind: Kind) -> Result<Self> {
        let file = MappedFile::open(path, kind)?;
        let Shape { count, bucket_bits } = file.shape();
        let directory = 1_u64.checked_shl(bucket_bits).filter(|_| bucket_bits < 48).map(|buckets| (buckets + 1) * 8);
        let entries = count.checked_mul(size_of::<Member>() as u64);
        match (entries, entries.zip(directory).and_then(|(a, b)| a.checked_add(b))) {
            (Some(entries), Some(expected)) if expected == file.payload().len() as u64 => {
                Ok(Self { file, bucket_bits, entries_bytes: entries as usize })
            }
            _ => {
                let expected = format!("2^{bucket_bits} buckets and {count} entries");
                Err(Error::content(path, expected, format!("{} bytes", file.payload().len())).at("table"))
            }
        }
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> u64 {
        self.file.shape().count
    }

    /// The entries under a key; also, rarely, one under a key that looks the same.
    pub fn get(&self, key: u64) -> impl Iterator<Item = &Member> {
        with_tag(self.entries().get(self.bucket(key)).unwrap_or_default(), key)
    }

    /// Calls `found` with the number of each key and each of its entries, as [`get`](Self::get) has them. The memory for all
    /// keys is asked for before any is read, so that the waits overlap.
    pub fn get_each(&self, keys: impl Iterator<Item = u64> + Clone, mut found: impl FnMut(usize, &Member)) {
        let (directory, entries) = (self.directory(), self.entries());
        keys.clone().filter_map(|key| directory.get(bucket(key, self.bucket_bits))).for_each(prefetch);
        keys.clone().filter_map(|key| entries.get(self.bucket(key).start)).for_each(prefetch);
        for (number, key) in keys.enumerate() {
            let bucket = entries.get(self.bucket(key)).unwrap_or_default();
            with_tag(bucket, key).for_each(|entry| found(number, entry));
        }
    }

    /// Where the bucket of a key lies among the entries.
    fn bucket(&self, key: u64) -> Range<usize> {
        let at = bucket(key, self.bucket_bits);
        match self.directory().get(at..at + 2) {
            Some([start, end]) => start.get() as usize..end.get() as usize,
            _ => 0..0,
        }
    }

    fn entries(&self) -> &[Member] {
        let entries = self.file.payload().get(..self.entries_bytes).unwrap_or_default();
        <[Member]>::ref_from_bytes(entries).unwrap_or_default()
    }

    fn directory(&self) -> &[U64] {
        let directory = self.file.payload().get(self.entries_bytes..).unwrap_or_default();
        <[U64]>::ref_from_bytes(directory).unwrap_or_default()
    }
}

/// The entries of a bucket that are under a key.
fn with_tag(bucket: &[Member], key: u64) -> impl Iterator<Item = &Member> {
    bucket.iter().filter(move |entry| entry.tag.get() == key as u32)
}
