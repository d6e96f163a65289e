//! Resemblance against the slow definition on the labelled sets: every pair of record and reference, by exact sets.
//!
//! 1. Each text's shingles are taken by the definition ([`Trace`]), and all pairs that share one are counted exactly, without
//!    those that are common in the reference (its bits say which).
//! 2. A pair must be found that is equal and shares a rare shingle, or has a Jaccard similarity of rare shingles at or over the
//!    threshold and shares at least 2 of them, and 12 % rare ones among the shared; but for the share that the S-curve allows. Nothing else
//!    may be reported, and the best match has the exact figure. Of matches of one stretch of text the others are only counted.
//!
//! Runs on the fixtures always, and on `../shared/data` where that exists.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail, and says what it skips"
)]

#[path = "pack/build.rs"]
mod build;
#[path = "pack/texts.rs"]
mod texts;

use build::{THRESHOLD, build};
use ringfence::detect::{Detect, Match, MatchOptions, Matcher};
use ringfence::index::Index;
use ringfence::text::Trace;
use std::collections::{BTreeMap, HashMap, HashSet};
use texts::texts;

fn owned(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|&path| path.to_owned()).collect()
}

/// What the rules of the default sensitivity ask of a pair, beside the threshold.
const RARE_SHINGLES: usize = 2;
const RARE_SHARE: f64 = 0.12;

/// All references by their place in the index, by the definition.
struct Oracle {
    /// Distinct shingles, and those of them that are rare.
    sizes: Vec<(usize, usize)>,
    /// Which references have a shingle, and whether it is rare there.
    postings: HashMap<u64, Vec<(usize, bool)>>,
    whole: HashMap<Vec<u8>, Vec<usize>>,
}

/// A pair, compared exactly.
struct Pair {
    jaccard: f64,
    is_match: bool,
}

impl Oracle {
    fn new(index: &Index) -> Self {
        let mut oracle = Self { sizes: Vec::new(), postings: HashMap::new(), whole: HashMap::new() };
        for (number, reference) in index.references().enumerate() {
            let trace = Trace::new(reference.text());
            let mut shingles: HashMap<u64, bool> = HashMap::new();
            for (start, (_, hash)) in index.shingler().windows(&trace.bytes, &trace.starts).enumerate() {
                *shingles.entry(hash).or_insert(true) &= reference.rare().get(start);
            }
            oracle.sizes.push((shingles.len(), shingles.values().filter(|rare| **rare).count()));
            shingles.iter().for_each(|(hash, rare)| oracle.postings.entry(*hash).or_default().push((number, *rare)));
            oracle.whole.entry(trace.bytes).or_default().push(number);
        }
        oracle
    }

    /// Every reference with which a text shares anything, compared with it.
    fn pairs(&self, index: &Index, text: &str) -> BTreeMap<usize, Pair> {
        let trace = Trace::new(text);
        let shingles: HashSet<u64> = index.shingler().windows(&trace.bytes, &trace.starts).map(|(_, h)| h).collect();
        let mut shared: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for (number, rare) in shingles.iter().filter_map(|shingle| self.postings.get(shingle)).flatten() {
            let (all, rare_ones) = shared.entry(*number).or_default();
            *all += 1;
            *rare_ones += usize::from(*rare);
        }
        let equal = self.whole.get(&trace.bytes).filter(|_| !trace.bytes.is_empty());
        for number in equal.into_iter().flatten() {
            shared.entry(*number).or_default();
        }
        let compare = |(number, (all, rare)): (usize, (usize, usize))| {
            let (theirs, theirs_rare) = self.sizes[number];
            let union = shingles.len() + theirs - all;
            let is_equal = equal.is_some_and(|equal| equal.contains(&number));
            let tells = rare as f64 / all.max(1) as f64 >= RARE_SHARE;
            let rare_jaccard = rare as f64 / (union - (theirs - theirs_rare)).max(1) as f64;
            let is_match =
                (is_equal && (all == 0 || rare > 0)) || (tells && rare >= RARE_SHINGLES && rare_jaccard >= THRESHOLD);
            (number, Pair { jaccard: if union == 0 { 1.0 } else { all as f64 / union as f64 }, is_match })
        };
        shared.into_iter().map(compare).collect()
    }
}

/// Pairs that match, those of them that were not found, and how many of these the S-curve lets expect.
#[derive(Default, Debug)]
struct Tally {
    texts: usize,
    pairs: usize,
    texts_over: usize,
    texts_missed: usize,
    missed: usize,
    expected: f64,
    variance: f64,
}

fn compare(references: &[&str], shards: &[&str]) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let index = build(&owned(references), &folder.path().join("rf"));
    let (oracle, lsh) = (Oracle::new(&index), index.parameters().lsh().unwrap());
    let options = MatchOptions { detect: Detect::Resemblance, max_matches: usize::MAX, ..MatchOptions::default() };
    let mut matcher = Matcher::new(&index, options).unwrap();
    let (mut tally, mut matches): (Tally, Vec<Match>) = Default::default();
    for text in texts(&owned(shards)) {
        matches.clear();
        matcher.find(&text, &mut matches);
        let mut exact = oracle.pairs(&index, &text);
        exact.retain(|_, pair| pair.is_match);
        for found in &matches {
            let pair = exact.get(&(found.reference.row as usize));
            assert_eq!(pair.map(|pair| pair.jaccard), Some(found.similarity), "{found:?} for {text:?}");
        }
        let found: usize = matches.iter().map(|found| 1 + found.others as usize).sum();
        assert!(found <= exact.len(), "{found} matches, {} pairs for {text:?}", exact.len());
        tally.missed += exact.len() - found;
        for pair in exact.values() {
            let miss = 1.0 - lsh.probability(pair.jaccard);
            tally.expected += miss;
            tally.variance += miss * (1.0 - miss);
        }
        tally.texts += 1;
        tally.pairs += exact.len();
        tally.texts_over += usize::from(!exact.is_empty());
        tally.texts_missed += usize::from(!exact.is_empty() && found == 0);
    }
    tally
}

fn check(references: &[&str], shards: &[&str]) {
    let tally = compare(references, shards);
    println!("{tally:?}");
    assert!(tally.texts_over > 50, "hardly anything to find: {tally:?}");
    let allowed = tally.expected + 3.0 * tally.variance.sqrt() + 1.0;
    assert!(tally.missed as f64 <= allowed, "more missed than the S-curve allows ({allowed:.1}): {tally:?}");
}

#[test]
fn all_that_the_definition_finds_in_the_fixtures_is_found() {
    check(&["fixtures/references"], &["fixtures/shards"]);
}

#[test]
fn all_that_the_definition_finds_in_the_labelled_sets_is_found() {
    let data = |name: &str| format!("../shared/data/{name}.parquet");
    if !std::path::Path::new(&data("planted_labelled")).exists() {
        println!("skipped: ../shared/data is not here");
        return;
    }
    let references = [data("reference_shared"), data("reference_boilerplate")];
    let shards = [data("planted_labelled"), data("planted_chat"), data("clean_shared")];
    check(&references.each_ref().map(String::as_str), &shards.each_ref().map(String::as_str));
}
