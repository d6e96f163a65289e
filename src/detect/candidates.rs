//! Nominations: references that a text might match.

use crate::index::{Index, ReferenceNumber};
use crate::text::Normalized;

/// A reference that is worth comparing with the text; nothing more is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate(pub(super) ReferenceNumber);

/// Looks candidates up, reusing its buffers.
#[derive(Debug, Default)]
pub struct Candidates {
    keys: Vec<u64>,
    numbers: Vec<ReferenceNumber>,
}

impl Candidates {
    /// References that share an LSH band with shingle hashes (in any order, repeated or not) or, where a text has none, its whole normalised
    /// form; each once, in the order of their numbers.
    pub fn nominate(
        &mut self,
        index: &Index,
        text: &Normalized,
        shingles: &[u64],
    ) -> impl Iterator<Item = Candidate> + use<'_> {
        self.keys.clear();
        self.numbers.clear();
        match index.sketcher().signature(shingles) {
            Some(signature) => {
                self.keys.extend(index.sketcher().band_keys(&signature));
                index.probe_into(&self.keys, &mut self.numbers);
            }
            // An empty text is equal to nothing.
            None if text.bytes().is_empty() => {}
            None => index.probe_whole_into(index.shingler().whole(text), &mut self.numbers),
        }
        self.numbers.iter().copied().map(Candidate)
    }
}
