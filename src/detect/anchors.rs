//! Seeds to anchors to chains: the exact runs that two texts share, and which of them follow each other in both.
//!
//! 1. A *seed* is a pair of places at which both texts have the same shingle.
//! 2. An *anchor* is a seed with the equal bytes before and after it: a maximal exact run. Seeds on one diagonal that lie in
//!    the run of another add nothing.
//! 3. A *chain* is a list of anchors that ascend in both texts without large gaps: one stretch of copied text, edits
//!    included. Chains are found by dynamic programming over the anchors, best first, each anchor in one chain
//!    (as in sequence alignment: Abouelhoda and Ohlebusch, "Chaining algorithms for multiple genome comparison", 2005).

use crate::text::SHINGLE_BYTES;

/// Places in the normalised bytes of record and reference with equal shingles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seed {
    /// In the record.
    pub record: u32,
    /// In the reference.
    pub reference: u32,
}

impl Seed {
    /// Whether its shingle and that of an earlier seed are parts of one run, with no byte between them.
    pub(super) fn follows(self, earlier: Self) -> bool {
        let (in_record, in_reference) =
            (self.record.wrapping_sub(earlier.record), self.reference.wrapping_sub(earlier.reference));
        in_record == in_reference && in_record <= SHINGLE_BYTES as u32
    }
}

/// A maximal run of equal normalised bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Where it begins in the record.
    pub record: usize,
    /// Where it begins in the reference.
    pub reference: usize,
    /// Its bytes.
    pub len: usize,
}

impl Anchor {
    /// Whether a seed lies in it.
    pub(super) fn holds(&self, seed: Seed) -> bool {
        let (record, reference) = (seed.record as usize, seed.reference as usize);
        record >= self.record
            && record + SHINGLE_BYTES <= self.record + self.len
            && record + self.reference == reference + self.record
    }
}

/// Bytes between two anchors of a chain, at most, on either side: some 60 words.
const MAX_GAP: usize = 400;
/// Anchors that are looked back at for a predecessor.
const LOOK_BACK: usize = 64;
/// Anchors that are considered; of more, the longest.
const MAX_ANCHORS: usize = 4096;
/// Chains of one pair of texts.
const MAX_CHAINS: usize = 64;

/// The anchors around seeds, in the order of the record. The seeds are sorted.
pub(super) fn anchors(seeds: &mut [Seed], record: &[u8], reference: &[u8]) -> Vec<Anchor> {
    // By diagonal, and along it; a text has less than 2^32 bytes.
    seeds.sort_unstable_by_key(|seed| {
        u64::from(seed.record.wrapping_sub(seed.reference)) << 32 | u64::from(seed.record)
    });
    let mut anchors: Vec<Anchor> = Vec::new();
    for seed in seeds.iter() {
        if anchors.last().is_none_or(|last| !last.holds(*seed)) {
            anchors.push(extend(*seed, record, reference));
        }
    }
    if anchors.len() > MAX_ANCHORS {
        anchors.sort_unstable_by_key(|anchor| (std::cmp::Reverse(anchor.len), anchor.record, anchor.reference));
        anchors.truncate(MAX_ANCHORS);
    }
    anchors.sort_unstable_by_key(|anchor| (anchor.record, anchor.reference));
    anchors
}

fn extend(seed: Seed, record: &[u8], reference: &[u8]) -> Anchor {
    let (at, other) = (seed.record as usize, seed.reference as usize);
    let (before, after) = record.split_at(at.min(record.len()));
    let (other_before, other_after) = reference.split_at(other.min(reference.len()));
    let back = equal_behind(before, other_before);
    Anchor { record: at - back, reference: other - back, len: back + equal_ahead(after, other_after) }
}

/// Bytes that are compared at once.
const CHUNK: usize = 16;

/// How many first bytes are equal.
fn equal_ahead(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.as_chunks::<CHUNK>().0.iter().zip(b.as_chunks::<CHUNK>().0);
    let whole = chunks.take_while(|(a, b)| a == b).count() * CHUNK;
    let rest = a.iter().zip(b).skip(whole);
    whole + rest.take_while(|(a, b)| a == b).count()
}

/// How many last bytes are equal.
fn equal_behind(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.as_rchunks::<CHUNK>().1.iter().rev().zip(b.as_rchunks::<CHUNK>().1.iter().rev());
    let whole = chunks.take_while(|(a, b)| a == b).count() * CHUNK;
    let rest = a.iter().rev().zip(b.iter().rev()).skip(whole);
    whole + rest.take_while(|(a, b)| a == b).count()
}

#[derive(Clone, Copy)]
struct Link {
    score: i64,
    before: Option<usize>,
}

/// Chains of anchors, the one with the most shared text first; the anchors of a chain do not overlap.
pub(super) fn chains(anchors: &[Anchor]) -> Vec<Vec<Anchor>> {
    if let [anchor] = anchors {
        return vec![vec![*anchor]];
    }
    let links = link(anchors);
    let mut ends: Vec<usize> = (0..anchors.len()).collect();
    ends.sort_by_key(|&end| (std::cmp::Reverse(links.get(end).map(|link| link.score)), end));
    let mut used = vec![false; anchors.len()];
    let mut chains = Vec::new();
    for end in ends {
        let mut chain = Vec::new();
        let mut at = Some(end);
        while let Some(number) = at
            && let (Some(slot), Some(anchor), Some(link)) =
                (used.get_mut(number), anchors.get(number), links.get(number))
            && !*slot
        {
            *slot = true;
            chain.push(*anchor);
            at = link.before;
        }
        if !chain.is_empty() {
            chain.reverse();
            chains.push(without_overlaps(chain));
        }
        if chains.len() == MAX_CHAINS {
            break;
        }
    }
    chains
}

/// For each anchor the best chain that ends with it.
fn link(anchors: &[Anchor]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::with_capacity(anchors.len());
    for (number, anchor) in anchors.iter().enumerate() {
        let mut best = Link { score: anchor.len as i64, before: None };
        let from = number.saturating_sub(LOOK_BACK);
        let earlier = anchors.get(from..).unwrap_or_default().iter().zip(links.get(from..).unwrap_or_default());
        for (other, (before, link)) in (from..).zip(earlier) {
            if let Some(gain) = gain(before, anchor)
                && link.score + gain > best.score
            {
                best = Link { score: link.score + gain, before: Some(other) };
            }
        }
        links.push(best);
    }
    links
}

/// What an anchor adds to a chain that ends with another: its own bytes, less a little for the gap; none if it cannot follow.
fn gain(before: &Anchor, anchor: &Anchor) -> Option<i64> {
    let overlap = overlap(before, anchor);
    if anchor.record <= before.record || anchor.reference <= before.reference || overlap >= anchor.len {
        return None;
    }
    let gap = |start: usize, end: usize| (start + overlap).saturating_sub(end);
    let in_record = gap(anchor.record, before.record + before.len);
    let in_reference = gap(anchor.reference, before.reference + before.len);
    if in_record > MAX_GAP || in_reference > MAX_GAP {
        return None;
    }
    let cost = in_record.abs_diff(in_reference) / 8 + in_record.max(in_reference) / 16;
    Some((anchor.len - overlap) as i64 - cost as i64)
}

/// Bytes at the beginning of an anchor that the one before it has already, in either text.
fn overlap(before: &Anchor, anchor: &Anchor) -> usize {
    let in_record = (before.record + before.len).saturating_sub(anchor.record);
    in_record.max((before.reference + before.len).saturating_sub(anchor.reference))
}

fn without_overlaps(chain: Vec<Anchor>) -> Vec<Anchor> {
    let mut apart: Vec<Anchor> = Vec::with_capacity(chain.len());
    for mut anchor in chain {
        let cut = apart.last().map_or(0, |before| overlap(before, &anchor)).min(anchor.len);
        anchor = Anchor { record: anchor.record + cut, reference: anchor.reference + cut, len: anchor.len - cut };
        if anchor.len > 0 {
            apart.push(anchor);
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_bytes_are_counted_at_both_ends(
            equal in prop::collection::vec(any::<u8>(), 0..70),
            others in any::<[[u8; 3]; 2]>(),
            lengths in [0..3_usize, 0..3],
        ) {
            let [a, b] = [0, 1].map(|n| &others[n][..lengths[n]]);
            let slow = equal.len() + a.iter().zip(b).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(equal_ahead(&[&equal, a].concat(), &[&equal, b].concat()), slow);
            let slow = equal.len() + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(equal_behind(&[a, &equal].concat(), &[b, &equal].concat()), slow);
        }
    }

    fn seeds_at(places: &[(u32, u32)]) -> Vec<Seed> {
        places.iter().map(|&(record, reference)| Seed { record, reference }).collect()
    }

    #[test]
    fn an_anchor_is_the_maximal_run_around_its_seeds() {
        let shared = "abcdefghijklmnopqrstuvwxyz0123456789abcd";
        let (record, reference) = (format!("xx{shared}y"), format!("zzzz{shared}w"));
        let mut seeds = seeds_at(&[(6, 8), (2, 4), (9, 11)]);
        let anchors = anchors(&mut seeds, record.as_bytes(), reference.as_bytes());
        assert_eq!(anchors, [Anchor { record: 2, reference: 4, len: 40 }]);
    }

    #[test]
    fn anchors_that_ascend_in_both_make_one_chain() {
        let anchor = |record, reference| Anchor { record, reference, len: 50 };
        let together = [anchor(0, 100), anchor(60, 155), anchor(130, 230)];
        assert_eq!(chains(&together), [together.to_vec()]);
        let shuffled = [anchor(0, 300), anchor(60, 100), anchor(130, 200)];
        assert_eq!(chains(&shuffled).len(), 2, "the first does not ascend with the others");
        let far = [anchor(0, 0), anchor(1000, 60)];
        assert_eq!(chains(&far).len(), 2, "too far apart");
    }

    #[test]
    fn anchors_of_a_chain_do_not_overlap() {
        let (a, b) = (Anchor { record: 0, reference: 0, len: 50 }, Anchor { record: 40, reference: 45, len: 50 });
        assert_eq!(chains(&[a, b]), [vec![a, Anchor { record: 50, reference: 55, len: 40 }]]);
    }
}
