//! `--fail-over`: how many records may match.

use ringfence::sink::summary::{Summary, Totals};
use ringfence::{Error, Result};
use std::process::ExitCode;
use std::str::FromStr;

/// The exit code of a scan: 2 where something went unexamined, 1 where more records match than may, otherwise 0.
pub(crate) fn exit_code(summary: &Summary, fail_over: Option<Limit>) -> ExitCode {
    if !summary.complete {
        ExitCode::from(2)
    } else if fail_over.is_some_and(|limit| limit.is_passed(&summary.totals)) {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}

/// How many records may match before the exit code says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Limit {
    Records(u64),
    Percent(f64),
}

impl Limit {
    fn is_passed(self, totals: &Totals) -> bool {
        match self {
            Self::Records(limit) => totals.matched_records > limit,
            Self::Percent(limit) => totals.matched_records as f64 * 100.0 > limit * totals.records as f64,
        }
    }
}

impl FromStr for Limit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|p| (0.0..=100.0).contains(p)).map(Self::Percent),
            None => text.parse().ok().map(Self::Records),
        };
        parsed.ok_or_else(|| Error::request(format!("{text} is neither a number of records nor a percentage"), ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_passed_only_by_more() {
        let totals = Totals { records: 200, matched_records: 2, ..Totals::default() };
        for (limit, passed) in [("1", true), ("2", false), ("0.9%", true), ("1%", false), ("0", true), ("100%", false)]
        {
            assert_eq!(limit.parse::<Limit>().unwrap().is_passed(&totals), passed, "{limit}");
        }
        for bad in ["", "-1", "1.5", "101%", "-1%", "x%", "NaN%"] {
            assert!(bad.parse::<Limit>().is_err(), "{bad}");
        }
    }
}
