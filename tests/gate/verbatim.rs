//! Copied runs: from 20 shingles on, none is missed.

use crate::built;
use crate::texts::Random;
use ringfence::text::{SHINGLE_BYTES, Trace};

/// Shingles in a row of which one is always looked at: the longest distance.
const RUN: usize = 20;

/// The raw text that holds so many whole shingles from a word start on, and no further one.
fn run(text: &str, first: usize, shingles: usize) -> &str {
    let trace = Trace::new(text);
    let (start, last) = (trace.starts[first] as usize, trace.starts[first + shingles - 1] as usize);
    &text[trace.raw(start..last + SHINGLE_BYTES)]
}

/// A long record with a run of words of a reference at each of many places: how many of these pass.
fn share(shingles: usize, key: u8) -> (usize, usize) {
    let mut random = Random(u64::from(key));
    let reference = random.prose(60);
    let index = built(&[&reference], key, 1);
    let copied = run(&reference, 10, shingles).to_owned();
    let host = random.words(1200);
    let records: Vec<String> =
        (0..1100).map(|at| format!("{} {copied} {}", host[..at].join(" "), host[at..].join(" "))).collect();
    let passed = index.passed(&records);
    (passed.iter().filter(|passed| **passed).count(), records.len())
}

#[test]
fn twenty_shingles_in_a_row_always_pass_and_nineteen_do_not() {
    let mut missed = 0;
    for key in 1..4 {
        let (passed, records) = share(RUN, key);
        assert_eq!(passed, records, "key {key}: places at which a run of {RUN} shingles is missed");
        let (passed, records) = share(RUN - 1, key);
        missed += records - passed;
    }
    assert!(missed > 0, "a shorter run is never missed: the bound is not tight");
    println!("a run of {} shingles is missed at {missed} of 3300 places", RUN - 1);
}

#[test]
fn thirty_words_of_a_reference_hold_twenty_shingles() {
    let mut random = Random(77);
    for _ in 0..200 {
        let words: Vec<String> = (0..30).map(|_| random.usual_word()).collect();
        let trace = Trace::new(&words.join(" "));
        let shingles =
            trace.starts.iter().filter(|&&start| start as usize + SHINGLE_BYTES <= trace.bytes.len()).count();
        assert!(shingles >= RUN, "{shingles} shingles: {words:?}");
    }
}

#[test]
fn short_texts_are_looked_at_whole() {
    let mut random = Random(5);
    let reference = random.prose(40);
    let index = built(&[&reference], 9, 1);
    // One shingle alone, in records of up to 32.
    let copied = run(&reference, 7, 1);
    let records: Vec<String> =
        (0..22).map(|words| format!("{} {copied} {}", random.prose(words), random.prose(2))).collect();
    assert!(index.passed(&records).iter().all(|passed| *passed));
    let short = built(&["Paris, of course."], 9, 1);
    assert_eq!(short.passed(&["paris of COURSE".to_owned(), "Rome".to_owned(), String::new()]), [true, false, false]);
}
