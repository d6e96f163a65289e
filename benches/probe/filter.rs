//! Nanoseconds a look-up in the filter, by every kernel of this machine, in filters of several sizes.
//!
//! The filters are filled with random bits, half of them set, as a full one has. Asserts that each kernel finds exactly
//! what the definition finds, before it is timed; without `--bench` that is all, in a small filter.

use ringfence::index::Kernel;
use ringfence::index::filter::Filter;
use ringfence::index::format::{Kind, Shape, encode_header};
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

const RUNS: usize = 7;
const MIB: [u64; 3] = [16, 64, 1024];
const PROBES: u64 = 1_000_000;
/// Hashes that are looked up together, as a scan does.
const BATCH: usize = 2_000;

pub(crate) fn run(timed: bool) {
    let folder = tempfile::tempdir().unwrap();
    let sizes = if timed { MIB.map(|mib| mib << 20).to_vec() } else { vec![1 << 16] };
    let hashes: Vec<u64> = (0..PROBES).map(|n| random(1 << 40 | n)).collect();
    for bytes in sizes {
        let path = folder.path().join("filter.bin");
        fill(&path, bytes);
        let mut filter = Filter::open(&path).unwrap();
        let expected: Vec<u32> = (0..).zip(&hashes).filter(|(_, h)| filter.contains(**h)).map(|(n, _)| n).collect();
        let share = expected.len() as f64 / hashes.len() as f64;
        assert!((share * 256.0 - 1.0).abs() < 0.1, "1 in 256 random bits agrees, not {share}");
        let mut line = format!("filter of {:>4} MiB:", bytes >> 20);
        for kernel in Kernel::available() {
            filter = filter.with_kernel(kernel);
            let mut hits = Vec::new();
            filter.hits_into(&hashes, &mut hits);
            assert!(hits == expected, "{}: {} hits, not {}", kernel.name(), hits.len(), expected.len());
            line += &format!("  {} {:5.2} ns", kernel.name(), nanoseconds(&filter, &hashes, &mut hits));
        }
        if timed {
            println!("{line} a look-up (median of {RUNS})");
        }
    }
}

fn nanoseconds(filter: &Filter, hashes: &[u64], hits: &mut Vec<u32>) -> f64 {
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for batch in hashes.chunks(BATCH) {
                hits.clear();
                filter.hits_into(black_box(batch), hits);
            }
            start.elapsed().as_secs_f64() * 1e9 / hashes.len() as f64
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[RUNS / 2]
}

/// SplitMix64 of a number.
fn random(number: u64) -> u64 {
    let x = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn fill(path: &Path, bytes: u64) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    out.write_all(&encode_header(Kind::Filter, Shape { count: bytes / 32, bucket_bits: 0 }, bytes)).unwrap();
    (0..bytes / 8).for_each(|n| out.write_all(&random(n).to_le_bytes()).unwrap());
}
