//! What a record and a reference share: their shingles joined by hash.

use super::anchors::Seed;
use super::places::Places;
use super::subject::Subject;
use crate::index::Bits;

/// Places of one shingle in a reference that become seeds; more are repetition. Of a record all do: each copy is to be found.
const MAX_REPEATS: usize = 8;

/// The shared shingles of a record and a reference; the buffers are used again for the next reference.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Places of equal shingles in both texts.
    pub seeds: Vec<Seed>,
    /// Distinct shingles that both have.
    pub shingles: usize,
    /// Those of them that are rare.
    pub rare: usize,
    /// Places in the reference's bytes of rare shared shingles, ascending.
    pub rare_places: Vec<u32>,
    /// The same of those that are not rare.
    pub common_places: Vec<u32>,
    /// Word starts of the reference with a shared shingle, and the first place of that in the record.
    pairs: Vec<(u32, u32)>,
    /// By first place in the record, what is known of a shingle in the reference at hand.
    known: Vec<Known>,
    /// The reference at hand, by number.
    reference: u64,
}

/// What is known of a shingle.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    /// In which reference.
    reference: u64,
    /// Places there that are seeds.
    seeds: usize,
    /// Whether one of the places is common: then all of them are.
    is_common: bool,
}

impl Shared {
    /// Joins the shingles of a record, in `places`, with those of a reference.
    pub(super) fn join(&mut self, ours: Subject<'_>, places: &Places, theirs: Subject<'_>, rare: Bits<'_>) {
        self.seeds.clear();
        self.rare_places.clear();
        self.common_places.clear();
        self.find_pairs(ours, places, theirs, rare);
        let mut last: Option<Seed> = None;
        for &(word, first) in &self.pairs {
            let (Some(known), Some(&reference)) =
                (self.known.get_mut(first as usize), theirs.starts.get(word as usize))
            else {
                continue;
            };
            if known.is_common { &mut self.common_places } else { &mut self.rare_places }.push(reference);
            if known.seeds < MAX_REPEATS {
                known.seeds += 1;
                let starts = places.from(first).filter_map(|place| ours.starts.get(place as usize));
                for &record in starts {
                    let seed = Seed { record, reference };
                    // Overlapping shingles of one diagonal are one run, to which one seed leads.
                    if !last.is_some_and(|last| seed.follows(last)) {
                        self.seeds.push(seed);
                    }
                    last = Some(seed);
                }
            }
        }
    }

    /// Finds the word starts of the reference with a shared shingle, and counts these.
    fn find_pairs(&mut self, ours: Subject<'_>, places: &Places, theirs: Subject<'_>, rare: Bits<'_>) {
        self.reference += 1;
        self.known.resize(self.known.len().max(ours.shingles.len()), Known::default());
        self.pairs.clear();
        let (mut shingles, mut common) = (0, 0);
        for (word, &hash) in (0_u32..).zip(theirs.shingles) {
            let Some(first) = places.first(ours.shingles, hash) else { continue };
            let Some(known) = self.known.get_mut(first as usize) else { continue };
            if known.reference != self.reference {
                *known = Known { reference: self.reference, ..Known::default() };
                shingles += 1;
            }
            if !known.is_common && !rare.get(word as usize) {
                known.is_common = true;
                common += 1;
            }
            self.pairs.push((word, first));
        }
        (self.shingles, self.rare) = (shingles, shingles - common);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SHINGLE_BYTES;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// The places of each hash.
    fn by_hash(hashes: &[u64]) -> BTreeMap<u64, Vec<u32>> {
        let mut places: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        (0..).zip(hashes).for_each(|(place, hash)| places.entry(*hash).or_default().push(place));
        places
    }

    fn subject<'a>(starts: &'a [u32], shingles: &'a [u64]) -> Subject<'a> {
        Subject { bytes: &[], starts, shingles }
    }

    proptest! {
        #[test]
        fn the_join_is_that_of_sorted_lists(
            ours in prop::collection::vec(0..30_u64, 0..60),
            others in prop::collection::vec(prop::collection::vec(0..50_u64, 0..60), 1..4),
            rare: [u8; 8],
        ) {
            let starts: Vec<u32> = (0..60).map(|n| n * 5).collect();
            let (mut places, mut shared, bits) = (Places::default(), Shared::default(), Bits::at(&rare, 0));
            places.set(&ours);
            for theirs in &others {
                shared.join(subject(&starts, &ours), &places, subject(&starts, theirs), bits);
                let (ours, theirs) = (by_hash(&ours), by_hash(theirs));
                let both = || ours.iter().filter_map(|(hash, ours)| Some((ours, theirs.get(hash)?)));
                let is_rare = |places: &[u32]| places.iter().all(|&place| bits.get(place as usize));
                let of_kind = |rare: bool| -> Vec<u32> {
                    let all = both().filter(|(_, theirs)| is_rare(theirs) == rare).flat_map(|(_, theirs)| theirs);
                    all.map(|place| place * 5).collect::<BTreeSet<u32>>().into_iter().collect()
                };
                let pairs = |(ours, theirs): (&Vec<u32>, &Vec<u32>)| -> Vec<(u32, u32)> {
                    ours.iter().flat_map(|a| theirs.iter().take(MAX_REPEATS).map(move |b| (a * 5, b * 5))).collect()
                };
                let seeds: BTreeSet<(u32, u32)> = both().flat_map(pairs).collect();
                prop_assert_eq!(shared.shingles, both().count());
                prop_assert_eq!(shared.rare, both().filter(|(_, theirs)| is_rare(theirs)).count());
                prop_assert_eq!(&shared.rare_places, &of_kind(true));
                prop_assert_eq!(&shared.common_places, &of_kind(false));
                let of = |seed: &Seed| (seed.record, seed.reference);
                let led = |seed: &(u32, u32)| {
                    // Left out is only what the run of another holds, shingle by overlapping shingle.
                    let mut at = *seed;
                    loop {
                        if shared.seeds.iter().any(|seed| of(seed) == at) {
                            return true;
                        }
                        let back = |step: u32| Some((at.0.checked_sub(step)?, at.1.checked_sub(step)?));
                        match (0..=SHINGLE_BYTES as u32).skip(1).filter_map(back).find(|at| seeds.contains(at)) {
                            Some(before) => at = before,
                            None => return false,
                        }
                    }
                };
                prop_assert!(shared.seeds.iter().all(|seed| seeds.contains(&of(seed))));
                prop_assert!(seeds.iter().all(led));
            }
        }
    }
}
