//! Proof: the exact comparison of a text with a candidate's own text. The only threshold comparison of the crate.

use super::candidates::Candidate;
use super::spans::SharedSpans;
use crate::index::{Index, ReferenceNumber};
use crate::text::Normalized;
use std::cmp::Ordering;
use std::ops::Range;

/// How a record matches a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    /// Their normalised texts are equal.
    Exact,
    /// The Jaccard similarity of their shingle sets is at or over the threshold.
    Resemblance,
}

impl MatchKind {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Resemblance => "resemblance",
        }
    }
}

/// A proven match of one text with one reference. All figures are exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The reference.
    pub reference: ReferenceNumber,
    /// How it matches.
    pub kind: MatchKind,
    /// Jaccard similarity of the shingle sets; 1 for equal texts.
    pub similarity: f64,
    /// Share of the record's distinct shingles that the reference has.
    pub containment_record: f64,
    /// Share of the reference's distinct shingles that the record has.
    pub containment_reference: f64,
    /// Distinct shingles that both have; 0 for texts too short for a shingle.
    pub shared_shingles: u32,
    /// Raw bytes of the record's text from the first shared byte to the last.
    pub record_span: Range<usize>,
    /// The same in the reference's text.
    pub reference_span: Range<usize>,
}

/// A text as the verifier needs it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The raw text.
    pub raw: &'a str,
    /// Its normalised form.
    pub text: &'a Normalized,
    /// Its distinct shingle hashes, ascending.
    pub shingles: &'a [u64],
}

/// Compares texts with candidates, reusing its buffers.
#[derive(Debug)]
pub struct Verifier {
    threshold: f64,
    text: Normalized,
    shingles: Vec<u64>,
}

impl Verifier {
    /// A verifier for a Jaccard threshold.
    #[must_use]
    pub fn new(threshold: f64) -> Self {
        Self { threshold, text: Normalized::default(), shingles: Vec::new() }
    }

    /// The match of a text with a candidate, if it is one.
    pub fn verify(&mut self, index: &Index, subject: Subject<'_>, candidate: Candidate) -> Option<Match> {
        let reference = index.reference(candidate.0)?;
        // Sets of these sizes cannot be more similar than this, whatever they hold.
        if !self.reaches(ratio(subject.shingles.len(), reference.shingles() as usize)) {
            return None;
        }
        self.text.set(reference.text());
        let equal = self.text.bytes() == subject.text.bytes();
        self.shingles.clear();
        index.shingler().hashes_into(&self.text, &mut self.shingles);
        self.shingles.sort_unstable();
        self.shingles.dedup();
        let (ours, theirs) = (subject.shingles.len(), self.shingles.len());
        let shared = count_shared(subject.shingles, &self.shingles);
        let jaccard =
            if ours + theirs == 0 { f64::from(u8::from(equal)) } else { share(shared, ours + theirs - shared) };
        if !self.reaches(jaccard) {
            return None;
        }
        let (record_span, reference_span) = SharedSpans::of(index.shingler(), subject.raw, reference.text()).extents();
        Some(Match {
            reference: candidate.0,
            kind: if equal { MatchKind::Exact } else { MatchKind::Resemblance },
            similarity: jaccard,
            containment_record: if ours == 0 { 1.0 } else { share(shared, ours) },
            containment_reference: if theirs == 0 { 1.0 } else { share(shared, theirs) },
            shared_shingles: shared as u32,
            record_span,
            reference_span,
        })
    }

    fn reaches(&self, jaccard: f64) -> bool {
        jaccard >= self.threshold
    }
}

/// The smaller of two sizes as a share of the larger; two empty sets are alike.
fn ratio(a: usize, b: usize) -> f64 {
    if a.max(b) == 0 { 1.0 } else { share(a.min(b), a.max(b)) }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// How many values two ascending lists without repetitions have in common.
fn count_shared(mut a: &[u64], mut b: &[u64]) -> usize {
    let mut shared = 0;
    while let ([first_a, rest_a @ ..], [first_b, rest_b @ ..]) = (a, b) {
        match first_a.cmp(first_b) {
            Ordering::Less => a = rest_a,
            Ordering::Greater => b = rest_b,
            Ordering::Equal => {
                shared += 1;
                (a, b) = (rest_a, rest_b);
            }
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn shared_values_are_the_intersection(
            a in prop::collection::btree_set(0..60_u64, 0..40),
            b in prop::collection::btree_set(0..60_u64, 0..40),
        ) {
            let list = |set: &BTreeSet<u64>| set.iter().copied().collect::<Vec<_>>();
            prop_assert_eq!(count_shared(&list(&a), &list(&b)), a.intersection(&b).count());
        }
    }
}
