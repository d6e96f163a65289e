//! Nanoseconds a shingle, 128 permutations, for every kernel of this machine and for the definition.
//!
//! `cargo bench --bench minhash`. Each answer is compared with the definition before anything is timed; without
//! `--bench` (as `cargo test --benches` runs it) that is all.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints its figures; there are RUNS of them"
)]

use std::hint::black_box;
use std::time::Instant;

use ringfence::sketch::{Kernel, Permutations, Signature};

/// Shingles of a short, a usual and a long record.
const LENGTHS: [usize; 3] = [20, 500, 10_000];
/// Shingles in one timed run, and runs of which the median counts.
const SHINGLES: usize = 2_000_000;
const RUNS: usize = 9;

fn main() {
    let timed = std::env::args().any(|arg| arg == "--bench");
    let permutations = Permutations::new(1);
    for length in LENGTHS {
        // Multiples of an odd number: as good as random here, where values do not change the time.
        let shingles: Vec<u64> = (1..=length as u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        let expected = permutations.signature_by_definition(&shingles);
        for kernel in Kernel::available() {
            let found = kernel.signature(&permutations, &shingles);
            assert!(found == expected, "{}: another signature than by definition, {length} shingles", kernel.name());
            if timed {
                report(kernel.name(), &shingles, |shingles| kernel.signature(&permutations, shingles));
            }
        }
        if timed {
            report("definition", &shingles, |shingles| permutations.signature_by_definition(shingles));
        }
    }
}

fn report(name: &str, shingles: &[u64], signature: impl Fn(&[u64]) -> Option<Signature>) {
    let rounds = (SHINGLES / shingles.len()).max(1);
    let mut nanoseconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..rounds {
                black_box(signature(black_box(shingles)));
            }
            start.elapsed().as_secs_f64() * 1e9 / (rounds * shingles.len()) as f64
        })
        .collect();
    nanoseconds.sort_by(f64::total_cmp);
    println!(
        "{name:<10} {:>6} shingles: {:6.2} ns a shingle (median of {RUNS}, least {:.2})",
        shingles.len(),
        nanoseconds[RUNS / 2],
        nanoseconds[0]
    );
}
