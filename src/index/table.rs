//! Keys to references: a sorted array with a directory of buckets, looked up in the map.
//!
//! A 64-bit key's high bits choose a bucket, its low 32 bits are the entry's tag. Entries of a bucket lie together, so
//! that a look-up costs one cache miss for the directory and one for the entries. Two keys can share bucket and tag (for
//! 10^8 entries about one look-up in 10^9): an entry nominates, verification decides.

use super::format::{Kind, Shape};
use super::map::MappedFile;
use crate::error::{Error, Result};
use std::marker::PhantomData;
use std::path::Path;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Entries in a bucket, on average.
const ENTRIES_PER_BUCKET: usize = 4;

/// What stands behind a key.
pub trait Entry: Copy + Ord + FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned {
    /// The low bits of its key.
    fn tag(&self) -> u32;
}

/// A reference under the key of one of its bands, or of its whole text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Member {
    tag: U32,
    /// The reference's row.
    pub reference: U32,
}

/// A reference under the hash of one of its shingles.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Posting {
    tag: U32,
    /// The reference's row.
    pub reference: U32,
    /// Which of the reference's word starts the shingle begins at.
    pub start: U32,
}

impl Entry for Member {
    fn tag(&self) -> u32 {
        self.tag.get()
    }
}

impl Entry for Posting {
    fn tag(&self) -> u32 {
        self.tag.get()
    }
}

impl Member {
    /// The entry of a reference under a key.
    #[must_use]
    pub fn new(key: u64, reference: u32) -> Self {
        Self { tag: (key as u32).into(), reference: reference.into() }
    }
}

impl Posting {
    /// The entry of a reference's shingle.
    #[must_use]
    pub fn new(hash: u64, reference: u32, start: u32) -> Self {
        Self { tag: (hash as u32).into(), reference: reference.into(), start: start.into() }
    }
}

/// A table in a mapped file.
#[derive(Debug)]
pub struct Table<E> {
    file: MappedFile,
    bucket_bits: u32,
    directory_bytes: usize,
    entries: PhantomData<E>,
}

/// The bucket of a key in a table of `2^bits` buckets.
fn bucket(key: u64, bits: u32) -> usize {
    key.checked_shr(64 - bits).unwrap_or(0) as usize
}

impl<E: Entry> Table<E> {
    /// Opens a table. The directory's bounds are checked at each look-up, not here.
    ///
    /// # Errors
    /// A payload whose length does not fit the header's counts.
    pub fn open(path: &Path, kind: Kind) -> Result<Self> {
        let file = MappedFile::open(path, kind)?;
        let Shape { count, bucket_bits } = file.shape();
        let directory = 1_u64.checked_shl(bucket_bits).filter(|_| bucket_bits < 48).map(|buckets| (buckets + 1) * 8);
        let expected = directory.zip(count.checked_mul(size_of::<E>() as u64)).and_then(|(a, b)| a.checked_add(b));
        match (expected, directory) {
            (Some(expected), Some(directory)) if expected == file.payload().len() as u64 => {
                Ok(Self { file, bucket_bits, directory_bytes: directory as usize, entries: PhantomData })
            }
            _ => {
                let expected = format!("2^{bucket_bits} buckets and {count} entries");
                Err(Error::content(path, expected, format!("{} bytes", file.payload().len())).at("table"))
            }
        }
    }

    /// The entries under a key; also, rarely, one under a key that looks the same.
    pub fn get(&self, key: u64) -> impl Iterator<Item = &E> {
        let tag = key as u32;
        self.bucket(key).iter().filter(move |entry| entry.tag() == tag)
    }

    fn bucket(&self, key: u64) -> &[E] {
        let (directory, entries) = self.file.payload().split_at(self.directory_bytes);
        let directory = <[U64]>::ref_from_bytes(directory).unwrap_or_default();
        let entries = <[E]>::ref_from_bytes(entries).unwrap_or_default();
        let at = bucket(key, self.bucket_bits);
        match directory.get(at..at + 2) {
            Some([start, end]) => entries.get(start.get() as usize..end.get() as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The payload and shape of a table with these keys and entries, which it sorts.
#[must_use]
pub fn encode<E: Entry>(pairs: &mut Vec<(u64, E)>) -> (Shape, Vec<u8>) {
    let bucket_bits = (pairs.len() / ENTRIES_PER_BUCKET).max(1).ilog2();
    let order = |&(key, entry): &(u64, E)| (bucket(key, bucket_bits), entry);
    pairs.sort_unstable_by_key(order);
    pairs.dedup_by_key(|pair| order(pair));
    let mut payload = Vec::with_capacity(((1 << bucket_bits) + 1) * 8 + pairs.len() * size_of::<E>());
    let mut rest = pairs.iter().peekable();
    let mut before = 0_u64;
    for number in 0..=1_usize << bucket_bits {
        payload.extend_from_slice(&before.to_le_bytes());
        while rest.next_if(|(key, _)| bucket(*key, bucket_bits) == number).is_some() {
            before += 1;
        }
    }
    pairs.iter().for_each(|(_, entry)| payload.extend_from_slice(entry.as_bytes()));
    (Shape { count: pairs.len() as u64, bucket_bits }, payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::format::encode_header;
    use proptest::prelude::*;
    use std::io::Write;

    fn open(pairs: &[(u64, u32)]) -> Table<Member> {
        let mut entries = pairs.iter().map(|&(key, reference)| (key, Member::new(key, reference))).collect();
        let (shape, payload) = encode(&mut entries);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&encode_header(Kind::Bands, shape, payload.len() as u64)).unwrap();
        file.write_all(&payload).unwrap();
        Table::open(file.path(), Kind::Bands).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_pair_is_found_under_its_key(pairs in prop::collection::vec((any::<u64>(), 0..50_u32), 0..300)) {
            let table = open(&pairs);
            for &(key, _) in &pairs {
                let mut expected: Vec<u32> = pairs.iter().filter(|p| p.0 == key).map(|p| p.1).collect();
                expected.sort_unstable();
                expected.dedup();
                prop_assert_eq!(rows(&table, key), expected);
            }
        }
    }

    fn rows(table: &Table<Member>, key: u64) -> Vec<u32> {
        let mut rows: Vec<u32> = table.get(key).map(|entry| entry.reference.get()).collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        assert_eq!(open(&[]).get(0).count(), 0);
        assert_eq!(open(&[]).get(u64::MAX).count(), 0);
    }

    #[test]
    fn keys_at_both_ends_are_found() {
        let pairs: Vec<(u64, u32)> =
            (0..64).map(|n| (n << 58 | n, n as u32)).chain([(u64::MAX, 99), (0, 98)]).collect();
        let table = open(&pairs);
        assert!(rows(&table, u64::MAX).contains(&99) && rows(&table, 0).contains(&98));
    }
}
