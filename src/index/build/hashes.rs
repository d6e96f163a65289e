//! A set of hashes, faster than any that must hash them again.

/// A set of 64-bit hashes: a table that is half empty, in which each stands at its place or right behind it.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    /// 0 is an empty slot.
    slots: Vec<u64>,
    len: usize,
    /// Whether the hash 0 is in.
    zero: bool,
}

impl Hashes {
    /// Empties the set, and makes room for so many hashes.
    pub(super) fn reset(&mut self, capacity: usize) {
        self.slots.clear();
        self.slots.resize(2 * capacity + 1, 0);
        (self.len, self.zero) = (0, false);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts a hash in, for which there must be room.
    pub(super) fn insert(&mut self, hash: u64) {
        if hash == 0 {
            self.len += usize::from(!self.zero);
            self.zero = true;
        } else if let Some(slot) = self.slot(hash).and_then(|slot| self.slots.get_mut(slot)) {
            self.len += usize::from(*slot == 0);
            *slot = hash;
        }
    }

    pub(super) fn contains(&self, hash: u64) -> bool {
        if hash == 0 { self.zero } else { self.slot(hash).and_then(|slot| self.slots.get(slot)) == Some(&hash) }
    }

    /// The slot of a hash, or the empty one that it would take.
    fn slot(&self, hash: u64) -> Option<usize> {
        let start = ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize;
        let fits = |slot: &u64| *slot == hash || *slot == 0;
        let behind = self.slots.get(start..)?.iter().position(fits);
        behind.map(|at| start + at).or_else(|| self.slots.iter().take(start).position(fits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn it_is_a_set(
            hashes in prop::collection::vec(prop_oneof![any::<u64>(), 0..9_u64, u64::MAX - 9..=u64::MAX], 0..200),
            others in prop::collection::vec(0..20_u64, 0..20),
        ) {
            let (mut set, mut expected) = (Hashes::default(), HashSet::new());
            prop_assert!(!set.contains(0) && !set.contains(1));
            for _ in 0..2 {
                set.reset(hashes.len());
                expected.clear();
                for &hash in &hashes {
                    set.insert(hash);
                    expected.insert(hash);
                    prop_assert_eq!(set.len(), expected.len(), "{}", hash);
                }
                prop_assert_eq!(set.is_empty(), expected.is_empty());
                for hash in hashes.iter().chain(&others) {
                    prop_assert_eq!(set.contains(*hash), expected.contains(hash), "{}", hash);
                }
            }
        }
    }
}
