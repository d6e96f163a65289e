//! Chains to regions: the words of two texts aligned, between anchors and beyond the last ones.
//!
//! 1. Words inside an anchor agree.
//! 2. Words between two anchors of a chain are aligned by their longest common subsequence.
//! 3. Beyond the first and last anchor, words are aligned outwards as long as that gains more agreement than it costs. That
//!    is done only where it can make a difference: how much it adds at most is known before.

use super::align::{MAX_EXTENSION, Words, common, outwards};
use super::anchors::Anchor;
use super::subject::Subject;
use std::ops::Range;

/// Two stretches of text that are the same but for some words. Ranges are of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    /// In the record.
    pub record: Range<usize>,
    /// In the reference.
    pub reference: Range<usize>,
    /// Words of the record's stretch, without those that were put in or left out as a piece.
    pub record_words: usize,
    /// The same of the reference's stretch.
    pub reference_words: usize,
    /// Words that agree, in order.
    pub agreeing: usize,
    /// Stretches of disagreeing words between agreeing ones.
    pub gaps: usize,
    /// The exact runs.
    pub anchors: Vec<Anchor>,
    /// Whether it was extended beyond its first and last anchor.
    pub is_extended: bool,
}

/// Words of a gap, on both sides, that ends a region if they have hardly one in common.
const LONG_GAP: usize = 10;
/// Words that are left out or put in as a piece, at least.
const MIN_PIECE: usize = 4;

impl Region {
    /// Share of the longer side's words that agree.
    pub(super) fn agreement(&self) -> f64 {
        self.agreeing as f64 / self.record_words.max(self.reference_words).max(1) as f64
    }

    /// Words that extending it may add to those that agree, at most.
    pub(super) fn room(&self, ours: Subject<'_>, theirs: Subject<'_>) -> usize {
        if self.is_extended {
            return 0;
        }
        let before = self.record.start.min(self.reference.start);
        let after = (ours.words() - self.record.end).min(theirs.words() - self.reference.end);
        before.min(MAX_EXTENSION) + after.min(MAX_EXTENSION)
    }

    /// Extends it beyond its first and last anchor, once.
    pub(super) fn extend(&mut self, ours: Subject<'_>, theirs: Subject<'_>) {
        if self.is_extended {
            return;
        }
        self.is_extended = true;
        let before = |text, word| Words::before(text, word, MAX_EXTENSION);
        let behind = |text, word| Words::of(text, word..usize::MAX, MAX_EXTENSION);
        let before = outwards(before(ours, self.record.start), before(theirs, self.reference.start));
        let after = outwards(behind(ours, self.record.end), behind(theirs, self.reference.end));
        self.record = self.record.start - before.record..self.record.end + after.record;
        self.reference = self.reference.start - before.reference..self.reference.end + after.reference;
        self.record_words += before.record + after.record;
        self.reference_words += before.reference + after.reference;
        self.agreeing += before.agreeing + after.agreeing;
        self.gaps += usize::from(before.record > 0) + usize::from(after.record > 0);
    }
}

/// A run of whole words: where an anchor of a chain agrees, in words. With the words that agree in the gap before it.
struct Run {
    record: Range<usize>,
    reference: Range<usize>,
    anchor: Anchor,
    agreeing_before: usize,
}

/// Appends the regions of a chain, not yet extended. It falls into several where a long gap has hardly a word in common.
pub(super) fn regions(chain: &[Anchor], ours: Subject<'_>, theirs: Subject<'_>, regions: &mut Vec<Region>) {
    let mut runs: Vec<Run> = Vec::with_capacity(chain.len());
    for anchor in chain {
        let record = ours.inside(anchor.record..anchor.record + anchor.len);
        let reference = theirs.inside(anchor.reference..anchor.reference + anchor.len);
        if record.is_empty() || reference.is_empty() {
            continue;
        }
        let mut run = Run { record, reference, anchor: *anchor, agreeing_before: 0 };
        if let Some(before) = runs.last() {
            let (gap, other) = between(before, &run);
            run.agreeing_before = common(gap, other, ours, theirs);
        }
        runs.push(run);
    }
    let together = |before: &Run, after: &Run| {
        let (gap, other) = between(before, after);
        let shorter = gap.len().min(other.len());
        shorter < LONG_GAP || after.agreeing_before * 3 >= shorter
    };
    regions.extend(runs.chunk_by(together).filter_map(region));
}

/// The words between two runs, in record and reference.
fn between(before: &Run, after: &Run) -> (Range<usize>, Range<usize>) {
    (before.record.end..after.record.start, before.reference.end..after.reference.start)
}

fn region(runs: &[Run]) -> Option<Region> {
    let (first, last) = (runs.first()?, runs.last()?);
    let mut agreeing = runs.iter().map(|run| run.record.len().min(run.reference.len())).sum::<usize>();
    let (mut gaps, mut put_in, mut left_out) = (0, 0, 0);
    for pair in runs.windows(2) {
        let [before, after] = pair else { continue };
        let (gap, other) = between(before, after);
        gaps += usize::from(!gap.is_empty() || !other.is_empty());
        put_in += piece(gap.len(), other.len());
        left_out += piece(other.len(), gap.len());
        agreeing += after.agreeing_before;
    }
    let (record, reference) = (first.record.start..last.record.end, first.reference.start..last.reference.end);
    Some(Region {
        record_words: record.len() - put_in,
        reference_words: reference.len() - left_out,
        record,
        reference,
        agreeing,
        gaps,
        anchors: runs.iter().map(|run| run.anchor).collect(),
        is_extended: false,
    })
}

/// Words of a gap that has next to nothing on the other side: a sentence left out, a comment put in. They are a gap, and no
/// disagreement of the words around them.
fn piece(words: usize, other: usize) -> usize {
    if words >= MIN_PIECE && other * 4 <= words { words - other } else { 0 }
}
