//! The two files of a segment that grow, written from front to back as hashes come in ascending order.
//!
//! What is known of their layout beyond the library's own types stands here: see `src/index/FORMAT.md`.

use ringfence::index::filter::Block;
use ringfence::index::format::{HEADER_BYTES, Kind, Shape, encode_header};
use ringfence::index::table::Member;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use zerocopy::IntoBytes;

const BUFFER: usize = 4 << 20;
const ENTRIES_PER_BUCKET: u64 = 4;
const MULTIPLIERS: [u32; 8] =
    [0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947, 0x5C6B_FB31];

fn create(segment: &Path, kind: Kind) -> BufWriter<File> {
    let mut file = BufWriter::with_capacity(BUFFER, File::create_new(segment.join(kind.file_name())).unwrap());
    file.seek(SeekFrom::Start(HEADER_BYTES as u64)).unwrap();
    file
}

fn finish(mut file: BufWriter<File>, kind: Kind, shape: Shape, payload: u64) {
    file.rewind().unwrap();
    file.write_all(&encode_header(kind, shape, payload)).unwrap();
    file.flush().unwrap();
}

/// `filter.bin`.
pub(crate) struct FilterFile {
    file: BufWriter<File>,
    blocks: u64,
    /// Blocks that are written.
    written: u64,
    block: Block,
}

impl FilterFile {
    pub(crate) fn create(segment: &Path, blocks: u64) -> Self {
        Self { file: create(segment, Kind::Filter), blocks, written: 0, block: Block::default() }
    }

    pub(crate) fn insert(&mut self, hash: u64) {
        self.write_before(((hash >> 32) * self.blocks) >> 32);
        for (word, multiplier) in self.block.iter_mut().zip(MULTIPLIERS) {
            *word = (word.get() | 1 << ((hash as u32).wrapping_mul(multiplier) >> 27)).into();
        }
    }

    fn write_before(&mut self, block: u64) {
        while self.written < block {
            self.file.write_all(std::mem::take(&mut self.block).as_bytes()).unwrap();
            self.written += 1;
        }
    }

    pub(crate) fn finish(mut self) {
        self.write_before(self.blocks);
        let shape = Shape { count: self.blocks, bucket_bits: 0 };
        finish(self.file, Kind::Filter, shape, self.blocks * size_of::<Block>() as u64);
    }
}

/// `postings.bin`: the entries, and the directory behind them.
pub(crate) struct PostingsFile {
    file: BufWriter<File>,
    bucket_bits: u32,
    /// Where the entries of each bucket begin; kept until the end.
    directory: Vec<u64>,
    /// Tag, reference and entry.
    bucket: Vec<(u32, u32, Member)>,
    entries: u64,
}

impl PostingsFile {
    /// A file of about so many entries.
    pub(crate) fn create(segment: &Path, entries: u64) -> Self {
        let bucket_bits = (entries / ENTRIES_PER_BUCKET).max(1).ilog2();
        let directory = Vec::with_capacity((1 << bucket_bits) + 1);
        let file = create(segment, Kind::Postings);
        Self { file, bucket_bits, directory, bucket: Vec::new(), entries: 0 }
    }

    pub(crate) fn insert(&mut self, hash: u64, reference: u32) {
        let bucket = hash.checked_shr(64 - self.bucket_bits).unwrap_or(0);
        self.write_before(bucket as usize);
        self.bucket.push((hash as u32, reference, Member::new(hash, reference)));
    }

    fn write_before(&mut self, bucket: usize) {
        while self.directory.len() < bucket {
            self.write_bucket();
        }
    }

    fn write_bucket(&mut self) {
        self.directory.push(self.entries);
        self.bucket.sort_unstable_by_key(|&(tag, reference, _)| (tag, reference));
        self.bucket.iter().for_each(|(_, _, entry)| self.file.write_all(entry.as_bytes()).unwrap());
        self.entries += self.bucket.len() as u64;
        self.bucket.clear();
    }

    pub(crate) fn finish(mut self) {
        self.write_before(1 << self.bucket_bits);
        self.directory.push(self.entries);
        self.directory.iter().for_each(|offset| self.file.write_all(&offset.to_le_bytes()).unwrap());
        let payload = directory_bytes(self.bucket_bits) + self.entries * size_of::<Member>() as u64;
        let shape = Shape { count: self.entries, bucket_bits: self.bucket_bits };
        finish(self.file, Kind::Postings, shape, payload);
    }
}

fn directory_bytes(bucket_bits: u32) -> u64 {
    ((1 << bucket_bits) + 1) * size_of::<u64>() as u64
}
