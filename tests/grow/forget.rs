//! What is removed is never reported again, and after compacting it is nowhere.

use super::texts::Random;
use super::{Row, add, assert_whole, build, change, files, found};
use ringfence::index::{Index, IndexWriter, Profile, Resources, Selection};

fn row(text: &str, id: &str) -> Row {
    let [text, id] = [text, id].map(str::to_owned);
    Row { text, id, prompt: String::new(), vendor: "v".to_owned(), session: "s".to_owned() }
}

fn by_id(id: &str) -> Selection {
    Selection { ids: vec![id.to_owned()], ..Selection::default() }
}

fn is_in(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[test]
fn a_removed_reference_is_not_found_and_after_compacting_its_text_is_in_no_file() {
    let mut random = Random(11);
    let mut rows: Vec<Row> = (0..40).map(|n| row(&random.words(40).join(" "), &n.to_string())).collect();
    let secret = "a sentence about nothing but the colour of the curtains in a room that nobody has entered for years";
    rows.push(row(secret, "secret-identity"));
    rows.push(row("hush now", "secret-identity"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    build(&path, Profile::Standard, &rows, &[]);
    let records = [secret.to_owned(), "Hush, now!".to_owned(), rows[3].text.clone()];
    let before = found(&Index::open(&path).unwrap(), &records);
    assert_eq!(before.len(), 3);
    let changed = change(&path, |writer| writer.remove(&by_id("secret-identity")).unwrap());
    assert_eq!((changed.removed, changed.references), (2, 40));
    let index = Index::open(&path).unwrap();
    assert_eq!(found(&index, &records), before[2..]);
    assert!(index.references().all(|reference| reference.text() != secret));
    // Whatever is added, it stays removed.
    add(&path, &rows[..5]);
    add(&path, &[row(&random.words(30).join(" "), "more")]);
    assert_eq!(found(&Index::open(&path).unwrap(), &records), before[2..]);
    change(&path, |writer| writer.compact());
    assert_whole(&path);
    for (name, bytes) in files(&path) {
        for gone in [secret, "hush now", "secret-identity"] {
            assert!(!is_in(&bytes, gone), "{gone} is in {}", name.display());
        }
        assert!(!is_in(&bytes, "curtains"), "{}", name.display());
    }
    assert!(files(&path).values().any(|bytes| is_in(bytes, &rows[3].text)), "the search finds what is there");
}

#[test]
fn a_text_stays_as_long_as_one_place_that_it_was_found_in() {
    let text = "the same words were written by two people who had never met and never would in all their lives";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    build(&path, Profile::Standard, &[row(text, "one"), row(text, "two")], &[]);
    let ids = |index: &Index| -> Vec<String> {
        index.references().flat_map(|reference| reference.provenances()).map(|p| p.id.to_owned()).collect()
    };
    let changed = change(&path, |writer| writer.remove(&by_id("one")).unwrap());
    assert_eq!((changed.removed, changed.references), (1, 1));
    assert_eq!(ids(&Index::open(&path).unwrap()), ["two"]);
    assert_eq!(found(&Index::open(&path).unwrap(), &[text.to_owned()]).len(), 1);
    let changed = change(&path, |writer| writer.remove(&by_id("two")).unwrap());
    assert_eq!((changed.references, changed.segments), (0, 0));
    assert_eq!(found(&Index::open(&path).unwrap(), &[text.to_owned()]).len(), 0);
    assert_whole(&path);
    add(&path, &[row(text, "three")]);
    assert_eq!(ids(&Index::open(&path).unwrap()), ["three"]);
}

#[test]
fn nobody_else_changes_an_index_meanwhile_and_what_a_dead_writer_left_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    let text = "some words that are long enough to be a reference and are found again when they are looked for";
    build(&path, Profile::Standard, &[row(text, "one")], &[]);
    let writer = IndexWriter::open(&path, "a long task", Resources::default()).unwrap();
    let error = IndexWriter::open(&path, "another", Resources::default()).unwrap_err();
    assert!(error.to_string().contains("a long task"), "{error}");
    assert_eq!(Index::open(&path).unwrap().manifest().live().references, 1, "readers do not mind");
    drop(writer);
    for name in ["new-segment", "segment-0123456789abcdef"] {
        std::fs::create_dir(path.join(name)).unwrap();
        std::fs::write(path.join(name).join("texts.bin"), text).unwrap();
    }
    for name in ["new-manifest.json", "removed.bin", "removed-0123456789abcdef.bin"] {
        std::fs::write(path.join(name), "half").unwrap();
    }
    std::fs::write(path.join("notes.txt"), "somebody's own").unwrap();
    drop(IndexWriter::open(&path, "the next", Resources::default()).unwrap());
    std::fs::remove_file(path.join("notes.txt")).unwrap();
    assert_whole(&path);
}

#[test]
fn a_changed_byte_beside_the_segments_is_found() {
    let mut random = Random(13);
    let rows: Vec<Row> = (0..9).map(|n| row(&random.words(40).join(" "), &n.to_string())).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    build(&path, Profile::Standard, &rows, &[rows[0].text.clone()]);
    change(&path, |writer| writer.remove(&by_id("3")).unwrap());
    let verify = || Index::open(&path)?.verify();
    verify().unwrap();
    let beside = files(&path).into_iter().filter(|(name, _)| name.components().count() == 1);
    let beside: Vec<_> = beside.filter(|(name, _)| name.extension().is_some_and(|end| end == "bin")).collect();
    assert_eq!(beside.len(), 2, "common.bin and what is removed");
    for (name, mut bytes) in beside {
        for at in [0, 30, bytes.len() - 1] {
            bytes[at] ^= 1;
            std::fs::write(path.join(&name), &bytes).unwrap();
            assert!(verify().is_err(), "{}: byte {at}", name.display());
            bytes[at] ^= 1;
        }
        std::fs::write(path.join(&name), &bytes[..bytes.len() - 8]).unwrap();
        assert!(Index::open(&path).is_err(), "{}: cut", name.display());
        std::fs::write(path.join(&name), &bytes).unwrap();
    }
    verify().unwrap();
}
