//! An index that grew and forgot is the one that a build of what is left would have made.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod concurrent;
mod equal;
mod forget;
mod many;
#[path = "../pack/files.rs"]
mod pack_files;
mod texts;

use ringfence::detect::{MatchOptions, Matcher};
use ringfence::index::{
    Changed, Index, IndexBuilder, IndexWriter, LEAST_MEMORY, Parameters, Profile, Provenance, Resources,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A text and where it was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    text: String,
    prompt: String,
    id: String,
    vendor: String,
    session: String,
}

impl Row {
    fn provenance(&self) -> Provenance<'_> {
        Provenance { id: &self.id, vendor: &self.vendor, session: &self.session, ..Provenance::default() }
    }
}

/// Little memory, so that it is full now and then.
const LITTLE: Resources = Resources { memory: LEAST_MEMORY, threads: 2 };

fn parameters(profile: Profile) -> Parameters {
    Parameters::new(0.5, 0.99).unwrap().with_profile(profile)
}

/// Builds an index at once; each text of the background is in two of its documents.
fn build(path: &Path, profile: Profile, rows: &[Row], background: &[String]) -> Index {
    let mut builder = IndexBuilder::new(path, parameters(profile), LITTLE).unwrap();
    rows.iter().for_each(|row| builder.add(&row.text, &row.prompt, row.provenance()).unwrap());
    let mut common = builder.background().unwrap();
    background.iter().chain(background).for_each(|text| common.add(text).unwrap());
    builder.write(common).unwrap();
    Index::open(path).unwrap()
}

fn change(path: &Path, task: impl FnOnce(&mut IndexWriter)) -> Changed {
    let mut writer = IndexWriter::open(path, "test", LITTLE).unwrap();
    task(&mut writer);
    writer.publish().unwrap()
}

fn add(path: &Path, rows: &[Row]) -> Changed {
    change(path, |writer| rows.iter().for_each(|row| writer.add(&row.text, &row.prompt, row.provenance()).unwrap()))
}

/// Every match of every record, with all that is reported of it.
fn found(index: &Index, records: &[String]) -> Vec<String> {
    let mut matcher = Matcher::new(index, MatchOptions::default()).unwrap();
    let mut all = Vec::new();
    for (number, record) in records.iter().enumerate() {
        let mut matches = Vec::new();
        matcher.find(record, &mut matches);
        for mut found in matches {
            let reference = index.reference(found.reference).unwrap();
            let provenances: Vec<_> = reference.provenances().collect();
            let counts = [reference.shingles(), reference.rare_shingles()];
            found.reference = ringfence::index::ReferenceNumber { segment: 0, row: 0 };
            all.push(format!("{number}: {found:?} {:?} {provenances:?} {counts:?}", reference.text()));
        }
    }
    all
}

/// Every file of an index but the lock, by its path in it.
fn files(index: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = pack_files::files(index);
    files.remove(Path::new("lock"));
    files
}

/// Asserts that two folders hold the same bytes under the same names.
#[track_caller]
fn assert_same_files(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(other[name] == *bytes, "{} differs", name.display());
    }
}

/// Asserts that the folder holds what its manifest names and nothing else, and that every byte is as it was written.
#[track_caller]
fn assert_whole(path: &Path) {
    let index = Index::open(path).unwrap();
    index.verify().unwrap();
    let mut named: Vec<PathBuf> = index.manifest().files().map(|(name, _)| name.into()).collect();
    named.push("manifest.json".into());
    named.sort();
    assert_eq!(files(path).into_keys().collect::<Vec<_>>(), named);
}
