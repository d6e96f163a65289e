//! Proof without the reference's text: the shingles that both have, counted in order.
//!
//! A private index has the hashes of a reference's shingles and nothing of its text.
//!
//! 1. Words of both texts at which the same shingle begins are a pair. A chain is a list of pairs that ascend in both texts without
//!    large gaps; chains are found by dynamic programming, the longest first, each pair in one of them.
//! 2. Words that lie wholly in the shingles of a chain agree. Others may agree as well; nobody can tell, and they count as if they
//!    did not. So what is reported is the least that is true.
//! 3. The same rules decide as where texts are aligned. Fragments of several references are not looked for.

use super::compare::{Compared, Figures, Record, are_apart};
use super::found::{Match, MatchKind};
use super::rules::Detect;
use super::shared::Shared;
use super::subject::Subject;
use super::verify::{Sum, Verifier};
use crate::index::{Bits, Reference, ReferenceNumber, Sequence};
use crate::text::SHINGLE_BYTES;
use std::cmp::Reverse;
use std::ops::Range;

/// Words between two pairs of a chain, at most, on either side.
const MAX_GAP: u32 = 60;
/// Pairs that are looked back at for a predecessor.
const LOOK_BACK: usize = 64;
/// Chains of one pair of texts.
const MAX_CHAINS: usize = 32;
/// Between the places that stand for the words of a reference: more than a shingle, so that no two are taken for one run.
const APART: u32 = 2 * SHINGLE_BYTES as u32;

/// A word of the record and one of the reference at which the same shingle begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    ours: u32,
    theirs: u32,
}

/// A record beside a reference of which the shingles are known.
pub(super) struct InOrder<'a> {
    ours: Subject<'a>,
    rare: Bits<'a>,
    sequence: Sequence<'a>,
    pairs: Vec<Pair>,
}

/// Compares a record with a reference by their shingles.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    shingles: Vec<u64>,
    places: Vec<u32>,
}

impl Sequences {
    /// Appends the matches of a record; `whole` is the hash of all of it. Reference spans are of raw bytes.
    pub(super) fn verify(
        &mut self,
        verifier: &Verifier,
        (record, whole): (Record<'_>, u64),
        (number, reference): (ReferenceNumber, &Reference<'_>),
        shared: &mut Shared,
    ) -> Vec<Match> {
        let Some(sequence) = reference.sequence() else { return Vec::new() };
        self.shingles.clear();
        self.shingles.extend(sequence.shingles.iter().map(|entry| entry.hash.get()));
        self.places.clear();
        self.places.extend((0..self.shingles.len() as u32).map(|word| word.wrapping_mul(APART)));
        let theirs = Subject { bytes: &[], starts: &self.places, shingles: &self.shingles };
        let compared = Compared::new(record, theirs, (number, reference), shared);
        let in_order = InOrder::new(&compared, reference.rare(), sequence);
        in_order.verify(verifier, &compared, sequence.whole == whole)
    }
}

impl<'a> InOrder<'a> {
    fn new(compared: &Compared<'a>, rare: Bits<'a>, sequence: Sequence<'a>) -> Self {
        let ours = compared.ours;
        let pair = |(record, reference): (u32, u32)| Pair {
            ours: ours.words_before(record as usize) as u32,
            theirs: reference / APART,
        };
        let mut pairs: Vec<Pair> = compared.places().map(pair).collect();
        pairs.sort_unstable();
        Self { ours, rare, sequence, pairs }
    }

    fn verify(&self, verifier: &Verifier, compared: &Compared<'_>, is_equal: bool) -> Vec<Match> {
        let Verifier { threshold, rules, detect } = verifier;
        if *detect != Detect::Containment {
            if is_equal {
                let is_own = compared.rare() > 0 || self.sequence.shingles.is_empty();
                return if is_own { vec![self.exact(compared)] } else { Vec::new() };
            }
            let enough = compared.rare() >= rules.resemblance_shingles && compared.rare_share() >= rules.rare_share;
            if enough && compared.resembles(*threshold) {
                return vec![self.resemblance(compared)];
            }
        }
        if *detect == Detect::Resemblance || compared.rare() == 0 {
            return Vec::new();
        }
        let words = [self.ours.words(), self.sequence.shingles.len()];
        let chains = chains(&self.pairs);
        let passages: Vec<&Vec<Pair>> =
            chains.iter().filter(|chain| verifier.is_enough(words, self.figures(chain))).collect();
        let found = if passages.is_empty() { self.scattered(verifier, compared, &chains) } else { passages };
        found.into_iter().map(|chain| self.passage(compared, chain)).collect()
    }

    /// The chains of a copy with its parts in another order, if together they are evidence enough.
    fn scattered<'c>(
        &self,
        verifier: &Verifier,
        compared: &Compared<'_>,
        chains: &'c [Vec<Pair>],
    ) -> Vec<&'c Vec<Pair>> {
        let mut parts: Vec<&Vec<Pair>> = Vec::new();
        for chain in chains.iter().filter(|chain| verifier.is_part(&self.figures(chain), verifier.rules.agreement)) {
            // A stretch of either text counts once.
            let is_new = |part: &&Vec<Pair>| {
                are_apart(&self.record_span(part), &self.record_span(chain))
                    && are_apart(&self.reference_span(part), &self.reference_span(chain))
            };
            if parts.iter().all(is_new) {
                parts.push(chain);
            }
        }
        let sum: Sum = parts.iter().map(|part| self.figures(part)).sum();
        if verifier.are_scattered(compared, sum) { parts } else { Vec::new() }
    }

    /// The words of the record that lie wholly in the shingles of some pairs.
    fn words_in(&self, pairs: impl Iterator<Item = Pair>) -> usize {
        let (mut words, mut covered) = (0, 0..0_usize);
        for pair in pairs {
            let start = self.ours.start(pair.ours as usize);
            if start > covered.end {
                words += self.ours.inside(covered).len();
                covered = start..start;
            }
            covered.end = covered.end.max(start + SHINGLE_BYTES);
        }
        words + self.ours.inside(covered).len()
    }

    fn is_rare(&self, pair: &Pair) -> bool {
        self.rare.get(pair.theirs as usize)
    }

    /// The normalised bytes of the record from the first shingle of a chain to the last.
    fn record_span(&self, chain: &[Pair]) -> Range<usize> {
        let start = |pair: Option<&Pair>| pair.map_or(0, |pair| self.ours.start(pair.ours as usize));
        start(chain.first())..start(chain.last()) + SHINGLE_BYTES
    }

    /// The raw bytes of the reference, likewise.
    fn reference_span(&self, chain: &[Pair]) -> Range<usize> {
        let entry = |pair: Option<&Pair>| self.sequence.shingles.get(pair?.theirs as usize);
        let (first, last) = (entry(chain.first()), entry(chain.last()));
        first.map_or(0, |entry| entry.start.get() as usize)..last.map_or(0, |entry| entry.end.get() as usize)
    }

    fn figures(&self, chain: &[Pair]) -> Figures {
        let words = self.words_in(chain.iter().copied());
        let telling = self.words_in(chain.iter().copied().filter(|pair| self.is_rare(pair)));
        Figures {
            words,
            telling: [telling; 2],
            agreement: self.agreement(chain, words),
            rare: chain.iter().filter(|pair| self.is_rare(pair)).count(),
        }
    }

    /// Words that agree for certain, as a share of those of the longer side.
    fn agreement(&self, chain: &[Pair], words: usize) -> f64 {
        let span = self.record_span(chain);
        let in_last = self.ours.inside(span.end.saturating_sub(SHINGLE_BYTES)..span.end).len();
        let theirs = |pair: Option<&Pair>| pair.map_or(0, |pair| pair.theirs as usize);
        let theirs = theirs(chain.last()) - theirs(chain.first()) + in_last;
        words as f64 / self.ours.inside(span).len().max(theirs).max(1) as f64
    }

    fn exact(&self, compared: &Compared<'_>) -> Match {
        let spans = (0..self.ours.bytes.len(), 0..self.sequence.bytes as usize);
        Match {
            rare_shingles: compared.rare() as u32,
            words: self.ours.words() as u32,
            agreement: 1.0,
            ..compared.base(MatchKind::Exact, spans.0, spans.1)
        }
    }

    fn resemblance(&self, compared: &Compared<'_>) -> Match {
        let (first, last) = (self.pairs.first(), self.pairs.last());
        let ends: Vec<Pair> = first.into_iter().chain(last).copied().collect();
        let of_reference = |most: fn(&Pair) -> Reverse<u32>| self.pairs.iter().max_by_key(|pair| most(pair)).copied();
        let lowest = of_reference(|pair| Reverse(pair.theirs));
        let highest = self.pairs.iter().max_by_key(|pair| pair.theirs).copied();
        let reference: Vec<Pair> = lowest.into_iter().chain(highest).collect();
        let words = self.words_in(self.pairs.iter().copied());
        Match {
            rare_shingles: compared.rare() as u32,
            words: words as u32,
            agreement: words as f64 / self.ours.words().max(self.sequence.shingles.len()).max(1) as f64,
            ..compared.base(MatchKind::Resemblance, self.record_span(&ends), self.reference_span(&reference))
        }
    }

    fn passage(&self, compared: &Compared<'_>, chain: &[Pair]) -> Match {
        let figures = self.figures(chain);
        let follows = |pair: &[Pair]| match pair {
            [a, b] => b.ours - a.ours == 1 && b.theirs - a.theirs == 1,
            _ => true,
        };
        Match {
            rare_shingles: figures.rare as u32,
            words: figures.words as u32,
            agreement: figures.agreement,
            gaps: chain.windows(2).filter(|pair| !follows(pair)).count() as u32,
            ..compared.base(MatchKind::Containment, self.record_span(chain), self.reference_span(chain))
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Link {
    length: u32,
    before: Option<usize>,
}

/// Chains of sorted pairs, the longest first.
fn chains(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let links = link(pairs);
    let mut ends: Vec<usize> = (0..pairs.len()).collect();
    ends.sort_by_key(|&end| (Reverse(links.get(end).map(|link| link.length)), end));
    let (mut used, mut chains) = (vec![false; pairs.len()], Vec::new());
    for end in ends {
        let (mut chain, mut at) = (Vec::new(), Some(end));
        while let Some(number) = at
            && let (Some(slot), Some(pair), Some(link)) = (used.get_mut(number), pairs.get(number), links.get(number))
            && !*slot
        {
            *slot = true;
            chain.push(*pair);
            at = link.before;
        }
        if !chain.is_empty() {
            chain.reverse();
            chains.push(chain);
        }
        if chains.len() == MAX_CHAINS {
            break;
        }
    }
    chains
}

/// For each pair the longest chain that ends with it; of equal ones, that with the nearest predecessor.
fn link(pairs: &[Pair]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::with_capacity(pairs.len());
    for (number, pair) in pairs.iter().enumerate() {
        let mut best = Link { length: 1, before: None };
        let from = number.saturating_sub(LOOK_BACK);
        let earlier = pairs.get(from..number).unwrap_or_default().iter().zip(links.get(from..).unwrap_or_default());
        for (other, (before, link)) in (from..).zip(earlier) {
            let ascends = before.ours < pair.ours && before.theirs < pair.theirs;
            let near = pair.ours - before.ours <= MAX_GAP && pair.theirs.saturating_sub(before.theirs) <= MAX_GAP;
            if ascends && near && link.length + 1 >= best.length {
                best = Link { length: link.length + 1, before: Some(other) };
            }
        }
        links.push(best);
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(u32, u32)]) -> Vec<Pair> {
        pairs.iter().map(|&(ours, theirs)| Pair { ours, theirs }).collect()
    }

    #[test]
    fn chains_ascend_in_both_and_end_at_large_gaps() {
        // A copy, a second one of its beginning, and a stretch too far on.
        let found =
            chains(&pairs(&[(0, 5), (1, 6), (2, 7), (9, 14), (20, 5), (21, 6), (22, 4), (90, 95), (91, 96), (92, 97)]));
        let expected =
            [&[(0, 5), (1, 6), (2, 7), (9, 14)][..], &[(90, 95), (91, 96), (92, 97)], &[(20, 5), (21, 6)], &[(22, 4)]];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (chain, expected) in found.iter().zip(expected) {
            assert_eq!(*chain, pairs(expected));
        }
    }
}
