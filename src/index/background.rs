//! Common text: shingles of references that trusted human text has too, and that therefore are no evidence.

use crate::text::{Normalized, Shingler};
use std::collections::HashMap;

/// Counts in how many documents each shingle of the references occurs.
#[derive(Debug)]
pub struct Background {
    shingler: Shingler,
    documents: HashMap<u64, u32>,
    text: Normalized,
    hashes: Vec<u64>,
    /// Documents that were counted, the built-in ones apart.
    counted: u64,
    /// Documents that must have a shingle for it to be common.
    common_from: u32,
}

impl Background {
    /// A background for the references with these shingles; what so many of its documents have is common.
    #[must_use]
    pub(super) fn new(shingler: Shingler, shingles: impl Iterator<Item = u64>, common_from: u32) -> Self {
        let documents = shingles.map(|hash| (hash, 0)).collect();
        Self { shingler, documents, text: Normalized::default(), hashes: Vec::new(), counted: 0, common_from }
    }

    /// Counts a document of trusted human text.
    pub fn add(&mut self, document: &str) {
        self.counted += 1;
        self.count(document, 1);
    }

    /// Marks the shingles of a text as common at once: text that everybody is known to share.
    pub fn add_known(&mut self, text: &str) {
        self.count(text, u32::MAX);
    }

    fn count(&mut self, document: &str, documents: u32) {
        self.text.set(document);
        self.hashes.clear();
        self.shingler.hashes_into(&self.text, &mut self.hashes);
        self.hashes.sort_unstable();
        self.hashes.dedup();
        for hash in &self.hashes {
            if let Some(count) = self.documents.get_mut(hash) {
                *count = count.saturating_add(documents);
            }
        }
    }

    /// Documents that were counted.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.counted
    }

    /// Whether a shingle is common.
    #[must_use]
    pub fn is_common(&self, hash: u64) -> bool {
        self.documents.get(&hash).is_some_and(|&documents| documents >= self.common_from)
    }
}
