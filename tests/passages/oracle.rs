//! The alignment against a slow one: the best local alignment of all words of both texts, by plain dynamic programming.
//!
//! Several alignments can be the best: a word more that agrees, behind one that does not, gains nothing. The words that agree must
//! lie between the fewest and the most that a best one has.

use crate::texts::Random;
use crate::{built, words_of};

/// The alignment with the best score: 2 for a word that agrees, -2 for one that does not.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Best {
    score: i64,
    agreeing: usize,
    /// Words of either side.
    sides: [usize; 2],
}

impl Best {
    fn then(self, score: i64, agreeing: usize, sides: [usize; 2]) -> Self {
        let sides = [self.sides[0] + sides[0], self.sides[1] + sides[1]];
        Self { score: self.score + score, agreeing: self.agreeing + agreeing, sides }
    }
}

/// The best alignment; of several the one with the most words that agree or, for a `taste` of -1, with the fewest.
fn local(record: &[String], reference: &[String], taste: i64) -> Best {
    let rank = |best: &Best| (best.score, taste * best.agreeing as i64);
    let better = |a: Best, b: Best| if rank(&b) > rank(&a) { b } else { a };
    let mut best = Best::default();
    let mut above = vec![Best::default(); reference.len() + 1];
    for word in record {
        let mut row = vec![Best::default()];
        for (at, other) in reference.iter().enumerate() {
            let agree = word == other;
            let diagonal = above[at].then(if agree { 2 } else { -2 }, usize::from(agree), [1, 1]);
            let gaps = [above[at + 1].then(-2, 0, [1, 0]), row[at].then(-2, 0, [0, 1]), Best::default()];
            row.push(gaps.into_iter().fold(diagonal, better));
            best = better(best, row[at + 1]);
        }
        above = row;
    }
    best
}

/// Words that two lists share in order, at most.
pub(crate) fn in_order(a: &[String], b: &[String]) -> usize {
    let mut above = vec![0; b.len() + 1];
    for word in a {
        let mut row = vec![0];
        for (at, other) in b.iter().enumerate() {
            row.push(if word == other { above[at] + 1 } else { row[at].max(above[at + 1]) });
        }
        above = row;
    }
    above[b.len()]
}

/// A copy of some words with about one in `rate` changed, left out or put in; sometimes a few in a row.
pub(crate) fn edited(random: &mut Random, words: &[String], rate: usize) -> Vec<String> {
    let (mut out, mut leave_out) = (Vec::new(), 0);
    for word in words {
        let edit = if rate > 0 && random.once_in(rate) { random.below(5) } else { 9 };
        if leave_out > 0 {
            leave_out -= 1;
            continue;
        }
        match edit {
            0 => leave_out = random.below(4),
            1 => out.extend([word.clone(), random.word()]),
            2..=4 => out.push(random.word()),
            _ => out.push(word.clone()),
        }
    }
    out
}

/// A reference, and a record with an edited passage of it.
fn pair(random: &mut Random, rate: usize) -> [String; 2] {
    // Words of few kinds between the others: they agree by chance.
    let stock = random.words(8);
    let mut text = |count: usize| -> Vec<String> {
        (0..count).map(|_| if random.once_in(4) { stock[random.below(8)].clone() } else { random.word() }).collect()
    };
    let (reference, host) = (text(120), text(60));
    let (from, length) = (random.below(60), 35 + random.below(26));
    let copied = edited(random, &reference[from..from + length], rate);
    let record = [&host[..30], &copied, &host[30..]].concat();
    [random.punctuate(&reference), random.punctuate(&record)]
}

#[test]
fn the_region_found_agrees_in_as_many_words_as_a_best_alignment() {
    let mut random = Random(5);
    let pairs: Vec<[String; 2]> = (0..400).map(|case| pair(&mut random, [0, 20, 12, 9][case % 4])).collect();
    let index = built(&pairs.iter().map(|[reference, _]| reference.as_str()).collect::<Vec<_>>(), 1);
    let (mut fewer, mut more, mut missed) = (Vec::new(), Vec::new(), 0);
    for [reference, record] in &pairs {
        let [least, most] = [-1, 1].map(|taste| local(&words_of(record), &words_of(reference), taste));
        let Some(found) = index.passages(record).first().map(|found| found.words as usize) else {
            let agreement = most.agreeing as f64 / most.sides[0].max(most.sides[1]) as f64;
            assert!(most.agreeing < 30 || agreement < 0.9, "{most:?} was not found\n{reference}\n\n{record}");
            missed += 1;
            continue;
        };
        fewer.extend(least.agreeing.checked_sub(found).filter(|&words| words > 0));
        more.extend(found.checked_sub(most.agreeing).filter(|&words| words > 0));
    }
    println!("of {}: {missed} under the rules; words fewer {fewer:?}, more {more:?}", pairs.len());
    assert!(missed * 8 <= pairs.len());
    // A region goes over a long gap, or ends there, whatever the score: hardly ever in edits like these.
    assert!((fewer.len() + more.len()) * 100 <= pairs.len(), "{fewer:?} {more:?}");
}
