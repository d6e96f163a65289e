//! Readers beside a writer.

use super::texts::Random;
use super::{Row, add, build, change, found};
use ringfence::index::{Index, Profile, Selection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Ends the readers, also where the writer fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn readers_find_the_same_while_a_writer_adds_removes_and_compacts() {
    let mut random = Random(23);
    let mut row = |number: usize| Row {
        text: random.words(60).join(" "),
        prompt: String::new(),
        id: number.to_string(),
        vendor: String::new(),
        session: String::new(),
    };
    let rows: Vec<Row> = (0..60).map(&mut row).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    let kept: Vec<String> = rows[..10].iter().map(|row| row.text.clone()).collect();
    let first = build(&path, Profile::Standard, &rows[..20], &[]);
    let expected = found(&first, &kept);
    assert_eq!(expected.len(), 10);
    let done = AtomicBool::new(false);
    let read = || {
        let mut states = std::collections::BTreeSet::new();
        while !done.load(Ordering::Relaxed) {
            let index = Index::open(&path).unwrap();
            assert_eq!(found(&index, &kept), expected);
            // What is open is not disturbed by what comes after.
            thread::yield_now();
            assert_eq!(found(&index, &kept), expected);
            states.insert(index.id().to_owned());
        }
        states.len()
    };
    thread::scope(|scope| {
        let readers = [scope.spawn(read), scope.spawn(read)];
        let end = End(&done);
        for round in 0..4 {
            for some in rows[20..].chunks(10) {
                add(&path, some);
            }
            let ids = rows[20..].iter().map(|row| row.id.clone()).collect();
            change(&path, |writer| writer.remove(&Selection { ids, ..Selection::default() }).unwrap());
            if round % 2 == 1 {
                change(&path, |writer| writer.compact());
            }
        }
        drop(end);
        let states: usize = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
        assert!(states > 3, "the readers saw {states} states");
    });
    // The first reader of all still has what it opened.
    assert_eq!(found(&first, &kept), expected);
    assert_eq!(Index::open(&path).unwrap().id(), first.id(), "compacted to what it was");
}
