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
/// Some words of a text, from one on or backwards from one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    text: Subject<'a>,
    starts: &'a [u32],
    /// Where the last of `starts` ends.
    end: usize,
    backwards: bool,
}

impl<'a> Words<'a> {
    /// At most so many words of a range, the first ones.
    pub(super) fn of(text: Subject<'a>, range: Range<usize>, most: usize) -> Self {
        let behind = range.end.min(range.start + most).min(text.words());
        let starts = text.starts.get(range.start..behind).unwrap_or_default();
        Self { text, starts, end: text.start(behind), backwards: false }
    }

    /// At most so many words before one, backwards.
    pub(super) fn before(text: Subject<'a>, word: usize, most: usize) -> Self {
        let starts = text.starts.get(word.saturating_sub(most)..word).unwrap_or_default();
        Self { text, starts, end: text.start(word), backwards: true }
    }

    /// The bytes of one of them.
    fn get(self, number: usize) -> &'a [u8] {
        let number = if self.backwards { (self.starts.len() - 1).saturating_sub(number) } else { number };
        let place = |number: usize| self.starts.get(number).map_or(self.end, |start| *start as usize);
        self.text.bytes.get(place(number)..place(number + 1)).unwrap_or_default()
    }

    /// For each the first eight bytes; of a shorter word with zeros, which are in no word.
    fn keys<const MOST: usize>(self) -> [u64; MOST] {
        let mut keys = [0; MOST];
        let mut end = self.end;
        let mut set = |key: &mut u64, start: &u32| {
            let start = *start as usize;
            let rest = self.text.bytes.get(start..).unwrap_or_default();
            let first = match rest.first_chunk() {
                Some(first) => u64::from_le_bytes(*first),
                None => rest.iter().rev().fold(0, |key, byte| key << 8 | u64::from(*byte)),
            };
            *key = first & u64::MAX >> (64 - 8 * (end - start).clamp(1, 8));
            end = start;
        };
        // From the last word to the first: each ends where the one behind it begins.
        let starts = self.starts.iter().rev();
        if self.backwards {
            keys.iter_mut().zip(starts).for_each(|(key, start)| set(key, start));
        } else {
            let keys = keys.get_mut(..self.starts.len()).unwrap_or_default();
            keys.iter_mut().rev().zip(starts).for_each(|(key, start)| set(key, start));
        }
        keys
    }

    /// Whether two words of equal keys are equal.
    fn is_equal(self, number: usize, other: Words<'_>, other_number: usize) -> bool {
        let (ours, theirs) = (self.get(number), other.get(other_number));
        ours.len() == theirs.len() && (ours.len() <= 8 || ours == theirs)
    }
}

/// Calls `found` with the numbers of any two words that are equal, one of each list; in ascending order of the first. Lists
/// have at most `MOST` words, which is less than 256.
fn equal<const MOST: usize>(ours: Words<'_>, theirs: Words<'_>, mut found: impl FnMut(usize, usize)) {
    // The last word in each slot, from 1, and before each word the one before in its slot; 0 for none.
    let (mut slots, mut before) = ([0_u8; 256], [0_u8; MOST]);
    let keys: [u64; MOST] = theirs.keys();
    for ((key, before), number) in keys.iter().zip(&mut before).take(theirs.starts.len()).zip(1..) {
        if let Some(slot) = slots.get_mut(slot(*key)) {
            (*before, *slot) = (*slot, number);
        }
    }
    for (row, key) in ours.keys::<MOST>().iter().enumerate().take(ours.starts.len()) {
        let mut last = slots.get(slot(*key)).copied().unwrap_or(0);
        while let Some(column) = usize::from(last).checked_sub(1) {
            if keys.get(column) == Some(key) && ours.is_equal(row, theirs, column) {
                found(row, column);
            }
            last = before.get(column).copied().unwrap_or(0);
        }
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
    let (ours, theirs) = (Words::of(ours, record, MAX_GAP_WORDS), Words::of(theirs, reference, MAX_GAP_WORDS));
    // Most gaps are short.
    let is_short = ours.starts.len().max(theirs.starts.len()) <= MAX_EXTENSION;
    if is_short { subsequence::<MAX_EXTENSION>(ours, theirs) } else { subsequence::<MAX_GAP_WORDS>(ours, theirs) }
}

/// A bit for each word of a gap.
type Row = [u64; MAX_GAP_WORDS.div_ceil(64)];

fn subsequence<const MOST: usize>(ours: Words<'_>, theirs: Words<'_>) -> usize {
    // A bit of 0 is a word of the reference at which the longest common subsequence grows.
    let (mut grown, mut at, mut agree) = ([u64::MAX; _], 0, Row::default());
    equal::<MOST>(ours, theirs, |row, column| {
        if row != at {
            grow(&mut grown, std::mem::take(&mut agree));
            at = row;
        }
        agree.get_mut(column / 64).into_iter().for_each(|bits| *bits |= 1 << (column % 64));
    });
    grow(&mut grown, agree);
    grown.iter().map(|bits| bits.count_zeros() as usize).sum()
}

/// Takes one more word of the record, which agrees with these of the reference.
fn grow(grown: &mut Row, agree: Row) {
    let mut carry = false;
    for (bits, agree) in grown.iter_mut().zip(agree) {
        let (sum, over) = bits.overflowing_add(*bits & agree);
        let (sum, over_again) = sum.overflowing_add(u64::from(carry));
        carry = over | over_again;
        *bits = sum | (*bits & !agree);
    }
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
/// What a word that agrees gains, and one that does not costs: a step of the score.
const GAIN: Cell = 1 << 10;
const BY_BOTH: Cell = 2 << 8;
const BY_RECORD: Cell = 1 << 8;
const WAY: Cell = 3 << 8;
/// The part that counts words.
const COUNT: Cell = (1 << 8) - 1;
/// No cell: less than any.
const NONE: Cell = i32::MIN / 2;

/// The best alignment of the first words of two lists of at most [`MAX_EXTENSION`], with free ends: as much is gained by a word that agrees as is lost by
/// one that does not. Of several the one with the fewest words of the record, then of the reference.
pub(super) fn outwards(ours: Words<'_>, theirs: Words<'_>) -> Extension {
    let mut rows = [0_u64; MAX_EXTENSION];
    equal::<MAX_EXTENSION>(ours, theirs, |row, column| {
        rows.get_mut(row).into_iter().for_each(|row| *row |= 1 << column);
    });
    let rows = rows.get(..ours.starts.len()).unwrap_or_default();
    if gains(rows) { align(rows, theirs.starts.len()) } else { Extension::default() }
}

/// Pairs of equal words that are looked at one by one.
const MAX_PAIRS: usize = 48;

/// Whether some alignment gains more than it costs, by the pairs of words that agree: a bit a column of each row. True also
/// if there are too many pairs to tell.
fn gains(equal: &[u64]) -> bool {
    // Pairs with the best score of an alignment that ends with them.
    let mut pairs: [(i32, i32, i32); MAX_PAIRS] = [(0, 0, 0); MAX_PAIRS];
    let mut count = 0;
    let mut rows_left = equal.iter().filter(|row| **row != 0).count() as i32;
    for (row, columns) in (0_i32..).zip(equal).filter(|(_, columns)| **columns != 0) {
        rows_left -= 1;
        let before = count;
        let mut columns = *columns;
        while columns != 0 {
            let column = columns.trailing_zeros() as i32;
            columns &= columns - 1;
            let mut score = 1 - row.max(column);
            for &(other_row, other_column, other) in pairs.get(..before).unwrap_or_default() {
                if other_column < column {
                    score = score.max(other + 1 - (row - other_row - 1).max(column - other_column - 1));
                }
            }
            if score > 0 {
                return true;
            }
            if score + rows_left > 0 {
                let Some(pair) = pairs.get_mut(count) else { return true };
                *pair = (row, column, score);
                count += 1;
            }
        }
    }
    false
}

/// The best alignment by the pairs of words that agree.
fn align(equal: &[u64], columns: usize) -> Extension {
    let any = equal.iter().fold(0, |any, row| any | row);
    let (mut best, mut best_score) = (Extension::default(), 0);
    // A row of cells, and what can still be gained beyond each: no more than all words agree that agree with any.
    let (mut cells, mut gains) = ([NONE; MAX_EXTENSION + 1], [0; MAX_EXTENSION + 1]);
    let mut gain = 0;
    for (column, (cell, beyond)) in cells.iter_mut().zip(&mut gains).enumerate().take(columns + 1).rev() {
        gain += GAIN * (any >> column & 1) as i32;
        (*cell, *beyond) = (-GAIN * column as i32, gain);
    }
    let mut gain = GAIN * equal.iter().filter(|row| **row != 0).count() as i32;
    // The cells of the row above from which something better can still come.
    let hopeful = cells.iter().zip(&gains).take_while(|(cell, beyond)| **cell + gain.min(**beyond) > 0);
    let mut live = 0..hopeful.count();
    for (row, equal) in equal.iter().enumerate() {
        gain -= if *equal == 0 { 0 } else { GAIN };
        let (mut next, mut before, mut left) = (0..0, NONE, NONE);
        // A bit for each column that agrees, the first column's lowest.
        let mut agree = (equal << 1) >> live.start;
        let window = cells.iter_mut().zip(&gains).enumerate().take(columns + 1).skip(live.start);
        for (column, (cell, beyond)) in window {
            // Behind the live ones there is no way but from the left.
            let above = if column < live.end { *cell } else { NONE };
            let both = before + if agree & 1 == 1 { GAIN + 1 } else { -GAIN };
            *cell = (both + BY_BOTH).max(above - GAIN + BY_RECORD).max(left - GAIN) & !WAY;
            (before, left) = (above, *cell);
            let score = *cell & !COUNT;
            if agree & 1 == 1 && score > best_score {
                best_score = score;
                best = Extension { record: row + 1, reference: column, agreeing: (*cell & COUNT) as usize };
            }
            if score + gain.min(*beyond) > best_score {
                next = if next.is_empty() { column..column + 1 } else { next.start..column + 1 };
            } else if column >= live.end {
                break;
            }
            agree >>= 1;
        }
        if next.is_empty() {
            break;
        }
        live = next;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::subject::Prepared;
    use super::*;
    use crate::text::Shingler;
    use proptest::prelude::*;

    /// The words of a text by number.
    fn words<'a>(text: Subject<'a>) -> Vec<&'a [u8]> {
        (0..text.words()).map(|word| &text.bytes[text.start(word)..text.start(word + 1)]).collect()
    }

    fn common_by_definition(ours: &[&[u8]], theirs: &[&[u8]]) -> usize {
        let mut above = vec![0; theirs.len() + 1];
        for a in ours {
            let mut row = vec![0];
            for (at, b) in theirs.iter().enumerate() {
                row.push(if a == b { above[at] + 1 } else { above[at + 1].max(row[at]) });
            }
            above = row;
        }
        above[theirs.len()]
    }

    /// A cell of the alignment: its score and the words that agree.
    type Best = (i32, usize);

    fn outwards_by_definition(ours: &[&[u8]], theirs: &[&[u8]]) -> Extension {
        let (mut best, mut best_score) = (Extension::default(), 0);
        let mut above: Vec<Best> = (0..=theirs.len()).map(|column| (-(column as i32), 0)).collect();
        for (number, a) in ours.iter().enumerate() {
            let mut row: Vec<Best> = vec![(-(number as i32) - 1, 0)];
            for (at, b) in theirs.iter().enumerate() {
                let then = |(score, agreeing): Best, gain, more| (score + gain, agreeing + more);
                let both = if a == b { then(above[at], 1, 1) } else { then(above[at], -1, 0) };
                let others = [then(above[at + 1], -1, 0), then(row[at], -1, 0)];
                let cell = others.into_iter().fold(both, |best, other| if other.0 > best.0 { other } else { best });
                if a == b && cell.0 > best_score {
                    best_score = cell.0;
                    best = Extension { record: number + 1, reference: at + 1, agreeing: cell.1 };
                }
                row.push(cell);
            }
            above = row;
        }
        best
    }

    /// Words of few kinds, long ones with the same beginning among them, and now and then a run that both texts have.
    fn text() -> impl Strategy<Value = String> {
        let word = prop_oneof![4 => "[ab]{1,2}", 2 => "longest[a-c]{1,3}", 1 => "[é漢ж]{1,2}", 2 => "[a-z]{3}"];
        let piece = prop_oneof![word.prop_map(|word| word + " "), Just("one two three four five ".to_owned())];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn alignments_are_those_of_the_definition(
            a in text(), b in text(), ends in any::<[prop::sample::Index; 2]>(), times in 1..8_usize
        ) {
            let (a, b) = (a.repeat(times), b.repeat(times));
            let [a, b] = [a, b].map(|text| Prepared::new(&Shingler::new(&[0; 32]), &text));
            let [ours, theirs] = [a.subject(), b.subject()];
            let [x, y] = [ends[0].index(ours.words() + 1), ends[1].index(theirs.words() + 1)];
            let [(mut before, behind), (mut other_before, other_behind)] =
                [words(ours).split_at(x), words(theirs).split_at(y)].map(|(a, b)| (a.to_vec(), b.to_vec()));
            let first = |words: &[_]| words[..words.len().min(MAX_EXTENSION)].to_vec();
            let from = |text, word| Words::of(text, word..usize::MAX, MAX_EXTENSION);
            prop_assert_eq!(
                outwards(from(ours, x), from(theirs, y)),
                outwards_by_definition(&first(&behind), &first(&other_behind))
            );
            before.reverse();
            other_before.reverse();
            prop_assert_eq!(
                outwards(Words::before(ours, x, MAX_EXTENSION), Words::before(theirs, y, MAX_EXTENSION)),
                outwards_by_definition(&first(&before), &first(&other_before))
            );
            let is_long = before.len().max(other_before.len()) > MAX_GAP_WORDS;
            let slow = if is_long { 0 } else { common_by_definition(&before, &other_before) };
            prop_assert_eq!(common(0..x, 0..y, ours, theirs), slow);
        }
    }
}
