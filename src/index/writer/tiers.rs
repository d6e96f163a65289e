//! Which segments are merged when one is added.
//!
//! Each segment stays at least [`RATIO`] times as large as all smaller ones together. So their number grows with the logarithm of
//! the index (1,000 equal additions leave five at most), and a reference is written again only when what came after it has grown
//! to a third of what it stands with.

use std::collections::BTreeSet;

/// How many times as large as all smaller ones together a segment must be to be left as it is.
const RATIO: u64 = 3;

/// The numbers of the segments, of these sizes, that become one with what is added.
pub(super) fn merged(sizes: &[u64], added: u64) -> BTreeSet<u32> {
    let mut by_size: Vec<(u64, u32)> = sizes.iter().copied().zip(0..).collect();
    by_size.sort_unstable();
    let (mut smaller, mut merged) = (added, 0);
    for (place, (size, _)) in by_size.iter().enumerate() {
        if *size < smaller.saturating_mul(RATIO) {
            merged = place + 1;
        }
        smaller = smaller.saturating_add(*size);
    }
    by_size.iter().take(merged).map(|(_, number)| *number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes after another addition, and how much was written.
    fn add(sizes: &mut Vec<u64>, added: u64) -> u64 {
        let gone = merged(sizes, added);
        let mut number = 0;
        let mut written = added;
        sizes.retain(|size| {
            let is_gone = gone.contains(&number);
            written += if is_gone { *size } else { 0 };
            number += 1;
            !is_gone
        });
        sizes.push(written);
        written
    }

    #[test]
    fn segments_stay_few_and_little_is_written_again() {
        let odd = |n: u64| 1 + n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 1000;
        for size in [|_| 7, |n| n, odd] {
            let (mut sizes, mut written, mut most) = (Vec::new(), 0, 0);
            for number in 1..=1000 {
                written += add(&mut sizes, size(number));
                most = most.max(sizes.len());
            }
            let all: u64 = sizes.iter().sum();
            assert_eq!(all, (1..=1000).map(size).sum::<u64>());
            assert!(most <= 6, "{most} segments");
            assert!(written <= 10 * all, "{written} bytes written for {all}");
        }
    }

    #[test]
    fn a_small_addition_leaves_the_large_segments_alone() {
        assert_eq!(merged(&[100, 10, 1], 1), BTreeSet::from([2]));
        assert_eq!(merged(&[100, 10], 3), BTreeSet::new());
        assert_eq!(merged(&[10, 100], 4), BTreeSet::from([0]));
        assert_eq!(merged(&[100, 10], 40), BTreeSet::from([0, 1]));
        assert_eq!(merged(&[], 40), BTreeSet::new());
    }
}
