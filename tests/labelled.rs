//! The engine against the slow definition on the labelled sets: every pair of record and reference, by exact sets.
//!
//! 1. Each text's shingles are taken by the definition ([`Trace`]), and all pairs that share one are counted exactly.
//! 2. The matcher must find each pair at or over the threshold, but for the share that the S-curve allows, nothing under it,
//!    and report the exact figure.
//!
//! Runs on the fixtures always, and on `../shared/data` where that exists.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail, and says what it skips"
)]

use ringfence::detect::{Match, MatchOptions, Matcher};
use ringfence::index::{Index, IndexBuilder, Parameters};
use ringfence::ingest::References;
use ringfence::shard::{Format, Io, JsonColumns, JsonLinesShard, ParquetShard, discover};
use ringfence::text::Trace;
use std::collections::{BTreeMap, HashMap, HashSet};

const THRESHOLD: f64 = 0.5;
const COLUMNS: [&str; 2] = ["text", "messages[].content"];

fn build(references: &[&str]) -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<String> = references.iter().map(|&path| path.to_owned()).collect();
    let mut builder = IndexBuilder::new(Parameters::new(THRESHOLD, 0.99).unwrap());
    let files = discover(&inputs, None).unwrap().shards;
    References::default().read(&files, &mut |text| builder.add(text.text, text.prompt, text.provenance)).unwrap();
    let background = builder.background().unwrap();
    let path = folder.path().join("rf");
    builder.write(&path, &background, 0).unwrap();
    (folder, Index::open(&path).unwrap())
}

fn texts(shards: &[&str]) -> Vec<String> {
    let inputs: Vec<String> = shards.iter().map(|&path| path.to_owned()).collect();
    let mut texts = Vec::new();
    for file in discover(&inputs, None).unwrap().shards {
        match file.format {
            Format::Parquet => {
                let shard = ParquetShard::open(&file.path, Io::Map).unwrap();
                let column = shard.default_column(&COLUMNS).unwrap();
                for group in 0..shard.row_groups() {
                    let mut take = |text: ringfence::shard::TextRef<'_>| {
                        texts.push(String::from_utf8(text.bytes.to_vec()).unwrap());
                        Ok(())
                    };
                    shard.read_texts(group, &column, &mut take).unwrap();
                }
            }
            Format::JsonLines(compression) => {
                let columns = JsonColumns::new(vec!["text".parse().unwrap()]);
                let shard = JsonLinesShard::open(&file.path, compression, Io::Map).unwrap();
                let mut take = |_, line: &[u8]| {
                    columns.texts(line, &mut |_, _, text| texts.push(text.to_owned())).unwrap();
                    Ok(())
                };
                shard.read_lines(&mut take).unwrap();
            }
        }
    }
    texts
}

/// What the definition says of a text: its set of shingles and, if that is empty, its whole normalised form.
fn define(index: &Index, text: &str) -> (HashSet<u64>, Vec<u8>) {
    let trace = Trace::new(text);
    let shingles: HashSet<u64> = index.shingler().windows(&trace.bytes, &trace.starts).map(|(_, hash)| hash).collect();
    let whole = if shingles.is_empty() { trace.bytes } else { Vec::new() };
    (shingles, whole)
}

/// All references by their place in the index, by the definition.
struct Oracle {
    sizes: Vec<usize>,
    postings: HashMap<u64, Vec<usize>>,
    short: HashMap<Vec<u8>, Vec<usize>>,
}

impl Oracle {
    fn new(index: &Index) -> Self {
        let mut oracle = Self { sizes: Vec::new(), postings: HashMap::new(), short: HashMap::new() };
        for (number, reference) in index.references().enumerate() {
            let (shingles, whole) = define(index, reference.text());
            oracle.sizes.push(shingles.len());
            shingles.iter().for_each(|&shingle| oracle.postings.entry(shingle).or_default().push(number));
            if !whole.is_empty() {
                oracle.short.entry(whole).or_default().push(number);
            }
        }
        oracle
    }

    /// The exact similarity of a text to every reference with which it shares anything.
    fn similarities(&self, index: &Index, text: &str) -> BTreeMap<usize, f64> {
        let (shingles, whole) = define(index, text);
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for number in shingles.iter().filter_map(|shingle| self.postings.get(shingle)).flatten() {
            *shared.entry(*number).or_default() += 1;
        }
        let jaccard = |(number, shared): (usize, usize)| {
            (number, shared as f64 / (shingles.len() + self.sizes[number] - shared) as f64)
        };
        let short = self.short.get(&whole).into_iter().flatten().map(|&number| (number, 1.0));
        shared.into_iter().map(jaccard).chain(short).collect()
    }
}

/// Pairs at or over the threshold, those of them that were not found, and how many of these the S-curve lets expect.
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
    let (_folder, index) = build(references);
    let (oracle, lsh) = (Oracle::new(&index), index.parameters().lsh().unwrap());
    let mut matcher = Matcher::new(&index, MatchOptions::default()).unwrap();
    let (mut tally, mut matches): (Tally, Vec<Match>) = Default::default();
    for text in texts(shards) {
        matches.clear();
        matcher.find(&text, &mut matches);
        let mut exact = oracle.similarities(&index, &text);
        exact.retain(|_, jaccard| *jaccard >= THRESHOLD);
        for found in &matches {
            let number = found.reference.row as usize;
            assert_eq!(exact.get(&number), Some(&found.similarity), "reference {number} for {text:?}");
        }
        let found: HashSet<usize> = matches.iter().map(|found| found.reference.row as usize).collect();
        for (_, jaccard) in exact.iter().filter(|(number, _)| !found.contains(number)) {
            tally.missed += 1;
            assert!(*jaccard < 1.0, "an equal text was missed: {text:?}");
        }
        for jaccard in exact.values() {
            let miss = 1.0 - lsh.probability(*jaccard);
            tally.expected += miss;
            tally.variance += miss * (1.0 - miss);
        }
        tally.texts += 1;
        tally.pairs += exact.len();
        tally.texts_over += usize::from(!exact.is_empty());
        tally.texts_missed += usize::from(!exact.is_empty() && found.is_empty());
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
