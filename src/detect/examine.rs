//! One record against all of its candidates: the buffers that are used again for the next record, and the order of the steps.
//!
//! 1. Where the record has which shingle is noted once; then candidate by candidate is prepared, compared, and judged
//!    ([`Verifier`]).
//! 2. Fragments of references matter only where no candidate is a match: if they could make up the record, the candidates are
//!    compared once more.
//! 3. Spans become raw bytes last, for what is found alone.

use super::candidates::Candidate;
use super::compare::{Compared, Record};
use super::found::Match;
use super::in_order::Sequences;
use super::places::Places;
use super::prepared::PreparedReferences;
use super::shared::Shared;
use super::subject::{Subject, list_starts};
use super::verify::{Sum, Verifier};
use crate::index::Index;
use crate::text::{Normalized, Offsets};

/// A record's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub raw: &'a str,
    pub normalized: &'a Normalized,
    /// Its shingles, in their order.
    pub shingles: &'a [u64],
}

/// Compares records with their candidates.
#[derive(Debug)]
pub(super) struct Examiner {
    verifier: Verifier,
    starts: Vec<u32>,
    places: Places,
    references: PreparedReferences,
    shared: Shared,
    sequences: Sequences,
}

impl Examiner {
    pub(super) fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            starts: Vec::new(),
            places: Places::default(),
            references: PreparedReferences::default(),
            shared: Shared::default(),
            sequences: Sequences::default(),
        }
    }

    /// Appends all matches of a text. Their reference spans are of normalised bytes; see [`locate`].
    pub(super) fn examine(
        &mut self,
        index: &Index,
        text: Text<'_>,
        candidates: &[Candidate],
        matches: &mut Vec<Match>,
    ) {
        let (before, mut hopes, mut offsets) = (matches.len(), Sum::default(), Offsets::new(text.raw));
        list_starts(text.normalized, &mut self.starts);
        self.places.set(text.shingles);
        if index.is_private() {
            self.count_in_order(index, text, candidates, matches);
            let found = matches.get_mut(before..).unwrap_or_default();
            found.iter_mut().for_each(|found| found.record_span = offsets.raw(found.record_span.clone()));
            return;
        }
        self.each(index, text, candidates, &mut |verifier, compared| verifier.verify(compared, matches, &mut hopes));
        let words = self.starts.len();
        let mut locate = |matches: &mut [Match]| {
            matches.iter_mut().for_each(|found| found.record_span = offsets.raw(found.record_span.clone()));
        };
        if matches.len() > before {
            return locate(matches.get_mut(before..).unwrap_or_default());
        }
        if self.verifier.is_spliced(hopes, words) {
            let mut fragments = Vec::new();
            self.each(index, text, candidates, &mut |verifier, compared| verifier.fragments(compared, &mut fragments));
            locate(&mut fragments);
            matches.extend(self.verifier.spliced(words, fragments));
        }
    }

    /// Compares the text with each candidate by shingles alone.
    fn count_in_order(&mut self, index: &Index, text: Text<'_>, candidates: &[Candidate], matches: &mut Vec<Match>) {
        let subject = Subject { bytes: text.normalized.bytes(), starts: &self.starts, shingles: text.shingles };
        let record = Record { subject, places: &self.places };
        let whole = index.shingler().whole(text.normalized);
        for candidate in candidates {
            if let Some(reference) = index.reference(candidate.0) {
                let them = (candidate.0, &reference);
                matches.extend(self.sequences.verify(&self.verifier, (record, whole), them, &mut self.shared));
            }
        }
    }

    /// Compares the text with each candidate.
    fn each(
        &mut self,
        index: &Index,
        text: Text<'_>,
        candidates: &[Candidate],
        judge: &mut dyn FnMut(&Verifier, &mut Compared<'_>),
    ) {
        let subject = Subject { bytes: text.normalized.bytes(), starts: &self.starts, shingles: text.shingles };
        let record = Record { subject, places: &self.places };
        for candidate in candidates {
            if let Some(reference) = index.reference(candidate.0) {
                let prepared = self.references.get(index.shingler(), candidate.0, &reference);
                let compared = Compared::new(record, prepared.subject(), (candidate.0, &reference), &mut self.shared);
                judge(&self.verifier, &mut { compared });
            }
        }
    }
}

/// Makes the reference spans of matches raw bytes. Those of a private index are.
pub(super) fn locate(index: &Index, matches: &mut [Match]) {
    if index.is_private() {
        return;
    }
    for found in matches {
        let text = index.reference(found.reference).map_or("", |reference| reference.text());
        found.reference_span = Offsets::new(text).raw(found.reference_span.clone());
    }
}
