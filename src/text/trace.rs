//! The definition of normalisation, scalar and readable, with the origin of every kept byte.
//!
//! It is the oracle for [`normalize`](super::normalize), and it is what a hit is traced back with.
//!
//! 1. Escapes are read ([`escape`](super::escape)), and each character is folded ([`fold`](super::fold)): its letters and digits are kept, packed; gaps are not.
//! 2. Conjoining Hangul is composed with the kept character before it.
//! 3. A kept character starts a word after a gap, at the beginning, and when it or the one before it belongs to a
//!    script without spaces.
//! 4. In a word of more than 32 bytes, further starts stand at the first character at least 32 bytes after the word's
//!    start, and then at the first at least 16 bytes after the latest.

use super::escape::{Escape, escape_at};
use super::fold::{FoldTable, GAP, is_joining, is_unspaced, join_hangul};
use std::ops::Range;

/// A normalised text with the origin of every byte.
#[derive(Debug, Default, Clone)]
pub struct Trace {
    /// The kept bytes, packed (UTF-8).
    pub bytes: Vec<u8>,
    /// Positions in `bytes` at which words start, ascending.
    pub starts: Vec<u32>,
    /// For each kept byte, the range of raw bytes of the character that it came from.
    origins: Vec<Range<u32>>,
}

/// Bytes after the start of a word at which it gets a further start.
pub const LONG_WORD: usize = 32;
/// Bytes between further starts in a long word.
pub const LONG_WORD_STEP: usize = 16;

/// The state between two characters.
struct State {
    last: Option<char>,
    next_start: usize,
}

impl Trace {
    /// Normalises a text of at most 4 GiB, remembering where everything came from.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut trace = Self::default();
        let mut state = State { last: None, next_start: 0 };
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let Escape { meant, bytes } = escape_at(rest).unwrap_or(Escape { meant: first, bytes: first.len_utf8() });
            let at = (text.len() - rest.len()) as u32;
            for folded in FoldTable::shared().get(meant).chars() {
                if folded as u32 == u32::from(GAP) {
                    state.last = None;
                } else {
                    trace.push(folded, &(at..at + bytes as u32), &mut state);
                }
            }
            rest = rest.get(bytes..).unwrap_or_default();
        }
        trace
    }

    fn push(&mut self, c: char, origin: &Range<u32>, state: &mut State) {
        let mut utf8 = [0; 4];
        if let Some(joined) = state.last.filter(|_| is_joining(c)).and_then(|last| join_hangul(last, c)) {
            self.bytes.truncate(self.bytes.len() - 3); // all of Hangul has three bytes
            self.bytes.extend_from_slice(joined.encode_utf8(&mut utf8).as_bytes());
            for joined_origin in self.origins.iter_mut().rev().take(3) {
                joined_origin.end = origin.end;
            }
            state.last = Some(joined);
            return;
        }
        let at = self.bytes.len();
        let word = state.last.is_none_or(|last| is_unspaced(last) || is_unspaced(c));
        if word || at >= state.next_start {
            self.starts.push(at as u32);
            state.next_start = at + if word { LONG_WORD } else { LONG_WORD_STEP };
        }
        self.bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        self.origins.resize(self.bytes.len(), origin.clone());
        state.last = Some(c);
    }

    /// The raw bytes that a range of normalised bytes came from, on character boundaries.
    #[must_use]
    pub fn raw(&self, normalized: Range<usize>) -> Range<usize> {
        let Some(origins) = self.origins.get(normalized) else { return 0..0 };
        match (origins.first(), origins.last()) {
            (Some(first), Some(last)) => first.start as usize..last.end as usize,
            _ => 0..0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let trace = Trace::new(text);
        let mut ends: Vec<usize> = trace.starts.iter().skip(1).map(|&s| s as usize).collect();
        ends.push(trace.bytes.len());
        let word =
            |(&start, &end): (&u32, &usize)| String::from_utf8(trace.bytes[start as usize..end].to_vec()).unwrap();
        trace.starts.iter().zip(&ends).map(word).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(words("Hello, *World*! x_1 don’t"), ["hello", "world", "x", "1", "don", "t"]);
        assert!(words("  -- !").is_empty());
    }

    #[test]
    fn letters_of_unspaced_scripts_are_words() {
        assert_eq!(words("漢字ab字 한글"), ["漢", "字", "ab", "字", "한", "글"]);
    }

    #[test]
    fn disguises_do_not_change_words() {
        let plain = words("The quick brown fox");
        for disguised in [
            "THE\u{200B} qu\u{AD}ick\r\n> brown\u{A0}fox",
            "**The** `quick` brown—fox",
            "Ｔｈｅ quick bro\u{301}wn fox",
        ] {
            assert_eq!(words(disguised), plain, "{disguised:?}");
        }
        assert_eq!(words("각 café"), words("\u{1100}\u{1161}\u{11A8} cafe\u{301}"));
    }

    #[test]
    fn long_words_have_further_starts() {
        let starts = |n: usize| Trace::new(&"x".repeat(n)).starts;
        assert_eq!(starts(32), [0]);
        assert_eq!(starts(33), [0, 32]);
        assert_eq!(starts(70), [0, 32, 48, 64]);
        assert_eq!(Trace::new(&"ж".repeat(25)).starts, [0, 32, 48]);
    }

    #[test]
    fn raw_ranges_lie_on_characters() {
        let text = "«Ça va»";
        let trace = Trace::new(text);
        assert_eq!(trace.bytes, b"cava");
        assert_eq!(&text[trace.raw(0..4)], "Ça va");
        assert_eq!(&text[trace.raw(1..2)], "a");
        assert_eq!(trace.raw(4..4), 0..0);
    }
}
