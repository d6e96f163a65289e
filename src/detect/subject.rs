//! A text prepared for comparison.

use crate::index::Bits;
use crate::text::{Shingler, Trace};

/// A normalised text with its shingles, by place and by hash.
#[derive(Debug, Default)]
pub struct Subject {
    /// The normalised text, with origins.
    pub trace: Trace,
    /// Hash, place in the normalised bytes and number of the word start of every shingle; ascending.
    pub shingles: Vec<(u64, u32, u32)>,
    /// Distinct hashes.
    pub distinct: usize,
}

impl Subject {
    /// Prepares a text.
    #[must_use]
    pub fn new(shingler: &Shingler, text: &str) -> Self {
        let trace = Trace::new(text);
        let windows = shingler.windows(&trace.bytes, &trace.starts).zip(0..);
        let mut shingles: Vec<(u64, u32, u32)> =
            windows.map(|((range, hash), n)| (hash, range.start as u32, n)).collect();
        shingles.sort_unstable();
        let distinct = shingles.chunk_by(|a, b| a.0 == b.0).count();
        Self { trace, shingles, distinct }
    }

    /// How many words it has.
    #[must_use]
    pub fn words(&self) -> usize {
        self.trace.starts.len()
    }

    /// Whether all word starts with one hash, given as a run of [`shingles`](Self::shingles), are rare by these bits.
    #[must_use]
    pub fn is_rare(run: &[(u64, u32, u32)], rare: Bits<'_>) -> bool {
        run.iter().all(|&(_, _, start)| rare.get(start as usize))
    }
}
