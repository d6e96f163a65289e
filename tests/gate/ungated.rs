//! What a scan finds, against what it would find without its gate.
//!
//! A record of n shingles, of which s are posted, is missed if none of the m that are looked at is one of these: with a
//! probability of about `(1 - s/n)^m`. Summed over the records that match, that is how many may be missed; three standard
//! deviations more would not be chance.

use crate::pack_texts::texts;
use crate::{build, fixture};
use ringfence::detect::{MatchOptions, Matcher, Probing};
use ringfence::index::Index;
use ringfence::sketch::Probes;
use ringfence::text::Normalized;
use std::path::Path;
use std::process::Command;

/// The probability that the gate misses a text.
fn miss(index: &Index, probing: Probing, text: &str) -> f64 {
    let (mut normalized, mut hashes) = (Normalized::default(), Vec::new());
    normalized.set(text);
    index.shingler().hashes_into(&normalized, &mut hashes);
    let posted = hashes.iter().filter(|hash| index.is_posted(**hash)).count() as f64;
    let probes = Probes::new(&[0; 32], probing);
    let looked_at = probes.numbers(hashes.len()).count() as i32;
    if hashes.is_empty() { 0.0 } else { (1.0 - posted / hashes.len() as f64).powi(looked_at) }
}

/// Compares the two over texts; returns how many texts match without a gate.
fn compare(index: &Index, name: &str, texts: &[String]) -> usize {
    let options = MatchOptions::default();
    let probing = options.sensitivity.probing();
    let mut matcher = Matcher::new(index, options).unwrap();
    let mut gated: Vec<Vec<_>> = vec![Vec::new(); texts.len()];
    matcher.find_each(texts.iter().map(String::as_str), &mut |number, found| gated[number].append(found));
    let (mut matching, mut missed, mut allowed, mut variance) = (0, 0, 0.0, 0.0);
    for (text, gated) in texts.iter().zip(&gated) {
        let mut found = Vec::new();
        matcher.examine(text, &mut found);
        matching += usize::from(!found.is_empty());
        if gated.is_empty() && !found.is_empty() {
            missed += 1;
        } else {
            assert_eq!(gated, &found, "a text that passes has the same matches");
        }
        if !found.is_empty() {
            let miss = miss(index, probing, text);
            allowed += miss;
            variance += miss * (1.0 - miss);
        }
    }
    println!("{name}: {matching} of {} texts match, {missed} of these missed, {allowed:.1} expected", texts.len());
    assert!(missed as f64 <= allowed + 3.0 * f64::sqrt(variance) + 1.0, "{name}: {missed} missed, {allowed} expected");
    matching
}

#[test]
fn what_the_gate_misses_in_the_fixtures_is_chance() {
    let folder = tempfile::tempdir().unwrap();
    let index = build::build(&[fixture("references")], &folder.path().join("rf"));
    let found: usize = ["shards/web/part-0.parquet", "shards/code/part-0.parquet"]
        .map(|name| compare(&index, name, &texts(&[fixture(name)])))
        .iter()
        .sum();
    assert!(found > 30, "{found}");
}

#[test]
fn what_the_gate_misses_in_the_labelled_sets_is_chance() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !pack.exists() {
        println!("skipped: {} is not here", pack.display());
        return;
    }
    let file = |name: &str| pack.join(name).display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let references = [file("reference_shared.parquet"), file("reference_boilerplate.parquet")];
    let index = build::build(&references, &folder.path().join("rf"));
    for (name, least) in
        [("planted_labelled.parquet", 1700), ("planted_chat.parquet", 200), ("clean_same_prompt_shared.parquet", 1)]
    {
        let found = compare(&index, name, &texts(&[file(name)]));
        assert!(found >= least, "{name}: {found}");
    }
}

/// A corpus of clean text in which 2 of 100 records hold a reference, whole or in part, edited in many ways; none where the
/// data pack or a Python that can plant is not here.
fn planted_corpus(pack: &Path, folder: &Path) -> Option<String> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    let mut plant = Command::new(&python);
    plant.arg(pack.join("plant.py")).arg("corpus").arg("--reference").arg(pack.join("reference_shared.parquet"));
    plant.arg("--clean").arg(pack.join("clean_shared.parquet")).arg("--out").arg(folder);
    plant.args(["--rows", "20000", "--contaminated", "0.02", "--shards", "1", "--fast", "--seed", "11"]);
    if !pack.exists() || !python.exists() {
        println!("skipped: {} or {} is not here", pack.display(), python.display());
        return None;
    }
    let planted = plant.output().unwrap();
    assert!(planted.status.success(), "{}", String::from_utf8_lossy(&planted.stderr));
    Some(folder.join("shard-00000.parquet").display().to_string())
}

#[test]
fn what_the_gate_misses_in_a_planted_corpus_is_chance() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = tempfile::tempdir().unwrap();
    let Some(shard) = planted_corpus(&pack, &folder.path().join("corpus")) else { return };
    let references = [pack.join("reference_shared.parquet").display().to_string()];
    let index = build::build(&references, &folder.path().join("rf"));
    let found = compare(&index, "plant.py corpus", &texts(&[shard]));
    assert!((300..=420).contains(&found), "{found} of some 400");
}

#[test]
fn looking_at_every_shingle_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let index = build::build(&[fixture("references")], &folder.path().join("rf"));
    let options = MatchOptions { probing: Some(Probing::EVERY), ..MatchOptions::default() };
    let mut matcher = Matcher::new(&index, options).unwrap();
    for text in texts(&[fixture("shards/web/part-0.parquet")]) {
        let (mut gated, mut found) = (Vec::new(), Vec::new());
        matcher.find(&text, &mut gated);
        matcher.examine(&text, &mut found);
        assert_eq!(gated, found);
    }
}
