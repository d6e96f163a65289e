//! Random hashes in ascending order, without sorting.

/// Hashes as a Poisson process leaves them: with gaps that are distributed exponentially. Each comes with another random number.
#[derive(Clone)]
pub(crate) struct Ascending {
    state: u64,
    /// The mean gap.
    gap: f64,
    at: u64,
}

impl Ascending {
    /// About so many hashes; always the same ones for a number.
    pub(crate) fn new(hashes: u64) -> Self {
        Self { state: hashes, gap: u64::MAX as f64 / hashes as f64, at: 0 }
    }

    /// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Iterator for Ascending {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let random = self.random();
        let uniform = ((random >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        self.at = self.at.checked_add((-uniform.ln() * self.gap) as u64)?;
        Some((self.at, self.random()))
    }
}
