//! Nominations: references that a text might match.

use super::rules::Detect;
use crate::index::{Index, ReferenceNumber};
use crate::text::Normalized;

/// A reference that is worth comparing with the text; nothing more is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate(pub(super) ReferenceNumber);

/// Looks candidates up, reusing its buffers.
#[derive(Debug, Default)]
pub struct Candidates {
    keys: Vec<u64>,
    hits: Vec<ReferenceNumber>,
    numbers: Vec<ReferenceNumber>,
    counts: Vec<(u32, ReferenceNumber)>,
}

/// Shingles that a text must share with a reference to be compared for passages; one is enough if they are of like size,
/// for then it may be all that edits have left.
const MIN_HITS: u32 = 2;
/// References under one shingle that are counted; of a phrase in more of them, the first ones stand for all.
const MAX_POSTINGS: usize = 256;
/// References that are compared with one text.
const MAX_CANDIDATES: usize = 64;

impl Candidates {
    /// References that share an LSH band with shingle hashes (in any order, repeated or not), or rare shingles or, where a
    /// text has none, its whole normalised form; each once, the most promising first.
    pub fn nominate(
        &mut self,
        index: &Index,
        detect: Detect,
        text: &Normalized,
        shingles: &[u64],
    ) -> impl Iterator<Item = Candidate> + use<'_> {
        self.keys.clear();
        self.numbers.clear();
        self.counts.clear();
        if shingles.is_empty() {
            // An empty text is equal to nothing.
            if !text.bytes().is_empty() && detect != Detect::Containment {
                index.probe_whole_into(index.shingler().whole(text), &mut self.numbers);
            }
        } else {
            if detect != Detect::Containment {
                let signature = index.sketcher().signature(shingles);
                self.keys.extend(
                    signature
                        .into_iter()
                        .flat_map(|signature| index.sketcher().band_keys(&signature).collect::<Vec<_>>()),
                );
                index.probe_into(&self.keys, &mut self.numbers);
            }
            if detect != Detect::Resemblance {
                self.count_postings(index, shingles);
            }
        }
        // What shares a band is compared whatever it shares besides.
        let in_band = self.numbers.iter().map(|&number| (u32::MAX, number));
        let counted = self.counts.iter().filter(|(_, number)| self.numbers.binary_search(number).is_err());
        let mut all: Vec<(u32, ReferenceNumber)> = in_band.chain(counted.copied()).collect();
        all.sort_unstable_by_key(|&(hits, number)| (std::cmp::Reverse(hits), number));
        all.truncate(self.numbers.len() + MAX_CANDIDATES);
        all.into_iter().map(|(_, number)| Candidate(number))
    }

    /// Counts the shingles that each reference shares with the text.
    fn count_postings(&mut self, index: &Index, shingles: &[u64]) {
        self.hits.clear();
        for &hash in shingles {
            self.hits.extend(index.postings(hash).take(MAX_POSTINGS));
        }
        self.hits.sort_unstable();
        let counts = self.hits.chunk_by(|a, b| a == b).filter_map(|run| Some((run.len() as u32, *run.first()?)));
        let of_like_size = |number: ReferenceNumber| {
            let (ours, theirs) = (shingles.len(), index.reference(number).map_or(0, |r| r.shingles() as usize));
            ours <= theirs * 2 && theirs <= ours * 2
        };
        self.counts.extend(counts.filter(|&(hits, number)| hits >= MIN_HITS || of_like_size(number)));
    }
}
