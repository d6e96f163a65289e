//! The gate: which texts share anything with a reference. Nearly all do not, and cost no more than this.
//!
//! 1. Of each text some shingles are hashed, at keyed distances ([`Probes`]); all of a short one. Of an index that is sampled by
//!    content, those that the same rule samples ([`Sampler`]).
//! 2. The hashes of some thousand shingles, over many texts, are looked up in the index's filter at once, so that their cache
//!    misses overlap.
//! 3. A text passes when one of its hashes is in the filter and, as the filter errs with some 4 in 1,000, evidence
//!    confirms it: the shingle is posted; or, where only some are, another one near it, or looked at, is in the filter too.
//! 4. A text too short for a shingle passes when a reference of the same hash is as short.
//!
//! What passes is examined as if there were no gate. What does not, holds none of the shingles that were looked at: a run of
//! 20 rare shingles of a reference always passes, a text of which the share J is a reference's with a probability of at
//! least `1 - (1 - J)^16` (`docs/guarantees.md`).

use crate::error::Result;
use crate::index::Index;
use crate::sketch::{Probes, Probing, Sampler};
use crate::text::{Normalized, Shingler};

/// Hashes that are looked up at once.
const BATCH: usize = 2048;
/// Shingles on either side of a hit in which another confirms it.
const NEIGHBOURS: usize = 8;

/// Which shingles of a text are looked at.
#[derive(Debug)]
enum Look {
    /// Some, whatever they are: the filter has every rare shingle.
    Blind(Probes),
    /// Those that references are sampled by, too: the filter has no others.
    Sampled { sampler: Sampler, all: Vec<u64>, numbers: Vec<u32> },
}

impl Look {
    fn hashes_into(&mut self, shingler: &Shingler, text: &Normalized, hashes: &mut Vec<u64>) {
        match self {
            Self::Blind(probes) => shingler.sampled_into(text, probes.steps(text.shingles()), hashes),
            Self::Sampled { sampler, all, numbers } => {
                all.clear();
                numbers.clear();
                shingler.hashes_into(text, all);
                sampler.sampled_into(all, numbers);
                hashes.extend(numbers.iter().filter_map(|&number| all.get(number as usize)));
            }
        }
    }
}

/// Collects texts until there are enough of them, and says which pass.
#[derive(Debug)]
pub struct Gate<'i> {
    index: &'i Index,
    look: Look,
    /// Of all texts since the last batch.
    hashes: Vec<u64>,
    /// Where in `hashes` those of each text end.
    ends: Vec<usize>,
    /// Texts without a shingle that equal a reference without one.
    equal: Vec<usize>,
    /// Numbers of hashes that are in the filter.
    hits: Vec<u32>,
    /// The same with their texts.
    found: Vec<Hit>,
}

/// A text whose probes hit: its number in the batch, and which of its hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hit {
    text: usize,
    hash: u64,
}

impl<'i> Gate<'i> {
    /// A gate that looks at texts this densely.
    ///
    /// # Errors
    /// An index whose key is none.
    pub fn new(index: &'i Index, probing: Probing) -> Result<Self> {
        let key = index.parameters().key_bytes(index.path())?;
        let look = match index.sampler() {
            Some(sampler) => Look::Sampled { sampler, all: Vec::new(), numbers: Vec::new() },
            None => Look::Blind(Probes::new(&key, probing)),
        };
        Ok(Self {
            index,
            look,
            hashes: Vec::new(),
            ends: Vec::new(),
            equal: Vec::new(),
            hits: Vec::new(),
            found: Vec::new(),
        })
    }

    /// Takes the next text.
    pub fn add(&mut self, text: &Normalized) {
        let shingler = self.index.shingler();
        if text.shingles() > 0 {
            self.look.hashes_into(shingler, text, &mut self.hashes);
        } else if !text.bytes().is_empty() && self.index.has_whole(shingler.whole(text)) {
            self.equal.push(self.ends.len());
        }
        self.ends.push(self.hashes.len());
    }

    /// Whether there are enough texts to look them up.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.hashes.len() >= BATCH
    }

    /// Replaces `passed` by the numbers of the texts that pass, ascending, of those that were taken since the last call.
    /// `shingles` appends all shingle hashes of a text.
    pub fn open(&mut self, shingles: &mut dyn FnMut(usize, &mut Vec<u64>), passed: &mut Vec<usize>) {
        passed.clear();
        passed.append(&mut self.equal);
        self.hits.clear();
        self.index.filter_hits(&self.hashes, &mut self.hits);
        let mut text = 0;
        let found = self.hits.iter().filter_map(|&hit| {
            let ends = self.ends.get(text..).unwrap_or_default();
            text += ends.partition_point(|&end| end <= hit as usize);
            Some(Hit { text, hash: *self.hashes.get(hit as usize)? })
        });
        self.found.clear();
        self.found.extend(found);
        for of_text in self.found.chunk_by(|a, b| a.text == b.text) {
            if self.is_evidence(of_text, shingles) {
                passed.extend(of_text.first().map(|hit| hit.text));
            }
        }
        passed.sort_unstable();
        self.hashes.clear();
        self.ends.clear();
    }

    /// Whether hits of one text are more than an error of the filter.
    fn is_evidence(&self, hits: &[Hit], shingles: &mut dyn FnMut(usize, &mut Vec<u64>)) -> bool {
        if hits.iter().any(|hit| self.index.is_posted(hit.hash)) {
            return true;
        }
        if self.index.posts_all() {
            return false;
        }
        let [hit] = hits else { return true };
        let mut all = Vec::new();
        shingles(hit.text, &mut all);
        let near = |at: usize| {
            all.get(at.saturating_sub(NEIGHBOURS)..(at + NEIGHBOURS + 1).min(all.len())).unwrap_or_default()
        };
        let is_near = |hash: &u64| *hash != hit.hash && self.index.is_in_filter(*hash);
        let places = all.iter().enumerate().filter(|(_, hash)| **hash == hit.hash);
        places.into_iter().any(|(at, _)| near(at).iter().any(is_near))
    }
}
