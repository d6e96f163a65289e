//! What the tests of this module share: repeatable random sets.

/// SplitMix64 (Steele, Lea, Flood 2014): a test repeats from its seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// A number in `low..=high`.
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    /// So many hashes; that two are equal is not to be expected.
    pub(super) fn hashes(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.next()).collect()
    }

    /// Two sets with so many shingles in common, and so many each that the other has not.
    pub(super) fn pair(&mut self, common: usize, only_one: usize, only_other: usize) -> [Vec<u64>; 2] {
        let shared = self.hashes(common);
        [only_one, only_other].map(|own| [shared.clone(), self.hashes(own)].concat())
    }
}
