//! Proof: the exact comparison of a text with a candidate's own text. All threshold comparisons of the crate are here.
//!
//! 1. The shingles that both have are counted, all and rare ones, and are the seeds of the alignment
//!    ([`anchors`](super::anchors), [`regions`](super::regions)).
//! 2. The [`Rules`] decide: equal texts; texts that resemble each other as a whole; regions that are long and alike enough;
//!    regions that hold nearly all of a short reference or record; texts alike from end to end; many regions that together
//!    hold much of one; fragments of several references that make up a record.
//!
//! Only rare shingles are evidence. Text that is common, or that a reference took from its prompt, is aligned and reported like
//! any other where it lies in a match, but it makes none.

use super::candidates::Candidate;
use super::compare::{Compared, Weighed, apart, are_apart};
use super::found::Match;
use super::rules::{Detect, Rules};
use super::subject::Subject;
use crate::index::Index;

/// Compares texts with candidates.
#[derive(Debug, Clone)]
pub struct Verifier {
    threshold: f64,
    rules: Rules,
    detect: Detect,
}

/// What the verification of one text yields, over all candidates.
#[derive(Debug, Default)]
pub struct Verified {
    /// What is proven.
    pub matches: Vec<Match>,
    /// Short passages of references, too little by themselves.
    pub fragments: Vec<Match>,
}

impl Verifier {
    /// A verifier.
    #[must_use]
    pub fn new(threshold: f64, rules: Rules, detect: Detect) -> Self {
        Self { threshold, rules, detect }
    }

    /// Appends the matches of a text with a candidate, of which `other` is the text (one, or one for each passage), and its
    /// fragments that are none.
    pub fn verify(
        &self,
        index: &Index,
        (subject, other): (&Subject, &Subject),
        candidate: Candidate,
        verified: &mut Verified,
    ) {
        let Some(reference) = index.reference(candidate.0) else { return };
        let Verified { matches, fragments } = verified;
        let mut compared = Compared::new(candidate.0, subject, other, reference.rare());
        if self.detect != Detect::Containment {
            if subject.trace.bytes == other.trace.bytes {
                // A text of nothing but common shingles is everybody's; one too short for a shingle is judged as a whole.
                matches.extend((compared.rare > 0 || other.distinct == 0).then(|| compared.exact()));
                return;
            }
            let enough =
                compared.rare >= self.rules.resemblance_shingles && compared.rare_share() >= self.rules.rare_share;
            if enough && compared.rare_jaccard() >= self.threshold {
                let regions = compared.regions();
                matches.push(compared.resemblance(&regions));
                return;
            }
        }
        if self.detect != Detect::Resemblance {
            let regions = compared.regions();
            let before = matches.len();
            let is_passage = |weighed: &&Weighed| self.is_passage(&compared, weighed);
            matches.extend(regions.iter().filter(is_passage).map(|weighed| compared.passage(weighed)));
            if matches.len() == before {
                matches.extend(self.scattered(&compared, &regions));
            }
            if matches.len() == before {
                let is_fragment = |weighed: &&Weighed| self.is_part(weighed, self.rules.whole);
                fragments.extend(regions.iter().filter(is_fragment).map(|weighed| compared.passage(weighed)));
            }
        }
    }

    /// Whether one region is evidence enough.
    fn is_passage(&self, compared: &Compared<'_>, weighed: &Weighed) -> bool {
        let rules = &self.rules;
        let (words, agreement) = (weighed.region.agreeing, weighed.region.agreement());
        let (record, reference) = (compared.subject.words(), compared.other.words());
        let is_share = |share: f64, of: usize| words as f64 >= share * of as f64;
        let tells = |least: usize| words >= least && weighed.telling as f64 >= rules.telling * least as f64;
        let is_most = is_share(rules.most, record.min(reference));
        let passage = tells(rules.passage_words)
            && agreement >= if is_most { rules.agreement } else { rules.part_agreement }
            && weighed.rare >= rules.passage_shingles
            && weighed.rare as f64 >= rules.density * weighed.telling as f64;
        let is_own = weighed.telling as f64 >= rules.own * words as f64;
        let alike = is_own
            && tells(rules.alike_words)
            && is_share(rules.alike, record.max(reference))
            && agreement >= rules.alike_agreement
            && weighed.rare >= rules.alike_shingles;
        let holds =
            |least: usize, of: usize| is_own && tells(least) && is_share(rules.whole, of) && agreement >= rules.whole;
        passage
            || alike
            || holds(rules.reference_words, reference) && weighed.rare >= rules.reference_shingles
            || holds(rules.record_words, record) && weighed.rare >= rules.record_shingles
    }

    /// Whether a region can be a part of something.
    fn is_part(&self, weighed: &Weighed, agreement: f64) -> bool {
        weighed.telling >= self.rules.part_words && weighed.rare > 0 && weighed.region.agreement() >= agreement
    }

    /// The regions of a copy with its parts in another order, if together they are evidence enough.
    fn scattered(&self, compared: &Compared<'_>, regions: &[Weighed]) -> Vec<Match> {
        // A stretch of the reference counts once, however often the record repeats it.
        let parts = apart(regions.iter().filter(|weighed| self.is_part(weighed, self.rules.agreement)));
        let words: usize = parts.iter().map(|weighed| weighed.telling).sum();
        let rare: usize = parts.iter().map(|weighed| weighed.rare).sum();
        let smaller = compared.subject.words().min(compared.other.words());
        let enough = parts.len() > 1
            && words >= self.rules.reference_words
            && words as f64 >= self.rules.scattered * smaller as f64
            && rare >= self.rules.passage_shingles
            && rare as f64 >= self.rules.density * words as f64;
        if enough { parts.into_iter().map(|weighed| compared.passage(weighed)).collect() } else { Vec::new() }
    }

    /// Of the fragments of several references those that together make up a whole record, if they do.
    #[must_use]
    pub fn spliced(&self, subject: &Subject, mut fragments: Vec<Match>) -> Vec<Match> {
        fragments.sort_by(|a, b| b.words.cmp(&a.words).then(a.reference.cmp(&b.reference)));
        let mut parts: Vec<Match> = Vec::new();
        for fragment in fragments {
            if parts.iter().all(|part| are_apart(&part.record_span, &fragment.record_span)) {
                parts.push(fragment);
            }
        }
        let sum = |count: fn(&Match) -> u32| parts.iter().map(count).sum::<u32>() as usize;
        let enough = parts.len() > 1
            && sum(|part| part.words) >= self.rules.reference_words
            && sum(|part| part.words) as f64 >= self.rules.spliced * subject.words() as f64
            && sum(|part| part.rare_shingles) >= self.rules.spliced_shingles;
        if enough { parts } else { Vec::new() }
    }
}
