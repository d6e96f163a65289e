//! When something was written, as precisely as it is said: what can be known of which of two texts was first.

use chrono::{DateTime, Months, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta};

/// A span of time, in microseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    from: i64,
    until: i64,
    /// Whether its clock is not known, so that it reaches over all that there are.
    is_local: bool,
}

/// A date as it is written, and what it means, if that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dated {
    /// As written; empty if nothing is.
    pub written: String,
    /// What it means.
    pub when: Option<When>,
}

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
/// A local time is earlier in UTC by at most so much,
const EAST: i64 = 14 * HOUR;
/// and later by at most so much.
const WEST: i64 = 12 * HOUR;

/// Formats of times without a zone.
const LOCAL: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
/// Formats of days.
const DAYS: [&str; 3] = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"];

impl When {
    /// What a date means: an ISO 8601 time with a zone or without, a day, a month, a year, or a number of seconds, milliseconds,
    /// microseconds or nanoseconds since 1970. What has no zone could have been written in any.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let zoned = |format| DateTime::parse_from_str(text, format).ok();
        let time = DateTime::parse_from_rfc3339(text).ok();
        if let Some(time) =
            time.or_else(|| zoned("%Y-%m-%d %H:%M:%S%.f%:z")).or_else(|| zoned("%Y-%m-%dT%H:%M:%S%.f%z"))
        {
            return Some(Self::instant(time.timestamp_micros()));
        }
        if let Some(time) = LOCAL.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()) {
            let from = time.and_utc().timestamp_micros();
            return Some(Self::local(from, from + SECOND));
        }
        if let Some(day) = DAYS.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok()) {
            return Self::days(day, day.succ_opt()?);
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match (text.len(), digits) {
            (4, true) => Self::months(&format!("{text}-01-01"), 12),
            (7, false) => Self::months(&format!("{text}-01"), 1),
            (10..=19, true) => text.parse().ok().map(Self::since_1970),
            _ => None,
        }
    }

    fn months(first: &str, count: u32) -> Option<Self> {
        let first: NaiveDate = first.parse().ok()?;
        Self::days(first, first.checked_add_months(Months::new(count))?)
    }

    fn days(first: NaiveDate, behind: NaiveDate) -> Option<Self> {
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
        Some(Self::local(start(first), start(behind)))
    }

    /// A day, as so many since 1970.
    #[must_use]
    pub fn day(number: i32) -> Option<Self> {
        let day = NaiveDate::default().checked_add_signed(TimeDelta::days(number.into()))?;
        Self::days(day, day.succ_opt()?)
    }

    /// A time, in microseconds since 1970 in UTC.
    #[must_use]
    pub fn instant(micros: i64) -> Self {
        Self { from: micros, until: micros.saturating_add(SECOND), is_local: false }
    }

    /// Times of a clock of which the zone is not known.
    #[must_use]
    pub fn local(from: i64, until: i64) -> Self {
        Self { from: from.saturating_sub(EAST), until: until.saturating_add(WEST), is_local: true }
    }

    /// A number of seconds since 1970, or of smaller units if it is too large for seconds.
    #[must_use]
    pub fn since_1970(number: i64) -> Self {
        Self::instant(match number.unsigned_abs() {
            0..100_000_000_000 => number.saturating_mul(SECOND),
            100_000_000_000..100_000_000_000_000 => number.saturating_mul(1000),
            100_000_000_000_000..100_000_000_000_000_000 => number,
            _ => number / 1000,
        })
    }

    /// Its first second and its last, as if a clock that is not known went by UTC: how people name what they look for.
    #[must_use]
    pub fn as_written(self) -> (i64, i64) {
        let (east, west) = if self.is_local { (EAST, WEST) } else { (0, 0) };
        (self.from.saturating_add(east), self.until.saturating_sub(west).saturating_sub(SECOND))
    }

    /// Whether this was surely before the other, or surely not; none if that cannot be known.
    #[must_use]
    pub fn precedes(self, other: Self) -> Option<bool> {
        match (self.until <= other.from, self.from >= other.until) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

impl Dated {
    /// A date that is written in words.
    #[must_use]
    pub fn written(text: &str) -> Self {
        Self { written: text.to_owned(), when: When::parse(text) }
    }

    /// A number since 1970.
    #[must_use]
    pub fn number(number: i64) -> Self {
        Self { written: number.to_string(), when: Some(When::since_1970(number)) }
    }

    /// A time in microseconds since 1970, in UTC or of a clock of which the zone is not known.
    #[must_use]
    pub fn time(micros: i64, is_utc: bool) -> Self {
        let Some(time) = DateTime::from_timestamp_micros(micros) else { return Self::default() };
        let written = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        if is_utc {
            return Self { written, when: Some(When::instant(micros)) };
        }
        let when = When::local(micros, micros.saturating_add(SECOND));
        Self { written: written.trim_end_matches('Z').to_owned(), when: Some(when) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn precedes(record: &str, reference: &str) -> Option<bool> {
        When::parse(record).unwrap().precedes(When::parse(reference).unwrap())
    }

    #[test]
    fn what_is_certain_is_said() {
        for (record, reference, expected) in [
            ("2020-01-01", "2024-05-01T10:00:00Z", Some(true)),
            ("2024-05-01T09:59:59Z", "2024-05-01T10:00:00.5Z", Some(true)),
            ("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:05Z", Some(true)),
            ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z", None),
            ("2024-05-01", "2024-05-01T10:00:00Z", None),
            ("2024-04-30 23:00", "2024-05-01T10:00:00Z", None),
            ("2024-04-30 21:00:00", "2024-05-01T10:00:00Z", Some(true)),
            ("2024-05-02", "2024-05-01T09:00:00Z", Some(false)),
            ("2023", "2024-05", Some(true)),
            ("2024", "2024-05", None),
            ("2024-06", "2024-04", Some(false)),
            ("1577836800", "2024", Some(true)),
            ("1577836800000", "2024", Some(true)),
            ("1577836800000000000", "2019-12-01", Some(false)),
        ] {
            assert_eq!(precedes(record, reference), expected, "{record} and {reference}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "soon", "2024-13-01", "24", "2024-5", "123456789012345678901", "May 2024"] {
            assert_eq!(When::parse(text), None, "{text}");
        }
    }

    #[test]
    fn columns_of_times_are_what_they_say() {
        let noon = 1_577_880_000_000_000;
        assert_eq!(Dated::time(noon, true).written, "2020-01-01T12:00:00Z");
        assert_eq!(Dated::time(noon, false).written, "2020-01-01T12:00:00");
        assert_eq!(Dated::time(noon, false).when, When::parse("2020-01-01T12:00:00"));
        assert_eq!(When::day(18262), When::parse("2020-01-01"));
        assert_eq!(Dated::number(1_577_880_000).when, Dated::time(noon, true).when);
        assert_eq!(Dated::time(i64::MAX, true), Dated::default());
    }
}
