//! Common text: shingles that trusted human text has too, and that therefore are no evidence.
//!
//! 1. Each document's shingles, each once, go to a [`Spool`]: in memory as long as they fit.
//! 2. At the end, the shingles that enough documents have, and all of the built-in background, make the set [`Common`]. It
//!    is held in memory: 16 bytes a shingle, and a filter of 1.5, so that most look-ups end in the cache.

use super::builtin;
use super::hashes::Hashes;
use super::spill::Budget;
use super::spool::{Keyed, Portion, Spool};
use crate::error::Result;
use crate::index::filter::{self, Block};
use crate::index::kernel::Kernel;
use crate::text::{Normalized, Shingler};
use rayon::prelude::*;

/// Counts in how many documents each shingle occurs.
#[derive(Debug)]
pub struct Background {
    budget: Budget,
    shingler: Shingler,
    text: Normalized,
    hashes: Vec<u64>,
    entries: Vec<Keyed>,
    shingles: Spool,
    /// Documents that were counted, the built-in ones apart.
    documents: u64,
    /// Documents that must have a shingle for it to be common.
    common_from: u32,
    /// Shingles that are common, whoever has them.
    known: Vec<u64>,
}

impl Background {
    /// The built-in background. What so many of the documents that are added have is common, too.
    pub(super) fn new(shingler: Shingler, common_from: u32, budget: Budget) -> Result<Self> {
        let shingles = Spool::new(&budget, budget.part(8));
        let (text, hashes, entries) = (Normalized::default(), Vec::new(), Vec::new());
        let (documents, known) = (0, Vec::new());
        let mut new = Self { budget, shingler, text, hashes, entries, shingles, documents, common_from, known };
        builtin::texts()?.iter().for_each(|text| new.add_known(text));
        Ok(new)
    }

    /// Counts a document of trusted human text.
    ///
    /// # Errors
    /// What the system says of a temporary file.
    pub fn add(&mut self, document: &str) -> Result<()> {
        self.documents += 1;
        self.hashes.clear();
        self.text.set(document);
        self.shingler.hashes_into(&self.text, &mut self.hashes);
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.entries.clear();
        self.entries.extend(self.hashes.iter().map(|&hash| Keyed::new(hash, 0)));
        self.shingles.extend(&self.entries)
    }

    /// Marks the shingles of a text as common at once: text that everybody is known to share.
    pub fn add_known(&mut self, text: &str) {
        self.text.set(text);
        self.shingler.hashes_into(&self.text, &mut self.known);
    }

    /// Documents that were counted.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// The shingles that are common; and, ascending, those of them that enough documents have.
    pub(super) fn common(self) -> Result<(Common, Vec<u64>)> {
        let (mut common, least) = (self.known, self.common_from as usize);
        let known = common.len();
        let of_portion = |portion: Portion| {
            let mut hashes: Vec<u64> = portion.entries().map(Keyed::key).collect();
            hashes.sort_unstable();
            let runs = hashes.chunk_by(|a, b| a == b).filter(|run| run.len() >= least);
            runs.filter_map(|run| run.first().copied()).collect::<Vec<u64>>()
        };
        let mut portions = self.shingles.portions(u64::BITS, self.budget.part(16));
        loop {
            let some = portions.next()?;
            if some.is_empty() {
                let set = Common::new(&common);
                let mut counted = common.split_off(known);
                counted.sort_unstable();
                return Ok((set, counted));
            }
            common.par_extend(some.into_par_iter().flat_map_iter(of_portion));
        }
    }
}

/// The shingles that are no evidence, whoever has them.
#[derive(Debug)]
pub(in crate::index) struct Common {
    filter: Vec<Block>,
    kernel: Kernel,
    hashes: Hashes,
}

impl Common {
    /// No shingle at all.
    pub(in crate::index) fn none() -> Self {
        Self::new(&[])
    }

    /// What the built-in background makes common, and these shingles besides.
    pub(in crate::index) fn again(shingler: &Shingler, mut further: Vec<u64>) -> Result<Self> {
        let mut normalized = Normalized::default();
        for text in builtin::texts()? {
            normalized.set(&text);
            shingler.hashes_into(&normalized, &mut further);
        }
        Ok(Self::new(&further))
    }

    fn new(hashes: &[u64]) -> Self {
        let mut set = Hashes::default();
        set.reset(hashes.len());
        hashes.iter().for_each(|&hash| set.insert(hash));
        Self { filter: filter::fill(hashes), kernel: Kernel::best(), hashes: set }
    }

    /// Replaces `numbers` by those of the hashes that are common, ascending.
    pub(super) fn numbers_of(&self, hashes: &[u64], numbers: &mut Vec<u32>) {
        numbers.clear();
        self.kernel.hits_into(&self.filter, hashes, numbers);
        numbers.retain(|&number| hashes.get(number as usize).is_some_and(|&hash| self.hashes.contains(hash)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::build::spill::LEAST_MEMORY;

    #[test]
    fn what_enough_documents_have_is_common_however_often_each_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(LEAST_MEMORY, &folder.path().join("rf"));
        let shingler = Shingler::new(&[7; 32]);
        let mut background = Background::new(shingler.clone(), 2, budget).unwrap();
        let texts = ["once upon a midnight dreary while I pondered", "weak and weary over many a quaint and curious"];
        background.add(&texts[0].repeat(3)).unwrap();
        background.add(&texts.concat()).unwrap();
        background.add_known("everybody is known to say this in these words");
        assert_eq!(background.documents(), 2);
        let (common, counted) = background.common().unwrap();
        assert!(counted.is_sorted() && !counted.is_empty());
        for (text, is_common) in
            [(texts[0], true), (texts[1], false), ("everybody is known to say this in these", true)]
        {
            let (mut normalized, mut hashes, mut numbers) = (Normalized::default(), Vec::new(), vec![99]);
            normalized.set(text);
            shingler.hashes_into(&normalized, &mut hashes);
            common.numbers_of(&hashes, &mut numbers);
            assert!(!hashes.is_empty());
            assert_eq!(numbers.len(), if is_common { hashes.len() } else { 0 }, "{text}");
        }
    }
}
