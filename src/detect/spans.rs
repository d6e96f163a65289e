//! Which raw bytes of two texts are shared.

use crate::text::{Shingler, Trace};
use std::collections::HashSet;
use std::ops::Range;

/// The raw byte ranges of two texts that their shared shingles cover; ascending, apart from each other, on character
/// boundaries. Texts without shingles share everything or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedSpans {
    /// In the record's text.
    pub record: Vec<Range<usize>>,
    /// In the reference's text.
    pub reference: Vec<Range<usize>>,
}

impl SharedSpans {
    /// Compares two texts.
    #[must_use]
    pub fn of(shingler: &Shingler, record: &str, reference: &str) -> Self {
        let (record, reference) = (Trace::new(record), Trace::new(reference));
        if record.bytes == reference.bytes {
            let whole = |trace: &Trace| vec![trace.raw(0..trace.bytes.len())];
            return Self { record: whole(&record), reference: whole(&reference) };
        }
        let hashes = |trace: &Trace| shingler.windows(&trace.bytes, &trace.starts).map(|(_, h)| h).collect();
        let (in_record, in_reference): (HashSet<u64>, HashSet<u64>) = (hashes(&record), hashes(&reference));
        Self { record: covered(shingler, &record, &in_reference), reference: covered(shingler, &reference, &in_record) }
    }

    /// From the first shared byte of each side to the last; empty ranges where nothing is shared.
    #[must_use]
    pub fn extents(&self) -> (Range<usize>, Range<usize>) {
        let extent = |spans: &[Range<usize>]| match (spans.first(), spans.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        };
        (extent(&self.record), extent(&self.reference))
    }
}

/// Raw ranges of the shingles that the other side has too, overlapping and touching ones joined.
fn covered(shingler: &Shingler, trace: &Trace, other: &HashSet<u64>) -> Vec<Range<usize>> {
    let mut normalized: Vec<Range<usize>> = Vec::new();
    let shared = shingler.windows(&trace.bytes, &trace.starts).filter(|(_, hash)| other.contains(hash));
    for (window, _) in shared {
        match normalized.last_mut() {
            Some(last) if window.start <= last.end => last.end = window.end,
            _ => normalized.push(window),
        }
    }
    normalized.into_iter().map(|range| trace.raw(range)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHARED: &str = "The mitochondria are the power house of every living cell, it is said.";

    #[test]
    fn shared_text_is_found_in_both() {
        let shingler = Shingler::new(&[0; 32]);
        let record = format!("Intro of my own making, number one. {SHARED} A tail which differs from the other one!");
        let reference = format!("{} Zusammenfassung auf Deutsch folgt hier.", SHARED.to_uppercase());
        let spans = SharedSpans::of(&shingler, &record, &reference);
        let (in_record, in_reference) = spans.extents();
        // Shingles have a fixed width: the last one ends inside the last word.
        assert_eq!(&record[in_record], SHARED.trim_end_matches("aid."));
        assert_eq!(&reference[in_reference], SHARED.to_uppercase().trim_end_matches("AID."));
    }

    #[test]
    fn nothing_shared_is_nothing() {
        let spans =
            SharedSpans::of(&Shingler::new(&[0; 32]), SHARED, "Something else which is long enough to be shingled.");
        assert_eq!((spans.extents(), spans.record.len()), ((0..0, 0..0), 0));
    }

    proptest! {
        #[test]
        fn spans_lie_on_characters_and_ascend(a in "[a-cé漢 ]{0,200}", b in "[a-cé漢 ]{0,200}", c in "[a-cé ]{40,90}") {
            let (record, reference) = (format!("{a}{c}{b}"), format!("{b} {c}{a}"));
            let spans = SharedSpans::of(&Shingler::new(&[0; 32]), &record, &reference);
            for (text, spans) in [(&record, &spans.record), (&reference, &spans.reference)] {
                let mut end = 0;
                for span in spans {
                    prop_assert!(text.get(span.clone()).is_some() && span.start >= end && span.end > span.start);
                    end = span.end;
                }
            }
        }
    }
}
