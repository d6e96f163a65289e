//! Times as logs write them, in one form.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::Value;

/// A time as RFC 3339 in UTC with milliseconds, from such a text or from a number: seconds or milliseconds since 1970. A text
/// without a zone stays without one. Empty if it is no time.
pub(super) fn time(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => from_text(text),
        Some(Value::Number(number)) => number.as_f64().map(from_number).unwrap_or_default(),
        _ => String::new(),
    }
}

/// The same of a text.
pub(super) fn from_text(text: &str) -> String {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return utc(time.with_timezone(&Utc));
    }
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let zoneless = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    match (zoneless, text.parse()) {
        (Some(time), _) => time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        (None, Ok(number)) => from_number(number),
        (None, Err(_)) => String::new(),
    }
}

/// Seconds up to the year 5138 are seconds; what is greater are milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

fn from_number(number: f64) -> String {
    let milliseconds = if number.abs() < MILLISECONDS_FROM { number * 1000.0 } else { number };
    DateTime::from_timestamp_millis(milliseconds.round() as i64).filter(|_| number > 0.0).map(utc).unwrap_or_default()
}

fn utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The day of such a time.
pub(super) fn day(time: &str) -> Option<NaiveDate> {
    time.get(..10)?.parse().ok()
}

/// The days between two: the first of them, the last, and how many; none if the two follow each other.
pub(super) fn between(before: NaiveDate, after: NaiveDate) -> Option<(NaiveDate, NaiveDate, u64)> {
    let days = u64::try_from((after - before).num_days()).ok()?.checked_sub(1).filter(|days| *days > 0)?;
    Some((before.checked_add_days(Days::new(1))?, after.checked_sub_days(Days::new(1))?, days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_and_numbers_become_one_form() {
        for (given, expected) in [
            (json!("2026-01-27T04:39:27.209Z"), "2026-01-27T04:39:27.209Z"),
            (json!("2026-01-27T06:39:27+02:00"), "2026-01-27T04:39:27.000Z"),
            (json!("2024-08-06 10:25:14"), "2024-08-06T10:25:14"),
            (json!(1_765_233_665_294_u64), "2025-12-08T22:41:05.294Z"),
            (json!(1_765_233_665), "2025-12-08T22:41:05.000Z"),
            (json!(1_765_233_665.294_5), "2025-12-08T22:41:05.295Z"),
            (json!("yesterday"), ""),
            (json!(1e300), ""),
            (json!(0), ""),
            (json!(null), ""),
        ] {
            assert_eq!(time(Some(&given)), expected, "{given}");
        }
        assert_eq!(day("2024-08-06T10:25:14"), NaiveDate::from_ymd_opt(2024, 8, 6));
    }
}
