//! The second profile: both sides sampled by content.

use crate::texts::Random;
use ringfence::detect::{MatchOptions, Matcher};
use ringfence::index::{Index, IndexBuilder, Parameters, Profile, Provenance, Resources};
use ringfence::text::{SHINGLE_BYTES, Trace};

/// Shingles in a row of which one is sampled in both texts: three times the rate.
const RUN: usize = 48;

fn compact(text: &str) -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    let parameters = Parameters::new(0.5, 0.99).unwrap().with_profile(Profile::Compact);
    let mut builder = IndexBuilder::new(&path, parameters, Resources::default()).unwrap();
    builder.add(text, "", Provenance::default()).unwrap();
    let background = builder.background().unwrap();
    builder.write(background).unwrap();
    (folder, Index::open(&path).unwrap())
}

/// How many of the runs of so many shingles of a text are found in other text.
fn found(shingles: usize) -> (usize, usize) {
    let mut random = Random(31);
    let (words, host) = (random.words(700), random.words(900));
    let text = words.join(" ");
    let (_folder, index) = compact(&text);
    let trace = Trace::new(&text);
    let mut matcher = Matcher::new(&index, MatchOptions::default()).unwrap();
    let mut is_found = |first: usize| {
        let (from, last) = (trace.starts[first] as usize, trace.starts[first + shingles - 1] as usize);
        let run = &text[trace.raw(from..last + SHINGLE_BYTES)];
        let mut matches = Vec::new();
        matcher.find(&format!("{} {run} {}", host[..first].join(" "), host[first..].join(" ")), &mut matches);
        !matches.is_empty()
    };
    let places = 0..trace.starts.len() - shingles - 8;
    (places.clone().filter(|first| is_found(*first)).count(), places.len())
}

#[test]
fn a_compact_index_finds_fifty_three_words_wherever_they_stand() {
    let (all, tried) = found(RUN);
    assert_eq!(all, tried, "runs of {RUN} shingles, some 53 words");
    let (some, tried) = found(RUN - 10);
    println!("of runs of {} shingles {some} of {tried} are found", RUN - 10);
    assert!(some < tried, "shorter runs are found by chance");
}
