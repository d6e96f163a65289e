//! A hash table of numbers, with the keys elsewhere: emptied for each record, and never larger than it needs.
//!
//! Open addressing in an array of at least twice the entries. The slot is taken from the key by a multiplier that nobody can
//! guess, so that no text can be made that fills neighbouring slots; what is found does not depend on it.

use std::hash::{BuildHasher, RandomState};

/// Numbers by key.
#[derive(Debug)]
pub(super) struct Slots {
    multiplier: u64,
    /// 64 less the logarithm of the number of slots.
    shift: u32,
    /// The number in each slot, from 1; 0 for none.
    slots: Vec<u32>,
}

impl Default for Slots {
    fn default() -> Self {
        Self { multiplier: RandomState::new().hash_one(0) | 1, shift: 63, slots: vec![0; 2] }
    }
}

impl Slots {
    /// Empties it, and makes room for so many numbers.
    pub(super) fn clear(&mut self, most: usize) {
        let bits = (most * 2).max(2).next_power_of_two().trailing_zeros();
        self.shift = 64 - bits;
        self.slots.clear();
        self.slots.resize(1 << bits, 0);
    }

    /// The number under a key; `is_it` says of a number whether it is the one.
    pub(super) fn get(&self, key: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.slots.get(self.slot(key, is_it))?.checked_sub(1)
    }

    /// Puts a number under a key, in the place of the one that was there.
    pub(super) fn replace(&mut self, key: u64, number: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let slot = self.slot(key, is_it);
        std::mem::replace(self.slots.get_mut(slot)?, number + 1).checked_sub(1)
    }

    /// The number under a key; `number`, which is put there, if there is none.
    pub(super) fn get_or_insert(&mut self, key: u64, number: u32, is_it: impl Fn(u32) -> bool) -> u32 {
        let slot = self.slot(key, is_it);
        let Some(slot) = self.slots.get_mut(slot) else { return number };
        if *slot == 0 {
            *slot = number + 1;
        }
        *slot - 1
    }

    /// The slot with the number under a key, or the empty one where it would be. At least half of them are empty.
    fn slot(&self, key: u64, is_it: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (key.wrapping_mul(self.multiplier) >> self.shift) as usize;
        while let Some(number) = self.slots.get(slot).and_then(|number| number.checked_sub(1))
            && !is_it(number)
        {
            slot = (slot + 1) & mask;
        }
        slot
    }
}
