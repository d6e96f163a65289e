//! Where words start: one bit for each normalised byte.
//!
//! A bitmap is what vector code yields, a word start costs no more than any other byte, and the k-th start after another
//! is found by counting bits: no list of positions is written or read.

/// The starts of words in a normalised text, as a set of positions.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Starts {
    /// The lowest bit is the earliest position. Bits at the text's end and after it are 0.
    words: Vec<u64>,
}

impl Starts {
    /// The bits, the lowest first, 64 positions a word; there may be words of zeros at the end.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How many words start.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many words start before a position.
    #[must_use]
    pub fn count_before(&self, end: usize) -> usize {
        let whole = self.words.iter().take(end / 64).map(|word| word.count_ones() as usize).sum::<usize>();
        let below = |word: &u64| (word & ((1 << (end % 64)) - 1)).count_ones() as usize;
        whole + self.words.get(end / 64).map_or(0, below)
    }

    /// The positions, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().zip(0_u32..).flat_map(|(&word, number)| {
            let rests = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            rests.take_while(|rest| *rest != 0).map(move |rest| number * 64 + rest.trailing_zeros())
        })
    }

    /// Replaces the content by ascending positions in a text of so many bytes.
    pub(super) fn set(&mut self, positions: &[u32], bytes: usize) {
        self.words.clear();
        self.words.resize(bytes.div_ceil(64), 0);
        for &position in positions {
            if let Some(word) = self.words.get_mut(position as usize / 64) {
                *word |= 1 << (position % 64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_come_back_and_are_counted(set in prop::collection::btree_set(0..400_u32, 0..200), end in 0..500_usize) {
            let positions: Vec<u32> = set.into_iter().collect();
            let mut starts = Starts { words: vec![u64::MAX; 9] };
            starts.set(&positions, 400);
            prop_assert_eq!(starts.iter().collect::<Vec<_>>(), &positions[..]);
            prop_assert_eq!(starts.count(), positions.len());
            prop_assert_eq!(starts.count_before(end), positions.iter().filter(|&&p| (p as usize) < end).count());
        }
    }
}
