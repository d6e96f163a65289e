//! A text against an index: what is found lies inside the texts.

use crate::Target;
use crate::indexes::{build, parameters, texts};
use ringfence::detect::spans::SharedSpans;
use ringfence::detect::{Detect, MatchOptions, Sensitivity};
use ringfence::report::{Marks, Pair, Side};
use ringfence::sketch::Probing;
use ringfence::text::Normalized;
use ringfence::{Index, Match, Matcher};

/// Everything is looked at, and little is enough.
const OPTIONS: MatchOptions = MatchOptions {
    threshold: None,
    sensitivity: Sensitivity::Thorough,
    detect: Detect::Both,
    max_matches: 10,
    probing: Some(Probing::EVERY),
};

/// Looks a text up in every way, and shows what is found.
pub fn search(index: &Index, text: &str) {
    let (mut normalized, mut hashes) = (Normalized::default(), Vec::new());
    normalized.set(text);
    index.shingler().hashes_into(&normalized, &mut hashes);
    let mut found = Vec::new();
    if let Some(signature) = index.sketcher().signature(&hashes) {
        index.probe_into(&index.sketcher().band_keys(&signature).collect::<Vec<_>>(), &mut found);
    }
    index.probe_whole_into(index.shingler().whole(&normalized), &mut found);
    found.extend(hashes.iter().flat_map(|&hash| index.postings(hash).take(100)));
    index.postings_each(&hashes, &mut Vec::new(), |number, reference| {
        assert!((number as usize) < hashes.len());
        found.push(reference);
    });
    for reference in found.into_iter().filter_map(|number| index.reference(number)) {
        let _ = (reference.text().len(), reference.provenance().id.len());
    }
    let matches = matches(index, text);
    assert_eq!(matches, self::matches(index, text));
    matches.iter().for_each(|found| show(index, text, found));
}

fn matches(index: &Index, text: &str) -> Vec<Match> {
    let mut matches = Vec::new();
    if let Ok(mut matcher) = Matcher::new(index, OPTIONS) {
        matcher.find(text, &mut matches);
    }
    matches
}

/// Asserts what holds of a match, and shows it as `explain` does.
fn show(index: &Index, text: &str, found: &Match) {
    assert!(text.get(found.record_span.clone()).is_some(), "{found:?}");
    let shares = [found.similarity, found.containment_record, found.containment_reference, found.agreement];
    assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{found:?}");
    let Some(reference) = index.reference(found.reference).filter(|_| !index.is_private()) else { return };
    let spans = SharedSpans::of(index.shingler(), text, reference.text(), reference.rare());
    for (text, shared) in [(text, &spans.record), (reference.text(), &spans.reference)] {
        assert!(shared.iter().all(|(range, _)| text.get(range.clone()).is_some()), "{shared:?}");
        assert!(shared.is_sorted_by(|a, b| a.0.end <= b.0.start), "{shared:?}");
    }
    let pair = Pair {
        record: Side { text, shared: &spans.record, span: found.record_span.clone() },
        reference: Side { text: reference.text(), shared: &spans.reference, span: found.reference_span.clone() },
    };
    let shown = pair.render(80, Marks::Brackets);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
}

/// Any text against a whole index; what is found of a reference lies in its text, too.
pub fn find() -> Target {
    let texts = texts();
    let whole = build(parameters(), &texts);
    let index = Index::open(&whole.path()).expect("an index");
    Box::new(move |data| {
        // The index is in a folder of its own, which must not go before it.
        let _ = &whole;
        let text = String::from_utf8_lossy(data);
        search(&index, &text);
        for found in matches(&index, &text) {
            let reference = index.reference(found.reference).expect("a reference of the index");
            assert!(reference.text().get(found.reference_span.clone()).is_some(), "{found:?}");
        }
    })
}
