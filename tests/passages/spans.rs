//! Reported spans and figures, held to what the spans say when they are read again.

use crate::oracle::{edited, in_order};
use crate::texts::Random;
use crate::{Built, built, words_of};
use ringfence::detect::{Match, MatchKind, MatchOptions, Matcher};
use ringfence::text::Trace;
use std::ops::Range;

/// What must hold of every match.
fn check(found: &Match, record: &str, reference: &str) {
    let ours = words_of(record.get(found.record_span.clone()).expect("a span on characters"));
    let theirs = words_of(reference.get(found.reference_span.clone()).expect("a span on characters"));
    let (longer, words, common) = (ours.len().max(theirs.len()), found.words as usize, in_order(&ours, &theirs));
    let what = || format!("{found:?}: {common} words agree\n{ours:?}\n{theirs:?}");
    assert!(0 < words && words <= common, "{}", what());
    assert_eq!(found.gaps == 0, ours == theirs, "{}", what());
    if found.kind == MatchKind::Containment {
        // Pieces put in or left out are gaps, and no disagreement.
        assert!(found.agreement <= 1.0 && found.agreement >= words as f64 / longer as f64 - 1e-9, "{}", what());
        assert!(common - words <= 2 + common / 20, "{}", what());
    }
}

/// A reference, and a record with a passage of it.
struct Planted {
    reference: String,
    record: String,
    /// The passage in either.
    theirs: Range<usize>,
    ours: Range<usize>,
    words: usize,
}

impl Planted {
    /// A passage of 30 words or more, with about one in `rate` edited, none for 0.
    fn new(random: &mut Random, rate: usize) -> Self {
        let (words, length) = (random.words(220), 30 + random.below(130));
        let copied = edited(random, &words[30..30 + length], rate);
        let [before, after] = [(); 2].map(|()| random.below(80));
        let [start, passage, end] =
            [&words[..30], &words[30..30 + length], &words[30 + length..]].map(|w| random.punctuate(w));
        let [left, copy, right] = [random.prose(before), random.punctuate(&copied), random.prose(after)];
        let (theirs, ours) = (start.len() + 1, left.len() + 2);
        Self {
            theirs: theirs..theirs + passage.len(),
            ours: ours..ours + copy.len(),
            reference: format!("{start}\n{passage}\n{end}"),
            record: format!("{left}\n\n{copy}\n\n{right}"),
            words: length,
        }
    }

    fn index(planted: &[Self]) -> Built {
        built(&planted.iter().map(|planted| planted.reference.as_str()).collect::<Vec<_>>(), 1)
    }
}

#[test]
fn figures_are_those_of_the_spans() {
    let mut random = Random(20);
    let planted: Vec<Planted> =
        (0..600).map(|case| Planted::new(&mut random, [0, 4, 6, 9, 14, 25][case % 6])).collect();
    let (index, mut matched) = (Planted::index(&planted), 0);
    for planted in &planted {
        let found = [index.find(&planted.record), index.passages(&planted.record)].concat();
        matched += usize::from(!found.is_empty());
        found.iter().for_each(|found| check(found, &planted.record, &planted.reference));
    }
    println!("{matched} of {} matched", planted.len());
    assert!(matched * 10 >= planted.len() * 7);
}

/// Exact copies: the spans are the copy, and equal once normalised.
#[test]
fn spans_of_exact_copies_are_the_copies() {
    let mut random = Random(21);
    let planted: Vec<Planted> = (0..300).map(|_| Planted::new(&mut random, 0)).collect();
    let index = Planted::index(&planted);
    for planted in &planted {
        let [found] = &index.find(&planted.record)[..] else { panic!("no single match in {}", planted.record) };
        assert_eq!((&found.record_span, &found.reference_span), (&planted.ours, &planted.theirs));
        let (ours, theirs) = (&planted.record[planted.ours.clone()], &planted.reference[planted.theirs.clone()]);
        assert_eq!(Trace::new(ours).bytes, Trace::new(theirs).bytes);
        assert_eq!((found.words as usize, found.gaps), (planted.words, 0));
        assert!(found.agreement == 1.0 || found.kind != MatchKind::Containment);
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
fn every_copy_in_a_record_is_a_match() {
    let mut random = Random(52);
    let passage = random.prose(60);
    let index = built(&[&format!("{}\n{passage}\n{}", random.prose(60), random.prose(60))], 1);
    let record: String = (0..12).map(|_| format!("{passage}\n{}\n", random.prose(40))).collect();
    let all = MatchOptions { max_matches: usize::MAX, ..Default::default() };
    assert_eq!(index.find_with(&record, all).len(), 12);
}

#[test]
fn words_of_a_resemblance_are_in_order_and_counted_once() {
    let answer = Random(53).prose(100);
    let [found] = &built(&[&answer], 1).find(&format!("{answer}\n{answer}"))[..] else { panic!("no single match") };
    assert!(found.words <= 100, "{found:?}");
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
        let mut matcher = Matcher::new(&index.index, MatchOptions::default()).unwrap();
        [first.as_str(), "", &second].iter().for_each(|text| matcher.find(text, &mut together));
        assert_eq!(alone, together);
    }
}
