//! A text prepared for comparison.

use crate::text::{Normalized, Shingler};
use std::ops::Range;

/// A normalised text with its words and its shingles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The kept bytes.
    pub bytes: &'a [u8],
    /// Where its words start in them.
    pub starts: &'a [u32],
    /// The hash of the shingle at each word start that has one: of all but the last few.
    pub shingles: &'a [u64],
}

impl<'a> Subject<'a> {
    /// How many words it has.
    pub(super) fn words(self) -> usize {
        self.starts.len()
    }

    /// Where a word begins; for the number behind the last, the end of the text.
    pub(super) fn start(self, word: usize) -> usize {
        self.starts.get(word).map_or(self.bytes.len(), |&start| start as usize)
    }

    /// The bytes of words.
    pub(super) fn place(self, words: &Range<usize>) -> Range<usize> {
        self.start(words.start)..self.start(words.end)
    }

    /// How many words start before a place.
    pub(super) fn words_before(self, place: usize) -> usize {
        self.starts.partition_point(|&start| (start as usize) < place)
    }

    /// The words that lie wholly in a range of bytes.
    pub(super) fn inside(self, range: Range<usize>) -> Range<usize> {
        let (first, behind) = (self.words_before(range.start), self.words_before(range.end));
        let last_is_cut = behind > 0 && self.start(behind) > range.end;
        first..behind.saturating_sub(usize::from(last_is_cut)).max(first)
    }
}

/// The word starts of a text, as a list.
pub(super) fn list_starts(text: &Normalized, starts: &mut Vec<u32>) {
    starts.clear();
    starts.extend(text.starts().iter());
}

/// A reference's text, prepared.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    text: Normalized,
    starts: Vec<u32>,
    shingles: Vec<u64>,
}

impl Prepared {
    /// Prepares a text.
    pub(super) fn new(shingler: &Shingler, raw: &str) -> Self {
        let mut prepared = Self::default();
        prepared.text.set(raw);
        list_starts(&prepared.text, &mut prepared.starts);
        shingler.hashes_into(&prepared.text, &mut prepared.shingles);
        prepared
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.text.bytes().len() * 2 + size_of_val(self.starts.as_slice()) + size_of_val(self.shingles.as_slice())
    }

    /// The text.
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject { bytes: self.text.bytes(), starts: &self.starts, shingles: &self.shingles }
    }
}
