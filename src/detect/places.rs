//! Where a record has which shingle: made once for a record, and asked for every shingle of its candidates.

use super::slots::Slots;

/// The places of a record's shingles, by hash. A shingle that is there several times is a list of its places.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The first place with a hash.
    firsts: Slots,
    /// For each place the next one with the same hash, from 1; 0 for none.
    next: Vec<u32>,
    distinct: usize,
}

impl Places {
    /// Replaces the content by the places of these hashes.
    pub(super) fn set(&mut self, hashes: &[u64]) {
        self.firsts.clear(hashes.len());
        self.next.clear();
        self.next.resize(hashes.len(), 0);
        self.distinct = 0;
        // From the last to the first, so that lists ascend.
        for ((number, &hash), next) in hashes.iter().enumerate().zip(&mut self.next).rev() {
            let behind = self.firsts.replace(hash, number as u32, |place| hashes.get(place as usize) == Some(&hash));
            self.distinct += usize::from(behind.is_none());
            *next = behind.map_or(0, |place| place + 1);
        }
    }

    /// How many distinct hashes there are.
    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    /// The first place with a hash.
    pub(super) fn first(&self, hashes: &[u64], hash: u64) -> Option<u32> {
        self.firsts.get(hash, |place| hashes.get(place as usize) == Some(&hash))
    }

    /// A place and those after it with the same hash, ascending.
    pub(super) fn from(&self, place: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(place), |place| self.next.get(*place as usize)?.checked_sub(1))
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
