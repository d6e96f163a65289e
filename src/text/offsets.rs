//! Normalised positions to raw ones: what [`Trace::raw`](super::Trace::raw) says, without an origin for each byte.
//!
//! Kept bytes are counted from the beginning of the text, or from the last mark before the place in question. In plain ASCII
//! that is a count of letters and digits, chunk by chunk; all else is folded one by one, as the definition does it.

use super::escape::{Escape, escape_at};
use super::fold::{FoldTable, GAP, is_joining, join_hangul};
use std::ops::Range;

/// Bytes that are counted at once, if they are plain.
const CHUNK: usize = 64;
/// Raw bytes between marks, at least.
const MARK: usize = 4096;

/// Finds raw positions in one text. Places on the way are marked, and later questions begin there.
#[derive(Debug)]
pub struct Offsets<'t> {
    text: &'t str,
    marks: Vec<Place>,
}

/// A place between two characters.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    raw: usize,
    /// Kept bytes before it.
    kept: usize,
    /// The kept character before it, where a following one may join it.
    last: Option<char>,
}

impl<'t> Offsets<'t> {
    /// Of a text of at most 4 GiB.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self { text, marks: Vec::new() }
    }

    /// The raw bytes that a range of normalised bytes came from, on character boundaries; `0..0` for an empty range, and
    /// for one that ends behind the text.
    pub fn raw(&mut self, normalized: Range<usize>) -> Range<usize> {
        let last = normalized.end.checked_sub(1).filter(|last| *last >= normalized.start);
        let ends = last.and_then(|last| Some((self.origin(normalized.start)?, self.origin(last)?)));
        ends.map_or(0..0, |(first, last)| first.start..last.end)
    }

    /// The raw bytes that a normalised byte came from.
    fn origin(&mut self, position: usize) -> Option<Range<usize>> {
        let before = self.marks.partition_point(|mark| mark.kept <= position).checked_sub(1);
        let mut place = before.and_then(|at| self.marks.get(at)).copied().unwrap_or_default();
        let mut found = None;
        loop {
            if self.marks.last().map_or(0, |mark| mark.raw) + MARK <= place.raw {
                self.marks.push(place);
            }
            let rest = self.text.as_bytes().get(place.raw..).unwrap_or_default();
            match rest.first_chunk().and_then(plain_chunk) {
                Some(kept) if place.kept + kept <= position => {
                    place = Place { raw: place.raw + CHUNK, kept: place.kept + kept, last: None };
                }
                _ => {
                    // Up to the place, or to what is not plain, and over all of that.
                    for byte in rest.iter().take_while(|byte| is_plain(**byte)).take(CHUNK) {
                        let kept = place.kept + usize::from(byte.is_ascii_alphanumeric());
                        if kept > position || found.is_some() {
                            break;
                        }
                        place = Place { raw: place.raw + 1, kept, last: None };
                    }
                    loop {
                        if !self.step(&mut place, position, &mut found) {
                            return found;
                        }
                        if self.text.as_bytes().get(place.raw).is_none_or(|byte| is_plain(*byte)) {
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Goes over one character or escape. False at the end of the text, and when nothing more can join what was found.
    fn step(&self, place: &mut Place, position: usize, found: &mut Option<Range<usize>>) -> bool {
        let rest = self.text.get(place.raw..).unwrap_or_default();
        let Some(first) = rest.chars().next() else { return false };
        let Escape { meant, bytes } = escape_at(rest).unwrap_or(Escape { meant: first, bytes: first.len_utf8() });
        let raw = place.raw..place.raw + bytes;
        place.raw = raw.end;
        for folded in FoldTable::shared().get(meant).chars() {
            if let Some(joined) = place.last.filter(|_| is_joining(folded)).and_then(|last| join_hangul(last, folded)) {
                place.last = Some(joined);
                found.iter_mut().for_each(|found| found.end = raw.end);
                continue;
            }
            if found.is_some() {
                return false;
            }
            place.last = None;
            if u32::from(folded) != u32::from(GAP) {
                let kept = place.kept..place.kept + folded.len_utf8();
                *found = kept.contains(&position).then(|| raw.clone());
                place.kept = kept.end;
                place.last = Some(folded);
            }
        }
        true
    }
}

/// Whether a byte is ASCII and begins no escape.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii() & (byte != b'\\') & (byte != b'&') & (byte != b'<')
}

/// How many bytes of a chunk are kept, if it is plain.
fn plain_chunk(chunk: &[u8; CHUNK]) -> Option<usize> {
    let (mut kept, mut plain) = (0_u8, true);
    for byte in chunk {
        kept += u8::from(byte.is_ascii_alphanumeric());
        plain &= is_plain(*byte);
    }
    plain.then_some(usize::from(kept))
}

#[cfg(test)]
mod tests {
    use super::super::Trace;
    use super::super::normalize::tests::hard_text;
    use super::*;
    use proptest::prelude::*;

    /// All questions of a text, asked in this order.
    fn check(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> Result<(), TestCaseError> {
        let (mut offsets, trace) = (Offsets::new(text), Trace::new(text));
        for range in ranges {
            prop_assert_eq!(offsets.raw(range.clone()), trace.raw(range.clone()), "{:?} of {:?}", range, text);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn every_byte_has_the_origin_of_the_definition(text in hard_text()) {
            let kept = Trace::new(&text).bytes.len();
            check(&text, (0..kept + 2).map(|at| at..at + 1))?;
        }

        #[test]
        fn ranges_in_any_order_have_the_origin_of_the_definition(
            piece in hard_text(), plain in "[a-zA-Z ,.]{0,100}", times in 0..200_usize,
            ends in prop::collection::vec(any::<[prop::sample::Index; 2]>(), 1..20)
        ) {
            let text = [piece, plain].concat().repeat(times);
            let kept = Trace::new(&text).bytes.len();
            check(&text, ends.into_iter().map(|ends| ends[0].index(kept + 2)..ends[1].index(kept + 2)))?;
        }
    }

    #[test]
    fn a_joined_syllable_comes_from_all_of_its_letters() {
        let text = "a\u{1100}\u{200B}\u{1161}\u{200B}\u{11A8}\u{200B}";
        assert_eq!(Offsets::new(text).raw(1..4), 1..text.len() - 3);
    }
}
