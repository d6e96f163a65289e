//! How much shared text always makes a candidate, whatever stands around it.
//!
//! 1. A run of equal normalised bytes is found when a whole shingle lies in it: 32 bytes from a word start that both texts
//!    have. With words of at most W bytes, any run of 32 + W - 1 bytes holds one (40 bytes, some 8 words, for W = 9).
//! 2. Where one in s rare shingles is posted (s > 1), any 6s - 1 rare shingles in a row hold a posted one: behind a
//!    posted shingle each full 3s have one, so that the longest row without is the rest of such a stretch, 3s - 1, and
//!    the incomplete one after it, 3s - 1 again.
//! 3. Of 30 equal words in a row, 29 at least are proven to agree whatever stands around: a match.

use crate::texts::Random;
use crate::{Built, built};
use ringfence::text::{SHINGLE_BYTES, Trace};
use std::ops::Range;

/// What can stand around a run: nothing, other words, or letters of the words that it begins and ends in.
const SURROUNDINGS: [(&str, &str); 4] =
    [("", ""), ("Lorem ipsum dolor. ", " sit amet"), ("x", "q"), ("Vox qx", "xq, vex")];

/// The shortest raw range from a place on that holds one shingle from a word start behind that place.
fn one_shingle(trace: &Trace, text: &str, from: usize) -> Option<Range<usize>> {
    let start =
        trace.starts.iter().map(|&start| start as usize).find(|&start| trace.raw(start..start + 1).start > from)?;
    let end = trace.raw(start..start + SHINGLE_BYTES).end;
    (end > 0 && text.is_char_boundary(from)).then_some(from..end)
}

#[test]
fn one_shared_shingle_makes_a_candidate_at_every_alignment_and_a_byte_less_does_not() {
    let text = Random(1).prose(80);
    let (index, trace) = (built(&[&text], 1), Trace::new(&text));
    let runs: Vec<Range<usize>> = (0..text.len()).filter_map(|from| one_shingle(&trace, &text, from)).collect();
    assert!(runs.len() > 400, "{}", runs.len());
    for run in runs {
        let longest = Trace::new(&text[run.clone()]).bytes.len();
        assert!(longest < SHINGLE_BYTES + 9, "a word of more than 9 bytes");
        for (before, after) in SURROUNDINGS {
            let record = |run: &str| format!("{before}{run}{after}");
            let shared = &text[run.clone()];
            assert!(index.nominates(&record(shared)), "{}", record(shared));
            assert!(!index.nominates(&record(&shared[..shared.len() - 1])), "a byte less: {}", record(shared));
        }
    }
}

#[test]
fn eleven_characters_without_spaces_make_a_candidate_and_ten_do_not() {
    let mut random = Random(2);
    let text: String = (0..200).map(|_| char::from_u32(0x4E00 + random.below(5000) as u32).unwrap()).collect();
    let (index, characters) = (built(&[&text], 1), text.chars().collect::<Vec<_>>());
    for from in 0..characters.len() - 11 {
        let record = |count: usize| format!("龍{}龜", characters[from..from + count].iter().collect::<String>());
        assert!(index.nominates(&record(11)) && !index.nominates(&record(10)), "{from}");
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

#[test]
fn of_selected_shingles_one_in_six_times_the_selection_is_posted_and_no_fewer_suffice() {
    let text = Random(3).prose(60_000);
    let trace = Trace::new(&text);
    for selection in [1, 2, 3, 4] {
        let index = built(&[&text], selection);
        let posted = posted(&index, &trace);
        let bound = if selection == 1 { 1 } else { 6 * selection as usize - 1 };
        assert!(posted.windows(bound).all(|row| row.contains(&true)), "selection {selection}");
        let Some(bare) = bound.checked_sub(1).filter(|&bare| bare > 0) else { continue };
        let from = posted.windows(bare).position(|row| !row.contains(&true)).expect("the bound is tight");
        assert!(!index.nominates(shingles(&text, &trace, from..from + bare)), "selection {selection}");
        assert!(index.nominates(shingles(&text, &trace, from..from + bound)), "selection {selection}");
        let share = posted.iter().filter(|posted| **posted).count() as f64 / posted.len() as f64;
        println!("selection {selection}: any {bound} shingles hold a posted one; posted {share:.3}");
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
