//! Which shingles of a text are sampled by their content: the same in every text that holds the same run of them.
//!
//! Of `s` shingles about one is sampled:
//!
//! 1. every shingle whose rank is at most `2^64 / s`;
//! 2. the one with the least rank, the first of equals, of every `3s` shingles in a row among which there is no such rank
//!    (winnowing: Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for document fingerprinting", 2003).
//! 3. of a text in which neither samples any, the one with the least rank: equal short texts have it in common.
//!
//! The rank is the hash with its halves exchanged: tables and filters are laid out by the high bits of a hash, and would be crowded
//! at one end if these were alike in all that is sampled.
//!
//! Whether a shingle is sampled depends on nothing farther than `3s` shingles away. So any `3s` shingles in a row that two texts
//! share hold one that is sampled in both: either it has a low rank, or none has, and the least is sampled in both texts. Of
//! `3s - 1` there may be none, even in one text.

/// Samples shingles at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampler {
    /// Ranks up to here are sampled wherever they are.
    limit: u64,
    /// Shingles in a row of which one at least is sampled.
    window: usize,
}

impl Sampler {
    /// Samples one shingle in so many, at least 1: then every shingle.
    #[must_use]
    pub fn new(one_in: u32) -> Self {
        let one_in = one_in.max(1);
        Self { limit: u64::MAX / u64::from(one_in), window: 3 * one_in as usize }
    }

    /// Shingles in a row that hold a sampled one, whatever stands around them.
    #[must_use]
    pub fn window(&self) -> usize {
        self.window
    }

    /// Appends the numbers of the sampled ones of a text's shingles (at most 2^32 hashes, in the order of the text), ascending.
    pub fn sampled_into(&self, hashes: &[u64], numbers: &mut Vec<u32>) {
        if self.limit == u64::MAX {
            return numbers.extend(0..hashes.len() as u32);
        }
        let (before, mut gap) = (numbers.len(), 0);
        for (chunk, start) in hashes.chunks(64).zip((0..).step_by(64)) {
            // One bit for each low hash: no branch, where one hash in `s` would be mispredicted.
            let mut low =
                (0..).zip(chunk).fold(0_u64, |low, (bit, hash)| low | u64::from(rank(*hash) <= self.limit) << bit);
            while low != 0 {
                let at = start + low.trailing_zeros() as usize;
                self.least_into(hashes, gap..at, numbers);
                numbers.push(at as u32);
                gap = at + 1;
                low &= low - 1;
            }
        }
        self.least_into(hashes, gap..hashes.len(), numbers);
        if numbers.len() == before {
            let least = (0_u32..).zip(hashes).min_by_key(|(_, hash)| rank(**hash));
            numbers.extend(least.map(|(number, _)| number));
        }
    }

    /// Appends the number of the least of every window in a gap between low hashes, each once. Most gaps have no window.
    fn least_into(&self, hashes: &[u64], gap: std::ops::Range<usize>, numbers: &mut Vec<u32>) {
        let hash = |at: usize| hashes.get(at).map_or(u64::MAX, |hash| rank(*hash));
        let mut least = None;
        for end in (gap.start + self.window)..=gap.end {
            let start = end - self.window;
            let before = least;
            least = match least {
                Some(least) if least >= start => Some(if hash(end - 1) < hash(least) { end - 1 } else { least }),
                _ => (start..end).min_by_key(|&at| hash(at)),
            };
            if least != before {
                numbers.extend(least.map(|at| at as u32));
            }
        }
    }
}

/// What decides: the low half first.
fn rank(hash: u64) -> u64 {
    hash.rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::testing::Random;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The rule, word by word, on ranks.
    fn by_definition(one_in: u32, hashes: &[u64]) -> BTreeSet<u32> {
        let (limit, window) = (u64::MAX / u64::from(one_in), 3 * one_in as usize);
        let low = (0..).zip(hashes).filter(|(_, hash)| **hash <= limit).map(|(number, _)| number);
        let least = (0_usize..).zip(hashes.windows(window)).filter(|(_, run)| run.iter().all(|hash| *hash > limit));
        let least = least.map(|(start, run)| {
            let least = run.iter().min().unwrap();
            (start + run.iter().position(|hash| hash == least).unwrap()) as u32
        });
        let mut sampled: BTreeSet<u32> = low.chain(least).collect();
        if sampled.is_empty() {
            let least = hashes.iter().min().and_then(|least| hashes.iter().position(|hash| hash == least));
            sampled.extend(least.map(|least| least as u32));
        }
        sampled
    }

    /// Of hashes with these ranks.
    fn sampled(one_in: u32, ranks: &[u64]) -> Vec<u32> {
        let hashes: Vec<u64> = ranks.iter().map(|rank| rank.rotate_left(32)).collect();
        let mut numbers = vec![77];
        Sampler::new(one_in).sampled_into(&hashes, &mut numbers);
        assert_eq!(numbers.remove(0), 77);
        numbers
    }

    /// Hashes with many that are equal, and with long gaps between the low ones.
    fn hashes(most: usize) -> impl Strategy<Value = Vec<u64>> {
        let hash = prop_oneof![8 => any::<u64>(), 8 => (1 << 62..u64::MAX).boxed(), 4 => u64::MAX - 3..u64::MAX, 1 => 0..3_u64];
        let high = prop::collection::vec(u64::MAX - 9..=u64::MAX, 0..most);
        prop_oneof![prop::collection::vec(hash, 0..most), high]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn fast_equals_the_definition(one_in in 1..20_u32, hashes in hashes(300)) {
            let expected: Vec<u32> = by_definition(one_in, &hashes).into_iter().collect();
            prop_assert_eq!(sampled(one_in, &hashes), expected);
        }

        #[test]
        fn a_run_that_two_texts_share_holds_a_shingle_that_is_sampled_in_both(
            one_in in 1..20_u32, before in hashes(100), run in hashes(60), other in hashes(100), after in hashes(100),
        ) {
            let window = Sampler::new(one_in).window();
            let run: Vec<u64> = run.iter().cycle().take(if run.is_empty() { 0 } else { window }).copied().collect();
            prop_assume!(run.len() == window);
            let in_run = |start: usize, text: &[u64]| -> BTreeSet<usize> {
                let numbers = sampled(one_in, text).into_iter().map(|number| number as usize);
                numbers.filter(|number| (start..start + window).contains(number)).map(|number| number - start).collect()
            };
            let one = in_run(before.len(), &[&before[..], &run, &after].concat());
            let two = in_run(other.len(), &[&other[..], &run].concat());
            prop_assert!(one.intersection(&two).next().is_some(), "{:?} and {:?}", one, two);
        }
    }

    #[test]
    fn one_less_is_not_enough_for_one_sampled_shingle_or_for_two() {
        for one_in in [2, 4, 16] {
            let window = Sampler::new(one_in).window();
            let (low, high) = (&[0][..], &vec![u64::MAX; window - 1][..]);
            assert_eq!(sampled(one_in, high), [0], "one in {one_in}: a text of its own has one all the same");
            // Between the outer ones, `3s - 1` shingles hold none, and `6s - 1` one.
            assert_eq!(sampled(one_in, &[low, high, low].concat()), [0, window as u32], "one in {one_in}");
            let expected = [0, window as u32, 2 * window as u32];
            assert_eq!(sampled(one_in, &[low, high, low, high, low].concat()), expected, "one in {one_in}");
        }
    }

    #[test]
    fn about_one_in_so_many_is_sampled() {
        let hashes = Random::new(3).hashes(200_000);
        for one_in in [1, 2, 4, 16, 64] {
            let share = sampled(one_in, &hashes).len() as f64 * f64::from(one_in) / hashes.len() as f64;
            // The least of gaps come on top: a gap has 3s shingles with a probability of exp(-3).
            assert!((0.98..1.15).contains(&share), "one in {one_in}: {share}");
        }
        assert_eq!(sampled(1, &hashes[..100]), (0..100).collect::<Vec<u32>>());
    }
}
