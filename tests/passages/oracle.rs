//! The alignment against a slow one: the best local alignment of all words of both texts, by plain dynamic programming.

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

fn local(record: &[String], reference: &[String]) -> Best {
    let mut best = Best::default();
    let mut above = vec![Best::default(); reference.len() + 1];
    for word in record {
        let mut row = vec![Best::default()];
        for (at, other) in reference.iter().enumerate() {
            let diagonal = if word == other { above[at].then(2, 1, [1, 1]) } else { above[at].then(-2, 0, [1, 1]) };
            let gaps = [above[at + 1].then(-2, 0, [1, 0]), row[at].then(-2, 0, [0, 1]), Best::default()];
            let cell = gaps.into_iter().fold(diagonal, |a, b| if b.score > a.score { b } else { a });
            if cell.score > best.score {
                best = cell;
            }
            row.push(cell);
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

#[test]
fn the_region_found_agrees_in_as_many_words_as_the_best_alignment() {
    let mut random = Random(5);
    let (mut equal, mut all, mut deficit, mut surplus) = (0, 0, 0, 0);
    for case in 0..300 {
        // Words of few kinds between the others: they agree by chance.
        let stock = random.words(8);
        let mut text = |count: usize| -> Vec<String> {
            (0..count).map(|_| if random.once_in(4) { stock[random.below(8)].clone() } else { random.word() }).collect()
        };
        let (reference, host) = (text(120), text(60));
        let (from, length) = (random.below(60), 35 + random.below(26));
        let copied = edited(&mut random, &reference[from..from + length], [0, 20, 12, 9][case % 4]);
        let record = [&host[..30], &copied, &host[30..]].concat();
        let (record, reference) = (random.punctuate(&record), random.punctuate(&reference));
        let best = local(&words_of(&record), &words_of(&reference));
        let found = built(&[&reference], 1).passages(&record);
        let Some(found) = found.first().map(|found| found.words as usize) else {
            let agreement = best.agreeing as f64 / best.sides[0].max(best.sides[1]) as f64;
            assert!(best.agreeing < 30 || agreement < 0.8, "case {case}: {best:?} was not found");
            continue;
        };
        all += 1;
        equal += usize::from(found == best.agreeing);
        deficit = deficit.max(best.agreeing.saturating_sub(found));
        surplus = surplus.max(found.saturating_sub(best.agreeing));
    }
    println!("{equal} of {all} as the best alignment; at most {deficit} fewer, {surplus} more");
    assert!(all >= 250 && equal * 10 >= all * 8 && deficit <= 8, "{equal} of {all}, {deficit} fewer, {surplus} more");
}
