//! What the index keeps of references beside their texts and provenance, computed from the texts.

use super::background::Common;
use super::hashes::Hashes;
use super::rare::Rare;
use super::segment::Gathered;
use super::spool::Keyed;
use crate::index::bits::{self, Bits};
use crate::sketch::{Sampler, Sketcher};
use crate::text::poor::poor_into;
use crate::text::{Normalized, Shingler};

/// Stands for the reference in entries that are in the filter and not posted.
pub(super) const NOBODY: u32 = u32::MAX;

/// What the index keeps of some references.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// Of each reference: distinct shingles, those of them that are rare, and word starts with a shingle.
    pub counts: Vec<[u32; 3]>,
    /// For each reference's word starts with a shingle, whether that is rare: bits, as they are in the file.
    pub rare: Vec<u8>,
    /// The hashes of rare shingles, with the reference or [`NOBODY`].
    pub shingles: Vec<Keyed>,
    /// How many of them are posted.
    pub posted: u64,
    /// The keys of the bands.
    pub bands: Vec<Keyed>,
    /// The hashes of the texts that are too short for a shingle.
    pub whole: Vec<Keyed>,
    /// Texts without letters and digits.
    pub empty: u64,
}

/// How references are sketched.
#[derive(Debug)]
pub(super) struct Sketching<'a> {
    pub shingler: &'a Shingler,
    pub sketcher: &'a Sketcher,
    pub common: &'a Common,
    pub sampler: Sampler,
    /// Whether shingles that are not sampled are in the filter.
    pub filters_all: bool,
}

/// Sketches one reference after the other; its buffers are used again for each.
#[derive(Debug)]
pub(super) struct Hand<'a> {
    how: &'a Sketching<'a>,
    text: Normalized,
    hashes: Vec<u64>,
    /// Numbers of shingles: those that are common, then those that are sampled.
    numbers: Vec<u32>,
    /// Where shingles start that say nothing.
    known: Vec<u32>,
    prompts: Vec<u64>,
    /// Shingles of the prompts, then of the text.
    set: Hashes,
    rare: Rare,
    is_rare: Vec<bool>,
}

impl<'a> Hand<'a> {
    pub(super) fn new(how: &'a Sketching<'a>) -> Self {
        Self {
            how,
            text: Normalized::default(),
            hashes: Vec::new(),
            numbers: Vec::new(),
            known: Vec::new(),
            prompts: Vec::new(),
            set: Hashes::default(),
            rare: Rare::default(),
            is_rare: Vec::new(),
        }
    }

    /// Finds the shingles of a reference, and which of them are rare.
    fn find_rare(&mut self, gathered: &Gathered<'_>) {
        self.take_prompts(&gathered.prompts);
        self.text.set(gathered.text);
        self.hashes.clear();
        self.how.shingler.hashes_into(&self.text, &mut self.hashes);
        self.find_known(gathered);
        self.rare.find(gathered.text, &self.text, &self.known, &mut self.is_rare);
    }

    /// Whether all shingles of a text that are not rare are so by what is known already.
    pub(super) fn tells_nothing_new(&mut self, gathered: &Gathered<'_>, marks: &[u8]) -> bool {
        self.find_rare(gathered);
        let marks = Bits::at(marks, 0);
        self.is_rare.iter().enumerate().all(|(number, is_rare)| *is_rare || !marks.get(number))
    }

    /// Adds a reference to a sheet.
    pub(super) fn add(&mut self, reference: u32, gathered: &Gathered<'_>, sheet: &mut Sheet) {
        self.find_rare(gathered);
        bits::encode(self.is_rare.iter().copied(), &mut sheet.rare);
        sheet.counts.push(self.count());
        match self.how.sketcher.signature(&self.hashes) {
            Some(signature) => {
                let keys = self.how.sketcher.band_keys(&signature);
                sheet.bands.extend(keys.map(|key| Keyed::new(key, reference)));
            }
            None if self.text.bytes().is_empty() => sheet.empty += 1,
            None => sheet.whole.push(Keyed::new(self.how.shingler.whole(&self.text), reference)),
        }
        self.push_shingles(reference, sheet);
    }

    /// Fills the set with the shingles of the prompts.
    fn take_prompts(&mut self, prompts: &[&str]) {
        self.prompts.clear();
        for prompt in prompts {
            self.text.set(prompt);
            self.how.shingler.hashes_into(&self.text, &mut self.prompts);
        }
        self.set.reset(self.prompts.len());
        self.prompts.iter().for_each(|&hash| self.set.insert(hash));
    }

    /// Finds where the shingles start that say nothing: common ones, those of the prompts, and poor ones; and those that were
    /// found not to be rare before. These are enough for a text that is only carried over: see `rare`.
    fn find_known(&mut self, gathered: &Gathered<'_>) {
        let Self { text, hashes, numbers, known, set, .. } = self;
        numbers.clear();
        if gathered.is_fresh {
            self.how.common.numbers_of(hashes, numbers);
            poor_into(text, numbers);
        }
        if !set.is_empty() {
            numbers.extend((0..).zip(hashes.iter()).filter(|(_, hash)| set.contains(**hash)).map(|(number, _)| number));
        }
        for marks in &gathered.marks {
            let marks = Bits::at(marks, 0);
            numbers.extend((0..hashes.len() as u32).filter(|&number| !marks.get(number as usize)));
        }
        numbers.sort_unstable();
        known.clear();
        if let Some(&last) = numbers.last() {
            let mut numbers = numbers.iter().peekable();
            for (start, number) in text.starts().iter().zip(0..=last) {
                while numbers.next_if(|known| **known == number).is_some() {
                    known.push(start);
                }
            }
        }
    }

    /// Distinct shingles, those of them that are rare, and all word starts with a shingle.
    fn count(&mut self) -> [u32; 3] {
        self.set.reset(self.hashes.len());
        let shingles = || self.hashes.iter().zip(&self.is_rare);
        shingles().filter(|(_, is_rare)| **is_rare).for_each(|(&hash, _)| self.set.insert(hash));
        let rare = self.set.len() as u32;
        shingles().filter(|(_, is_rare)| !**is_rare).for_each(|(&hash, _)| self.set.insert(hash));
        [self.set.len() as u32, rare, self.hashes.len() as u32]
    }

    fn push_shingles(&mut self, reference: u32, sheet: &mut Sheet) {
        self.numbers.clear();
        self.how.sampler.sampled_into(&self.hashes, &mut self.numbers);
        let all = self.numbers.len() == self.hashes.len();
        let mut sampled = self.numbers.iter().peekable();
        for ((&hash, &is_rare), number) in self.hashes.iter().zip(&self.is_rare).zip(0..) {
            let is_sampled = all || sampled.next_if(|sampled| **sampled == number).is_some();
            if is_rare && (is_sampled || self.how.filters_all) {
                sheet.posted += u64::from(is_sampled);
                sheet.shingles.push(Keyed::new(hash, if is_sampled { reference } else { NOBODY }));
            }
        }
    }
}
