//! Is what the module promises about probabilities so? And is what it stores still the same?
//!
//! Everything is drawn from fixed seeds: a test that passes once passes always, and 3 sigma is no matter of luck.

use std::ops::Range;

use super::testing::Random;
use super::{Lsh, PERMUTATIONS, Permutations, Signature, Sketcher};

fn sketcher(key: u64, bands: u32, rows: u32) -> Sketcher {
    Sketcher::new(key, Lsh::new(bands, rows).unwrap())
}

/// Sums over many pairs of the errors of an estimated Jaccard similarity, beside what theory expects of them when 128
/// independent permutations agree with probability J each.
#[derive(Default)]
struct Errors {
    pairs: f64,
    error: f64,
    squared: f64,
    variance: f64,
    variance_of_squared: f64,
}

impl Errors {
    fn add(&mut self, estimate: f64, jaccard: f64) {
        let (k, one) = (PERMUTATIONS as f64, jaccard * (1.0 - jaccard));
        let (error, variance) = (estimate - jaccard, one / k);
        self.pairs += 1.0;
        self.error += error;
        self.squared += error * error;
        self.variance += variance;
        // Fourth central moment of a binomial share, less the square of the second.
        self.variance_of_squared += variance * variance * 2.0 + variance * (1.0 - 6.0 * one) / (k * k);
    }

    /// Distance of the sum of errors, and of their squares, from theory, in standard errors.
    fn sigmas(&self) -> [f64; 2] {
        [self.error / self.variance.sqrt(), (self.squared - self.variance) / self.variance_of_squared.sqrt()]
    }

    fn figures(&self) -> String {
        let [bias, variance] = self.sigmas();
        let (mean, ratio) = (self.error / self.pairs, self.squared / self.variance);
        let pairs = self.pairs;
        format!(
            "{pairs} pairs: mean error {mean:+.6} ({bias:+.2} sigma), variance / theory {ratio:.4} ({variance:+.2} sigma)"
        )
    }
}

/// The errors over pairs of sets of `smallest` to `largest` shingles, of all sizes and similarities between, with so
/// many pairs for each key.
fn errors(keys: Range<u64>, pairs: usize, [smallest, largest]: [usize; 2]) -> Errors {
    let mut errors = Errors::default();
    for key in keys {
        let (sketcher, mut random) = (sketcher(key, 35, 3), Random::new(key));
        for pair in 0..pairs {
            // Sizes spread evenly over their orders of magnitude.
            let spread = random.between(0, 1 << 20) as f64 / f64::from(1 << 20);
            let size = (smallest as f64 * (largest as f64 / smallest as f64).powf(spread)).round() as usize;
            let common = random.between(0, size);
            let other = random.between(smallest.max(common), largest.min(2 * size));
            let sets = random.pair(common, size - common, other - common);
            let [one, two] = sets.map(|set| sketcher.signature(&set).unwrap());
            let jaccard = common as f64 / (size + other - common) as f64;
            if jaccard == 0.0 || jaccard == 1.0 {
                assert_eq!(one.estimate(&two), jaccard, "key {key}, pair {pair}: certain, so without error");
            } else {
                errors.add(one.estimate(&two), jaccard);
            }
        }
    }
    errors
}

#[test]
fn the_estimate_is_unbiased_with_the_binomial_variance() {
    for (keys, pairs, sizes) in [(0..20, 5_000, [5, 20]), (20..40, 2_000, [20, 200]), (40..52, 1_000, [5, 2_000])] {
        let errors = errors(keys.clone(), pairs, sizes);
        let within = errors.sigmas().iter().all(|sigmas| sigmas.abs() <= 3.0);
        assert!(within, "keys {keys:?}, sets of {sizes:?} shingles, {}", errors.figures());
    }
}

#[test]
#[ignore = "makes the table in minhash.rs: cargo test --release --lib table_of -- --ignored --nocapture"]
#[expect(clippy::print_stderr, reason = "its purpose is what it prints")]
fn table_of_estimate_errors() {
    for (sizes, pairs) in [([2, 4], 80_000), ([5, 20], 80_000), ([20, 200], 20_000), ([200, 2_000], 4_000)] {
        let errors = errors(0..50, pairs, sizes);
        eprintln!("sets of {sizes:?} shingles, {}", errors.figures());
    }
}

#[test]
fn no_two_permutations_are_correlated() {
    // Sets of 8 with 5 in common and 2 or 3 of their own have J = 1/2: two independent permutations then are right or
    // wrong together in half of the pairs. The largest of 8,128 normal deviates is near 4.
    let (pairs, sketcher, mut random) = (20_000, sketcher(1, 35, 3), Random::new(1));
    let mut agrees = vec![vec![0_u64; pairs / 64 + 1]; PERMUTATIONS];
    for pair in 0..pairs {
        let [one, other] = random.pair(5, 2, 3).map(|set| sketcher.signature(&set).unwrap());
        for (i, bits) in agrees.iter_mut().enumerate() {
            bits[pair / 64] |= u64::from(one.values()[i] == other.values()[i]) << (pair % 64);
        }
    }
    let sigma = (pairs as f64 / 4.0).sqrt();
    for (i, mine) in agrees.iter().enumerate() {
        for (j, theirs) in agrees.iter().enumerate().skip(i + 1) {
            let unlike: u32 = mine.iter().zip(theirs).map(|(a, b)| (a ^ b).count_ones()).sum();
            let sigmas = (f64::from(unlike) - pairs as f64 / 2.0) / sigma;
            assert!(sigmas.abs() < 5.0, "permutations {i} and {j}: {sigmas:+.2} sigma");
        }
    }
}

#[test]
fn pairs_share_a_band_as_often_as_the_s_curve_says() {
    let (pairs, union) = (4_000, 60);
    for (bands, rows) in [(35, 3), (42, 3), (25, 5), (8, 16)] {
        let sketcher = sketcher(u64::from(bands), bands, rows);
        for tenths in 2..=9 {
            let (jaccard, common) = (tenths as f64 / 10.0, union * tenths / 10);
            let mut random = Random::new(tenths as u64);
            let hits = (0..pairs).filter(|_| {
                let half = (union - common) / 2;
                let [one, other] = random.pair(common, half, half).map(|set| sketcher.signature(&set).unwrap());
                sketcher.band_keys(&one).zip(sketcher.band_keys(&other)).any(|(a, b)| a == b)
            });
            let (n, p, hits) = (pairs as f64, sketcher.lsh().probability(jaccard), hits.count() as f64);
            let sigma = (n * p * (1.0 - p)).sqrt();
            let off = (hits - n * p).abs();
            assert!(off <= 3.0 * sigma, "{bands} x {rows}, J {jaccard}: {hits} of {n}, expected {} +- {sigma}", n * p);
        }
    }
}

/// The figures come from the same definition written in Python (package `xxhash`). A change of any of them is a new
/// `SKETCH_ID`.
#[test]
fn permutations_signature_and_band_keys_are_frozen() {
    let key = 0x0123_4567_89AB_CDEF;
    let permutations = Permutations::new(key);
    let pairs = [0, 1, 127].map(|i| (permutations.multipliers[i], permutations.addends[i]));
    assert_eq!(pairs, [(0xF8A8_C30B, 0x186C_F45C), (0x0D19_E339, 0x8B9F_A0EF), (0x6072_AAFD, 0x1D09_D6B6)]);

    let sketcher = sketcher(key, 35, 3);
    let shingles = [0, 1, 0xFFFF_FFFF, 0x1_0000_0000, u64::MAX, 0x9E37_79B9_7F4A_7C15, 0xDEAD_BEEF_0BAD_F00D];
    let signature: Signature = sketcher.signature(&shingles).unwrap();
    let bytes: Vec<u8> = signature.values().iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(signature.values()[..4], [0x1115_B767, 0x1E48_E09C, 0x8972_5449, 0x1CF7_5D2B]);
    assert_eq!(xxhash_rust::xxh3::xxh3_64(&bytes), 0xF0F1_7518_DFA8_EC48);

    let keys: Vec<u64> = sketcher.band_keys(&signature).collect();
    let bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
    assert_eq!((keys.len(), keys[0], keys[34]), (35, 0xBB44_B53B_9006_BA69, 0x0A32_AAD2_A3F9_B062));
    assert_eq!(xxhash_rust::xxh3::xxh3_64(&bytes), 0xCB1A_7B5E_7E31_0042);
}
