//! What a private index keeps of a text in its place.

use crate::index::secret::Secret;
use crate::index::sequence::Entry;
use crate::text::{Normalized, Offsets, SHINGLE_BYTES, Shingler};

/// Makes sequences; its buffers are used again for each text.
#[derive(Debug)]
pub(super) struct Sequencer {
    shingler: Shingler,
    text: Normalized,
    hashes: Vec<u64>,
}

impl Sequencer {
    pub(super) fn new(secret: &Secret) -> Self {
        let shingler = Shingler::one_way(&secret.key());
        Self { shingler, text: Normalized::default(), hashes: Vec::new() }
    }

    /// The entry of the whole text, then one for each of its shingles.
    pub(super) fn entries(&mut self, raw: &str) -> Vec<Entry> {
        self.text.set(raw);
        self.hashes.clear();
        self.shingler.hashes_into(&self.text, &mut self.hashes);
        let whole = self.shingler.whole(&self.text);
        let mut offsets = Offsets::new(raw);
        let mut entries = Vec::with_capacity(self.hashes.len() + 1);
        entries.push(Entry { hash: whole.into(), start: 0.into(), end: (raw.len() as u32).into() });
        for (start, &hash) in self.text.starts().iter().zip(&self.hashes) {
            let place = offsets.raw(start as usize..start as usize + SHINGLE_BYTES);
            entries.push(Entry {
                hash: hash.into(),
                start: (place.start as u32).into(),
                end: (place.end as u32).into(),
            });
        }
        entries
    }
}
