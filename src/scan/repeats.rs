//! Texts that the dictionary of a column chunk holds: each is examined once, however many records have it.

use crate::detect::Match;
use std::collections::HashMap;

/// What was found in the dictionary's texts, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    found: HashMap<u32, Vec<Match>>,
}

impl Repeats {
    /// Forgets everything: the next column chunk has another dictionary.
    pub(super) fn clear(&mut self) {
        self.found.clear();
    }

    /// Whether a text has to be examined. It is then known, with no matches until [`set`](Self::set) is called.
    pub(super) fn is_new(&mut self, entry: u32) -> bool {
        let mut is_new = false;
        self.found.entry(entry).or_insert_with(|| {
            is_new = true;
            Vec::new()
        });
        is_new
    }

    /// Notes the matches of a text.
    pub(super) fn set(&mut self, entry: u32, matches: &[Match]) {
        self.found.insert(entry, matches.to_vec());
    }

    /// The matches of a text.
    pub(super) fn get(&self, entry: u32) -> &[Match] {
        self.found.get(&entry).map(Vec::as_slice).unwrap_or_default()
    }
}
