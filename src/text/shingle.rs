//! Shingles: the 32 normalised bytes that begin at a word start, hashed under the index's key.

use super::Normalized;
use super::xxh3::ShingleHash;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_secret;

/// Normalised bytes in a shingle: about six words of prose or code.
pub const SHINGLE_BYTES: usize = 32;

/// The name of the hash in an index's parameters.
pub const HASH_NAME: &str = "xxh3-64";

/// The name of the hash of private indexes.
pub const ONE_WAY_HASH_NAME: &str = "blake3-keyed-64";

/// Turns texts into shingle hashes under one key. Indexing and scanning both use this and nothing else.
///
/// The hash is XXH3-64 (a published, frozen function) with a 192-byte secret, the first output bytes of BLAKE3 in
/// key-derivation mode over the index's 32-byte key. For private indexes it is the beginning of keyed BLAKE3, which nobody can
/// invert: some forty times slower, a shingle at a time.
#[derive(Debug, Clone)]
pub struct Shingler {
    secret: [u8; 192],
    hash: ShingleHash,
    /// The key of the one-way hash, where that is used.
    one_way: Option<[u8; 32]>,
}

impl Shingler {
    /// A shingler under a key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let mut secret = [0; 192];
        blake3::Hasher::new_derive_key("ringfence 1 shingle secret").update(key).finalize_xof().fill(&mut secret);
        Self { secret, hash: ShingleHash::new(&secret), one_way: None }
    }

    /// A shingler under a key, with the one-way hash.
    #[must_use]
    pub fn one_way(key: &[u8; 32]) -> Self {
        Self { one_way: Some(blake3::derive_key("ringfence 1 one-way shingle key", key)), ..Self::new(key) }
    }

    /// Appends the hash of every shingle of a text, in the order of the text; a shingle that occurs twice comes twice.
    /// A text of fewer than 32 normalised bytes has none.
    pub fn hashes_into(&self, text: &Normalized, hashes: &mut Vec<u64>) {
        match self.one_way {
            None => text.kernel().hashes_into(&self.hash, text, hashes),
            Some(_) => hashes.extend(text.starts().iter().map_while(|start| self.at(text.bytes(), start))),
        }
    }

    /// Appends the hashes of the shingles number `steps[0]`, `steps[0] + steps[1]` and so on, over and over through the
    /// steps, until there is no such shingle. A step of 0 behind the first counts as 1.
    pub fn sampled_into(&self, text: &Normalized, steps: &[u8], hashes: &mut Vec<u64>) {
        if self.one_way.is_none() {
            return text.kernel().sampled_into(&self.hash, text, steps, hashes);
        }
        let (mut starts, mut steps) = (text.starts().iter().take(text.shingles()), steps.iter().cycle());
        // A step over n shingles takes the n-th of those that are left.
        let mut skip = steps.next().map(|step| usize::from(*step));
        while let Some(start) = skip.and_then(|skip| starts.nth(skip)) {
            hashes.extend(self.at(text.bytes(), start));
            skip = steps.next().map(|step| usize::from(step.saturating_sub(1)));
        }
    }

    /// The hash of the shingle that begins at a place, if one does.
    fn at(&self, bytes: &[u8], start: u32) -> Option<u64> {
        Some(self.of(bytes.get(start as usize..)?.first_chunk()?))
    }

    fn of(&self, shingle: &[u8; SHINGLE_BYTES]) -> u64 {
        match &self.one_way {
            None => self.hash.of(shingle),
            Some(key) => one_way(key, shingle),
        }
    }

    /// The shingles of normalised bytes: the range that each covers, and its hash.
    pub fn windows<'a>(&'a self, bytes: &'a [u8], starts: &'a [u32]) -> impl Iterator<Item = (Range<usize>, u64)> + 'a {
        starts.iter().map_while(move |&start| {
            let range = start as usize..start as usize + SHINGLE_BYTES;
            Some((range.clone(), self.of(bytes.get(range)?.first_chunk()?)))
        })
    }

    /// The hash of a whole normalised text, for texts too short to have a shingle.
    #[must_use]
    pub fn whole(&self, text: &Normalized) -> u64 {
        self.whole_bytes(text.bytes())
    }

    /// The same of normalised bytes.
    #[must_use]
    pub fn whole_bytes(&self, bytes: &[u8]) -> u64 {
        match &self.one_way {
            None => xxh3_64_with_secret(bytes, &self.secret),
            Some(key) => one_way(key, bytes),
        }
    }
}

/// The first eight bytes of keyed BLAKE3.
fn one_way(key: &[u8; 32], bytes: &[u8]) -> u64 {
    blake3::keyed_hash(key, bytes).as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Kernel, Trace};
    use proptest::prelude::*;

    fn hashes(text: &str) -> Vec<u64> {
        let (mut normalized, mut hashes) = (Normalized::default(), vec![]);
        normalized.set(text);
        Shingler::new(&[7; 32]).hashes_into(&normalized, &mut hashes);
        hashes
    }

    #[test]
    fn hashes_are_frozen() {
        assert_eq!(
            hashes("The quick brown fox jumps over the lazy dog, twice."),
            [9_068_740_146_976_029_621, 14_805_289_120_422_348_478, 8_659_012_182_742_370_269]
        );
        let mut short = Normalized::default();
        short.set("Paris.");
        assert_eq!(Shingler::new(&[7; 32]).whole(&short), 18_425_480_311_598_179_071);
    }

    #[test]
    fn a_text_of_31_bytes_has_no_shingle_and_one_of_32_has_one() {
        assert_eq!(hashes(&"ab ".repeat(15)).len(), 0);
        assert_eq!(hashes(&"ab ".repeat(16)).len(), 1);
    }

    #[test]
    fn the_key_changes_every_hash() {
        let mut text = Normalized::default();
        text.set("The quick brown fox jumps over the lazy dog");
        assert_ne!(Shingler::new(&[0; 32]).whole(&text), Shingler::new(&[1; 32]).whole(&text));
    }

    proptest! {
        #[test]
        fn hashes_are_those_of_the_windows_and_samples_are_some_of_them(
            text in "([a-z漢é]{1,40} ){0,200}",
            steps in prop::collection::vec(0..40_u8, 0..5),
        ) {
            for kernel in Kernel::available() {
            let (shingler, mut normalized) = (Shingler::new(&[7; 32]), Normalized::with_kernel(kernel));
            let (mut hashes, mut sampled) = (vec![1], vec![1]);
            normalized.set(&text);
            shingler.hashes_into(&normalized, &mut hashes);
            let trace = Trace::new(&text);
            let expected: Vec<u64> = shingler.windows(&trace.bytes, &trace.starts).map(|(_, hash)| hash).collect();
            prop_assert_eq!(&hashes[1..], &expected[..]);
            prop_assert_eq!(hashes.len() - 1, normalized.shingles());
            shingler.sampled_into(&normalized, &steps, &mut sampled);
            let steps = steps.iter().cycle().enumerate().map(|(n, &step)| usize::from(if n == 0 { step } else { step.max(1) }));
            let numbers = steps.scan(0, |number, step| { *number += step; Some(*number) });
            let expected: Vec<u64> = numbers.map_while(|number| expected.get(number).copied()).collect();
            prop_assert_eq!(&sampled[1..], &expected[..]);
            }
        }
    }

    #[test]
    fn the_one_way_hash_is_keyed_blake3_and_samples_alike() {
        let text = "One two three four five six seven eight nine ten eleven twelve, thirteen and so on without end.";
        let (plain, one_way) = (Shingler::new(&[7; 32]), Shingler::one_way(&[7; 32]));
        let mut normalized = Normalized::default();
        normalized.set(text);
        let mut all = Vec::new();
        one_way.hashes_into(&normalized, &mut all);
        let key = blake3::derive_key("ringfence 1 one-way shingle key", &[7; 32]);
        let first = blake3::keyed_hash(&key, &normalized.bytes()[..SHINGLE_BYTES]);
        assert_eq!(all[0].to_le_bytes(), first.as_bytes()[..8]);
        assert_eq!(all.len(), normalized.shingles());
        // What steps lead to is the same, whatever the hash.
        let mut plain_all = Vec::new();
        plain.hashes_into(&normalized, &mut plain_all);
        for steps in [&[0, 1][..], &[2, 3, 1], &[0, 0, 4], &[5], &[250]] {
            let (mut expected, mut sampled) = (Vec::new(), Vec::new());
            plain.sampled_into(&normalized, steps, &mut expected);
            one_way.sampled_into(&normalized, steps, &mut sampled);
            let place = |hash: &u64, all: &[u64]| all.iter().position(|other| other == hash);
            let places = |hashes: &[u64], all: &[u64]| hashes.iter().map(|hash| place(hash, all)).collect::<Vec<_>>();
            assert_eq!(places(&sampled, &all), places(&expected, &plain_all), "{steps:?}");
        }
    }
}
