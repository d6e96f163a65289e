//! Copies with words replaced at random: how often they pass.

use crate::texts::Random;
use crate::{Built, built};
use ringfence::detect::Probing;

const TRIALS: usize = 1000;

/// Words in per cent that are replaced, and the words of a passage of which 99 % then pass, in hosts of any length.
const PASSAGES: [(usize, usize); 4] = [(2, 50), (5, 75), (10, 125), (15, 230)];

fn edited(random: &mut Random, words: &[String], per_cent: usize) -> Vec<String> {
    words.iter().map(|word| if random.below(100) < per_cent { random.usual_word() } else { word.clone() }).collect()
}

fn usual_words(random: &mut Random, count: usize) -> Vec<String> {
    (0..count).map(|_| random.usual_word()).collect()
}

fn rate(index: &Built, records: &[String], probing: Probing) -> f64 {
    index.passed_with(records, probing).iter().filter(|passed| **passed).count() as f64 / records.len() as f64
}

#[test]
fn edited_passages_in_long_records_pass_as_often_as_stated() {
    let mut random = Random(11);
    let references: Vec<Vec<String>> = (0..TRIALS).map(|_| usual_words(&mut random, 250)).collect();
    let texts: Vec<String> = references.iter().map(|words| words.join(" ")).collect();
    let index = built(&texts.iter().map(String::as_str).collect::<Vec<_>>(), 3, 1);
    let host = usual_words(&mut random, 1500);
    for (per_cent, words) in PASSAGES {
        let mut record = |reference: &Vec<String>| {
            let (at, passage) = (random.below(1000), edited(&mut random, &reference[10..10 + words], per_cent));
            [&host[..at], &passage, &host[at..]].concat().join(" ")
        };
        let records: Vec<String> = references.iter().map(&mut record).collect();
        let passed = rate(&index, &records, Probing { distance: 16, at_least: 16 });
        println!("{words} words with {per_cent} % of them replaced: {passed:.4} pass");
        // 99 % less three standard errors of 1,000 trials.
        assert!(passed > 0.980, "{words} words, {per_cent} %: {passed}");
    }
}

#[test]
fn whole_records_pass_by_their_similarity() {
    let mut random = Random(12);
    let references: Vec<Vec<String>> = (0..TRIALS).map(|_| usual_words(&mut random, 300)).collect();
    let texts: Vec<String> = references.iter().map(|words| words.join(" ")).collect();
    let index = built(&texts.iter().map(String::as_str).collect::<Vec<_>>(), 4, 1);
    for share in [3, 5, 10, 20, 50] {
        // The first of the record's words are the reference's: so much of its set of shingles is.
        let record = |reference: &Vec<String>| {
            [
                &reference[..share * 3],
                &usual_words(&mut Random(reference.len() as u64 + share as u64 + 1000), 300 - share * 3),
            ]
            .concat()
            .join(" ")
        };
        let records: Vec<String> = references.iter().map(record).collect();
        let missed = 1.0 - rate(&index, &records, Probing { distance: 16, at_least: 16 });
        let jaccard = (share * 3 - 6) as f64 / (600 - share * 3) as f64;
        let most = (1.0 - jaccard).powi(16);
        println!("similarity {jaccard:.2}: {missed:.3} missed, {most:.3} allowed");
        assert!(missed <= most + 3.0 * (most * (1.0 - most) / TRIALS as f64).sqrt(), "{jaccard}: {missed} missed");
    }
}
