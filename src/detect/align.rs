//! Words beside words: how many agree in order between two places, and how far two texts go on alike beyond a place.
//!
//! Both are dynamic programming over pairs of words, and both begin with the pairs that agree, found through a table of one
//! side's words. Then
//!
//! 1. [`common`] computes a row of the longest common subsequence at once, a bit a word (Hyyrö, "Bit-parallel LCS-length
//!    computation revisited", 2004);
//! 2. [`outwards`] leaves out the cells from which no alignment can get better than the best so far, whatever agrees
//!    beyond: of two texts that go on differently these are nearly all.

use super::subject::Subject;
use std::ops::Range;

/// Words beyond an end that an alignment is extended over at most.
pub(super) const MAX_EXTENSION: usize = 40;
/// Words of a gap that are aligned one by one; beyond, they disagree.
const MAX_GAP_WORDS: usize = 160;
/// Cost of a word that does not agree; an agreeing one gains as much.
const PENALTY: i32 = 2;

/// Slots of the table of words; more than words, and a power of two.
const SLOTS: usize = 256;

/// Words of one side, to be looked up.
struct Table<'a, const MOST: usize> {
    words: [&'a [u8]; MOST],
    /// First bytes of the words: they tell nearly all words apart.
    keys: [u64; MOST],
    /// The last word in a slot, from 1; 0 for none.
    slots: [u8; SLOTS],
    /// The word before in the same slot.
    before: [u8; MOST],
}

impl<'a, const MOST: usize> Table<'a, MOST> {
    fn new(words: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut table = Self { words: [&[]; MOST], keys: [0; MOST], slots: [0; SLOTS], before: [0; MOST] };
        let Self { words: kept, keys, slots, before } = &mut table;
        for ((((word, kept), key), before), number) in words.zip(kept).zip(keys).zip(before).zip(1_u8..) {
            (*kept, *key) = (word, self::key(word));
            if let Some(slot) = slots.get_mut(slot(*key)) {
                (*before, *slot) = (*slot, number);
            }
        }
        table
    }

    /// The numbers of the words that are equal to one, from 0.
    fn equal(&self, word: &[u8]) -> impl Iterator<Item = usize> {
        let key = key(word);
        let at = |number: u8| usize::from(number).checked_sub(1);
        let first = self.slots.get(slot(key)).copied().and_then(at);
        let list = std::iter::successors(first, move |number| self.before.get(*number).copied().and_then(at));
        list.filter(move |number| {
            self.keys.get(*number) == Some(&key) && self.words.get(*number).is_some_and(|other| *other == word)
        })
    }
}

/// The first eight bytes of a word.
fn key(word: &[u8]) -> u64 {
    match word.first_chunk() {
        Some(first) => u64::from_le_bytes(*first),
        None => word.iter().rev().fold(0, |key, byte| key << 8 | u64::from(*byte)),
    }
}

fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

/// The length of the longest common subsequence of two ranges of words; 0 if there are too many.
pub(super) fn common(record: Range<usize>, reference: Range<usize>, ours: Subject<'_>, theirs: Subject<'_>) -> usize {
    if record.is_empty() || reference.is_empty() || record.len().max(reference.len()) > MAX_GAP_WORDS {
        return 0;
    }
    let columns = reference.len();
    let table = Table::<MAX_GAP_WORDS>::new(reference.map(|word| theirs.word(word)));
    // A bit of 0 is a word of the reference at which the longest common subsequence grows.
    let mut row = [u64::MAX; MAX_GAP_WORDS.div_ceil(64)];
    for word in record {
        let mut equal = [0_u64; MAX_GAP_WORDS.div_ceil(64)];
        for column in table.equal(ours.word(word)) {
            if let Some(bits) = equal.get_mut(column / 64) {
                *bits |= 1 << (column % 64);
            }
        }
        let mut carry = false;
        for (bits, equal) in row.iter_mut().zip(equal) {
            let (sum, over) = bits.overflowing_add(*bits & equal);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            carry = over | over_again;
            *bits = sum | (*bits & !equal);
        }
    }
    let grows = |column: &usize| row.get(column / 64).is_some_and(|bits| bits >> (column % 64) & 1 == 0);
    (0..columns).filter(grows).count()
}

/// How far two texts go on alike: words of each side, and how many of them agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extension {
    pub record: usize,
    pub reference: usize,
    pub agreeing: usize,
}

/// A cell of the alignment: its score, which of several ways to it was taken, and how many words agree, in one number, so
/// that the greater number is the cell to take. Of equal scores, a word of both sides goes before one of the record, and
/// that before one of the reference.
type Cell = i32;
const SCORE: i32 = 1 << 10;
const BY_BOTH: i32 = 2 << 8;
const BY_RECORD: i32 = 1 << 8;
const WAY: i32 = 3 << 8;
const NONE: Cell = i32::MIN / 2;

/// Words that agree with any of the other side, from each number on.
type Left = [i32; MAX_EXTENSION + 1];

/// The best alignment of the first words of two lists, with free ends: as much is gained by a word that agrees as is lost by
/// one that does not. Of several the one with the fewest words of the record, then of the reference.
pub(super) fn outwards<'a>(
    ours: impl ExactSizeIterator<Item = &'a [u8]>,
    theirs: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Extension {
    let (rows, columns) = (ours.len().min(MAX_EXTENSION), theirs.len().min(MAX_EXTENSION));
    let table = Table::<MAX_EXTENSION>::new(theirs);
    let mut equal = [0_u64; MAX_EXTENSION];
    for (row, word) in equal.iter_mut().zip(ours) {
        *row = table.equal(word).fold(0, |row, column| row | 1 << column);
    }
    let any = equal.iter().fold(0, |any, row| any | row);
    let ours_left = left(|row| equal.get(row).is_some_and(|row| *row != 0));
    let theirs_left = left(|column| any >> column & 1 == 1);
    let gain_at = |row: usize, column: usize| {
        ours_left.get(row).copied().unwrap_or(0).min(theirs_left.get(column).copied().unwrap_or(0)) * PENALTY
    };

    let (mut best, mut best_score) = (Extension::default(), 0);
    let mut above = [NONE; MAX_EXTENSION + 1];
    for (cell, column) in above.iter_mut().zip(0..).take(columns + 1) {
        *cell = -PENALTY * SCORE * column;
    }
    // Of the row above, the cells that can still lead to something better.
    let mut live = 0..columns + 1;
    for (row, equal) in equal.iter().enumerate().take(rows) {
        let mut cells = [NONE; MAX_EXTENSION + 1];
        let mut next = 0..0;
        let mut left = NONE;
        for column in live.start..columns + 1 {
            if column > live.end && next.end != column {
                break;
            }
            let before = |cell: Option<usize>| cell.and_then(|cell| above.get(cell)).copied().unwrap_or(NONE);
            let agree = column > 0 && equal >> (column - 1) & 1 == 1;
            let both = before(column.checked_sub(1)) + if agree { PENALTY * SCORE + 1 } else { -PENALTY * SCORE };
            let record = before(Some(column)) - PENALTY * SCORE;
            let cell = (both + BY_BOTH).max(record + BY_RECORD).max(left - PENALTY * SCORE) & !WAY;
            left = cell;
            let score = cell >> SCORE.trailing_zeros();
            if agree && score > best_score {
                best_score = score;
                best = Extension { record: row + 1, reference: column, agreeing: (cell & (BY_RECORD - 1)) as usize };
            }
            if score + gain_at(row + 1, column) > best_score {
                next = if next.is_empty() { column..column + 1 } else { next.start..column + 1 };
            }
            if let Some(slot) = cells.get_mut(column) {
                *slot = cell;
            }
        }
        if next.is_empty() {
            break;
        }
        (above, live) = (cells, next);
    }
    best
}

fn left(is_any: impl Fn(usize) -> bool) -> Left {
    let mut left = [0; MAX_EXTENSION + 1];
    let mut sum = 0;
    for (number, left) in left.iter_mut().enumerate().take(MAX_EXTENSION).rev() {
        sum += i32::from(is_any(number));
        *left = sum;
    }
    left
}
