//! Where words start: one bit for each normalised byte.
//!
//! A bitmap is what vector code yields, a word start costs no more than any other byte, and the k-th start after another
//! is found by counting bits: no list of positions is written or read.

use super::shingle::SHINGLE_BYTES;
use super::trace::{LONG_WORD, LONG_WORD_STEP};
use std::ops::Range;

/// The starts of words in a normalised text, as a set of positions.
#[derive(Debug, Default, Clone)]
pub struct Starts {
    /// The lowest bit is the earliest position. It is as long as any text needed so far: what counts are the first `live`.
    pub(super) words: Vec<u64>,
    /// How many words start before each of `words`, and before the end; then [`AFTER`] times a number that is never reached.
    pub(super) ranks: Vec<u32>,
    live: usize,
    shingles: usize,
}

/// Numbers behind the ranks, so that the next few can be looked at together.
pub(super) const AFTER: usize = 4;

impl Starts {
    /// The bits, the lowest first, 64 positions a word, as many words as there are bytes; those behind the last byte are 0.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        self.words.get(..self.live).unwrap_or_default()
    }

    /// How many words start.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ranks.get(self.live).map_or(0, |&count| count as usize)
    }

    /// How many words start before each of [`words`](Self::words), and then before the end.
    #[inline(always)]
    pub(super) fn ranks(&self) -> &[u32] {
        self.ranks.get(..self.live + 1 + AFTER).unwrap_or_default()
    }

    /// How many of them have the bytes of a shingle behind them.
    #[must_use]
    pub fn shingles(&self) -> usize {
        self.shingles
    }

    /// The positions, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words().iter().zip(0_u32..).flat_map(|(&word, number)| {
            let rests = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            rests.take_while(|rest| *rest != 0).map(move |rest| number * 64 + rest.trailing_zeros())
        })
    }

    /// Ends the bitmap of a text: `last` are the bits of the word in which the text ends.
    ///
    /// So far only the beginnings of words are in it. Words that are too long get further starts here.
    #[inline(always)]
    pub(super) fn finish(&mut self, bytes: &[u8], len: usize, last: u64) {
        self.live = len.div_ceil(64);
        if let Some(word) = self.words.get_mut(len / 64) {
            *word = last;
        }
        if self.rank(len) {
            self.divide_long_words(bytes, len);
            self.rank(len);
        }
        self.shingles = self.count_before((len + 1).saturating_sub(SHINGLE_BYTES));
    }

    /// Makes the ranks. Says whether some 16 bytes, the first at a multiple of 16, have no start: a word of 33 bytes has such,
    /// and few shorter ones.
    #[inline(always)]
    fn rank(&mut self, len: usize) -> bool {
        let (mut sparse, mut count) = (0, 0);
        let (whole, rest) = self.words.get(..self.live).unwrap_or_default().split_at(len / 64);
        let mut ranks = self.ranks.iter_mut();
        for (&word, rank) in whole.iter().zip(&mut ranks) {
            *rank = count;
            count += word.count_ones();
            sparse |= empty_lanes(word);
        }
        for (&word, rank) in rest.iter().zip(&mut ranks) {
            *rank = count;
            count += word.count_ones();
            sparse |= empty_lanes(word | u64::MAX << (len % 64)); // nothing is missing behind the end
        }
        for (value, rank) in [count].into_iter().chain([u32::MAX; AFTER]).zip(ranks) {
            *rank = value;
        }
        sparse != 0
    }

    /// How many words start before a position of the text.
    #[inline(always)]
    fn count_before(&self, position: usize) -> usize {
        let below = |word: &u64| (word & !(u64::MAX << (position % 64))).count_ones();
        let number = position / 64;
        (self.ranks.get(number).map_or(0, |rank| *rank) + self.words().get(number).map_or(0, below)) as usize
    }

    /// Adds starts as [`Trace`](super::Trace) defines them. What is divided already stays as it is.
    #[inline(never)]
    fn divide_long_words(&mut self, bytes: &[u8], len: usize) {
        let mut number = 0;
        while let Some(&word) = self.words().get(number) {
            let (first, left) = (number * 64, len - number * 64);
            let mut empty = empty_lanes(if left < 64 { word | u64::MAX << left } else { word });
            number += 1;
            while empty != 0 {
                let lane = first + empty.trailing_zeros() as usize / 16 * 16;
                empty &= empty - 1;
                let (start, end) = (self.last_before(lane), self.first_from(lane).unwrap_or(len));
                self.divide(start..end, bytes);
                if end >= first + 64 {
                    number = end / 64;
                    break;
                }
            }
        }
    }

    /// Adds the further starts of one word.
    fn divide(&mut self, word: Range<usize>, bytes: &[u8]) {
        let mut at = word.start + LONG_WORD;
        loop {
            while bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
                at += 1; // only the first byte of a character can start a word
            }
            if at >= word.end {
                return;
            }
            if let Some(word) = self.words.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
            at += LONG_WORD_STEP;
        }
    }

    /// The last start before a position; the text begins with one.
    fn last_before(&self, position: usize) -> usize {
        let below = |word: u64| word & !(u64::MAX << (position % 64));
        let mut number = position / 64;
        let mut word = self.words().get(number).map_or(0, |&word| below(word));
        while word == 0 && number > 0 {
            number -= 1;
            word = self.words().get(number).copied().unwrap_or(0);
        }
        number * 64 + word.checked_ilog2().unwrap_or(0) as usize
    }

    /// The first start at a position or after it.
    fn first_from(&self, position: usize) -> Option<usize> {
        let mut number = position / 64;
        let mut word = self.words().get(number)? & u64::MAX << (position % 64);
        while word == 0 {
            number += 1;
            word = *self.words().get(number)?;
        }
        Some(number * 64 + word.trailing_zeros() as usize)
    }
}

/// Not 0 if one of the four 16-bit lanes is 0: the highest bit of that lane, and perhaps of lanes above it.
#[inline(always)]
fn empty_lanes(word: u64) -> u64 {
    word.wrapping_sub(0x0001_0001_0001_0001) & !word & 0x8000_8000_8000_8000
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_come_back_and_are_counted(
            distances in prop::collection::vec(prop_oneof![1..33_usize, Just(1)], 1..60),
        ) {
            let (mut starts, mut len) = (Starts::default(), 0);
            let mut positions = vec![];
            (starts.words, starts.ranks) = (vec![0; 60 * 33 / 64 + 2], vec![0; 60 * 33 / 64 + 9]);
            for distance in distances {
                starts.words[len / 64] |= 1 << (len % 64);
                positions.push(len as u32);
                len += distance;
            }
            let last = starts.words[len / 64];
            starts.finish(&vec![b'a'; len], len, last);
            prop_assert_eq!(starts.iter().collect::<Vec<_>>(), &positions[..]);
            prop_assert_eq!(starts.words().len(), len.div_ceil(64));
            prop_assert_eq!(starts.count(), positions.len());
            for (number, &rank) in starts.ranks()[..=len.div_ceil(64)].iter().enumerate() {
                prop_assert_eq!(rank as usize, positions.iter().filter(|&&p| (p as usize) < number * 64).count());
            }
            prop_assert_eq!(&starts.ranks()[len.div_ceil(64) + 1..], &[u32::MAX; AFTER]);
            prop_assert_eq!(starts.shingles(), positions.iter().filter(|&&p| p as usize + SHINGLE_BYTES <= len).count());
        }

        #[test]
        fn long_words_are_divided_once(
            lengths in prop::collection::vec(prop_oneof![1..10_usize, 25..150_usize], 1..40),
        ) {
            let (mut starts, mut len) = (Starts::default(), 0);
            let mut expected = vec![];
            (starts.words, starts.ranks) = (vec![0; 40 * 150 / 64 + 2], vec![0; 40 * 150 / 64 + 9]);
            for length in lengths {
                starts.words[len / 64] |= 1 << (len % 64);
                expected.push(len as u32);
                expected.extend((len + LONG_WORD..len + length).step_by(LONG_WORD_STEP).map(|at| at as u32));
                len += length;
            }
            let last = starts.words[len / 64];
            for _ in 0..2 {
                starts.finish(&vec![b'a'; len], len, starts.words[len / 64].max(last));
                prop_assert_eq!(starts.iter().collect::<Vec<_>>(), &expected[..]);
            }
        }
    }
}
