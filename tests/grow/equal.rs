//! Random changes against one build.

use super::texts::Random;
use super::{Row, add, assert_same_files, assert_whole, build, change, files, found};
use ringfence::index::{Condition, Index, Profile, Resources, Selection, merge};
use std::fs;
use std::path::{Path, PathBuf};

/// A grown index, and what must be in it.
struct Grown {
    folder: tempfile::TempDir,
    profile: Profile,
    path: PathBuf,
    rows: Vec<Row>,
    background: Vec<String>,
    built: usize,
}

impl Grown {
    fn build(&mut self, rows: &[Row]) -> PathBuf {
        self.built += 1;
        let path = self.folder.path().join(format!("built-{}", self.built));
        build(&path, self.profile, rows, &self.background);
        path
    }

    fn add(&mut self, rows: Vec<Row>) {
        let changed = add(&self.path, &rows);
        assert_eq!(changed.texts, rows.len() as u64);
        self.rows.extend(rows);
    }

    fn remove(&mut self, selection: &Selection) {
        let mut distinct = self.rows.clone();
        distinct.sort();
        distinct.dedup_by(|a, b| (&a.text, a.provenance()) == (&b.text, b.provenance()));
        let gone = distinct.iter().filter(|row| selection.takes(&row.provenance())).count() as u64;
        let changed = change(&self.path, |writer| writer.remove(selection).unwrap());
        assert_eq!(changed.removed, gone, "{selection:?}");
        self.rows.retain(|row| !selection.takes(&row.provenance()));
    }

    fn merge(&mut self, rows: Vec<Row>) {
        let other = self.build(&rows);
        let out = self.folder.path().join(format!("merged-{}", self.built));
        let indexes = [&other, &self.path].map(|path| Index::open(path).unwrap());
        merge(&indexes, &out, Resources::default()).unwrap();
        self.path = out;
        self.rows.extend(rows);
    }

    /// Holds the index against one that is built of its references at once.
    fn check(&mut self, records: &[String], what: &str) {
        let grown = Index::open(&self.path).unwrap();
        if self.rows.is_empty() {
            assert_eq!((found(&grown, records).len(), grown.manifest().live().references), (0, 0), "{what}");
            return;
        }
        let at_once = Index::open(&self.build(&self.rows.clone())).unwrap();
        assert_eq!(found(&grown, records), found(&at_once, records), "{what}");
        assert_eq!(grown.manifest().live(), at_once.manifest().live(), "{what}");
        assert_eq!(grown.manifest().vendors, at_once.manifest().vendors, "{what}");
        let listed = |index: &Index| -> Vec<String> {
            index.references().map(|r| format!("{} {:?}", r.text(), r.provenances().collect::<Vec<_>>())).collect()
        };
        assert_eq!(listed(&grown), listed(&at_once), "{what}");
        assert_whole(&self.path);
    }

    /// Compacts it, and holds it against a build, byte for byte.
    fn compact(&mut self) {
        let changed = change(&self.path, |writer| writer.compact());
        assert_eq!(changed.segments, u64::from(!self.rows.is_empty()));
        assert_whole(&self.path);
        if !self.rows.is_empty() {
            let built = self.build(&self.rows.clone());
            assert_same_files(&self.path, &built);
        }
    }
}

fn selection(random: &mut Random) -> Selection {
    let value = random.below(6).to_string();
    match random.below(4) {
        0 => Selection { ids: vec![value, random.below(40).to_string()], ..Selection::default() },
        1 => Selection { conditions: vec![format!("session={value}").parse().unwrap()], ..Selection::default() },
        2 => {
            let both: Condition = format!("vendor={},session={value}", random.below(3)).parse().unwrap();
            Selection { conditions: vec![both], ids: vec!["7".to_owned()] }
        }
        _ => Selection { conditions: vec!["vendor=1".parse().unwrap()], ..Selection::default() },
    }
}

/// `removes`: what one prompt told of a text stays told when the place that it came from is removed, as nobody knows the prompts
/// any more. So a text has one prompt, where something is removed.
fn any_changes(seed: u64, removes: bool) {
    let mut random = Random(seed);
    let stock = random.stock(40);
    let mut prompt = |random: &mut Random, text: &str| {
        let mut of_text = Random(text.len() as u64);
        let random = if removes { &mut of_text } else { random };
        if random.below(3) == 0 { random.stretch(text) } else { String::new() }
    };
    let background: Vec<String> = (0..random.below(3)).map(|at| random.clone().stretch(&stock[at])).collect();
    let rows = random.rows(&stock, 20, &mut prompt);
    let profile = if random.below(3) == 0 { Profile::Compact } else { Profile::Standard };
    let folder = tempfile::tempdir().unwrap();
    let path = PathBuf::new();
    let mut grown = Grown { folder, profile, path, rows: Vec::new(), background, built: 0 };
    grown.path = grown.build(&rows);
    grown.rows = rows;
    let records = random.records(&stock, 25);
    let mut done = Vec::new();
    for _ in 0..7 {
        let task = random.below(if removes { 8 } else { 5 });
        let count = 1 + random.below(12);
        let more = random.rows(&stock, count, &mut prompt);
        match task {
            0..3 => grown.add(more),
            3 => grown.compact(),
            4 => grown.merge(more),
            _ => grown.remove(&selection(&mut random)),
        }
        done.push(task);
        assert_whole(&grown.path);
    }
    grown.check(&records, &format!("seed {seed}: {done:?}"));
    grown.compact();
    grown.check(&records, &format!("seed {seed}: {done:?}, compacted"));
}

#[test]
fn an_index_that_grew_and_forgot_is_that_of_one_build() {
    (0..10).for_each(|seed| any_changes(seed, true));
}

#[test]
fn an_index_that_grew_is_that_of_one_build_whatever_the_prompts() {
    (100..106).for_each(|seed| any_changes(seed, false));
}

/// More references have a passage than are counted under its shingles. Which ones are counted decides whether a reference is
/// compared that has one word more of the record: these must not depend on the segments.
#[test]
fn a_passage_of_many_references_leads_to_the_same_ones_of_them() {
    let mut random = Random(5);
    let passage = random.words(45).join(" ");
    let row = |number: usize, random: &mut Random| Row {
        text: format!("{} {passage} {}", random.words(30).join(" "), random.words(30).join(" ")),
        prompt: String::new(),
        id: number.to_string(),
        vendor: String::new(),
        session: String::new(),
    };
    let rows: Vec<Row> = (0..800).map(|number| row(number, &mut random)).collect();
    let folder = tempfile::tempdir().unwrap();
    let [grown, at_once] = ["grown", "at-once"].map(|name| folder.path().join(name));
    build(&grown, Profile::Standard, &rows[..600], &[]);
    for some in rows[600..].chunks(150) {
        add(&grown, some);
    }
    let at_once = build(&at_once, Profile::Standard, &rows, &[]);
    let grown = Index::open(&grown).unwrap();
    assert!(grown.segments() > 1);
    let one_word_more = |row: &Row| {
        let behind = row.text.find(&passage).unwrap() + passage.len() + 1;
        let word = row.text[behind..].split(' ').next().unwrap();
        format!("{passage} {word}")
    };
    let records: Vec<String> = rows
        .iter()
        .step_by(11)
        .map(|row| format!("{} {} {}", random.words(40).join(" "), one_word_more(row), random.words(40).join(" ")))
        .collect();
    assert_eq!(found(&grown, &records), found(&at_once, &records));
    assert_eq!(found(&at_once, &records).len(), records.len());
}

/// Two references that a record matches in just the same way: which one is reported is a matter of their texts, not of their
/// segments.
#[test]
fn of_two_equal_matches_the_same_one_is_reported_in_whichever_segment_it_is() {
    let mut random = Random(7);
    let passage = random.words(50).join(" ");
    // Words of one length, so that all figures are equal.
    let tail = |random: &mut Random| {
        let letters = (0..6).map(|_| char::from(b'a' + random.below(26) as u8)).collect::<String>();
        letters + " "
    };
    let row = |random: &mut Random| Row {
        text: format!("{passage} {}", (0..20).map(|_| tail(random)).collect::<String>()),
        prompt: String::new(),
        id: String::new(),
        vendor: String::new(),
        session: String::new(),
    };
    let others: Vec<Row> = (0..40).map(|_| Row { text: random.words(70).join(" "), ..row(&mut random) }).collect();
    let record = [format!("{} {passage} {}", random.words(60).join(" "), random.words(60).join(" "))];
    for _ in 0..4 {
        let [first, second] = [row(&mut random), row(&mut random)];
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let both = [first.clone(), second.clone()];
        let at_once = build(&path("at-once"), Profile::Standard, &[&both[..], &others].concat(), &[]);
        for (name, [early, late]) in [("one", [&first, &second]), ("other", [&second, &first])] {
            build(&path(name), Profile::Standard, &[&others[..], std::slice::from_ref(early)].concat(), &[]);
            add(&path(name), std::slice::from_ref(late));
            let grown = Index::open(&path(name)).unwrap();
            assert_eq!((grown.segments(), found(&grown, &record).len()), (2, 1));
            assert_eq!(found(&grown, &record), found(&at_once, &record));
        }
    }
}

#[test]
fn what_is_known_already_changes_nothing_and_more_of_it_is_one_reference() {
    let mut random = Random(3);
    let stock = random.stock(30);
    let rows = random.rows(&stock, 60, &mut |_, _| String::new());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    let before = build(&path, Profile::Standard, &rows, &[]);
    let changed = add(&path, &rows);
    assert_eq!((changed.texts, changed.known, changed.index_id.as_str()), (60, 60, before.id()));
    assert_eq!(changed.segments, 1);
    assert_whole(&path);
    let again = Row { id: "again".to_owned(), vendor: "another".to_owned(), ..rows[0].clone() };
    let changed = add(&path, std::slice::from_ref(&again));
    assert_eq!((changed.known, changed.references), (1, before.manifest().live().references));
    let index = Index::open(&path).unwrap();
    let is_it = |reference: &ringfence::index::Reference<'_>| reference.text() == again.text;
    let [reference] = &index.references().filter(is_it).collect::<Vec<_>>()[..] else { panic!("no single reference") };
    assert!(reference.provenances().any(|provenance| provenance.id == "again"));
    assert!(reference.provenances().any(|provenance| provenance.id == rows[0].id));
}

#[test]
fn only_indexes_of_equal_parameters_and_background_are_merged() {
    let mut random = Random(9);
    let stock = random.stock(10);
    let rows = random.rows(&stock, 10, &mut |_, _| String::new());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let long = vec![(0..40).map(|n| format!("word{n} ")).collect::<String>()];
    let one = build(&path("one"), Profile::Standard, &rows, &[]);
    let others = [
        build(&path("compact"), Profile::Compact, &rows, &[]),
        build(&path("background"), Profile::Standard, &rows, &long),
    ];
    for other in others {
        let error = merge(&[Index::open(one.path()).unwrap(), other], &path("out"), Resources::default()).unwrap_err();
        assert!(error.to_string().contains("the parameters and the background of"), "{error}");
        assert!(!path("out").exists());
    }
    assert!(merge(&[], &path("out"), Resources::default()).is_err());
    assert!(files(Path::new(&path("one"))).len() > 9 && fs::read_dir(folder.path()).unwrap().count() == 3);
}
