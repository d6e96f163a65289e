//! Instructions that each kernel takes, counted by valgrind, so that no commit makes one slower unseen.
//!
//! `cargo bench --bench instructions`, with valgrind and with `gungraun-runner` of the version in `Cargo.lock` in the path; `.ci/run`
//! has both. A kernel that takes over 5 % more than what stands here fails it. Who makes one faster writes the new figure down; it is printed.
//!
//! Valgrind knows no AVX-512: these are the kernels for AVX2. Another compiler may count otherwise: the figures are of Rust 1.95.
//! Each answer is compared with the definition before anything is counted.
#![allow(clippy::unwrap_used, clippy::exit, missing_docs, reason = "a bench; the macros of gungraun write the rest")]

#[path = "normalize/texts.rs"]
mod texts;

use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use ringfence::index::filter::Filter;
use ringfence::index::format::{Kind, Shape, encode_header};
use ringfence::sketch::{self, Permutations, Probes, Probing, Signature};
use ringfence::text::{Kernel, Normalized, Shingler, Trace};
use std::hint::black_box;
use std::io::Write;

/// Bytes of a text, about: as many as some twenty records have.
const BYTES: usize = 64 << 10;
/// Shingles that a signature is computed of.
const SHINGLES: u64 = 2000;
/// Hashes that are looked up at once, and blocks of the filter.
const HASHES: u64 = 2048;
const BLOCKS: u64 = 1 << 15;
const KEY: [u8; 32] = [7; 32];

/// So many instructions, and 5 % more.
fn about(instructions: u64) -> LibraryBenchmarkConfig {
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, instructions + instructions / 20)]));
    config
}

fn text(name: &str) -> String {
    assert_eq!(Kernel::best().name(), "avx2", "the figures are of another kernel");
    let kind = texts::KINDS.iter().find(|kind| kind.name == name).unwrap();
    texts::texts(kind, BYTES, 1).concat()
}

/// A text, and room for its normal form.
fn raw(name: &str) -> (String, Normalized) {
    let (text, mut normalized) = (text(name), Normalized::default());
    normalized.set(&text);
    let slow = Trace::new(&text);
    assert!(normalized.bytes() == slow.bytes && normalized.starts().iter().eq(slow.starts), "{name}: not as defined");
    (text, normalized)
}

#[library_benchmark]
#[bench::english(args = ("English"), setup = raw, config = about(275_913))]
#[bench::code(args = ("code"), setup = raw, config = about(718_745))]
#[bench::russian(args = ("Russian"), setup = raw, config = about(1_944_444))]
#[bench::chinese(args = ("Chinese"), setup = raw, config = about(1_285_878))]
fn normalise((text, mut normalized): (String, Normalized)) -> (String, Normalized) {
    normalized.set(black_box(&text));
    (text, normalized)
}

/// A normalised text, and room for its hashes.
fn normalized(name: &str) -> (Shingler, Normalized, Vec<u64>) {
    let (shingler, (text, normalized)) = (Shingler::new(&KEY), raw(name));
    let mut hashes = Vec::new();
    shingler.hashes_into(&normalized, &mut hashes);
    let slow = Trace::new(&text);
    assert!(shingler.windows(&slow.bytes, &slow.starts).map(|(_, hash)| hash).eq(hashes.iter().copied()));
    hashes.clear();
    (shingler, normalized, hashes)
}

#[library_benchmark]
#[bench::english(args = ("English"), setup = normalized, config = about(644_451))]
#[bench::chinese(args = ("Chinese"), setup = normalized, config = about(1_029_085))]
fn hashes_into((shingler, text, mut hashes): (Shingler, Normalized, Vec<u64>)) -> (Normalized, Vec<u64>) {
    shingler.hashes_into(black_box(&text), &mut hashes);
    (text, hashes)
}

/// A normalised text, and the distances of a usual scan.
fn probed(name: &str) -> (Shingler, Normalized, Vec<u8>, Vec<u64>) {
    let (shingler, text, mut hashes) = normalized(name);
    let probes = Probes::new(&KEY, Probing { distance: 16, at_least: 32 });
    let steps = probes.steps(text.shingles()).to_vec();
    let (mut all, mut sampled) = (Vec::new(), Vec::new());
    shingler.hashes_into(&text, &mut all);
    shingler.sampled_into(&text, &steps, &mut sampled);
    assert!(probes.numbers(all.len()).filter_map(|number| all.get(number).copied()).eq(sampled));
    hashes.clear();
    (shingler, text, steps, hashes)
}

#[library_benchmark]
#[bench::english(args = ("English"), setup = probed, config = about(106_950))]
fn sampled_into(
    (shingler, text, steps, mut hashes): (Shingler, Normalized, Vec<u8>, Vec<u64>),
) -> (Normalized, Vec<u64>) {
    shingler.sampled_into(black_box(&text), &steps, &mut hashes);
    (text, hashes)
}

/// As good as random: multiples of an odd number.
fn hashes(number: u64) -> Vec<u64> {
    (1..=number).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect()
}

fn shingles() -> (Permutations, Vec<u64>) {
    let (permutations, shingles) = (Permutations::new(1), hashes(SHINGLES));
    let signature = sketch::Kernel::best().signature(&permutations, &shingles);
    assert!(signature == permutations.signature_by_definition(&shingles), "another signature than by definition");
    (permutations, shingles)
}

#[library_benchmark]
#[bench::of_2000_shingles(setup = shingles, config = about(128_815))]
fn signature((permutations, shingles): (Permutations, Vec<u64>)) -> Option<Signature> {
    sketch::Kernel::best().signature(&permutations, black_box(&shingles))
}

/// A filter with half of its bits set, hashes to look up, and room for the numbers of those that are in.
fn filter() -> (Filter, Vec<u64>, Vec<u32>) {
    let payload: Vec<u8> = hashes(BLOCKS * 4).iter().flat_map(|hash| hash.swap_bytes().to_le_bytes()).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let shape = Shape { count: BLOCKS, bucket_bits: 0 };
    file.write_all(&encode_header(Kind::Filter, shape, payload.len() as u64)).unwrap();
    file.write_all(&payload).unwrap();
    let filter = Filter::open(file.path()).unwrap();
    let (hashes, mut hits) = (hashes(HASHES), Vec::new());
    filter.hits_into(&hashes, &mut hits);
    let slow = (0..).zip(&hashes).filter(|(_, hash)| filter.contains(**hash)).map(|(number, _)| number);
    assert!(!hits.is_empty() && slow.eq(hits.iter().copied()), "other hits than by definition");
    hits.clear();
    (filter, hashes, hits)
}

#[library_benchmark]
#[bench::of_2048_hashes(setup = filter, config = about(88_370))]
fn filter_hits((filter, hashes, mut hits): (Filter, Vec<u64>, Vec<u32>)) -> (Filter, Vec<u32>) {
    filter.hits_into(black_box(&hashes), &mut hits);
    (filter, hits)
}

library_benchmark_group!(name = text_kernels, benchmarks = [normalise, hashes_into, sampled_into]);
library_benchmark_group!(name = set_kernels, benchmarks = [signature, filter_hits]);
main!(library_benchmark_groups = [text_kernels, set_kernels]);
