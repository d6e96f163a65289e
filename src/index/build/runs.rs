//! Texts in the order of their digests, however many they are.
//!
//! 1. Records are appended to blocks of memory as they come.
//! 2. When the memory is full, and at the end, their digests are computed, and the records put in the order of these: a run.
//! 3. A run that is not the only one goes to a temporary file. At the end, all runs are merged.

use super::record::{self, Digest, PREFIX, Record};
use super::spill::{Budget, Spill};
use crate::error::Result;
use crate::index::secret::Secret;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// Bytes of a block; a longer record has one of its own.
const BLOCK: usize = 4 << 20;

/// The most that is read from a run at once.
const READ_AHEAD: usize = 1 << 20;

/// Takes records.
#[derive(Debug)]
pub(super) struct Runs {
    budget: Budget,
    blocks: Vec<Vec<u8>>,
    held: usize,
    records: u64,
    file: Option<Spill>,
    runs: Vec<Range<u64>>,
    /// Of a private index: what digests are made under.
    pub(super) secret: Option<Secret>,
}

/// Where a record of a run in memory is. Compares as its digest does, up to its first eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    digest: u64,
    block: u32,
    at: u32,
}

impl Runs {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, blocks: Vec::new(), held: 0, records: 0, file: None, runs: Vec::new(), secret: None }
    }

    /// How many records there are.
    pub(super) fn len(&self) -> u64 {
        self.records
    }

    /// Takes a text.
    pub(super) fn push(&mut self, record: &Record<'_>) -> Result<()> {
        let bytes = record.bytes();
        let fits = self.blocks.last().is_some_and(|block| block.len() + bytes <= block.capacity());
        if !fits {
            self.blocks.push(Vec::with_capacity(bytes.max(BLOCK.min(self.budget.part(64)))));
        }
        if let Some(block) = self.blocks.last_mut() {
            record::encode(record, block)?;
        }
        self.held += bytes + size_of::<Place>();
        self.records += 1;
        Ok(())
    }

    /// Whether the memory is full.
    pub(super) fn is_full(&self) -> bool {
        self.held > self.budget.part(4)
    }

    /// Makes room in memory.
    pub(super) fn spill(&mut self) -> Result<()> {
        let places = seal(&mut self.blocks, self.secret.as_ref());
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.budget.file()?),
        };
        let (start, mut out) = (file.end(), Vec::with_capacity(READ_AHEAD));
        for place in places {
            out.extend_from_slice(record_at(&self.blocks, place));
            if out.len() >= READ_AHEAD {
                file.append(&out)?;
                out.clear();
            }
        }
        file.append(&out)?;
        self.runs.push(start..file.end());
        self.blocks.clear();
        self.held = 0;
        Ok(())
    }

    /// All records, in the order of their digests.
    pub(super) fn sorted(mut self) -> Result<Sorted> {
        if self.file.is_some() && self.held > 0 {
            self.spill()?;
        }
        let Some(file) = self.file else {
            let mut blocks = self.blocks;
            let places = seal(&mut blocks, self.secret.as_ref()).into_iter();
            return Ok(Sorted::new(Source::Memory { blocks, places }));
        };
        let read_ahead = (self.budget.part(8) / self.runs.len().max(1)).clamp(1 << 14, READ_AHEAD);
        let mut merge = Merge { file, read_ahead, runs: Vec::new(), heads: BinaryHeap::new() };
        for rest in self.runs {
            merge.runs.push(Run { rest, buffer: Vec::new(), at: 0 });
            merge.push_head(merge.runs.len() - 1)?;
        }
        Ok(Sorted::new(Source::Files(merge)))
    }
}

/// Computes the digests of all records; returns their places in the order of the digests.
fn seal(blocks: &mut [Vec<u8>], secret: Option<&Secret>) -> Vec<Place> {
    let of_block = |(block, number): (&mut Vec<u8>, u32)| {
        let (mut places, mut at) = (Vec::new(), 0);
        while let Some(length) = block.get(at..).and_then(record::length) {
            let digest = block.get_mut(at..at + length).map(|bytes| record::seal(bytes, secret)).unwrap_or_default();
            places.push(Place { digest: record::beginning(&digest), block: number, at: at as u32 });
            at += length;
        }
        places
    };
    let numbered: Vec<(&mut Vec<u8>, u32)> = blocks.iter_mut().zip(0..).collect();
    let mut places: Vec<Place> = numbered.into_par_iter().flat_map_iter(of_block).collect();
    places.par_sort_unstable_by(|a, b| {
        // Equal texts have equal digests; of these, and of the few others that begin alike, the whole digest decides.
        a.digest.cmp(&b.digest).then_with(|| digest(record_at(blocks, *a)).cmp(&digest(record_at(blocks, *b))))
    });
    places
}

fn record_at(blocks: &[Vec<u8>], place: Place) -> &[u8] {
    let bytes = blocks.get(place.block as usize).and_then(|block| block.get(place.at as usize..)).unwrap_or_default();
    record::length(bytes).and_then(|length| bytes.get(..length)).unwrap_or_default()
}

fn digest(record: &[u8]) -> Digest {
    record.first_chunk().copied().unwrap_or_default()
}

/// Records in the order of their digests.
#[derive(Debug)]
pub(super) struct Sorted {
    source: Source,
    /// The digest of the next record.
    next: Option<Digest>,
}

#[derive(Debug)]
enum Source {
    Memory { blocks: Vec<Vec<u8>>, places: std::vec::IntoIter<Place> },
    Files(Merge),
}

impl Sorted {
    fn new(source: Source) -> Self {
        let mut sorted = Self { source, next: None };
        sorted.look_ahead();
        sorted
    }

    /// Appends records of about so many bytes, at least those of one text; returns where each begins, those of equal texts
    /// together. None at the end.
    pub(super) fn next_into(&mut self, bytes: usize, out: &mut Vec<u8>) -> Result<Vec<Vec<usize>>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut last = None;
        while let Some(digest) = self.next {
            if last == Some(digest) {
                groups.last_mut().into_iter().for_each(|group| group.push(out.len()));
            } else if last.is_some() && out.len() >= bytes {
                break;
            } else {
                groups.push(vec![out.len()]);
                last = Some(digest);
            }
            match &mut self.source {
                Source::Memory { blocks, places } => {
                    out.extend_from_slice(places.next().map(|place| record_at(blocks, place)).unwrap_or_default());
                }
                Source::Files(merge) => merge.pop_into(out)?,
            }
            self.look_ahead();
        }
        Ok(groups)
    }

    fn look_ahead(&mut self) {
        self.next = match &self.source {
            Source::Memory { blocks, places } => {
                places.as_slice().first().map(|place| digest(record_at(blocks, *place)))
            }
            Source::Files(merge) => merge.heads.peek().map(|Reverse((digest, _))| *digest),
        };
    }
}

/// Runs in a file, with the next record of each.
#[derive(Debug)]
struct Merge {
    file: Spill,
    read_ahead: usize,
    runs: Vec<Run>,
    /// The digest of each run's next record, and which run it is.
    heads: BinaryHeap<Reverse<(Digest, usize)>>,
}

#[derive(Debug)]
struct Run {
    /// What was not read yet.
    rest: Range<u64>,
    buffer: Vec<u8>,
    /// Where in the buffer the next record begins.
    at: usize,
}

impl Merge {
    /// Makes sure that so many bytes of a run are in its buffer, if it has them; returns what is there.
    fn filled(&mut self, run: usize, bytes: usize) -> Result<&[u8]> {
        let Some(run) = self.runs.get_mut(run) else { return Ok(&[]) };
        if run.buffer.len() - run.at < bytes && run.rest.start < run.rest.end {
            run.buffer.drain(..run.at);
            run.at = 0;
            let before = run.buffer.len();
            let more = (bytes - before).max(self.read_ahead).min((run.rest.end - run.rest.start) as usize);
            run.buffer.resize(before + more, 0);
            self.file.read(run.rest.start, run.buffer.get_mut(before..).unwrap_or_default())?;
            run.rest.start += more as u64;
        }
        Ok(run.buffer.get(run.at..).unwrap_or_default())
    }

    fn push_head(&mut self, run: usize) -> Result<()> {
        let head = self.filled(run, PREFIX)?;
        if let Some(digest) = head.first_chunk().copied() {
            self.heads.push(Reverse((digest, run)));
        }
        Ok(())
    }

    fn pop_into(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let Some(Reverse((_, run))) = self.heads.pop() else { return Ok(()) };
        let length = record::length(self.filled(run, PREFIX)?).unwrap_or(0);
        out.extend_from_slice(self.filled(run, length)?.get(..length).unwrap_or_default());
        if let Some(run) = self.runs.get_mut(run) {
            run.at = (run.at + length).min(run.buffer.len());
        }
        self.push_head(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::build::spill::LEAST_MEMORY;
    use crate::index::references::Provenance;
    use proptest::prelude::*;

    /// The records in their order, spilled after some of them.
    fn sorted(texts: &[String], spills: &[usize], bytes: usize) -> Vec<Vec<(String, String)>> {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Runs::new(Budget::new(LEAST_MEMORY, &folder.path().join("rf")));
        for (number, text) in texts.iter().enumerate() {
            let id = number.to_string();
            runs.push(&Record::new(text, "", &[], Provenance { id: &id, ..Provenance::default() })).unwrap();
            if spills.contains(&number) {
                runs.spill().unwrap();
            }
        }
        assert_eq!(runs.len(), texts.len() as u64);
        let (mut sorted, mut all) = (runs.sorted().unwrap(), Vec::new());
        loop {
            let mut batch = Vec::new();
            let groups = sorted.next_into(bytes, &mut batch).unwrap();
            if groups.is_empty() {
                return all;
            }
            for group in groups {
                let record = |place: usize| {
                    let record = record::decode(&batch[place..]).unwrap();
                    (record.text.to_owned(), record.fields[0].to_owned())
                };
                let mut group: Vec<(String, String)> = group.into_iter().map(record).collect();
                group.sort();
                all.push(group);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn texts_come_in_the_order_of_their_digests_equal_ones_together(
            texts in prop::collection::vec("[ab]{0,3}|[a-z]{0,30}", 1..60),
            spills in prop::collection::vec(0..60_usize, 0..5),
            bytes in 0..2000_usize,
        ) {
            let mut expected: Vec<(Digest, String, String)> = (0..).zip(&texts)
                .map(|(id, text): (u32, _)| (*blake3::hash(text.as_bytes()).as_bytes(), text.clone(), id.to_string()))
                .collect();
            expected.sort();
            let expected: Vec<Vec<(String, String)>> = expected
                .chunk_by(|a, b| a.0 == b.0)
                .map(|group| group.iter().map(|(_, text, id)| (text.clone(), id.clone())).collect())
                .collect();
            prop_assert_eq!(sorted(&texts, &spills, bytes), expected);
        }
    }

    #[test]
    fn records_longer_than_all_buffers_come_back() {
        let texts: Vec<String> = (1..5).map(|n| "long ".repeat(n << 18)).chain(["short".to_owned()]).collect();
        assert_eq!(sorted(&texts, &[1, 3], 1 << 20), sorted(&texts, &[], 1 << 20));
    }
}
