//! Bytes a second from text to shingle hashes, for the fast normaliser and for the definition.
//!
//! `cargo bench --bench normalize`. Every text's result is compared with the definition before anything is timed; without
//! `--bench` (as `cargo test --benches` runs it) that is all.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints its figures; there are RUNS of them"
)]

use ringfence::text::{Normalized, Shingler, Trace};
use std::hint::black_box;
use std::time::Instant;

const RUNS: usize = 7;
/// Bytes of each text.
const BYTES: usize = 4_000_000;

const TEXTS: [(&str, &str); 4] = [
    (
        "English",
        "The quick brown fox jumps over the lazy dog; it was 1 of 12 foxes, they said.\nAnother line follows. ",
    ),
    (
        "code",
        "    for (index, value) in self.values.iter().enumerate() {\n        total += value * weights[index];\n    }\n",
    ),
    ("Russian", "Съешь же ещё этих мягких французских булок, да выпей чаю. "),
    ("Chinese", "敏捷的棕色狐狸跳过了懒狗。据说它是十二只狐狸之一。"),
];

fn main() {
    let timed = std::env::args().any(|arg| arg == "--bench");
    let shingler = Shingler::new(&[1; 32]);
    for (name, piece) in TEXTS {
        let text = piece.repeat(BYTES / piece.len());
        let (mut fast, mut hashes) = (Normalized::default(), Vec::new());
        fast.set(&text);
        let slow = Trace::new(&text);
        assert!(
            fast.bytes() == slow.bytes && fast.starts().iter().eq(slow.starts),
            "{name}: another result than by definition"
        );
        if timed {
            report(name, "definition", &text, || drop(black_box(Trace::new(black_box(&text)))));
            report(name, "normalise", &text, || fast.set(black_box(&text)));
            report(name, "and hash", &text, || {
                fast.set(black_box(&text));
                hashes.clear();
                shingler.hashes_into(&fast, &mut hashes);
            });
        }
    }
}

fn report(text_name: &str, name: &str, text: &str, mut run: impl FnMut()) {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    println!("{text_name:<8} {name:<11} {:7.0} MB/s (median of {RUNS})", text.len() as f64 / 1e6 / seconds[RUNS / 2]);
}
