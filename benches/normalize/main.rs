//! Bytes a second from text to word starts, and nanoseconds a shingle, for every kernel of this machine.
//!
//! `cargo bench --bench normalize`. Every text's result is compared with the definition before anything is timed; without
//! `--bench` (as `cargo test --benches` runs it) that is all. A name after `--` measures that kind of text only.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints its figures; remainders are in range"
)]

mod texts;

use ringfence::text::{Kernel, Normalized, Shingler, Trace};
use std::hint::black_box;
use std::time::Instant;
use texts::{KINDS, Kind};

/// Runs of which the fastest counts: other work on the machine only adds.
const RUNS: usize = 25;
/// Bytes of a usual text, and of a short one.
const LONG: usize = 3_000;
const SHORT: usize = 200;
/// Bytes that one run goes through.
const BYTES: usize = 900_000;

fn main() {
    let timed = std::env::args().any(|arg| arg == "--bench");
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    for kind in KINDS.iter().filter(|kind| chosen.is_empty() || chosen.iter().any(|name| name == kind.name)) {
        measure(kind, LONG, timed);
        if kind.name == "English" {
            measure(kind, SHORT, timed);
        }
    }
}

fn measure(kind: &Kind, bytes: usize, timed: bool) {
    let texts = texts::texts(kind, bytes, BYTES / bytes / if timed { 1 } else { 10 });
    let shingler = Shingler::new(&[1; 32]);
    let mut figures = String::new();
    for kernel in Kernel::available() {
        let mut fast = Normalized::with_kernel(kernel);
        for text in &texts {
            fast.set(text);
            let slow = Trace::new(text);
            assert!(
                fast.bytes() == slow.bytes && fast.starts().iter().eq(slow.starts),
                "{}: {}: another result than by definition: {text}",
                kernel.name(),
                kind.name
            );
        }
        if timed {
            let total: usize = texts.iter().map(String::len).sum();
            let seconds = fastest(|| texts.iter().for_each(|text| fast.set(black_box(text))));
            let [all, sampled] = hashing(&shingler, &texts, seconds, &mut fast);
            let speed = total as f64 / 1e9 / seconds;
            figures += &format!("  {} {speed:6.2} GB/s {all:5.2} / {sampled:5.2} ns", kernel.name());
        }
    }
    if timed {
        println!("{:<9}{bytes:>5} B{figures}", kind.name);
    }
}

/// Nanoseconds a shingle that is hashed, of all and of a sample, beyond the seconds that normalising takes: what is hashed was
/// just written.
fn hashing(shingler: &Shingler, texts: &[String], normalising: f64, text: &mut Normalized) -> [f64; 2] {
    let steps: Vec<u8> = (0..64_usize).map(|n| [12, 17, 14, 20, 16, 13, 19, 18, 15][n * 5 % 9]).collect();
    let mut hashes = Vec::new();
    [false, true].map(|is_sampled| {
        let mut count = 0;
        let seconds = fastest(|| {
            count = 0;
            for raw in texts {
                text.set(black_box(raw));
                hashes.clear();
                if is_sampled {
                    shingler.sampled_into(text, black_box(&steps), &mut hashes);
                } else {
                    shingler.hashes_into(text, &mut hashes);
                }
                count += black_box(&hashes).len();
            }
        });
        (seconds - normalising) * 1e9 / count as f64
    })
}

fn fastest(mut run: impl FnMut()) -> f64 {
    let seconds = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    seconds.fold(f64::INFINITY, f64::min)
}
