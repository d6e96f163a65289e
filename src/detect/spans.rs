//! Which raw bytes of two texts are shared, and which of them say who wrote them.

use crate::index::Bits;
use crate::text::{Shingler, Trace};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Raw bytes that two texts share, and whether they are rare: in no common shingle.
pub type SharedRange = (Range<usize>, bool);

/// The raw byte ranges of two texts that their shared shingles cover; ascending, apart from each other, on character
/// boundaries. Texts without shingles share everything or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedSpans {
    /// In the record's text.
    pub record: Vec<SharedRange>,
    /// In the reference's text.
    pub reference: Vec<SharedRange>,
}

impl SharedSpans {
    /// Compares a text with a reference, of whose word starts these have rare shingles.
    #[must_use]
    pub fn of(shingler: &Shingler, record: &str, reference: &str, rare: Bits<'_>) -> Self {
        let (record, reference) = (Trace::new(record), Trace::new(reference));
        // Equal texts share their ends too, where no shingle begins any more.
        let equal = (record.bytes == reference.bytes).then_some(true);
        let windows =
            |trace: &'_ Trace| -> Vec<(Range<usize>, u64)> { shingler.windows(&trace.bytes, &trace.starts).collect() };
        let (ours, theirs) = (windows(&record), windows(&reference));
        let hashes: HashSet<u64> = ours.iter().map(|(_, hash)| *hash).collect();
        let mut kinds: HashMap<u64, bool> = HashMap::new();
        // One common place makes a shingle common.
        for (word, (_, hash)) in theirs.iter().enumerate().filter(|(_, (_, hash))| hashes.contains(hash)) {
            *kinds.entry(*hash).or_insert(true) &= rare.get(word);
        }
        let ranges = |trace: &Trace, windows: Vec<(Range<usize>, u64)>| ranges(trace, equal, windows, &kinds);
        Self { record: ranges(&record, ours), reference: ranges(&reference, theirs) }
    }
}

/// Raw ranges of a text by the kind of the shingles that cover them: what is in a common one is common.
fn ranges(
    trace: &Trace,
    elsewhere: Option<bool>,
    windows: Vec<(Range<usize>, u64)>,
    shared: &HashMap<u64, bool>,
) -> Vec<SharedRange> {
    let mut kinds = vec![elsewhere; trace.bytes.len()];
    for (window, hash) in windows {
        if let Some(&rare) = shared.get(&hash) {
            let covered = kinds.get_mut(window).unwrap_or_default();
            covered.iter_mut().for_each(|kind| *kind = Some(rare && kind.unwrap_or(true)));
        }
    }
    let (mut ranges, mut at): (Vec<SharedRange>, usize) = (Vec::new(), 0);
    for run in kinds.chunk_by(|a, b| a == b) {
        let mut raw = trace.raw(at..at + run.len());
        at += run.len();
        // Several normalised bytes may come from one character, which is in one range only.
        raw.start = raw.start.max(ranges.last().map_or(0, |(before, _)| before.end));
        if let Some(&Some(rare)) = run.first()
            && !raw.is_empty()
        {
            ranges.push((raw, rare));
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHARED: &str = "The mitochondria are the power house of every living cell, it is said.";
    const ALL: [u8; 64] = [0xFF; 64];

    fn spans(record: &str, reference: &str, rare: &[u8]) -> SharedSpans {
        SharedSpans::of(&Shingler::new(&[0; 32]), record, reference, Bits::at(rare, 0))
    }

    fn pieces<'t>(text: &'t str, ranges: &[SharedRange]) -> Vec<(&'t str, bool)> {
        ranges.iter().map(|(range, rare)| (&text[range.clone()], *rare)).collect()
    }

    #[test]
    fn shared_text_is_found_in_both() {
        let record = format!("Intro of my own making, number one. {SHARED} A tail which differs from the other one!");
        let reference = format!("{} Zusammenfassung auf Deutsch folgt hier.", SHARED.to_uppercase());
        let spans = spans(&record, &reference, &ALL);
        // Shingles have a fixed width: the last one ends inside the last word.
        assert_eq!(pieces(&record, &spans.record), [(SHARED.trim_end_matches("aid."), true)]);
        let upper = SHARED.to_uppercase();
        assert_eq!(pieces(&reference, &spans.reference), [(upper.trim_end_matches("AID."), true)]);
    }

    #[test]
    fn text_in_common_shingles_is_common() {
        let record = format!("{SHARED} And more.");
        // The shingle at the second word is common.
        let spans = spans(&record, SHARED, &[0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        let parts =
            [("The", true), ("mitochondria are the power house of ev", false), ("ery living cell, it is s", true)];
        assert_eq!(pieces(&record, &spans.record), parts);
        assert_eq!(spans.record, spans.reference);
    }

    #[test]
    fn equal_texts_share_their_last_words_too() {
        assert_eq!(pieces(SHARED, &spans(SHARED, SHARED, &ALL).record), [(SHARED.trim_end_matches('.'), true)]);
        assert_eq!(pieces("It is Paris", &spans("It is Paris", "it is, paris", &[]).record), [("It is Paris", true)]);
    }

    #[test]
    fn nothing_shared_is_nothing() {
        let other = "Something else which is long enough to be shingled.";
        assert_eq!(spans(SHARED, other, &ALL), SharedSpans::default());
    }

    proptest! {
        #[test]
        fn spans_lie_on_characters_and_ascend(
            a in "[a-cé漢½ ]{0,200}", b in "[a-cé漢ﬃ ]{0,200}", c in "[a-céﬃ ]{40,90}", rare: [u8; 64]
        ) {
            let (record, reference) = (format!("{a}{c}{b}"), format!("{b} {c}{a}"));
            let spans = spans(&record, &reference, &rare);
            for (text, spans) in [(&record, &spans.record), (&reference, &spans.reference)] {
                let mut end = 0;
                for (span, _) in spans {
                    prop_assert!(text.get(span.clone()).is_some() && span.start >= end && span.end > span.start);
                    end = span.end;
                }
            }
        }
    }
}
