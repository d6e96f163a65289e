//! A share and how sure one can be of it.

use serde::Serialize;

/// The normal distribution's quantile that leaves 2.5 % on each side.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many, with Wilson's 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How many there are.
    pub n: u64,
    /// How many of them it is true of.
    pub count: u64,
    /// The share; none of nothing.
    pub rate: Option<f64>,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Rate {
    /// The share of `count` in `n`.
    #[must_use]
    pub fn new(count: u64, n: u64) -> Self {
        if n == 0 {
            return Self { n, count, rate: None, low: 0.0, high: 1.0 };
        }
        let (size, share) = (n as f64, count as f64 / n as f64);
        let middle = share + Z * Z / (2.0 * size);
        let reach = Z * (share * (1.0 - share) / size + Z * Z / (4.0 * size * size)).sqrt();
        let end = |end: f64| (end / (1.0 + Z * Z / size)).clamp(0.0, 1.0);
        // At the ends the two terms are equal, but for rounding.
        let low = if count == 0 { 0.0 } else { end(middle - reach) };
        let high = if count == n { 1.0 } else { end(middle + reach) };
        Self { n, count, rate: Some(share), low, high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_literature() {
        // Newcombe 1998, table I, method 3 (the score method without continuity correction); the last by hand: z²/(1+z²).
        for (count, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (29, 29, 0.8830, 1.0),
            (0, 1, 0.0, 0.7935),
        ] {
            let rate = Rate::new(count, n);
            let near = (rate.low - low).abs() < 5e-5 && (rate.high - high).abs() < 5e-5;
            assert!(near, "{count} of {n}: {rate:?}");
            assert!(rate.rate.is_some_and(|share| rate.low <= share && share <= rate.high));
        }
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        assert_eq!(Rate::new(0, 0), Rate { n: 0, count: 0, rate: None, low: 0.0, high: 1.0 });
    }
}
