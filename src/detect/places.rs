//! Where a record has which shingle: a hash table, made once for a record and asked for every shingle of its candidates.
//!
//! Open addressing in an array of at least twice the shingles; a shingle that is there several times is a list of its places.
//! The slot is taken from the hash by a multiplier that nobody can guess, so that no text can be made that fills neighbouring
//! slots; results do not depend on it.

use std::hash::{BuildHasher, RandomState};

/// The places of a record's shingles, by hash.
#[derive(Debug)]
pub(super) struct Places {
    multiplier: u64,
    /// 64 less the logarithm of the number of slots.
    shift: u32,
    /// The first place with a hash, from 1; 0 for none.
    slots: Vec<u32>,
    /// For each place the next one with the same hash, from 1; 0 for none.
    next: Vec<u32>,
    distinct: usize,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            multiplier: RandomState::new().hash_one(0) | 1,
            shift: 63,
            slots: vec![0; 2],
            next: Vec::new(),
            distinct: 0,
        }
    }
}

impl Places {
    /// Replaces the content by the places of these hashes.
    pub(super) fn set(&mut self, hashes: &[u64]) {
        let bits = (hashes.len() * 2).max(2).next_power_of_two().ilog2();
        self.shift = 64 - bits;
        self.slots.clear();
        self.slots.resize(1 << bits, 0);
        self.next.clear();
        self.next.resize(hashes.len(), 0);
        self.distinct = 0;
        // From the last to the first, so that lists ascend.
        for (number, &hash) in hashes.iter().enumerate().rev() {
            let slot = self.slot(hashes, hash);
            if let (Some(head), Some(next)) = (self.slots.get_mut(slot), self.next.get_mut(number)) {
                self.distinct += usize::from(*head == 0);
                (*next, *head) = (*head, number as u32 + 1);
            }
        }
    }

    /// How many distinct hashes there are.
    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    /// The first place with a hash.
    pub(super) fn first(&self, hashes: &[u64], hash: u64) -> Option<u32> {
        self.slots.get(self.slot(hashes, hash))?.checked_sub(1)
    }

    /// A place and those after it with the same hash, ascending.
    pub(super) fn from(&self, place: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(place), |place| self.next.get(*place as usize)?.checked_sub(1))
    }

    /// The slot that has a hash, or the empty one where it would be. At least half of them are empty.
    fn slot(&self, hashes: &[u64], hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (hash.wrapping_mul(self.multiplier) >> self.shift) as usize;
        while let Some(place) = self.slots.get(slot).and_then(|head| head.checked_sub(1))
            && hashes.get(place as usize) != Some(&hash)
        {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_hash_has_its_places(
            before in prop::collection::vec(any::<u64>(), 0..50),
            hashes in prop::collection::vec(prop_oneof![0..40_u64, any::<u64>(), (0..9_u64).prop_map(|n| n << 58)], 0..200),
            others in prop::collection::vec(0..60_u64, 0..20),
        ) {
            let mut places = Places::default();
            places.set(&before);
            places.set(&hashes);
            for hash in hashes.iter().chain(&others) {
                let found: Vec<u32> =
                    places.first(&hashes, *hash).map_or(Vec::new(), |first| places.from(first).collect());
                let expected: Vec<u32> = (0..).zip(&hashes).filter(|(_, other)| *other == hash).map(|(n, _)| n).collect();
                prop_assert_eq!(found, expected);
            }
            let mut distinct = hashes.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(places.distinct(), distinct.len());
        }
    }
}
