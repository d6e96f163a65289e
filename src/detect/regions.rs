//! Chains to regions: the words of two texts aligned, between anchors and beyond the last ones.
//!
//! 1. Words inside an anchor agree.
//! 2. Words between two anchors of a chain are aligned by their longest common subsequence.
//! 3. Beyond the first and last anchor, words are aligned outwards as long as that gains more agreement than it costs
//!    (a prefix alignment with free ends; as much is gained by a word that agrees as is lost by one that does not).

use super::anchors::Anchor;
use crate::text::Trace;
use std::ops::Range;

/// Two stretches of text that are the same but for some words. Ranges are of normalised bytes, words of word starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
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
}

impl Region {
    /// Share of the longer side's words that agree.
    #[must_use]
    pub fn agreement(&self) -> f64 {
        self.agreeing as f64 / self.record_words.max(self.reference_words).max(1) as f64
    }
}

/// Words beyond an end that an alignment is extended over at most.
const MAX_EXTENSION: usize = 40;
/// Words of a gap that are aligned one by one; beyond, they disagree.
const MAX_GAP_WORDS: usize = 160;
/// Words of a gap, on both sides, that ends a region if they have hardly one in common.
const LONG_GAP: usize = 10;
/// Words that are left out or put in as a piece, at least.
const MIN_PIECE: usize = 4;
/// Cost of a word that does not agree, where an agreeing one gains 2.
const PENALTY: i32 = -2;

/// The words of a normalised text, by number.
#[derive(Clone, Copy)]
struct Words<'a> {
    trace: &'a Trace,
}

impl<'a> Words<'a> {
    fn count(self) -> usize {
        self.trace.starts.len()
    }

    /// Where the word begins; for the number behind the last, the end of the text.
    fn start(self, word: usize) -> usize {
        self.trace.starts.get(word).map_or(self.trace.bytes.len(), |&start| start as usize)
    }

    fn get(self, word: usize) -> &'a [u8] {
        self.trace.bytes.get(self.start(word)..self.start(word + 1)).unwrap_or_default()
    }

    /// The words that lie wholly in a range of bytes.
    fn inside(self, range: Range<usize>) -> Range<usize> {
        let first = self.trace.starts.partition_point(|&start| (start as usize) < range.start);
        let behind = self.trace.starts.partition_point(|&start| (start as usize) < range.end);
        let last_is_cut = behind > 0 && self.start(behind) > range.end;
        first..behind.saturating_sub(usize::from(last_is_cut)).max(first)
    }
}

/// Runs of whole words: where the anchors of a chain agree, in words.
struct Run {
    record: Range<usize>,
    reference: Range<usize>,
}

/// Aligns the words of a chain. It falls into several regions where a long gap has hardly a word in common.
#[must_use]
pub fn regions(chain: &[Anchor], record: &Trace, reference: &Trace) -> Vec<Region> {
    let (ours, theirs) = (Words { trace: record }, Words { trace: reference });
    let runs: Vec<(Run, Anchor)> =
        chain.iter().filter_map(|anchor| Some((run(anchor, ours, theirs)?, *anchor))).collect();
    let together = |(before, _): &(Run, Anchor), (after, _): &(Run, Anchor)| {
        let (gap, other) = between(before, after);
        let shorter = gap.len().min(other.len());
        shorter < LONG_GAP || common(gap, other, ours, theirs) * 3 >= shorter
    };
    runs.chunk_by(together).filter_map(|part| region(part, ours, theirs)).collect()
}

/// The words between two runs, in record and reference.
fn between(before: &Run, after: &Run) -> (Range<usize>, Range<usize>) {
    (before.record.end..after.record.start, before.reference.end..after.reference.start)
}

fn region(runs: &[(Run, Anchor)], ours: Words<'_>, theirs: Words<'_>) -> Option<Region> {
    let ((first, _), (last, _)) = (runs.first()?, runs.last()?);
    let mut agreeing = runs.iter().map(|(run, _)| run.record.len().min(run.reference.len())).sum::<usize>();
    let (mut gaps, mut put_in, mut left_out) = (0, 0, 0);
    for pair in runs.windows(2) {
        let [(before, _), (after, _)] = pair else { continue };
        let (gap, other) = between(before, after);
        gaps += usize::from(!gap.is_empty() || !other.is_empty());
        put_in += piece(gap.len(), other.len());
        left_out += piece(other.len(), gap.len());
        agreeing += common(gap, other, ours, theirs);
    }
    let before = extend(
        (first.record.start, first.reference.start),
        |(a, b), n, m| Some((a.checked_sub(n + 1)?, b.checked_sub(m + 1)?)),
        (ours, theirs),
    );
    let after = extend((last.record.end, last.reference.end), |(a, b), n, m| Some((a + n, b + m)), (ours, theirs));
    let record_words = first.record.start - before.record..last.record.end + after.record;
    let reference_words = first.reference.start - before.reference..last.reference.end + after.reference;
    Some(Region {
        record: ours.start(record_words.start)..ours.start(record_words.end),
        reference: theirs.start(reference_words.start)..theirs.start(reference_words.end),
        record_words: record_words.len() - put_in,
        reference_words: reference_words.len() - left_out,
        agreeing: agreeing + before.agreeing + after.agreeing,
        gaps: gaps + usize::from(before.record > 0) + usize::from(after.record > 0),
        anchors: runs.iter().map(|(_, anchor)| *anchor).collect(),
    })
}

/// Words of a gap that has next to nothing on the other side: a sentence left out, a comment put in. They are a gap, and no
/// disagreement of the words around them.
fn piece(words: usize, other: usize) -> usize {
    if words >= MIN_PIECE && other * 4 <= words { words - other } else { 0 }
}

fn run(anchor: &Anchor, ours: Words<'_>, theirs: Words<'_>) -> Option<Run> {
    let record = ours.inside(anchor.record..anchor.record + anchor.len);
    let reference = theirs.inside(anchor.reference..anchor.reference + anchor.len);
    (!record.is_empty() && !reference.is_empty()).then_some(Run { record, reference })
}

/// The length of the longest common subsequence of two ranges of words.
fn common(record: Range<usize>, reference: Range<usize>, ours: Words<'_>, theirs: Words<'_>) -> usize {
    if record.is_empty() || reference.is_empty() || record.len().max(reference.len()) > MAX_GAP_WORDS {
        return 0;
    }
    let mut row = vec![0_usize; reference.len() + 1];
    for word in record {
        let (word, mut diagonal) = (ours.get(word), 0);
        let mut left = 0;
        for (cell, other) in row.iter_mut().skip(1).zip(reference.clone()) {
            let above = *cell;
            *cell = if theirs.get(other) == word { diagonal + 1 } else { above.max(left) };
            (diagonal, left) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[derive(Clone, Copy, Default)]
struct Extension {
    score: i32,
    record: usize,
    reference: usize,
    agreeing: usize,
}

/// The best alignment of words outwards from a pair of places; `step` numbers the n-th and m-th words from there.
fn extend(
    from: (usize, usize),
    step: impl Fn((usize, usize), usize, usize) -> Option<(usize, usize)>,
    (ours, theirs): (Words<'_>, Words<'_>),
) -> Extension {
    let mut best = Extension::default();
    let at = |n: usize| Extension { score: PENALTY * n as i32, reference: n, ..Extension::default() };
    let mut above: Vec<Extension> = (0..=MAX_EXTENSION).map(at).collect();
    for n in 0..MAX_EXTENSION {
        let mut row = Vec::with_capacity(above.len());
        row.push(Extension { score: PENALTY * (n as i32 + 1), record: n + 1, ..Extension::default() });
        for m in 0..MAX_EXTENSION {
            let Some((a, b)) = step(from, n, m).filter(|&(a, b)| a < ours.count() && b < theirs.count()) else { break };
            let (Some(diagonal), Some(up), Some(left)) = (above.get(m), above.get(m + 1), row.last()) else { break };
            let agree = ours.get(a) == theirs.get(b);
            let gain = |from: &Extension, score, agreeing| Extension {
                score: from.score + score,
                record: n + 1,
                reference: m + 1,
                agreeing: from.agreeing + agreeing,
            };
            let both = if agree { gain(diagonal, 2, 1) } else { gain(diagonal, PENALTY, 0) };
            let cell = [gain(up, PENALTY, 0), gain(left, PENALTY, 0)]
                .into_iter()
                .fold(both, |best, other| if other.score > best.score { other } else { best });
            if agree && cell.score > best.score {
                best = cell;
            }
            row.push(cell);
        }
        if row.len() == 1 {
            break;
        }
        above = row;
    }
    best
}
