//! What the index keeps of one reference, computed from its text.

use super::background::Background;
use crate::sketch::Sketcher;
use crate::text::boilerplate::{form_blocks, is_poor};
use crate::text::{Shingler, Trace};
use std::collections::HashSet;
use std::ops::Range;

/// What the index keeps of one reference beside its text and provenance.
#[derive(Debug)]
pub(super) struct Sketched {
    /// Distinct shingles.
    pub shingles: u32,
    /// Distinct rare shingles.
    pub rare_shingles: u32,
    /// The keys of its bands; none without shingles.
    pub bands: Vec<u64>,
    /// The hash of the whole, if it is too short for a shingle.
    pub whole: Option<u64>,
    /// For each word start with a shingle, whether that is rare.
    pub rare: Vec<bool>,
    /// Selected rare shingles, with the number of their word start.
    pub postings: Vec<(u64, u32)>,
}

/// Computes it, for one reference after the other.
#[derive(Debug)]
pub(super) struct Sketching<'a> {
    pub shingler: &'a Shingler,
    pub sketcher: &'a Sketcher,
    pub background: &'a Background,
    /// One in so many shingles is posted.
    pub selection: u32,
}

impl Sketching<'_> {
    pub(super) fn sketch<'p>(&self, text: &str, prompts: impl Iterator<Item = &'p str>) -> Sketched {
        let trace = Trace::new(text);
        let windows: Vec<(Range<usize>, u64)> = self.shingler.windows(&trace.bytes, &trace.starts).collect();
        let mut distinct: Vec<u64> = windows.iter().map(|&(_, hash)| hash).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let prompted: HashSet<u64> = prompts.flat_map(|prompt| self.hashes(prompt)).collect();
        let is_known = |(range, hash): &(Range<usize>, u64)| {
            prompted.contains(hash)
                || self.background.is_common(*hash)
                || trace.bytes.get(range.clone()).is_some_and(is_poor)
        };
        let rare = rare(&trace, &windows, is_known, &form_blocks(text));
        let rare_hashes: HashSet<u64> =
            windows.iter().zip(&rare).filter(|(_, rare)| **rare).map(|((_, h), _)| *h).collect();
        let hashes: Vec<u64> = windows.iter().map(|&(_, hash)| hash).collect();
        let signature = self.sketcher.signature(&distinct);
        Sketched {
            shingles: distinct.len() as u32,
            rare_shingles: rare_hashes.len() as u32,
            bands: signature.map(|s| self.sketcher.band_keys(&s).collect()).unwrap_or_default(),
            whole: (distinct.is_empty() && !trace.bytes.is_empty()).then(|| self.shingler.whole_bytes(&trace.bytes)),
            postings: select(&hashes, &rare, self.selection),
            rare,
        }
    }

    fn hashes(&self, text: &str) -> Vec<u64> {
        let trace = Trace::new(text);
        self.shingler.windows(&trace.bytes, &trace.starts).map(|(_, hash)| hash).collect()
    }
}

/// Which shingles are rare: those of which some byte lies neither in a block of form, nor in a shingle that is known. The seam
/// of two known pieces, such as a copyright line and a licence, is known too.
fn rare(
    trace: &Trace,
    windows: &[(Range<usize>, u64)],
    is_known: impl Fn(&(Range<usize>, u64)) -> bool,
    form: &[Range<usize>],
) -> Vec<bool> {
    let in_form = |at: usize| {
        let raw = trace.raw(at..at + 1);
        form.iter().any(|block| block.start <= raw.start && raw.end <= block.end)
    };
    let mut told: Vec<bool> = (0..trace.bytes.len()).map(|at| !form.is_empty() && in_form(at)).collect();
    // A reference of nothing else than form is known by its list of imports alone.
    if told.iter().filter(|told| **told).count() * 10 > told.len() * 9 {
        told.fill(false);
    }
    for window in windows.iter().filter(|window| is_known(window)) {
        told.get_mut(window.0.clone()).unwrap_or_default().fill(true);
    }
    let is_told = |range: &Range<usize>| told.get(range.clone()).unwrap_or_default().iter().all(|told| *told);
    windows.iter().map(|(range, _)| !is_told(range)).collect()
}

/// The shingles that are posted: of the rare ones those with the lowest hashes, one in `selection` on average and, where a
/// run of `3 * selection` has none of these, the lowest of the run. What is selected depends on the content alone.
fn select(hashes: &[u64], rare: &[bool], selection: u32) -> Vec<(u64, u32)> {
    let limit = u64::MAX / u64::from(selection.max(1));
    let candidates: Vec<(u64, u32)> =
        hashes.iter().zip(0..).zip(rare).filter(|(_, rare)| **rare).map(|((h, n), _)| (*h, n)).collect();
    let mut selected = Vec::new();
    for run in candidates.chunk_by(|_, next| next.0 > limit) {
        // A run begins with a selected shingle, but for the first, and goes on to the next one.
        let (low, rest) = match run.split_first() {
            Some((first, rest)) if first.0 <= limit => (Some(*first), rest),
            _ => (None, run),
        };
        selected.extend(low);
        selected.extend(rest.chunks_exact(3 * selection as usize).filter_map(|gap| gap.iter().min().copied()));
    }
    selected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_a_selection_of_one_every_rare_shingle_is_posted() {
        let hashes = [5, u64::MAX, 7, 9];
        assert_eq!(select(&hashes, &[true, true, false, true], 1), [(5, 0), (u64::MAX, 1), (9, 3)]);
    }

    #[test]
    fn no_long_run_is_without_a_posting() {
        let hashes: Vec<u64> = (1..2000_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        for selection in [2, 4, 16] {
            let posted = select(&hashes, &vec![true; hashes.len()], selection);
            let gaps = posted.windows(2).map(|pair| pair[1].1 - pair[0].1).max().unwrap();
            assert!(gaps < 6 * selection, "selection {selection}: a gap of {gaps}");
            let share = posted.len() as f64 * f64::from(selection) / hashes.len() as f64;
            assert!((0.8..1.5).contains(&share), "selection {selection}: {share}");
        }
    }

    #[test]
    fn the_longest_rows_with_none_and_with_one_posting() {
        for selection in [2, 4, 16] {
            let (low, high, higher) = (0, u64::MAX - 1, u64::MAX);
            let stretch = 3 * selection as usize;
            // The lowest first in one stretch, last in the next, then an incomplete one.
            let rest = vec![higher; 2 * stretch - 2];
            let hashes = [&[low, high][..], &rest, &[high], &rest[stretch - 1..], &[low]].concat();
            let posted: Vec<u32> =
                select(&hashes, &vec![true; hashes.len()], selection).iter().map(|posted| posted.1).collect();
            assert_eq!(posted, [0, 1, 6 * selection, 9 * selection]);
        }
    }
}
