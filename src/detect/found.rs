//! What a scan finds: a proven match, with all of its figures.

use crate::index::ReferenceNumber;
use std::ops::Range;

/// How a record matches a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchKind {
    /// Their normalised texts are equal.
    Exact,
    /// The Jaccard similarity of their rare shingles is at or over the threshold.
    Resemblance,
    /// A passage of one stands in the other.
    Containment,
}

impl MatchKind {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Resemblance => "resemblance",
            Self::Containment => "containment",
        }
    }
}

/// A proven match of one text with one reference. All figures are exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The reference.
    pub reference: ReferenceNumber,
    /// The beginning of its digest ([`Reference::digest`](crate::index::Reference::digest)): orders what is alike otherwise, so
    /// that the order does not depend on the segments of the index.
    pub digest: u64,
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
    /// Those of the shared shingles that are rare; in a containment, those inside the passage.
    pub rare_shingles: u32,
    /// Words that agree, in order.
    pub words: u32,
    /// Share of the words of the longer span that agree.
    pub agreement: f64,
    /// Stretches of disagreeing words inside the spans.
    pub gaps: u32,
    /// Raw bytes of the record's text from the first shared byte to the last.
    pub record_span: Range<usize>,
    /// The same in the reference's text.
    pub reference_span: Range<usize>,
    /// Matches of the same text with other references that are not reported one by one.
    pub others: u32,
}
