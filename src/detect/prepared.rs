//! References prepared for comparison, kept for the next text: the same few are compared again and again.

use super::subject::Prepared;
use crate::index::{Reference, ReferenceNumber};
use crate::text::Shingler;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Memory that they may take, in bytes; one that needs more is kept until the next is prepared.
const MAX_BYTES: usize = 8 << 20;

/// Prepared references.
#[derive(Debug, Default)]
pub(super) struct PreparedReferences {
    prepared: HashMap<ReferenceNumber, Prepared>,
    bytes: usize,
}

impl PreparedReferences {
    /// A reference's text, prepared now or before.
    pub(super) fn get(&mut self, shingler: &Shingler, number: ReferenceNumber, reference: &Reference<'_>) -> &Prepared {
        if self.bytes > MAX_BYTES && !self.prepared.contains_key(&number) {
            self.prepared.clear();
            self.bytes = 0;
        }
        match self.prepared.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let prepared = Prepared::new(shingler, reference.text());
                self.bytes += prepared.bytes();
                place.insert(prepared)
            }
        }
    }
}
