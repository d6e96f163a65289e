//! The index format, held to `fixtures/index-v4`: an index that this version of the format wrote.
//!
//! A fixture is never made again. When the format changes, `fixtures/index-v4` comes beside it, made by the ignored test below, and
//! this one stays: opened as before, or refused with words that say what to do.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "pack/files.rs"]
mod pack_files;

use pack_files::files;
use ringfence::detect::{MatchKind, MatchOptions, Matcher};
use ringfence::index::{Index, IndexBuilder, Parameters, Resources};
use ringfence::ingest::References;
use ringfence::shard::discover;
use std::fs;
use std::path::{Path, PathBuf};

const ID: &str = "6273cccfef087df2c86c4b2e7aa3a8060a3a01adbb926d2aadb9489b7e017f87";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/index-v4")
}

fn open() -> Index {
    Index::open(&fixture().join("index.rf")).unwrap()
}

fn build(path: &Path, threads: usize) {
    let resources = Resources { threads, ..Resources::default() };
    let mut builder = IndexBuilder::new(path, Parameters::new(0.5, 0.99).unwrap(), resources).unwrap();
    let input = fixture().join("references.jsonl").to_str().unwrap().to_owned();
    let files = discover(&[input], None).unwrap().shards;
    References::default().read(&files, &mut |text| builder.add(text.text, text.prompt, text.provenance)).unwrap();
    let background = builder.background().unwrap();
    builder.write(background).unwrap();
}

/// A copy that a test may damage.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files(&fixture().join("index.rf")) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn open_and_verify(index: &Path) -> ringfence::Result<()> {
    Index::open(index)?.verify()
}

#[test]
fn an_index_of_version_4_opens_and_says_what_it_was_built_with() {
    let index = open();
    index.verify().unwrap();
    assert_eq!(index.id(), ID);
    assert_eq!(index.manifest().format, 4);
    let parameters = index.parameters();
    assert_eq!((parameters.normalizer, parameters.sketch, parameters.hash.as_str()), (2, 1, "xxh3-64"));
    assert_eq!((parameters.shingle_bytes, parameters.permutations), (32, 128));
    assert_eq!((parameters.threshold, parameters.recall), (0.5, 0.99));
    assert_eq!((parameters.bands, parameters.rows), (35, 3));
    let [segment] = &index.manifest().segments[..] else { panic!("no single segment") };
    assert_eq!((segment.references, segment.provenances, segment.text_bytes, segment.shingles), (30, 31, 8241, 1040));
    let vendors = index.manifest().vendors.iter();
    let vendors = vendors.map(|(vendor, models)| (vendor.as_str(), models.values().map(|m| m.references).sum()));
    assert_eq!(vendors.collect::<Vec<(&str, u64)>>(), [("anthropic", 10), ("openai", 20)]);
}

#[test]
fn indexes_of_earlier_versions_are_refused_with_the_ways_out() {
    for version in [1, 2, 3] {
        let path = format!("fixtures/index-v{version}/index.rf");
        let error = Index::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_err();
        assert!(error.to_string().contains(&format!("expected format version 4, found version {version}")), "{error}");
        let advice = error.advice().unwrap();
        assert!(advice.contains("build the index again") && advice.contains("version that built it"), "{advice}");
    }
}

#[test]
fn every_reference_comes_back_and_matches_itself() {
    let index = open();
    let mut matcher = Matcher::new(&index, MatchOptions::default()).unwrap();
    let lines = fs::read_to_string(fixture().join("references.jsonl")).unwrap();
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let (id, text) = (line["id"].as_str().unwrap(), line["text"].as_str().unwrap());
        let mut found = Vec::new();
        matcher.find(text, &mut found);
        let best = found.first().unwrap_or_else(|| panic!("{id} was not found"));
        assert_eq!((best.kind, best.similarity), (MatchKind::Exact, 1.0), "{id}");
        let reference = index.reference(best.reference).unwrap();
        assert_eq!(reference.text(), text, "{id}");
        let provenance = reference.provenances().find(|provenance| provenance.id == id).unwrap();
        for (field, value) in [
            ("vendor", provenance.vendor),
            ("model", provenance.model),
            ("source", provenance.source),
            ("licence", provenance.licence),
            ("kind", provenance.kind),
            ("tool", provenance.tool),
            ("tool_version", provenance.tool_version),
            ("session", provenance.session),
            ("path", provenance.path),
            ("timestamp", provenance.date),
        ] {
            assert_eq!(line[field].as_str().unwrap_or_default(), value, "{field} of {id}");
        }
    }
}

#[test]
fn an_edited_text_has_the_similarity_that_it_always_had() {
    let index = open();
    let reference = index.references().max_by_key(|reference| reference.text().len()).unwrap();
    let edited = reference.text().to_uppercase().replacen("THE", "SOME", 1);
    let mut found = Vec::new();
    Matcher::new(&index, MatchOptions::default()).unwrap().find(&edited, &mut found);
    let [found] = &found[..] else { panic!("no single match for {edited:?}") };
    assert_eq!((found.kind, found.shared_shingles), (MatchKind::Resemblance, 75));
    assert_eq!((reference.shingles(), found.similarity), (82, 75.0 / 89.0));
}

#[test]
fn the_same_references_give_the_same_bytes_as_that_version_whatever_the_threads() {
    let expected = files(&fixture().join("index.rf"));
    for threads in [1, 2, 5] {
        let folder = tempfile::tempdir().unwrap();
        build(&folder.path().join("rf"), threads);
        let built = files(&folder.path().join("rf"));
        assert_eq!(built.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (name, bytes) in &expected {
            assert!(built[name] == *bytes, "{} differs with {threads} threads", name.display());
        }
    }
}

#[test]
fn any_flipped_bit_is_an_error() {
    let folder = copy();
    for (name, mut bytes) in files(folder.path()) {
        let path = folder.path().join(&name);
        // Every byte of a header, and every 37th after that: 37 is prime, so that all bits have their turn.
        for at in (0..bytes.len()).filter(|at| *at < 64 || at % 37 == 0) {
            let bit = 1 << (at % 8);
            bytes[at] ^= bit;
            fs::write(&path, &bytes).unwrap();
            assert!(open_and_verify(folder.path()).is_err(), "{}: byte {at}, bit {bit:#04x}", name.display());
            bytes[at] ^= bit;
        }
        fs::write(&path, &bytes).unwrap();
    }
    open_and_verify(folder.path()).unwrap();
}

#[test]
fn a_file_of_another_length_or_none_is_an_error_when_the_index_is_opened() {
    let folder = copy();
    for (name, bytes) in files(folder.path()) {
        let path = folder.path().join(&name);
        for length in [0, 1, 63, 64, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(Index::open(folder.path()).is_err(), "{}: cut to {length} bytes", name.display());
        }
        fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
        assert!(Index::open(folder.path()).is_err(), "{}: one byte more", name.display());
        fs::remove_file(&path).unwrap();
        assert!(Index::open(folder.path()).is_err(), "{}: missing", name.display());
        fs::write(&path, &bytes).unwrap();
    }
    open_and_verify(folder.path()).unwrap();
}

#[test]
fn an_index_of_a_later_format_is_refused_with_the_ways_out() {
    let folder = copy();
    let path = folder.path().join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(&path, manifest.replacen("\"format\": 4", "\"format\": 5", 1)).unwrap();
    let error = Index::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("format"), "{error}");
    assert!(error.advice().is_some_and(|advice| advice.contains("build")), "{error}: {:?}", error.advice());
}

/// Writes a new fixture: `cargo test --test index_format -- --ignored`. Refuses to touch one that is there.
#[test]
#[ignore = "makes fixtures/index-v4/index.rf where there is none"]
fn make_the_fixture() {
    build(&fixture().join("index.rf"), 0);
}
