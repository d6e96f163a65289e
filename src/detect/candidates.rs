//! Nominations: references that a text might match.

use super::rules::Detect;
use crate::index::{Index, ReferenceNumber};
use crate::text::Normalized;
use std::ops::Range;

/// A reference that is worth comparing with the text; nothing more is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate(pub(super) ReferenceNumber);

/// Looks candidates up, reusing its buffers.
#[derive(Debug, Default)]
pub struct Candidates {
    keys: Vec<u64>,
    /// References that share a band, ascending.
    in_band: Vec<ReferenceNumber>,
    /// Each shared shingle of each reference: the reference, and which of the text's shingles it is; ascending.
    hits: Vec<(ReferenceNumber, u32)>,
    /// References by their shared shingles: how many, which reference, and where they are in `hits`.
    counts: Vec<(u32, ReferenceNumber, Range<usize>)>,
}

/// Shingles that a text must share with a reference to be compared for passages; one is enough if they are of like size,
/// for then it may be all that edits have left, and where only some shingles are posted, for then it stands for several.
const MIN_HITS: u32 = 2;
/// References under one shingle that are counted; of a phrase in more of them, the first ones stand for all.
const MAX_POSTINGS: usize = 256;
/// References that are compared with one text for what they share most; and as many again for what those do not have.
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
    ) -> impl Iterator<Item = Candidate> + use<> {
        self.keys.clear();
        self.in_band.clear();
        self.hits.clear();
        self.counts.clear();
        if shingles.is_empty() {
            // An empty text is equal to nothing.
            if !text.bytes().is_empty() && detect != Detect::Containment {
                index.probe_whole_into(index.shingler().whole(text), &mut self.in_band);
            }
        } else {
            if let Some(signature) = index.sketcher().signature(shingles).filter(|_| detect != Detect::Containment) {
                self.keys.extend(index.sketcher().band_keys(&signature));
                index.probe_into(&self.keys, &mut self.in_band);
            }
            if detect != Detect::Resemblance {
                self.count_postings(index, shingles);
            }
        }
        // What shares a band is compared whatever it shares besides.
        let (in_band, chosen) = (std::mem::take(&mut self.in_band), self.choose(shingles.len()));
        let counted = chosen.into_iter().filter(|number| in_band.binary_search(number).is_err());
        let all: Vec<Candidate> = in_band.iter().copied().chain(counted).map(Candidate).collect();
        self.in_band = in_band;
        all.into_iter()
    }

    /// The references with the most shared shingles, then those that have shared shingles which none of these has.
    fn choose(&mut self, shingles: usize) -> Vec<ReferenceNumber> {
        self.counts.sort_unstable_by_key(|&(hits, number, _)| (std::cmp::Reverse(hits), number));
        let (most, others) = self.counts.split_at(self.counts.len().min(MAX_CANDIDATES));
        let mut chosen: Vec<ReferenceNumber> = most.iter().map(|&(_, number, _)| number).collect();
        if others.is_empty() {
            return chosen;
        }
        let mut covered = vec![false; shingles];
        // Marks the shingles of a reference, and counts those that were not marked before.
        let mut cover = |range: &Range<usize>| {
            let mut new = 0;
            for (_, shingle) in self.hits.get(range.clone()).unwrap_or_default() {
                if let Some(slot) = covered.get_mut(*shingle as usize) {
                    new += u32::from(!*slot);
                    *slot = true;
                }
            }
            new
        };
        most.iter().for_each(|(_, _, range)| {
            cover(range);
        });
        for (_, number, range) in others {
            if chosen.len() < 2 * MAX_CANDIDATES && cover(range) >= MIN_HITS {
                chosen.push(*number);
            }
        }
        chosen
    }

    /// Counts the shingles that each reference shares with the text.
    fn count_postings(&mut self, index: &Index, shingles: &[u64]) {
        for (&hash, number) in shingles.iter().zip(0..) {
            self.hits.extend(index.postings(hash).take(MAX_POSTINGS).map(|reference| (reference, number)));
        }
        self.hits.sort_unstable();
        self.hits.dedup();
        let is_sampled = index.parameters().selection > 1;
        let of_like_size = |number: ReferenceNumber| {
            let (ours, theirs) = (shingles.len(), index.reference(number).map_or(0, |r| r.shingles() as usize));
            ours <= theirs * 2 && theirs <= ours * 2
        };
        let mut at = 0;
        for run in self.hits.chunk_by(|a, b| a.0 == b.0) {
            let range = at..at + run.len();
            at = range.end;
            if let (Some(&(number, _)), hits) = (run.first(), run.len() as u32)
                && (hits >= MIN_HITS || is_sampled || of_like_size(number))
            {
                self.counts.push((hits, number, range));
            }
        }
    }
}
