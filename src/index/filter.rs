//! Which shingles are posted at all: a split-block Bloom filter, so that the stream's look-ups end in one cache line.
//!
//! A block has 256 bits, eight words of 32. A hash's high half chooses the block, its low half one bit of each word (Putze,
//! Sanders, Singler, "Cache-, hash- and space-efficient Bloom filters", 2007; the layout and the multipliers are those of the
//! Parquet format's Bloom filters). What was put in is always found; of the rest, some 4 in 1,000 seem to be in.

use super::format::Kind;
use super::kernel::Kernel;
use super::map::MappedFile;
use crate::error::{Error, Result};
use std::path::Path;
use zerocopy::FromBytes;
use zerocopy::little_endian::U32;

/// Bits of the filter for each shingle that is in it.
pub(super) const BITS_PER_SHINGLE: u64 = 12;
const BLOCK_BITS: u64 = 256;

/// 256 bits: eight words.
pub type Block = [U32; 8];

/// Odd multipliers, one for each word of a block.
pub(super) const MULTIPLIERS: [u32; 8] =
    [0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947, 0x5C6B_FB31];

/// A filter in a mapped file.
#[derive(Debug)]
pub struct Filter {
    file: MappedFile,
    kernel: Kernel,
}

impl Filter {
    pub(super) fn file(&self) -> &MappedFile {
        &self.file
    }

    /// Opens a filter.
    ///
    /// # Errors
    /// A payload that is not one or more whole blocks.
    pub fn open(path: &Path) -> Result<Self> {
        let file = MappedFile::open(path, Kind::Filter)?;
        file.prefer_huge_pages();
        if <[Block]>::ref_from_bytes(file.payload()).is_ok_and(|blocks| !blocks.is_empty()) {
            return Ok(Self { file, kernel: Kernel::best() });
        }
        Err(Error::content(path, "one or more blocks of 32 bytes", format!("{} bytes", file.payload().len())))
    }

    /// Whether a hash is in; sometimes also for one that is not, never wrongly no.
    #[must_use]
    pub fn contains(&self, hash: u64) -> bool {
        let blocks = self.blocks();
        let Some(block) = blocks.get(place(hash, blocks.len() as u64) as usize) else { return true };
        // Half of the bits are set: the second word or the third ends most look-ups.
        block.iter().zip(bits(hash)).all(|(word, bit)| word.get() & bit != 0)
    }

    /// Appends the numbers of the hashes (at most 2^32) that [`contains`](Self::contains) holds true of, ascending; in batches,
    /// so that the waits for memory overlap.
    pub fn hits_into(&self, hashes: &[u64], hits: &mut Vec<u32>) {
        self.kernel.hits_into(self.blocks(), hashes, hits);
    }

    /// The same filter, looked up by another kernel.
    #[must_use]
    pub fn with_kernel(self, kernel: Kernel) -> Self {
        Self { kernel, ..self }
    }

    fn blocks(&self) -> &[Block] {
        <[Block]>::ref_from_bytes(self.file.payload()).unwrap_or_default()
    }
}

/// The block of a hash among so many.
#[inline]
pub(super) fn place(hash: u64, blocks: u64) -> u64 {
    ((hash >> 32) * blocks) >> 32
}

/// One bit for each word of a block.
fn bits(hash: u64) -> impl Iterator<Item = u32> {
    MULTIPLIERS.iter().map(move |multiplier| 1 << ((hash as u32).wrapping_mul(*multiplier) >> 27))
}

/// The blocks of a filter for so many hashes.
pub(super) fn blocks(hashes: u64) -> u64 {
    (hashes * BITS_PER_SHINGLE).div_ceil(BLOCK_BITS).max(1)
}

/// Puts a hash into its block.
pub(super) fn insert(block: &mut Block, hash: u64) {
    block.iter_mut().zip(bits(hash)).for_each(|(word, bit)| *word = (word.get() | bit).into());
}

/// The blocks of a filter with these hashes, which may repeat.
pub(super) fn fill(hashes: &[u64]) -> Vec<Block> {
    let count = blocks(hashes.len() as u64);
    let mut filter = vec![Block::default(); count as usize];
    for &hash in hashes {
        filter.get_mut(place(hash, count) as usize).into_iter().for_each(|block| insert(block, hash));
    }
    filter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::format::{Shape, encode_header};
    use proptest::prelude::*;
    use std::io::Write;
    use xxhash_rust::xxh3::xxh3_64;
    use zerocopy::IntoBytes;

    fn filter(hashes: &[u64]) -> Filter {
        let payload = fill(hashes);
        let shape = Shape { count: payload.len() as u64, bucket_bits: 0 };
        let payload = payload.as_bytes();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&encode_header(Kind::Filter, shape, payload.len() as u64)).unwrap();
        file.write_all(payload).unwrap();
        Filter::open(file.path()).unwrap()
    }

    fn hashes(from: u64, count: u64) -> Vec<u64> {
        (from..from + count).map(|n| xxh3_64(&n.to_le_bytes())).collect()
    }

    #[test]
    fn what_was_put_in_is_found() {
        for count in [0, 1, 21, 22, 1000, 50_000] {
            let (hashes, none) = (hashes(0, count), filter(&[]));
            let filter = filter(&hashes);
            assert!(hashes.iter().all(|&hash| filter.contains(hash)), "{count}");
            assert!(hashes.iter().all(|&hash| !none.contains(hash)), "{count}");
        }
    }

    #[test]
    fn false_positives_are_within_a_tenth_of_theory() {
        // A block holds a Poisson number of shingles; each leaves a bit of a word unset with probability 31/32.
        let mean = BLOCK_BITS as f64 / BITS_PER_SHINGLE as f64;
        let (mut probability, mut theory) = ((-mean).exp(), 0.0);
        for load in 0..200 {
            theory += probability * (1.0 - (31.0_f64 / 32.0).powi(load)).powi(8);
            probability *= mean / f64::from(load + 1);
        }
        let filter = filter(&hashes(0, 100_000));
        let probes = 2_000_000;
        let mut found = Vec::new();
        filter.hits_into(&hashes(1 << 40, probes), &mut found);
        let measured = found.len() as f64 / probes as f64;
        assert!((measured / theory - 1.0).abs() < 0.1, "measured {measured}, theory {theory}");
    }
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_kernel_finds_what_the_definition_contains(
            put in prop::collection::vec(any::<u64>(), 0..300),
            others in prop::collection::vec(any::<u64>(), 0..1200),
            start in 0..9_usize,
        ) {
            let mut hashes: Vec<u64> = others;
            // Some of them are in, at places that cross the ends of batches.
            hashes.extend(put.iter().step_by(2));
            let hashes = hashes.get(start..).unwrap_or_default();
            let mut filter = filter(&put);
            for kernel in Kernel::available() {
                filter = filter.with_kernel(kernel);
                let slow = (0_u32..).zip(hashes).filter(|(_, hash)| filter.contains(**hash)).map(|(number, _)| number);
                let mut fast = vec![7];
                filter.hits_into(hashes, &mut fast);
                prop_assert_eq!(fast, [7].into_iter().chain(slow).collect::<Vec<_>>(), "{}", kernel.name());
            }
        }
    }
}
