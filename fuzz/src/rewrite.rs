//! Mutated Parquet through the rewrites: what stays is what was there.

use crate::Target;
use crate::parquet::{Column, LARGEST_PAGE, read};
use crate::scratch::Scratch;
use ringfence::Verdict;
use ringfence::shard::{ColumnPath, Io, ParquetShard, guarded};
use ringfence::sink::annotation::{Annotation, fields, group_columns};
use ringfence::sink::rewrite::{Edit, Options, Place, Rewrite, Selection, edit};
use std::path::Path;

/// Rows of a file that are rewritten: a footer may claim millions.
const MOST_ROWS: u64 = 10_000;

/// The texts of the columns of a file, by column.
type Texts = Vec<(ColumnPath, Column)>;

/// A file that can be read as a whole, with its texts: only such a file is rewritten by a scan.
struct Whole {
    shard: ParquetShard,
    texts: Texts,
}

fn whole(path: &Path) -> Option<Whole> {
    let texts = read(path, Io::Map).ok()?;
    let shard = ParquetShard::open(path, Io::Map).ok()?.limit_pages(LARGEST_PAGE);
    let is_whole = !texts.is_empty() && texts.iter().all(|(_, texts)| texts.is_ok());
    (is_whole && shard.total_rows() <= MOST_ROWS).then_some(Whole { shard, texts })
}

/// Asserts that a copy holds these texts.
fn check(scratch: &Scratch, copy: &[u8], expected: &Texts) {
    let path = scratch.put("copy.parquet", copy);
    let found = read(&path, Io::Map).expect("a copy that can be opened");
    assert_eq!(&found, expected);
}

fn is_kept(row: u64) -> bool {
    row % 3 != 1
}

/// The copy without a third of the rows has the texts of the others.
pub fn drop_rows() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("shard.parquet", data);
        let Some(Whole { shard, texts }) = whole(&path) else { return };
        let mut choose = |group: usize| {
            let first = shard.first_row(group);
            Selection::Rows((first..first + shard.rows(group)).map(is_kept).collect())
        };
        let mut copy = Vec::new();
        let done = guarded(|| edit(&path, shard.data(), &mut choose, &mut copy, &Options::default()));
        if done.expect("an error instead of a panic").is_ok() {
            let row = |row: u64| (0..row).filter(|row| is_kept(*row)).count() as u64;
            let kept = |texts: Column| {
                let texts = texts?.into_iter().filter(|(at, _, _)| is_kept(*at));
                Ok(texts.map(|(at, index, text)| (row(at), index, text)).collect())
            };
            check(&scratch, &copy, &texts.into_iter().map(|(path, texts)| (path, kept(texts))).collect());
        }
    })
}

/// Replaces the texts of every third row in one column.
struct Redact {
    column: usize,
}

const MARKER: &[u8] = b"[REDACTED]";

impl Edit for Redact {
    fn rows(&mut self, _group: usize) -> Selection {
        Selection::All
    }

    fn touches(&self, _group: usize, column: usize) -> bool {
        column == self.column
    }

    fn replace(&mut self, place: Place, _text: &[u8]) -> Option<Vec<u8>> {
        (!is_kept(place.row as u64)).then(|| MARKER.to_vec())
    }
}

/// The copy has the marker in the places that were redacted, and all else.
pub fn redact() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("shard.parquet", data);
        let Some(Whole { shard, mut texts }) = whole(&path) else { return };
        let Some((Ok(column), (_, Ok(redacted)))) = texts.first_mut().map(|first| (shard.resolve(&first.0), first))
        else {
            return;
        };
        let mut copy = Vec::new();
        let mut change = Redact { column: column.leaf() };
        let done = guarded(|| edit(&path, shard.data(), &mut change, &mut copy, &Options::default()));
        if done.expect("an error instead of a panic").is_ok() {
            let groups = 0..shard.row_groups();
            let first =
                |row: u64| groups.clone().map(|group| shard.first_row(group)).filter(|first| *first <= row).max();
            for (row, _, text) in redacted {
                if !is_kept(*row - first(*row).unwrap_or(0)) {
                    *text = MARKER.to_vec();
                }
            }
            check(&scratch, &copy, &texts);
        }
    })
}

/// The copy has the texts of all rows, and two columns more.
pub fn annotate() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("shard.parquet", data);
        let Some(Whole { shard, mut texts }) = whole(&path) else { return };
        let mut copy = Vec::new();
        if guarded(|| annotated(&path, &shard, &mut copy)).expect("an error instead of a panic").is_ok() {
            let path = scratch.put("copy.parquet", &copy);
            let mut found = read(&path, Io::Map).expect("a copy that can be opened");
            let added = found.split_off(texts.len());
            texts.iter_mut().zip(&found).for_each(|(old, new)| assert_eq!(old, new));
            let (_, verdicts) = added.first().expect("the verdicts");
            assert_eq!(verdicts.as_ref().map(Vec::len), Ok(shard.total_rows() as usize));
        }
    })
}

fn annotated(path: &Path, shard: &ParquetShard, copy: &mut Vec<u8>) -> ringfence::Result<()> {
    let rewrite = Rewrite::with_columns(path, shard.data(), &fields(), Options::default())?;
    let mut assembly = rewrite.begin(copy)?;
    for group in 0..rewrite.groups() {
        let kept = Annotation { verdict: Verdict::Keep, matches: Vec::new() };
        let rows = vec![kept; shard.rows(group) as usize];
        rewrite.append(&mut assembly, rewrite.extended(group, &group_columns(&rows, path)?)?)?;
    }
    rewrite.finish(assembly)?;
    Ok(())
}
