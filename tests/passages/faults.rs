//! What should hold and does not yet: each test is ignored with what is seen instead.

use crate::built;
use crate::common::headers;
use crate::texts::Random;

#[test]
#[ignore = "stretches between two anchors, and beyond the last, count as one"]
fn each_stretch_of_disagreeing_words_is_a_gap() {
    let mut random = Random(51);
    let words = random.words(60);
    let mut edited = words.clone();
    [20, 22, 24].into_iter().for_each(|at| edited[at] = random.word());
    let index = built(&[&random.punctuate(&words)], 1);
    let record = format!("{}\n{}\n{}", random.prose(80), random.punctuate(&edited), random.prose(80));
    assert_eq!(index.find(&record)[0].gaps, 3);
}

#[test]
#[ignore = "shingles on the seams of title, copyright line and licence are rare: nine of them and nine telling words are a match"]
fn a_licence_of_one_holder_matches_in_no_file_of_that_holder() {
    let mut random = Random(55);
    for licence in headers("2024", "Ann Author") {
        let index = built(&[&licence], 1);
        for record in [licence.clone(), format!("{licence}\n{}", random.prose(100))] {
            assert!(index.find(&record).is_empty(), "{:?}\n{record}", index.find(&record));
        }
    }
}

#[test]
#[ignore = "starts inside a word of over 32 bytes are counted from its begin: 2 of 32 places are found"]
fn a_piece_of_a_long_word_is_found_wherever_it_stands() {
    let mut random = Random(54);
    let letters: String =
        (0..400).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[random.below(36)])).collect();
    let index = built(&[&letters], 1);
    let places = (0..32).filter(|&before| index.nominates(&format!("{}{}", "x".repeat(before), &letters[40..360])));
    assert_eq!(places.count(), 32);
}

#[test]
#[ignore = "64 references that share more with the record (MAX_CANDIDATES) hide one that it holds a passage of"]
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

#[test]
#[ignore = "a reference that is nothing but imports keeps them as evidence"]
fn a_reference_of_imports_alone_matches_in_no_file_that_has_them() {
    let mut random = Random(56);
    let block: String = (0..25).map(|_| format!("from {} import {}\n", random.word(), random.word())).collect();
    let index = built(&[&block], 1);
    assert!(index.find(&format!("{block}\n{}", random.prose(100))).is_empty());
}
