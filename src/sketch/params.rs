//! The parameters of resemblance: their defaults, their limits, and the S-curve that follows from them.
//!
//! Cut the 128 values of a signature into `b` bands of `r` rows. Two texts of Jaccard similarity `J` agree in one row
//! with probability `J`, in a whole band with `J^r`, and in at least one band with
//!
//! ```text
//! P(J) = 1 - (1 - J^r)^b
//! ```
//!
//! an S-shaped curve (Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, section 3.4). More rows make it
//! steeper and move it to the right: fewer false candidates, and fewer true ones. Given a threshold `t` and a recall:
//!
//! 1. Take the most rows for which `P(t) >= recall` can be reached with `b * r <= 128`.
//! 2. With these rows, take the fewest bands that still reach it.
//!
//! The defaults, 0.99 at 0.5, give 35 bands of 3 rows: `P` is 0.245 at J = 0.2, 0.991 at 0.5 and 0.9998 at 0.6.

use crate::{Error, Result};

/// Values in a signature: how many orders of the shingles are looked at. The standard error of an estimated Jaccard
/// similarity is `sqrt(J (1 - J) / 128)`, at most 0.044.
pub const PERMUTATIONS: usize = 128;

/// Jaccard similarity of shingle sets from which on two texts are near-duplicates.
pub const DEFAULT_THRESHOLD: f64 = 0.5;

/// Probability that a pair whose similarity is exactly the threshold becomes a candidate.
pub const DEFAULT_RECALL: f64 = 0.99;

/// One in so many shingles of a reference is posted: 1 finds the most, and takes some 7 KB a reference of 500 shingles.
pub const DEFAULT_SELECTION: u32 = 1;

/// The same in the compact profile, where a scan looks at one in so many shingles, too.
pub const COMPACT_SELECTION: u32 = 16;

/// Documents of a background that must have a shingle for it to be common: one could be the place that a model has it from.
pub const DEFAULT_COMMON_DOCUMENTS: u32 = 2;

/// Names this definition of permutations, signature and band keys. An index stores it; a change of any of them is a
/// new id, since sketches of two definitions never meet.
pub const SKETCH_ID: u32 = 1;

const MOST_ROWS: u32 = PERMUTATIONS as u32;

/// How a signature is cut into bands, each looked up as one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lsh {
    bands: u32,
    rows: u32,
}

impl Lsh {
    /// The cut of `bands` bands of `rows` rows each, as an index has stored it.
    ///
    /// # Errors
    /// When one of them is 0, or together they need more than [`PERMUTATIONS`] values.
    pub fn new(bands: u32, rows: u32) -> Result<Self> {
        match bands.checked_mul(rows) {
            Some(1..=MOST_ROWS) => Ok(Self { bands, rows }),
            _ => Err(Error::request(
                format!("{bands} bands of {rows} rows cannot be cut from a signature of {PERMUTATIONS} values"),
                format!("choose at least 1 band of 1 row, and bands x rows of at most {PERMUTATIONS}"),
            )),
        }
    }

    /// The cut with the fewest false candidates that finds a pair of Jaccard similarity `threshold` with a
    /// probability of at least `recall`; both lie strictly between 0 and 1, and the threshold may be 1.
    ///
    /// # Errors
    /// When a value is out of its range, or when [`PERMUTATIONS`] values cannot reach the recall.
    pub fn for_recall(threshold: f64, recall: f64) -> Result<Self> {
        check_ranges(threshold, recall)?;
        let reaches = |lsh: &Self| lsh.probability(threshold) >= recall;
        (1..=MOST_ROWS)
            .rev()
            .map(|rows| Self { bands: MOST_ROWS / rows, rows })
            .find(reaches)
            .and_then(|most| (1..=most.bands).map(|bands| Self { bands, ..most }).find(reaches))
            .ok_or_else(|| out_of_reach(threshold, recall))
    }

    /// Number of bands, that is of keys a signature.
    #[must_use]
    pub fn bands(&self) -> u32 {
        self.bands
    }

    /// Number of signature values in a band.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// The S-curve: the probability that two texts of this Jaccard similarity (0 to 1) share a band, and so become a
    /// candidate pair.
    #[must_use]
    pub fn probability(&self, jaccard: f64) -> f64 {
        // Both are at most 128, so the casts are exact.
        1.0 - (1.0 - jaccard.powi(self.rows as i32)).powi(self.bands as i32)
    }
}

fn check_ranges(threshold: f64, recall: f64) -> Result<()> {
    // Written so that a NaN is refused too.
    if !(threshold > 0.0 && threshold <= 1.0) {
        let problem = format!("a threshold of {threshold} is not a Jaccard similarity");
        return Err(Error::request(problem, "choose a threshold over 0 and up to 1, such as 0.5"));
    }
    if !(recall > 0.0 && recall < 1.0) {
        let problem = format!("a recall of {recall} cannot be promised: candidates are found with a probability");
        return Err(Error::request(problem, "choose a recall over 0 and under 1, such as 0.99"));
    }
    Ok(())
}

/// The error for a recall that even the most generous cut, 128 bands of one row, does not reach.
fn out_of_reach(threshold: f64, recall: f64) -> Error {
    let most = Lsh { bands: MOST_ROWS, rows: 1 }.probability(threshold);
    let nearest_threshold = 1.0 - (1.0 - recall).powf(1.0 / PERMUTATIONS as f64);
    // Rounded to the side on which the advice holds.
    let (most, nearest_threshold) = ((most * 1e6).floor() / 1e6, (nearest_threshold * 1e6).ceil() / 1e6);
    Error::request(
        format!(
            "a recall of {recall} at a threshold of {threshold} is out of reach: {PERMUTATIONS} permutations reach at most {most}"
        ),
        format!("lower the recall to {most}, or raise the threshold to {nearest_threshold}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_35_bands_of_3_rows() {
        let lsh = Lsh::for_recall(DEFAULT_THRESHOLD, DEFAULT_RECALL).unwrap();
        assert_eq!((lsh.bands(), lsh.rows()), (35, 3));
        for (jaccard, expected) in [(0.0, 0.0), (0.2, 0.2451), (0.5, 0.9907), (0.6, 0.9998), (1.0, 1.0)] {
            let p = lsh.probability(jaccard);
            assert!((p - expected).abs() < 1e-4, "J {jaccard}: {p}, not {expected}");
        }
    }

    #[test]
    fn the_choice_has_the_most_rows_and_the_fewest_bands_that_reach_the_recall() {
        for step in 1..=50 {
            for recall in [0.5, 0.9, 0.99, 0.999] {
                let threshold = f64::from(step) / 50.0;
                let reaches = |bands, rows| Lsh::new(bands, rows).is_ok_and(|lsh| lsh.probability(threshold) >= recall);
                let Ok(lsh) = Lsh::for_recall(threshold, recall) else {
                    assert!(
                        !reaches(128, 1),
                        "threshold {threshold}, recall {recall}: refused, but 128 x 1 reaches it"
                    );
                    continue;
                };
                let (b, r) = (lsh.bands(), lsh.rows());
                assert!(reaches(b, r), "threshold {threshold}, recall {recall}: {b} x {r} misses it");
                assert!(!reaches(b - 1, r), "threshold {threshold}, recall {recall}: {b} x {r} has a band too many");
                let more = (r + 1..=128).find(|&r| reaches(128 / r, r));
                assert_eq!(more, None, "threshold {threshold}, recall {recall}: more rows than {r} would do");
            }
        }
    }

    #[test]
    fn a_recall_out_of_reach_is_refused_with_advice_that_works() {
        let error = Lsh::for_recall(0.01, 0.99).unwrap_err();
        assert!(error.to_string().contains("at most 0.723"), "{error}");
        let advice = error.advice().unwrap();
        let advised: Vec<f64> = advice.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
        let [recall, threshold] = advised[..] else { panic!("no two figures in: {advice}") };
        assert!(Lsh::for_recall(0.01, recall).is_ok(), "{advice}");
        assert!(Lsh::for_recall(threshold, 0.99).is_ok(), "{advice}");
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for threshold in [0.0, -0.1, 1.01, f64::NAN, f64::INFINITY] {
            assert!(Lsh::for_recall(threshold, 0.99).is_err(), "threshold {threshold}");
        }
        for recall in [0.0, -0.1, 1.0, 1.5, f64::NAN] {
            assert!(Lsh::for_recall(0.5, recall).is_err(), "recall {recall}");
        }
        for (bands, rows) in [(0, 1), (1, 0), (129, 1), (1, 129), (43, 3), (u32::MAX, u32::MAX), (1 << 31, 2)] {
            assert!(Lsh::new(bands, rows).is_err(), "{bands} bands of {rows} rows");
        }
        assert!(Lsh::new(128, 1).is_ok() && Lsh::new(1, 128).is_ok());
    }
}
