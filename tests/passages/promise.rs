//! How much shared text always makes a candidate, whatever stands around it.
//!
//! 1. Two shared shingles do: one of 32 bytes from a word start that both texts have, and the next. With words of at most
//!    W bytes, any run of 32 + 2W equal normalised bytes holds two (50 bytes, some 9 words, for W = 9): its first byte may follow a
//!    letter in one of the texts, and then begins no word there. Where neither text has over twice the shingles of the other,
//!    one is enough, and so is a run of 32 + W bytes.
//! 2. Where one in s shingles is sampled (s > 1), any 3s rare shingles in a row hold a posted one, and that is enough
//!    ([`ringfence::sketch::Sampler`]).
//! 3. Thirty equal words in a row are a match.

use crate::texts::Random;
use crate::{Built, built};
use ringfence::text::{SHINGLE_BYTES, Trace};
use std::ops::Range;

/// What can stand around a run: nothing, other words, or letters that its first and last word go on with.
const APART: [(&str, &str); 2] = [("", ""), ("Lorem ipsum dolor. ", " sit amet")];
const GLUED: [(&str, &str); 2] = [("x", "q"), ("Vox qx", "xq, vex")];

/// The shortest raw range from a place on that holds so many shingles from word starts behind that place.
fn run_of(shingles: usize, trace: &Trace, text: &str, from: usize) -> Option<Range<usize>> {
    let behind = |&start: &usize| trace.raw(start..start + 1).start > from;
    let start = trace.starts.iter().map(|&start| start as usize).filter(behind).nth(shingles - 1)?;
    let end = trace.raw(start..start + SHINGLE_BYTES).end;
    (end > 0 && text.is_char_boundary(from)).then_some(from..end)
}

/// Each run of so many shingles makes a candidate, whatever stands around it and goes before that, and no shorter one does.
fn check_runs(shingles: usize, before: &str) {
    let text = Random(1).prose(80);
    let (index, trace) = (built(&[&text], 1), Trace::new(&text));
    let runs: Vec<Range<usize>> = (0..text.len()).filter_map(|from| run_of(shingles, &trace, &text, from)).collect();
    assert!(runs.len() > 400, "{}", runs.len());
    for run in runs {
        let bytes = Trace::new(&text[run.clone()]).bytes.len();
        assert!(bytes <= SHINGLE_BYTES + 9 * shingles, "{bytes} bytes hold too few shingles");
        let shared = &text[run];
        let record = |(left, right): (&str, &str), run: &str| format!("{before}{left}{run}{right}");
        for around in APART.into_iter().chain(GLUED) {
            assert!(index.nominates(&record(around, shared)), "{}", record(around, shared));
        }
        for around in GLUED {
            assert!(!index.nominates(&record(around, &shared[..shared.len() - 1])), "{}", record(around, shared));
        }
    }
}

#[test]
fn two_shared_shingles_make_a_candidate_at_every_alignment_and_a_byte_less_does_not() {
    check_runs(2, "");
}

#[test]
fn one_makes_a_candidate_of_texts_of_like_size() {
    check_runs(1, &format!("{} ", Random(30).prose(50)));
}

#[test]
fn twelve_characters_without_spaces_make_a_candidate_and_eleven_do_not() {
    let mut random = Random(2);
    let text: String = (0..200).map(|_| char::from_u32(0x4E00 + random.below(5000) as u32).unwrap()).collect();
    let (index, characters) = (built(&[&text], 1), text.chars().collect::<Vec<_>>());
    for from in 0..characters.len() - 12 {
        let record = |count: usize| format!("龍{}龜", characters[from..from + count].iter().collect::<String>());
        assert!(index.nominates(&record(12)) && !index.nominates(&record(11)), "{from}");
    }
}

/// For each word start of a text with a shingle, whether that is posted.
fn posted(index: &Built, trace: &Trace) -> Vec<bool> {
    let windows = index.index.shingler().windows(&trace.bytes, &trace.starts);
    windows.map(|(_, hash)| index.index.postings(hash).next().is_some()).collect()
}

/// The raw text of so many shingles in a row.
fn shingles<'t>(text: &'t str, trace: &Trace, numbers: Range<usize>) -> &'t str {
    let (first, last) = (trace.starts[numbers.start] as usize, trace.starts[numbers.end - 1] as usize);
    &text[trace.raw(first..last + SHINGLE_BYTES)]
}

/// The longest row with at most so many posted shingles, and where it begins.
fn longest(posted: &[bool], most: usize) -> (usize, usize) {
    let places = posted.iter().enumerate().filter(|(_, posted)| **posted).map(|(place, _)| place + 1);
    let ends: Vec<usize> = [0].into_iter().chain(places).chain([posted.len() + 1]).collect();
    let rows = ends.windows(most + 2).map(|row| (row[most + 1] - row[0] - 1, row[0]));
    rows.max().unwrap()
}

#[test]
fn of_selected_shingles_three_times_the_selection_hold_a_posted_one_and_make_a_candidate() {
    let text = Random(3).prose(8000);
    let trace = Trace::new(&text);
    for selection in [1, 2, 4, 8, 16] {
        let index = built(&[&text], selection);
        let posted = posted(&index, &trace);
        let share = posted.iter().filter(|posted| **posted).count() as f64 / posted.len() as f64;
        // Where every shingle is posted, two must be shared, and where some are, one.
        let (most, bound) = if selection == 1 { (1, 2) } else { (0, 3 * selection as usize) };
        let (row, from) = longest(&posted, most);
        println!("selection {selection}: posted {share:.3}; of {row} in a row at most {most} is");
        assert!(row < bound, "{row}, not {bound}");
        // As a record that row has no candidate, and with a shingle more it has one.
        let to = from + row;
        assert!(!index.nominates(shingles(&text, &trace, from..to)), "selection {selection}");
        let more = if to < posted.len() { from..to + 1 } else { from - 1..to };
        assert!(index.nominates(shingles(&text, &trace, more)), "selection {selection}");
    }
}

/// Thirty words of the reference in the record, in every place of both.
#[test]
fn thirty_shared_words_are_a_match_at_every_alignment_and_fewer_are_none() {
    let mut random = Random(4);
    let (reference, host) = (random.words(140), random.words(200));
    let index = built(&[&random.punctuate(&reference)], 1);
    for from in 0..=reference.len() - 30 {
        let before = from * 7 % 90;
        let mut record = |count: usize| {
            let copied = [&host[..before], &reference[from..from + count], &host[before..]].concat();
            random.punctuate(&copied)
        };
        let found = index.find(&record(30));
        assert!(found.len() == 1 && found[0].words == 30 && found[0].agreement == 1.0, "at {from}: {found:?}");
        assert!(index.find(&record(29)).is_empty(), "29 words at {from}");
    }
}

#[test]
fn a_passage_is_found_beside_one_that_many_references_share() {
    let mut random = Random(50);
    let (stock, own) = (random.prose(60), random.prose(40));
    let mut around = |text: &str| format!("{}\n{text}\n{}", random.prose(60), random.prose(60));
    let record = around(&format!("{stock}\n{own}"));
    for sharing in [60, 70] {
        let mut texts: Vec<String> = (0..sharing).map(|_| around(&stock)).collect();
        texts.push(around(&own));
        let index = built(&texts.iter().map(String::as_str).collect::<Vec<_>>(), 1);
        let found = index.passages(&record);
        assert!(found.iter().any(|found| record[found.record_span.clone()] == own), "{sharing}: {found:?}");
    }
}
