//! References prepared for comparison, kept for the next text: the same few are compared again and again.

use super::candidates::Candidate;
use super::subject::Subject;
use crate::index::{Index, ReferenceNumber};
use std::collections::HashMap;
use std::rc::Rc;

/// Normalised bytes that are kept, in sum; each costs some 12 bytes of memory with its origin and its shingles.
const MAX_BYTES: usize = 1 << 20;

/// Prepared references.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    subjects: HashMap<ReferenceNumber, Rc<Subject>>,
    bytes: usize,
}

impl Prepared {
    /// The candidate's text, prepared now or before.
    pub(super) fn get(&mut self, index: &Index, candidate: Candidate) -> Option<Rc<Subject>> {
        if let Some(known) = self.subjects.get(&candidate.0) {
            return Some(known.clone());
        }
        let subject = Rc::new(Subject::new(index.shingler(), index.reference(candidate.0)?.text()));
        self.bytes += subject.trace.bytes.len();
        if self.bytes > MAX_BYTES {
            self.subjects.clear();
            self.bytes = subject.trace.bytes.len();
        }
        self.subjects.insert(candidate.0, subject.clone());
        Some(subject)
    }
}
