//! In the steady state no record costs an allocation: reading, normalising, the gate.
//!
//! All allocations of the process are counted while row groups of clean records are read and matched. A second pass over ten
//! times as many records may allocate for its pages and batches, not for its records.

#![expect(clippy::unwrap_used, clippy::print_stdout, unsafe_code, reason = "a test may fail; an allocator is unsafe")]

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use ringfence::detect::{MatchOptions, Matcher};
use ringfence::index::{Index, Parameters, Provenance};
use ringfence::shard::{Io, ParquetShard};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Words that no reference has, all different.
fn record(number: usize) -> String {
    let word = |at: usize| format!("w{:x}", (number * 101 + at).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40);
    (0..60).map(word).collect::<Vec<_>>().join(if number.is_multiple_of(7) { " — é, \\n &amp; " } else { " " })
}

/// A shard with one row group of so many records.
fn shard(records: usize, dictionary: bool) -> tempfile::NamedTempFile {
    let texts: Vec<String> = (0..records).map(record).collect();
    let batch = RecordBatch::try_from_iter([("text", Arc::new(StringArray::from(texts)) as ArrayRef)]).unwrap();
    let plan = WriterProperties::builder().set_dictionary_enabled(dictionary);
    let plan = plan.set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap())).build();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = ArrowWriter::try_new(file.reopen().unwrap(), batch.schema(), Some(plan)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

/// Allocations while the texts of a shard are read and matched, and the bytes of these texts.
fn count(matcher: &mut Matcher<'_>, file: &tempfile::NamedTempFile) -> (u64, usize) {
    let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
    let column = shard.default_column(&["text"]).unwrap();
    let (before, mut bytes, mut matches) = (COUNT.load(Ordering::Relaxed), 0, 0);
    let mut visit = |texts: &[ringfence::shard::TextRef<'_>]| {
        let texts = texts.iter().filter_map(|text| std::str::from_utf8(text.bytes).ok());
        matcher.find_each(texts.inspect(|text| bytes += text.len()), &mut |_, _| matches += 1);
        Ok(())
    };
    shard.read_batches(0, &column, &mut visit).unwrap();
    let allocations = COUNT.load(Ordering::Relaxed) - before;
    assert_eq!(matches, 0, "clean records");
    (allocations, bytes)
}

#[test]
fn records_cost_no_allocation() {
    let folder = tempfile::tempdir().unwrap();
    let answers: Vec<String> = (0..200).map(|n| record(1_000_000 + n)).collect();
    let references = answers.iter().map(|text| (text.as_str(), Provenance::default()));
    let index = Index::build(&folder.path().join("rf"), Parameters::new(0.5, 0.99).unwrap(), references).unwrap();
    let mut matcher = Matcher::new(&index, MatchOptions::default()).unwrap();
    let (small, large) = (4_000, 40_000);
    count(&mut matcher, &shard(small, false)); // buffers grow to their size
    let (few, few_bytes) = count(&mut matcher, &shard(small, false));
    let (many, many_bytes) = count(&mut matcher, &shard(large, false));
    let (more, megabytes) = (many.saturating_sub(few), (many_bytes - few_bytes) >> 20);
    println!("{more} allocations more for {} records and {megabytes} MiB more", large - small);
    assert!(megabytes >= 10, "{megabytes}");
    // A few a MiB: pages, batches.
    assert!(more < 10 * megabytes as u64 && more < (large - small) as u64 / 100, "{more} allocations more");
}
