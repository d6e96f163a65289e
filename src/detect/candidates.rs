//! Nominations: references that a text might match.

use super::rules::Detect;
use super::slots::Slots;
use crate::index::{Index, ReferenceNumber};
use crate::text::Normalized;

/// A reference that is worth comparing with the text; nothing more is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate(pub(super) ReferenceNumber);

/// Looks candidates up, reusing its buffers.
#[derive(Debug, Default)]
pub struct Candidates {
    keys: Vec<u64>,
    /// References that share a band, ascending.
    in_band: Vec<ReferenceNumber>,
    /// A shingle of the text that a reference has, once for each place in that: the reference, and which shingle it is.
    hits: Vec<(ReferenceNumber, u32)>,
    /// How many of these a shingle of the text has.
    postings: Vec<u32>,
    /// References by their shared shingles.
    counts: Vec<Count>,
    /// The place of a reference in `counts`.
    places: Slots,
    buffer: Vec<u32>,
    nominated: Vec<Candidate>,
}

/// How many of a text's shingles a reference has.
#[derive(Debug, Clone, Copy)]
struct Count {
    reference: ReferenceNumber,
    /// The beginning of its digest, where there are several segments; in one, references are in that order.
    digest: u64,
    hits: u32,
    /// The latest of them.
    last: u32,
}

/// Shingles that a text must share with a reference to be compared for passages; one is enough if they are of like size,
/// for then it may be all that edits have left, and where only some shingles are posted, for then it stands for several.
const MIN_HITS: u32 = 2;
/// References under one shingle that are counted; of a phrase in more of them, the first ones stand for all.
const MAX_POSTINGS: u32 = 256;
/// References that are compared with one text for what they share most; and as many again for what those do not have.
const MAX_CANDIDATES: usize = 64;

impl Candidates {
    /// References that share an LSH band with shingle hashes (in any order, repeated or not), or rare shingles or, where a
    /// text has none, its whole normalised form; each once. Bands are not looked at where they can add nothing.
    pub fn nominate(&mut self, index: &Index, detect: Detect, text: &Normalized, shingles: &[u64]) -> &[Candidate] {
        self.in_band.clear();
        self.counts.clear();
        self.nominated.clear();
        if shingles.is_empty() {
            // An empty text is equal to nothing.
            if !text.bytes().is_empty() && detect != Detect::Containment {
                index.probe_whole_into(index.shingler().whole(text), &mut self.in_band);
            }
        } else {
            let has_all = detect != Detect::Resemblance && self.count_postings(index, shingles);
            if detect != Detect::Containment && !has_all {
                self.probe_bands(index, shingles);
            }
            self.choose(index, shingles.len());
        }
        self.nominated.extend(self.in_band.iter().copied().map(Candidate));
        &self.nominated
    }

    /// Finds what shares a band: that is compared whatever it shares besides.
    fn probe_bands(&mut self, index: &Index, shingles: &[u64]) {
        if let Some(signature) = index.sketcher().signature(shingles) {
            self.keys.clear();
            self.keys.extend(index.sketcher().band_keys(&signature));
            index.probe_into(&self.keys, &mut self.in_band);
        }
    }

    /// Nominates the references with the most shared shingles, then those that have shared shingles which none of these has.
    fn choose(&mut self, index: &Index, shingles: usize) {
        let Self { in_band, hits, counts, nominated, .. } = self;
        if index.segments() > 1 {
            counts.iter_mut().for_each(|count| count.digest = digest(index, count.reference));
        }
        let mut nominate = |reference: ReferenceNumber| {
            nominated.extend(in_band.binary_search(&reference).is_err().then_some(Candidate(reference)));
        };
        counts.sort_unstable_by_key(|count| (std::cmp::Reverse(count.hits), count.digest, count.reference));
        let (most, others) = counts.split_at(counts.len().min(MAX_CANDIDATES));
        most.iter().for_each(|count| nominate(count.reference));
        if others.is_empty() {
            return;
        }
        hits.sort_unstable();
        hits.dedup();
        let mut covered = vec![false; shingles];
        // Marks the shingles of a reference, and counts those that were not marked before.
        let mut cover = |reference: ReferenceNumber| {
            let from = hits.partition_point(|(other, _)| *other < reference);
            let shared = hits.get(from..).unwrap_or_default().iter().take_while(|(other, _)| *other == reference);
            let mut mark =
                |shingle: u32| covered.get_mut(shingle as usize).is_some_and(|slot| !std::mem::replace(slot, true));
            shared.filter(|(_, shingle)| mark(*shingle)).count() as u32
        };
        most.iter().for_each(|count| {
            cover(count.reference);
        });
        let mut more = MAX_CANDIDATES;
        for count in others {
            if more > 0 && cover(count.reference) >= MIN_HITS {
                nominate(count.reference);
                more -= 1;
            }
        }
    }

    /// Counts the shingles that each reference shares with the text. True if none but these references can be a match, because
    /// they are all that share a rare shingle with it.
    fn count_postings(&mut self, index: &Index, shingles: &[u64]) -> bool {
        let Self { hits, postings, counts, places, buffer, .. } = self;
        hits.clear();
        postings.clear();
        postings.resize(shingles.len(), 0);
        let (mut is_all, mut segment) = (index.parameters().selection == 1, 0);
        index.postings_each(shingles, buffer, |number, reference| {
            if std::mem::replace(&mut segment, reference.segment) != reference.segment {
                postings.fill(0);
            }
            if let Some(posting) = postings.get_mut(number as usize).filter(|posting| **posting < MAX_POSTINGS) {
                *posting += 1;
                hits.push((reference, number));
            } else {
                is_all = false;
            }
        });
        if segment > 0 {
            is_all &= !cut(index, hits, postings);
        }
        places.clear(hits.len());
        for &(reference, number) in hits.iter() {
            let key = u64::from(reference.segment) << 32 | u64::from(reference.row);
            let place = places.get_or_insert(key, counts.len() as u32, |place| {
                counts.get(place as usize).is_some_and(|count| count.reference == reference)
            });
            match counts.get_mut(place as usize) {
                // Of a text's shingles they come in order; several places of one are one hit.
                Some(count) => count.hits += u32::from(std::mem::replace(&mut count.last, number) != number),
                None => counts.push(Count { reference, digest: 0, hits: 1, last: number }),
            }
        }
        let is_sampled = index.parameters().selection > 1;
        let of_like_size = |number: ReferenceNumber| {
            let (ours, theirs) = (shingles.len(), index.reference(number).map_or(0, |r| r.shingles() as usize));
            ours <= theirs * 2 && theirs <= ours * 2
        };
        let all = counts.len();
        counts.retain(|count| count.hits >= MIN_HITS || is_sampled || of_like_size(count.reference));
        is_all && counts.len() == all && all <= MAX_CANDIDATES
    }
}

fn digest(index: &Index, reference: ReferenceNumber) -> u64 {
    index.reference(reference).map_or(0, |reference| reference.digest())
}

/// Of the hits of a phrase that all segments together have too often, keeps those that one segment of all references would have
/// first. True if there are such; `postings` is a buffer, of one number a shingle.
fn cut(index: &Index, hits: &mut Vec<(ReferenceNumber, u32)>, postings: &mut [u32]) -> bool {
    postings.fill(0);
    for (_, number) in hits.iter() {
        postings.get_mut(*number as usize).into_iter().for_each(|posting| *posting += 1);
    }
    if postings.iter().all(|posting| *posting <= MAX_POSTINGS) {
        return false;
    }
    let sorted = |(reference, number): (ReferenceNumber, u32)| (number, digest(index, reference), reference);
    let mut all: Vec<(u32, u64, ReferenceNumber)> = hits.drain(..).map(sorted).collect();
    all.sort_unstable();
    for of_phrase in all.chunk_by(|a, b| a.0 == b.0) {
        hits.extend(of_phrase.iter().take(MAX_POSTINGS as usize).map(|(number, _, reference)| (*reference, *number)));
    }
    true
}
