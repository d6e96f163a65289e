//! Edits at every n-th word: a passage of a reference, in a host, with every n-th word another one.

use crate::built;
use crate::texts::Random;

/// Passages of each period and length; places of the first edit differ.
const TRIALS: usize = 24;

/// The share of passages that are found.
fn recall(period: usize, length: usize) -> f64 {
    let mut random = Random((period * 1000 + length) as u64);
    let mut found = 0;
    for trial in 0..TRIALS {
        let (reference, host) = (random.words(length + 100), random.words(60));
        let mut passage = reference[50..50 + length].to_vec();
        for word in passage.iter_mut().skip(trial % period).step_by(period) {
            *word = random.word();
        }
        let index = built(&[&random.punctuate(&reference)], 1);
        let record = random.punctuate(&[&host[..30], &passage, &host[30..]].concat());
        found += usize::from(!index.find(&record).is_empty());
    }
    found as f64 / TRIALS as f64
}

#[test]
fn edits_at_every_eighth_word_or_more_hide_nothing() {
    println!("period  200 words  400 words");
    for period in (4..=12).chain([16, 20, 24, 32, 48, 64]) {
        let [short, long] = [200, 400].map(|length| recall(period, length));
        println!("{period:6}  {short:9.2}  {long:9.2}");
        if period >= 8 {
            assert!(short == 1.0 && long == 1.0, "period {period}: {short:.2}, {long:.2}");
        }
    }
}
