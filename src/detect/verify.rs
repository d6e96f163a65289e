//! Proof: the exact comparison of a text with a candidate's own text. All threshold comparisons of the crate are here.
//!
//! 1. The shingles that both have are counted, all and rare ones, and are the seeds of the alignment
//!    ([`anchors`](super::anchors), `regions`).
//! 2. The [`Rules`] decide: equal texts; texts that resemble each other as a whole; regions that are long and alike enough;
//!    regions that hold nearly all of a short reference or record; texts alike from end to end; many regions that together
//!    hold much of one; fragments of several references that make up a record.
//! 3. Before a region is aligned to its ends, the same rules are asked whether the most that can come of it is enough.
//!
//! Only rare shingles are evidence. Text that is common, or that a reference took from its prompt, is aligned and reported like
//! any other where it lies in a match, but it makes none.

use super::compare::{Compared, Figures, Weighed, apart, are_apart};
use super::found::Match;
use super::rules::{Detect, Rules};
use std::ops::Add;

/// Compares texts with candidates.
#[derive(Debug, Clone)]
pub(super) struct Verifier {
    pub(super) threshold: f64,
    pub(super) rules: Rules,
    pub(super) detect: Detect,
}

/// Figures of several regions together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    parts: usize,
    words: usize,
    telling: usize,
    rare: usize,
}

impl Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            parts: self.parts + other.parts,
            words: self.words + other.words,
            telling: self.telling + other.telling,
            rare: self.rare + other.rare,
        }
    }
}

impl std::iter::Sum<Figures> for Sum {
    fn sum<I: Iterator<Item = Figures>>(figures: I) -> Self {
        let one = |of: Figures| Self { parts: 1, words: of.words, telling: of.telling[0], rare: of.rare };
        figures.map(one).fold(Self::default(), Self::add)
    }
}

impl Verifier {
    pub(super) fn new(threshold: f64, rules: Rules, detect: Detect) -> Self {
        Self { threshold, rules, detect }
    }

    /// Appends the matches of a text with a candidate: one, or one for each passage. Where there is none, adds to what is
    /// hoped of fragments.
    pub(super) fn verify(&self, compared: &mut Compared<'_>, matches: &mut Vec<Match>, hopes: &mut Sum) {
        if self.detect != Detect::Containment {
            if compared.is_equal() {
                // A text of nothing but common shingles is everybody's; one too short for a shingle is judged as a whole.
                matches.extend((compared.rare() > 0 || compared.theirs.shingles.is_empty()).then(|| compared.exact()));
                return;
            }
            let enough =
                compared.rare() >= self.rules.resemblance_shingles && compared.rare_share() >= self.rules.rare_share;
            if enough && compared.resembles(self.threshold) {
                let regions = self.aligned(compared);
                matches.push(compared.resemblance(&regions));
                return;
            }
        }
        if self.detect != Detect::Resemblance && compared.rare() > 0 {
            self.passages(compared, matches, hopes);
        }
    }

    /// All regions, aligned to their ends.
    pub(super) fn aligned(&self, compared: &mut Compared<'_>) -> Vec<Weighed> {
        let mut regions = compared.regions();
        regions.iter_mut().for_each(|weighed| weighed.region.extend(compared.ours, compared.theirs));
        regions
    }

    fn passages(&self, compared: &mut Compared<'_>, matches: &mut Vec<Match>, hopes: &mut Sum) {
        let mut regions = compared.regions();
        let (ours, theirs) = (compared.ours, compared.theirs);
        let before = matches.len();
        for weighed in &mut regions {
            if self.is_passage(compared, weighed.hopes(ours, theirs)) {
                weighed.region.extend(ours, theirs);
                matches.extend(self.is_passage(compared, weighed.figures()).then(|| compared.passage(weighed)));
            }
        }
        if matches.len() > before {
            return;
        }
        let hoped = |weighed: &Weighed| Some(weighed.hopes(ours, theirs)).filter(|hoped| self.is_part(hoped, 0.0));
        let parts: Sum = regions.iter().filter_map(hoped).sum();
        if self.are_scattered(compared, parts) {
            regions.iter_mut().for_each(|weighed| weighed.region.extend(ours, theirs));
            matches.extend(self.scattered(compared, &regions));
        }
        if matches.len() == before {
            *hopes = *hopes + parts;
        }
    }

    /// Whether one region is evidence enough.
    pub(super) fn is_passage(&self, compared: &Compared<'_>, figures: Figures) -> bool {
        self.is_enough([compared.ours.words(), compared.theirs.words()], figures)
    }

    /// Whether figures of a stretch of a record and a reference of so many words are.
    pub(super) fn is_enough(&self, [record, reference]: [usize; 2], figures: Figures) -> bool {
        let rules = &self.rules;
        let Figures { words, telling: [telling, telling_at_least], agreement, rare } = figures;
        let is_share = |share: f64, of: usize| words as f64 >= share * of as f64;
        let tells = |least: usize| words >= least && telling as f64 >= rules.telling * least as f64;
        let is_most = is_share(rules.most, record.min(reference));
        let passage = tells(rules.passage_words)
            && agreement >= if is_most { rules.agreement } else { rules.part_agreement }
            && rare >= rules.passage_shingles
            && rare as f64 >= rules.density * telling_at_least as f64;
        let is_own = telling as f64 >= rules.own * words as f64;
        let alike = is_own
            && tells(rules.alike_words)
            && is_share(rules.alike, record.max(reference))
            && agreement >= rules.alike_agreement
            && rare >= rules.alike_shingles;
        let holds =
            |least: usize, of: usize| is_own && tells(least) && is_share(rules.whole, of) && agreement >= rules.whole;
        passage
            || alike
            || holds(rules.reference_words, reference) && rare >= rules.reference_shingles
            || holds(rules.record_words, record) && rare >= rules.record_shingles
    }

    /// Whether a region can be a part of something.
    pub(super) fn is_part(&self, figures: &Figures, agreement: f64) -> bool {
        figures.telling[0] >= self.rules.part_words && figures.rare > 0 && figures.agreement >= agreement
    }

    /// The regions of a copy with its parts in another order, if together they are evidence enough.
    pub(super) fn scattered(&self, compared: &Compared<'_>, regions: &[Weighed]) -> Vec<Match> {
        // A stretch of the reference counts once, however often the record repeats it.
        let parts = apart(regions.iter().filter(|weighed| self.is_part(&weighed.figures(), self.rules.agreement)));
        let sum: Sum = parts.iter().map(|weighed| weighed.figures()).sum();
        let enough = self.are_scattered(compared, sum) && sum.rare as f64 >= self.rules.density * sum.telling as f64;
        if enough { parts.into_iter().map(|weighed| compared.passage(weighed)).collect() } else { Vec::new() }
    }

    pub(super) fn are_scattered(&self, compared: &Compared<'_>, sum: Sum) -> bool {
        let smaller = compared.ours.words().min(compared.theirs.words());
        sum.parts > 1
            && sum.telling >= self.rules.reference_words
            && sum.telling as f64 >= self.rules.scattered * smaller as f64
            && sum.rare >= self.rules.passage_shingles
    }

    /// Appends the short passages that a candidate has which is no match: too little by themselves.
    pub(super) fn fragments(&self, compared: &mut Compared<'_>, fragments: &mut Vec<Match>) {
        if self.detect != Detect::Containment && compared.is_equal() {
            return;
        }
        let regions = self.aligned(compared);
        let parts = regions.iter().filter(|weighed| self.is_part(&weighed.figures(), self.rules.whole));
        fragments.extend(parts.map(|weighed| compared.passage(weighed)));
    }

    /// Whether fragments can make up a whole record of so many words.
    pub(super) fn is_spliced(&self, sum: Sum, words: usize) -> bool {
        sum.parts > 1
            && sum.words >= self.rules.reference_words
            && sum.words as f64 >= self.rules.spliced * words as f64
            && sum.rare >= self.rules.spliced_shingles
    }

    /// Of the fragments of several references those that together make up a whole record of so many words, if they do.
    pub(super) fn spliced(&self, words: usize, mut fragments: Vec<Match>) -> Vec<Match> {
        fragments
            .sort_by(|a, b| b.words.cmp(&a.words).then(a.digest.cmp(&b.digest)).then(a.reference.cmp(&b.reference)));
        let mut parts: Vec<Match> = Vec::new();
        for fragment in fragments {
            if parts.iter().all(|part| are_apart(&part.record_span, &fragment.record_span)) {
                parts.push(fragment);
            }
        }
        let sum = Sum {
            parts: parts.len(),
            words: parts.iter().map(|part| part.words as usize).sum(),
            rare: parts.iter().map(|part| part.rare_shingles as usize).sum(),
            telling: 0,
        };
        if self.is_spliced(sum, words) { parts } else { Vec::new() }
    }
}
