//! Edits at every n-th word: a passage of a reference, in a host, with every n-th word another one.
//!
//! A shingle lasts for some six or seven words of usual length (4.7 letters on average): edits closer than that leave hardly any.

use crate::texts::Random;
use crate::{Built, built};

/// Passages of each period and length; the places of the first edit differ.
const TRIALS: usize = 40;
const LENGTHS: [usize; 2] = [200, 400];

/// A passage with every n-th word replaced, in a host.
fn record(random: &mut Random, reference: &[String], period: usize, trial: usize) -> String {
    let mut passage = reference[50..reference.len() - 50].to_vec();
    for word in passage.iter_mut().skip(trial % period).step_by(period) {
        *word = random.usual_word();
    }
    let [before, after] = [30, 30].map(|count| random.prose(count));
    format!("{before}\n{}\n{after}", random.punctuate(&passage))
}

/// The share of passages that are found.
fn recall(index: &Built, random: &mut Random, references: &[Vec<String>], period: usize) -> f64 {
    let record = |(trial, reference): (usize, &Vec<String>)| record(random, reference, period, trial);
    let records: Vec<String> = references.iter().enumerate().map(record).collect();
    let found = records.iter().filter(|record| !index.find(record).is_empty()).count();
    found as f64 / references.len() as f64
}

#[test]
fn edits_at_every_eighth_word_or_more_hide_nothing() {
    let mut random = Random(100);
    let references = LENGTHS.map(|length| -> Vec<Vec<String>> {
        (0..TRIALS).map(|_| (0..length + 100).map(|_| random.usual_word()).collect()).collect()
    });
    let texts: Vec<String> = references.iter().flatten().map(|words| random.punctuate(words)).collect();
    let index = built(&texts.iter().map(String::as_str).collect::<Vec<_>>(), 1);
    println!("period  200 words  400 words");
    for period in (4..=12).chain([14, 16, 20, 24, 32, 48, 64]) {
        let [short, long] = references.each_ref().map(|words| recall(&index, &mut random, words, period));
        println!("{period:6}  {short:9.2}  {long:9.2}");
        assert!(period < 8 || short == 1.0 && long == 1.0, "period {period}: {short:.2}, {long:.2}");
    }
}
