//! Spooled entries to the files of tables and of the filter, portion by portion.
//!
//! 1. A portion holds all entries of some neighbouring buckets: they are counted by bucket, put in their places, and sorted
//!    inside each bucket.
//! 2. Its hashes are also those of some neighbouring blocks of the filter, which are filled on the way.
//! 3. Entries and blocks are written as they come; the directory comes behind the entries.

use super::output::FileWriter;
use super::overlap::overlap;
use super::sketched::NOBODY;
use super::spill::{Budget, Later};
use super::spool::{Portion, Spool};
use crate::error::Result;
use crate::index::filter::{self, Block};
use crate::index::format::{Kind, Shape};
use crate::index::manifest::FileEntry;
use crate::index::table::{Member, bucket, bucket_bits};
use rayon::prelude::*;
use std::path::Path;
use zerocopy::IntoBytes;

/// Writes the tables of a segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'a> {
    pub segment: &'a Path,
    pub budget: &'a Budget,
}

impl Tables<'_> {
    /// A table of references under keys.
    pub(super) fn members(&self, kind: Kind, spool: Spool) -> Result<Vec<FileEntry>> {
        let count = spool.len();
        self.write(kind, spool, count, None)
    }

    /// The postings, so many of the spooled shingles, and the filter of all of these.
    pub(super) fn postings(&self, spool: Spool, posted: u64) -> Result<Vec<FileEntry>> {
        let filter = FilterWriter::create(self, filter::blocks(spool.len()))?;
        self.write(Kind::Postings, spool, posted, Some(filter))
    }

    fn write(&self, kind: Kind, spool: Spool, count: u64, mut filter: Option<FilterWriter>) -> Result<Vec<FileEntry>> {
        let mut table = TableWriter::create(self, kind)?;
        let (bits, blocks) = (bucket_bits(count), filter.as_ref().map(|filter| filter.blocks));
        // Many portions, so that there is work for all threads.
        let mut portions = spool.portions(bits, self.budget.part(32).min(16 << 20));
        let sort = |portion: Portion| {
            (blocks.map(|blocks| FilterPart::of(&portion, blocks)), SortedPortion::of(&portion, bits))
        };
        overlap(
            || portions.next().map(|portions| (!portions.is_empty()).then_some(portions)),
            |portions| Ok(portions.into_par_iter().map(sort).collect::<Vec<_>>()),
            |sorted| {
                for (part, portion) in sorted {
                    filter.as_mut().zip(part).map_or(Ok(()), |(filter, part)| filter.write(part))?;
                    table.write(&portion)?;
                }
                Ok(())
            },
        )?;
        let filter = filter.map(FilterWriter::finish).transpose()?;
        Ok(filter.into_iter().chain([table.finish(bits)?]).collect())
    }
}

/// A portion's entries in their final order, and how many each of its buckets has.
struct SortedPortion {
    entries: Vec<Member>,
    buckets: Vec<u32>,
}

impl SortedPortion {
    fn of(portion: &Portion, bits: u32) -> Self {
        let (first, last) = portion.keys();
        let (first, last) = (bucket(first, bits), bucket(last, bits));
        let posted = || portion.entries().filter(|entry| entry.reference() != NOBODY);
        let mut buckets = vec![0_u32; last - first + 1];
        for entry in posted() {
            buckets.get_mut(bucket(entry.key(), bits) - first).into_iter().for_each(|count| *count += 1);
        }
        let mut count = 0;
        let mut next: Vec<u32> = Vec::with_capacity(buckets.len());
        for of_bucket in &buckets {
            next.push(count);
            count += of_bucket;
        }
        // Tag and reference in one number, which is sorted faster than two.
        let mut sorted = vec![0_u64; count as usize];
        for entry in posted() {
            if let Some(next) = next.get_mut(bucket(entry.key(), bits) - first)
                && let Some(slot) = sorted.get_mut(*next as usize)
            {
                *slot = entry.key() << 32 | u64::from(entry.reference());
                *next += 1;
            }
        }
        let mut rest = &mut sorted[..];
        for of_bucket in &buckets {
            let (bucket, after) = std::mem::take(&mut rest).split_at_mut(*of_bucket as usize);
            bucket.sort_unstable();
            rest = after;
        }
        let entries = sorted.iter().map(|entry| Member::new(entry >> 32, *entry as u32)).collect();
        Self { entries, buckets }
    }
}

/// Neighbouring blocks of the filter.
struct FilterPart {
    first: u64,
    blocks: Vec<Block>,
}

impl FilterPart {
    fn of(portion: &Portion, blocks: u64) -> Self {
        let (first, last) = portion.keys();
        let (first, last) = (filter::place(first, blocks), filter::place(last, blocks));
        let mut part = vec![Block::default(); (last - first + 1) as usize];
        for entry in portion.entries() {
            let at = filter::place(entry.key(), blocks) - first;
            part.get_mut(at as usize).into_iter().for_each(|block| filter::insert(block, entry.key()));
        }
        Self { first, blocks: part }
    }
}

struct TableWriter {
    file: FileWriter,
    directory: Later,
    entries: u64,
}

impl TableWriter {
    fn create(tables: &Tables<'_>, kind: Kind) -> Result<Self> {
        let file = FileWriter::create(tables.segment, kind)?;
        Ok(Self { file, directory: Later::new(tables.budget), entries: 0 })
    }

    fn write(&mut self, portion: &SortedPortion) -> Result<()> {
        let mut offsets = Vec::with_capacity(portion.buckets.len() * size_of::<u64>());
        for count in &portion.buckets {
            offsets.extend_from_slice(&self.entries.to_le_bytes());
            self.entries += u64::from(*count);
        }
        self.directory.push(&offsets)?;
        self.file.write(portion.entries.as_bytes())
    }

    fn finish(mut self, bucket_bits: u32) -> Result<FileEntry> {
        self.directory.push(&self.entries.to_le_bytes())?;
        let file = &mut self.file;
        self.directory.take(&mut |bytes| file.write(bytes))?;
        self.file.finish(Shape { count: self.entries, bucket_bits })
    }
}

struct FilterWriter {
    file: FileWriter,
    blocks: u64,
    /// The last block so far, and its number: the next part may begin with the same.
    last: Option<(u64, Block)>,
}

impl FilterWriter {
    fn create(tables: &Tables<'_>, blocks: u64) -> Result<Self> {
        Ok(Self { file: FileWriter::create(tables.segment, Kind::Filter)?, blocks, last: None })
    }

    fn write(&mut self, mut part: FilterPart) -> Result<()> {
        match (self.last.take(), part.blocks.first_mut()) {
            (Some((number, last)), Some(first)) if number == part.first => {
                first.iter_mut().zip(last).for_each(|(word, last)| *word = (word.get() | last.get()).into());
            }
            (last, _) => last.map_or(Ok(()), |(_, last)| self.file.write(last.as_bytes()))?,
        }
        let number = part.first + part.blocks.len() as u64 - 1;
        self.last = part.blocks.pop().map(|last| (number, last));
        self.file.write(part.blocks.as_bytes())
    }

    fn finish(mut self) -> Result<FileEntry> {
        self.last.map_or(Ok(()), |(_, last)| self.file.write(last.as_bytes()))?;
        self.file.finish(Shape { count: self.blocks, bucket_bits: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::build::spill::LEAST_MEMORY;
    use crate::index::build::spool::Keyed;
    use crate::index::format::HEADER_BYTES;
    use crate::index::table::Table;
    use proptest::prelude::*;

    /// Writes tables of these entries, held in so little memory, in an own folder.
    fn tables(entries: &[(u64, u32)], limit: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(LEAST_MEMORY, &folder.path().join("rf"));
        let tables = Tables { segment: folder.path(), budget: &budget };
        let spool = || {
            let mut spool = Spool::new(&budget, limit);
            let entries: Vec<Keyed> = entries.iter().map(|&(key, reference)| Keyed::new(key, reference)).collect();
            entries.chunks(7).for_each(|some| spool.extend(some).unwrap());
            spool
        };
        let posted = entries.iter().filter(|(_, reference)| *reference != NOBODY).count();
        let files = tables.postings(spool(), posted as u64).unwrap();
        assert_eq!(files.iter().map(|file| &file.name[..]).collect::<Vec<_>>(), ["filter.bin", "postings.bin"]);
        for file in &files {
            let path = folder.path().join(&file.name);
            assert_eq!(crate::index::manifest::digest_file(&path).unwrap(), file.blake3);
            assert_eq!(path.metadata().unwrap().len(), file.bytes);
        }
        tables.members(Kind::Bands, spool()).unwrap();
        folder
    }

    fn payload(folder: &tempfile::TempDir, kind: Kind) -> Vec<u8> {
        std::fs::read(folder.path().join(kind.file_name())).unwrap().split_off(HEADER_BYTES)
    }

    /// The format, word by word.
    fn by_definition(entries: &[(u64, u32)]) -> Vec<u8> {
        let bits = (entries.len() / 4).max(1).ilog2();
        let bucket = |key: u64| key.checked_shr(64 - bits).unwrap_or(0);
        let mut sorted: Vec<(u64, u32, u32)> =
            entries.iter().map(|&(key, reference)| (bucket(key), key as u32, reference)).collect();
        sorted.sort_unstable();
        let entries =
            sorted.iter().flat_map(|&(_, tag, reference)| [tag.to_le_bytes(), reference.to_le_bytes()].concat());
        let ends = (0..=1_u64 << bits)
            .flat_map(|bucket| (sorted.partition_point(|entry| entry.0 < bucket) as u64).to_le_bytes());
        entries.chain(ends).collect()
    }

    /// Keys that are alike in their high bits, in their low ones, or in none.
    fn keys() -> impl Strategy<Value = u64> {
        prop_oneof![any::<u64>(), (0..9_u64).prop_map(|n| n << 61 | n), 0..3000_u64, Just(u64::MAX)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn files_are_those_of_the_definition_and_every_entry_is_found(
            entries in prop::collection::vec((keys(), prop_oneof![8 => 0..50_u32, 1 => Just(NOBODY)]), 0..300),
            limit in prop_oneof![Just(usize::MAX), 0..2000_usize],
        ) {
            let folder = tables(&entries, limit);
            let posted: Vec<_> = entries.iter().copied().filter(|(_, reference)| *reference != NOBODY).collect();
            prop_assert_eq!(payload(&folder, Kind::Postings), by_definition(&posted));
            let hashes: Vec<u64> = entries.iter().map(|entry| entry.0).collect();
            prop_assert_eq!(payload(&folder, Kind::Filter), filter::fill(&hashes).as_bytes().to_vec());
            let table = Table::open(&folder.path().join("postings.bin"), Kind::Postings).unwrap();
            let bits = bucket_bits(posted.len() as u64);
            for &(key, _) in &entries {
                let looks_like = |other: u64| (bucket(other, bits), other as u32) == (bucket(key, bits), key as u32);
                let mut expected: Vec<u32> = posted.iter().filter(|entry| looks_like(entry.0)).map(|entry| entry.1).collect();
                let mut found: Vec<u32> = table.get(key).map(|entry| entry.reference.get()).collect();
                expected.sort_unstable();
                found.sort_unstable();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn many_entries_are_divided_and_nothing_changes() {
        // Enough that parts differ in ten bits and in twenty, one of them far larger than a portion may be.
        let random = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let crowded = |n: u64| if n.is_multiple_of(8) { random(n) } else { 5 << 54 | random(n) >> 10 };
        let entries: Vec<(u64, u32)> = (0..300_000).map(|n| (crowded(n), n as u32)).collect();
        let (one, other) = (tables(&entries, usize::MAX), tables(&entries, 100_000));
        for kind in [Kind::Postings, Kind::Filter, Kind::Bands] {
            assert!(payload(&one, kind) == payload(&other, kind), "{kind:?}");
        }
        assert!(payload(&one, Kind::Postings) == by_definition(&entries));
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        let table = Table::open(&tables(&[], 0).path().join("bands.bin"), Kind::Bands).unwrap();
        assert_eq!(table.get(0).count() + table.get(u64::MAX).count(), 0);
    }
}
