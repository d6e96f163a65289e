//! Many small additions.

use super::texts::Random;
use super::{Row, add, assert_same_files, assert_whole, build, change};
use ringfence::index::{Index, Profile};

#[test]
fn after_two_hundred_small_additions_there_are_few_segments() {
    let mut random = Random(17);
    let mut row = |number: usize| Row {
        text: random.words(30).join(" "),
        prompt: String::new(),
        id: number.to_string(),
        vendor: String::new(),
        session: String::new(),
    };
    let rows: Vec<Row> = (0..=400).map(&mut row).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rf");
    build(&path, Profile::Standard, &rows[..1], &[]);
    let mut most = 0;
    for some in rows[1..].chunks(2) {
        most = most.max(add(&path, some).segments);
    }
    assert!((3..=6).contains(&most), "{most} segments");
    assert_eq!(Index::open(&path).unwrap().manifest().live().references, 401);
    assert_whole(&path);
    change(&path, |writer| writer.compact());
    let at_once = folder.path().join("at-once");
    build(&at_once, Profile::Standard, &rows, &[]);
    assert_same_files(&path, &at_once);
}
