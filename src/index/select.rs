//! Which references are meant: by id, or by what is known of where they are from.

use super::references::{PROVENANCE_NAMES, Provenance};
use crate::date::When;
use crate::error::{Error, Result};
use std::str::FromStr;

/// References that have one of the ids, or meet one of the conditions; all of them, where neither is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids.
    pub ids: Vec<String>,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

impl Selection {
    /// Whether neither ids nor conditions are named.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.ids.is_empty() && self.conditions.is_empty()
    }

    /// Whether this is one that is meant.
    #[must_use]
    pub fn takes(&self, provenance: &Provenance<'_>) -> bool {
        self.is_everything()
            || self.ids.iter().any(|id| id == provenance.id)
            || self.conditions.iter().any(|condition| condition.holds(provenance))
    }

    /// Whether it would be taken but for its date, which cannot be read.
    #[must_use]
    pub fn lacks_date(&self, provenance: &Provenance<'_>) -> bool {
        let asks = |condition: &Condition| condition.asks_date() && condition.has_fields(provenance);
        self.conditions.iter().any(asks) && !self.takes(provenance) && When::parse(provenance.date).is_none()
    }
}

/// What must hold of a reference, all of it: `vendor=openai,before=2025-06-01`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// Values of fields, by the field's place in [`Provenance::fields`].
    fields: Vec<(usize, String)>,
    /// Its date must end before this time, in microseconds since 1970.
    before: Option<i64>,
    /// Its date must not begin before this time.
    after: Option<i64>,
}

impl Condition {
    fn has_fields(&self, provenance: &Provenance<'_>) -> bool {
        let fields = provenance.fields();
        self.fields.iter().all(|(at, value)| fields.get(*at) == Some(&value.as_str()))
    }

    fn asks_date(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }

    fn holds(&self, provenance: &Provenance<'_>) -> bool {
        if !self.has_fields(provenance) || !self.asks_date() {
            return self.has_fields(provenance);
        }
        let Some(date) = When::parse(provenance.date) else { return false };
        let (first, last) = date.as_written();
        self.before.is_none_or(|limit| last < limit) && self.after.is_none_or(|limit| first >= limit)
    }
}

impl FromStr for Condition {
    type Err = Error;

    /// Reads `FIELD=VALUE,...`; a comma of a value has a `\` before it.
    fn from_str(typed: &str) -> Result<Self> {
        let mut condition = Self::default();
        for pair in split(typed) {
            let refused = |problem: String| {
                let known = PROVENANCE_NAMES.join(", ");
                Error::request(format!("{problem}: write FIELD=VALUE,... with {known}, before or after"), "")
            };
            let Some((field, value)) = pair.split_once('=') else {
                return Err(refused(format!("there is no = in {}", pair.escape_debug())));
            };
            match field {
                "before" => condition.before = Some(moment(value)?),
                "after" => condition.after = Some(moment(value)?),
                _ => match PROVENANCE_NAMES.iter().position(|name| *name == field) {
                    Some(at) => condition.fields.push((at, value.to_owned())),
                    None => return Err(refused(format!("there is no field {}", field.escape_debug()))),
                },
            }
        }
        Ok(condition)
    }
}

fn moment(date: &str) -> Result<i64> {
    let bad = || {
        let help = "write 2025-06-01, 2025-06 or 2025-06-01T12:00:00Z";
        Error::request(format!("{} is no date: {help}", date.escape_debug()), "")
    };
    When::parse(date).map(|date| date.as_written().0).ok_or_else(bad)
}

/// Splits at commas that have no `\` before them.
fn split(typed: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut chars = typed.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, pieces.last_mut()) {
            (',', _) => pieces.push(String::new()),
            ('\\', Some(piece)) if chars.next_if_eq(&',').is_some() => piece.push(','),
            (_, Some(piece)) => piece.push(c),
            (_, None) => {}
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(condition: &str, provenance: Provenance<'_>) -> bool {
        let conditions = vec![condition.parse().unwrap()];
        Selection { conditions, ..Selection::default() }.takes(&provenance)
    }

    #[test]
    fn all_of_a_condition_must_hold_and_one_of_several() {
        let one = Provenance { id: "1", vendor: "openai", model: "gpt-4, turbo", ..Provenance::default() };
        assert!(takes("vendor=openai", one) && takes("vendor=openai,model=gpt-4\\, turbo", one));
        assert!(!takes("vendor=openai,model=gpt-4", one) && takes("session=", one) && takes("id=1", one));
        let both = Selection { ids: vec!["2".into()], conditions: vec!["vendor=openai".parse().unwrap()] };
        assert!(both.takes(&one) && both.takes(&Provenance { id: "2", ..Provenance::default() }));
        assert!(!both.takes(&Provenance { id: "3", ..Provenance::default() }));
        assert!(Selection::default().takes(&one));
    }

    #[test]
    fn before_and_after_a_date_share_no_reference_and_leave_out_those_without_one() {
        let dated = |date| Provenance { date, ..Provenance::default() };
        for (date, before, after) in [
            ("2025-05-31", true, false),
            ("2025-05-31T23:59:59Z", true, false),
            ("2025-05-31T23:59:59.7Z", true, false),
            ("2025-05-31 23:59:59", true, false),
            ("2025-06-01 00:00", false, true),
            ("2025-06-01T00:00:00Z", false, true),
            ("2025-06-01", false, true),
            ("2025-06-01T01:00:00+02:00", true, false),
            ("2025-06", false, true),
            ("2025", false, false),
            ("2024", true, false),
            ("", false, false),
            ("last year", false, false),
        ] {
            let found = ["before=2025-06-01", "after=2025-06-01"].map(|condition| takes(condition, dated(date)));
            assert_eq!(found, [before, after], "{date}");
        }
        let other = "before=2025,vendor=x".parse().unwrap();
        let only = Selection { conditions: vec![other], ..Selection::default() };
        assert!(!only.lacks_date(&dated("soon")), "nor would it be taken with a date");
        let asked = Selection { conditions: vec!["before=2025".parse().unwrap()], ..Selection::default() };
        assert!(
            asked.lacks_date(&dated("soon")) && !asked.lacks_date(&dated("2024")) && !asked.lacks_date(&dated("2026"))
        );
    }

    #[test]
    fn what_names_no_field_or_no_date_is_refused() {
        for bad in ["", "vendor", "vendr=x", "before=soon", "vendor=a,,model=b", "vendor=a\\,model=b,c"] {
            assert!(bad.parse::<Condition>().is_err(), "{bad}");
        }
    }
}
