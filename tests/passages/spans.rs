//! Reported spans and figures, held to what the spans say when they are read again.

use crate::oracle::{edited, in_order};
use crate::texts::Random;
use crate::{built, words_of};
use proptest::prelude::*;
use ringfence::detect::{Match, MatchKind};
use ringfence::text::Trace;

/// What must hold of every match.
fn check(found: &Match, record: &str, reference: &str) -> Result<(), TestCaseError> {
    let (ours, theirs) = (record.get(found.record_span.clone()), reference.get(found.reference_span.clone()));
    prop_assert!(ours.is_some() && theirs.is_some(), "a span that does not lie on characters: {found:?}");
    let (ours, theirs) = (words_of(ours.unwrap()), words_of(theirs.unwrap()));
    let (longer, words) = (ours.len().max(theirs.len()), found.words as usize);
    let common = in_order(&ours, &theirs);
    prop_assert!(words <= common, "{words} words are said to agree, {common} do: {found:?}\n{ours:?}\n{theirs:?}");
    prop_assert!(words > 0 && found.rare_shingles <= found.shared_shingles.max(found.rare_shingles));
    prop_assert_eq!(found.gaps == 0, ours == theirs, "{:?}\n{:?}\n{:?}", found, ours, theirs);
    if found.kind == MatchKind::Containment {
        // Pieces put in or left out are gaps, and no disagreement.
        let least = words as f64 / longer as f64;
        prop_assert!(found.agreement <= 1.0 && found.agreement >= least - 1e-9, "{found:?} of {longer} words");
        prop_assert!(common - words <= 2 + common / 20, "{words} of {common} words: {found:?}\n{ours:?}\n{theirs:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
    #[test]
    fn figures_are_those_of_the_spans(
        seed: u64, length in 20..160_usize, rate in prop_oneof![Just(0_usize), 3..30_usize], before in 0..60_usize, after in 0..60_usize,
    ) {
        let mut random = Random(seed);
        let (words, host) = (random.words(220), random.words(120));
        let copied = edited(&mut random, &words[30..30 + length], rate);
        let record = random.punctuate(&[&host[..before], &copied, &host[60..60 + after]].concat());
        let reference = random.punctuate(&words);
        let index = built(&[&reference], 1);
        let mut found = index.passages(&record);
        found.extend(index.find(&record));
        prop_assert!(rate > 0 || !found.is_empty());
        for found in &found {
            check(found, &record, &reference)?;
        }
    }

    /// Exact copies: the spans are the copy, and equal once normalised.
    #[test]
    fn spans_of_exact_copies_are_the_copies(seed: u64, length in 30..160_usize, before in 0..60_usize, after in 0..60_usize) {
        let mut random = Random(seed);
        let (words, host) = (random.words(220), random.words(120));
        let [start, passage, end] = [&words[..30], &words[30..30 + length], &words[30 + length..]].map(|w| random.punctuate(w));
        let copy = random.punctuate(&words[30..30 + length]);
        let [left, right] = [&host[..before], &host[60..60 + after]].map(|words| random.punctuate(words));
        let (reference, record) = (format!("{start}\n{passage}\n{end}"), format!("{left}\n\n{copy}\n\n{right}"));
        let found = built(&[&reference], 1).find(&record);
        prop_assert_eq!(found.len(), 1);
        let (ours, theirs) = (&record[found[0].record_span.clone()], &reference[found[0].reference_span.clone()]);
        prop_assert_eq!((ours, theirs), (&copy[..], &passage[..]));
        prop_assert_eq!(Trace::new(ours).bytes, Trace::new(theirs).bytes);
        prop_assert_eq!((found[0].words as usize, found[0].agreement, found[0].gaps), (length, 1.0, 0));
    }
}

#[test]
fn two_passages_of_one_reference_are_two_matches_with_their_own_spans() {
    let mut random = Random(6);
    let (words, host) = (random.words(300), random.words(300));
    let index = built(&[&random.punctuate(&words)], 1);
    let [a, b] = [&words[20..80], &words[200..270]].map(|words| random.punctuate(words));
    let host = [&host[..100], &host[100..220], &host[220..]].map(|words| random.punctuate(words));
    let record = format!("{}\n{a}\n{}\n{b}\n{}", host[0], host[1], host[2]);
    let found: Vec<&str> = index.find(&record).iter().map(|found| &record[found.record_span.clone()]).collect();
    assert_eq!(found, [b, a], "the longer one first");
}

#[test]
fn texts_next_to_each_other_share_nothing() {
    let mut random = Random(7);
    let words = random.words(60);
    let index = built(&[&random.punctuate(&words)], 1);
    // No shingle crosses from one text into the next, and what one leaves in the buffers does not reach the other.
    for cut in (5..55).step_by(7) {
        let [first, second] = [&words[..cut], &words[cut..]].map(|words| random.punctuate(words));
        let alone = [index.find(&first), index.find(&second)].concat();
        let mut together = Vec::new();
        let mut matcher = ringfence::Matcher::new(&index.index, ringfence::detect::MatchOptions::default()).unwrap();
        [first.as_str(), "", &second].iter().for_each(|text| matcher.find(text, &mut together));
        assert_eq!(alone, together);
    }
}
