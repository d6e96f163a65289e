//! Which spans of a text are replaced.
//!
//! The matches that are reported do not name every span: beyond `--max-matches`, and where most of a span lies in that of a
//! better match, they are only counted. So a text is matched again with the spans found so far replaced, until nothing new is
//! found. What is then left has no match: a second scan finds nothing in it.

use super::ScanOptions;
use crate::detect::{Match, MatchOptions, Matcher, Probing};
use crate::error::Result;
use crate::index::Index;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Ranges of a text's bytes, on characters: ascending, not empty, and apart from each other.
pub(super) type Spans = Vec<Range<usize>>;

/// The spans that are to be replaced, by row and by the order of reading in the row.
pub(super) type ColumnRedactions = BTreeMap<(u64, u32), Spans>;

/// The spans that are to be replaced in a shard, by the logical path of the column.
#[derive(Debug, Default)]
pub(super) struct Redactions(BTreeMap<Arc<str>, ColumnRedactions>);

impl Redactions {
    pub(super) fn add(&mut self, column: &Arc<str>, place: (u64, u32), spans: Spans) {
        match self.0.get_mut(column) {
            Some(known) => known.insert(place, spans),
            None => self.0.entry(column.clone()).or_default().insert(place, spans),
        };
    }

    pub(super) fn of(&self, column: &str) -> Option<&ColumnRedactions> {
        self.0.get(column)
    }

    /// Leaves only those in rows that `keep` wants.
    pub(super) fn retain(&mut self, keep: impl Fn(u64) -> bool) {
        self.0.values_mut().for_each(|column| column.retain(|(row, _), _| keep(*row)));
    }

    /// Texts that are to be redacted.
    pub(super) fn count(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Those of one row.
    pub(super) fn in_row(&self, row: u64) -> usize {
        self.0.values().map(|column| column.range((row, 0)..=(row, u32::MAX)).count()).sum()
    }
}

/// Finds what is to be replaced. One a thread.
pub(super) struct Redactor<'a> {
    matcher: Matcher<'a>,
    marker: &'a str,
    matches: Vec<Match>,
}

impl<'a> Redactor<'a> {
    pub(super) fn new(index: &'a Index, options: &'a ScanOptions) -> Result<Self> {
        // What is left of a text is looked at whole: a second scan would look at other shingles of it.
        let all = MatchOptions { max_matches: usize::MAX, probing: Some(Probing::EVERY), ..options.matching };
        Ok(Self { matcher: Matcher::new(index, all)?, marker: &options.marker, matches: Vec::new() })
    }

    /// The spans of a text with these matches, and of those that they hide.
    pub(super) fn spans(&mut self, text: &str, found: &[Match]) -> Spans {
        let mut spans = joined(found.iter().map(|found| span(found, text)).collect());
        // Each round adds at least a byte of the text, so there is a last one. (Long markers may make too long a text.)
        let fits = |rest: &String| u32::try_from(rest.len()).is_ok();
        while let Some(rest) = replaced(text, &spans, self.marker).filter(fits) {
            self.matches.clear();
            self.matcher.find(&rest, &mut self.matches);
            let more = self.matches.iter().map(|found| original(&span(found, &rest), &spans, self.marker.len()));
            let all = joined(spans.iter().cloned().chain(more).collect());
            if all == spans {
                break;
            }
            spans = all;
        }
        spans
    }
}

/// A match's span; a match that cannot say where it is, is of the whole text.
fn span(found: &Match, text: &str) -> Range<usize> {
    if found.record_span.is_empty() { 0..text.len() } else { found.record_span.clone() }
}

/// Overlapping and touching spans as one.
fn joined(mut spans: Spans) -> Spans {
    spans.sort_by_key(|span| span.start);
    let mut joined: Spans = Vec::new();
    for span in spans.into_iter().filter(|span| !span.is_empty()) {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// The text with a marker in place of each span; none if they are not spans of this text.
pub(super) fn replaced(text: &str, spans: &[Range<usize>], marker: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        out.push_str(text.get(from..span.start)?);
        out.push_str(marker);
        from = span.end;
    }
    out.push_str(text.get(from..)?);
    Some(out)
}

/// The range of the text that a range of the text with markers stands for.
fn original(range: &Range<usize>, spans: &[Range<usize>], marker: usize) -> Range<usize> {
    let last = range.end.saturating_sub(1).max(range.start);
    origin(range.start, spans, marker).start..origin(last, spans, marker).end
}

/// What one byte of the text with markers stands for: itself, or in a marker all of its span.
fn origin(byte: usize, spans: &[Range<usize>], marker: usize) -> Range<usize> {
    let (mut cut, mut added) = (0, 0);
    for span in spans {
        let begins = span.start + added - cut;
        if byte < begins {
            break;
        }
        if byte < begins + marker {
            return span.clone();
        }
        cut += span.len();
        added += marker;
    }
    let at = byte + cut - added;
    at..at + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn overlapping_and_touching_spans_are_one() {
        assert_eq!(joined(vec![7..9, 0..2, 2..3, 8..12, 1..2, 5..5, 20..21]), [0..3, 7..12, 20..21]);
        assert_eq!(joined(vec![]), Spans::new());
    }

    #[test]
    fn each_span_becomes_one_marker() {
        assert_eq!(replaced("a été là", &[2..7, 8..11], "[x]").as_deref(), Some("a [x] [x]"));
        assert_eq!(replaced("abc", &[0..1, 2..3], "").as_deref(), Some("b"));
        for bad in [2..4, 3..9] {
            assert_eq!(replaced("été", &[bad], "x"), None);
        }
    }

    proptest! {
        #[test]
        fn places_in_the_redacted_text_lead_back(ends in prop::collection::vec((1_usize..5, 1_usize..5), 0..4), marker in 0_usize..4, at in any::<(u8, u8)>()) {
            let mut spans = Spans::new();
            for (gap, length) in ends {
                let start = spans.last().map_or(0, |last| last.end) + gap;
                spans.push(start..start + length);
            }
            let text: String = ('!'..).take(30).collect();
            let redacted = replaced(&text, &spans, &"~".repeat(marker)).unwrap();
            let (a, b) = (usize::from(at.0) % redacted.len(), usize::from(at.1) % redacted.len());
            let range = a.min(b)..a.max(b) + 1;
            let back = original(&range, &spans, marker);
            let kept = |text: &str| text.chars().filter(|c| *c != '~').collect::<String>();
            // What was not replaced is there again, and what comes with it was replaced.
            let inside = Spans::from_iter(spans.iter().filter(|s| s.start >= back.start && s.end <= back.end).map(|s| s.start - back.start..s.end - back.start));
            prop_assert_eq!(replaced(&text[back], &inside, "").unwrap(), kept(&redacted[range]));
        }
    }
}
