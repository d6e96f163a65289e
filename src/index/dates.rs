//! Dates as sources write them: a year, a month, a day, a moment, or seconds since 1970.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use std::ops::Range;

/// The stretch of time that a date names: all of a year, a month or a day; a moment has no length. Without a time zone it is
/// UTC. None where it cannot be read.
pub(super) fn stretch(date: &str) -> Option<Range<Timestamp>> {
    let date = date.trim();
    let span = match date.len() {
        4 => Span::new().years(1),
        7 => Span::new().months(1),
        10 if date.contains('-') => Span::new().days(1),
        _ => return moment(date).map(|moment| moment..moment),
    };
    let day: Date = match date.len() {
        4 => format!("{date}-01-01").parse().ok()?,
        7 => format!("{date}-01").parse().ok()?,
        _ => date.parse().ok()?,
    };
    Some(start(day)?..start(day.checked_add(span).ok()?)?)
}

fn start(day: Date) -> Option<Timestamp> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn moment(date: &str) -> Option<Timestamp> {
    if let Ok(seconds) = date.parse::<f64>() {
        // Ten digits of seconds, or thirteen of milliseconds, are some time between 2001 and 2286.
        let seconds = if seconds >= 1e12 { seconds / 1000.0 } else { seconds };
        let since = SignedDuration::try_from_secs_f64(seconds).ok().filter(|_| (1e9..1e10).contains(&seconds))?;
        return Timestamp::from_duration(since).ok();
    }
    let without_zone = || date.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    date.parse().ok().or_else(without_zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_lengths_name_a_stretch_of_time() {
        for (date, first, behind) in [
            ("2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            ("2024-12", "2024-12-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
            ("2024-05-01T10:00:00.5+02:00", "2024-05-01T08:00:00.5Z", "2024-05-01T08:00:00.5Z"),
            (" 2024-05-01 10:00:00 ", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
            ("1714557600", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
            ("1714557600000", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
            ("1714557600.5", "2024-05-01T10:00:00.5Z", "2024-05-01T10:00:00.5Z"),
        ] {
            let expected = first.parse().unwrap()..behind.parse().unwrap();
            assert_eq!(stretch(date), Some(expected), "{date}");
        }
        for bad in ["", "yesterday", "2024-13", "24", "2024-02-30", "12345", "nan", "1e300", "2024/05/01"] {
            assert_eq!(stretch(bad), None, "{bad}");
        }
    }
}
