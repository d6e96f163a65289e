//! Sizes as people type them.

use std::str::FromStr;

/// A number of bytes: `500M`, `1.5G`, `4GiB`, `1048576`. Units are powers of 1,024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub(crate) u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let bad = || format!("{typed}: expected a size such as 500M or 4G");
        let digits = typed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = typed.get(digits.len()..).unwrap_or_default().to_ascii_uppercase();
        let power = match unit.trim_end_matches('B').trim_end_matches('I') {
            "" => 0,
            "K" => 1,
            "M" => 2,
            "G" => 3,
            "T" => 4,
            _ => return Err(bad()),
        };
        let number: f64 = digits.parse().map_err(|_| bad())?;
        let bytes = number * 1024_f64.powi(power);
        if (1.0..1e18).contains(&bytes) { Ok(Self(bytes as u64)) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (typed, bytes) in [
            ("1048576", 1 << 20),
            ("500M", 500 << 20),
            ("1.5g", 3 << 29),
            ("4GiB", 4 << 30),
            ("2kb", 2048),
            ("1T", 1 << 40),
        ] {
            assert_eq!(typed.parse(), Ok(Size(bytes)), "{typed}");
        }
        for bad in ["", "M", "-1G", "0", "4X", "1e300G", "nan", "inf", "4 G"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }
}
