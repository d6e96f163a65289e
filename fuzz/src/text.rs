//! Text to hashes against the definitions; and what is parsed from short strings.

use crate::Target;
use crate::scratch::split;
use ringfence::date::When;
use ringfence::index::{Condition, Selection};
use ringfence::report;
use ringfence::shard::ColumnPath;
use ringfence::sketch::{self, Permutations};
use ringfence::text::{Kernel, Normalized, Offsets, Shingler, Trace};

/// Every kernel yields the bytes, starts and hashes of the definition.
pub fn normalise() -> Target {
    let shingler = Shingler::new(&[7; 32]);
    let mut kernels: Vec<Normalized> = Kernel::available().into_iter().map(Normalized::with_kernel).collect();
    Box::new(move |data| {
        let (steps, text) = split::<4>(data);
        let text = String::from_utf8_lossy(text);
        let trace = Trace::new(&text);
        let hashes: Vec<u64> = shingler.windows(&trace.bytes, &trace.starts).map(|(_, hash)| hash).collect();
        let sampled = sampled(&hashes, &steps);
        for fast in &mut kernels {
            fast.set(&text);
            let name = fast.kernel().name();
            assert_eq!(fast.bytes(), trace.bytes, "{name}");
            assert!(fast.starts().iter().eq(trace.starts.iter().copied()), "{name}: starts");
            assert_eq!(fast.shingles(), hashes.len(), "{name}");
            let mut found = Vec::new();
            shingler.hashes_into(fast, &mut found);
            assert_eq!(found, hashes, "{name}: hashes");
            found.clear();
            shingler.sampled_into(fast, &steps, &mut found);
            assert_eq!(found, sampled, "{name}: samples");
            assert_eq!(shingler.whole(fast), shingler.whole_bytes(&trace.bytes), "{name}: whole");
        }
    })
}

/// The hashes that steps lead to; a step of 0 behind the first counts as 1.
fn sampled(hashes: &[u64], steps: &[u8]) -> Vec<u64> {
    let steps = steps.iter().cycle().enumerate().map(|(n, &step)| usize::from(if n == 0 { step } else { step.max(1) }));
    let numbers = steps.scan(0, |number, step| {
        *number += step;
        Some(*number)
    });
    numbers.map_while(|number| hashes.get(number).copied()).collect()
}

/// Normalised bytes, and ranges of them, are from where the definition says, on boundaries of characters.
pub fn offsets() -> Target {
    Box::new(|data| {
        let (ends, text) = split::<8>(data);
        let text = String::from_utf8_lossy(text);
        let (trace, mut offsets) = (Trace::new(&text), Offsets::new(&text));
        let kept = trace.bytes.len();
        let end = |bytes: &[u8]| bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)) % (kept + 2);
        let ranges = ends.chunks(4).map(|ends| end(&ends[..2])..end(&ends[2..]));
        // Of long texts some bytes: each question counts from the last mark.
        let all = (0..kept + 2).step_by(kept / 256 + 1);
        for range in ranges.chain(all.map(|at| at..at + 1)) {
            let raw = trace.raw(range.clone());
            assert_eq!(offsets.raw(range.clone()), raw, "{range:?}");
            assert!(text.get(raw.clone()).is_some(), "{raw:?} of {range:?}");
        }
    })
}

/// Every kernel makes the definition's signature.
pub fn minhash() -> Target {
    let permutations = Permutations::new(17);
    Box::new(move |data| {
        let shingles: Vec<u64> = data.chunks(8).map(|bytes| u64::from_le_bytes(split(bytes).0)).collect();
        let expected = permutations.signature_by_definition(&shingles);
        for kernel in sketch::Kernel::available() {
            assert_eq!(kernel.signature(&permutations, &shingles), expected, "{}", kernel.name());
        }
    })
}

/// Nothing that is escaped acts on a terminal, and escaped JSON says the same.
pub fn escape() -> Target {
    Box::new(|data| {
        let text = String::from_utf8_lossy(data);
        let shown = report::escape(&text);
        assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
        let json = serde_json::to_string(&text).expect("JSON");
        let escaped = report::escape_json(&json);
        assert!(!escaped.contains(|c: char| c.is_control() && c != '\n'), "{escaped:?}");
        assert_eq!(serde_json::from_str::<String>(&escaped).expect("JSON"), text);
    })
}

/// Two dates on two lines are in one order, seen from either.
pub fn date() -> Target {
    Box::new(|data| {
        let text = String::from_utf8_lossy(data);
        let (first, second) = text.split_once('\n').unwrap_or((&text, "2024-05-01"));
        let [first, second] = [first, second].map(When::parse);
        for date in [first, second].into_iter().flatten() {
            let (from, until) = date.as_written();
            assert!(from <= until, "{date:?}");
        }
        if let (Some(a), Some(b)) = (first, second) {
            assert!(!(a.precedes(b) == Some(true) && b.precedes(a) == Some(true)), "{a:?} {b:?}");
        }
    })
}

/// A path that is written out is read as the same.
pub fn column_path() -> Target {
    Box::new(|data| {
        let text = String::from_utf8_lossy(data);
        if let Ok(path) = text.parse::<ColumnPath>() {
            assert_eq!(path.to_string().parse::<ColumnPath>().expect("a path"), path);
        }
    })
}

/// Conditions of `index remove`, and what they say of a reference.
pub fn condition() -> Target {
    Box::new(|data| {
        let text = String::from_utf8_lossy(data);
        let (condition, date) = text.split_once('\n').unwrap_or((&text, "2024-05-01"));
        if let Ok(condition) = condition.parse::<Condition>() {
            let selection = Selection { conditions: vec![condition], ..Selection::default() };
            let provenance = ringfence::Provenance { vendor: "openai", date, ..Default::default() };
            assert!(!(selection.takes(&provenance) && selection.lacks_date(&provenance)));
        }
    })
}
