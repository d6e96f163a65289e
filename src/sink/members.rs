//! Adding members to a JSON line, before its last brace and without touching the rest.

use std::collections::BTreeSet;
use std::fmt;

use memchr::memrchr;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Why [`append_fields`] could not add members to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The line is not a JSON object; the parser's words.
    NotAnObject(String),
    /// The members to be added are not JSON; the parser's words.
    BadFields(String),
    /// The object has a member of this name already.
    Exists(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject(reason) => write!(f, "not a JSON object: {reason}"),
            Self::BadFields(reason) => write!(f, "the members to add are not JSON: {reason}"),
            Self::Exists(name) => write!(f, "a member {name:?} exists already"),
        }
    }
}

impl std::error::Error for Refused {}

/// Appends `line` to `out` with `fields_json` as its last members, all else byte for byte.
///
/// `line` is one JSON object, perhaps with a line end; `fields_json` is what stands between an object's braces:
/// `"verdict":"drop","matches":[]`.
///
/// # Errors
/// When either is not what it should be, or the object has a member of such a name; `out` is then as it was.
pub fn append_fields(line: &[u8], fields_json: &str, out: &mut Vec<u8>) -> std::result::Result<(), Refused> {
    // A byte order mark can only be on a file's first line; it stays.
    let object = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    // Of a slice, the parser would not look at the strings that it passes over.
    let object = std::str::from_utf8(object).map_err(|e| Refused::NotAnObject(e.to_string()))?;
    let known: Keys = serde_json::from_str(object).map_err(|e| Refused::NotAnObject(e.to_string()))?;
    let added: Keys =
        serde_json::from_str(&format!("{{{fields_json}}}")).map_err(|e| Refused::BadFields(e.to_string()))?;
    if let Some(name) = known.0.intersection(&added.0).next() {
        return Err(Refused::Exists(name.clone()));
    }
    let brace = memrchr(b'}', line).ok_or_else(|| Refused::NotAnObject("no closing brace".to_owned()))?;
    let (members, end) = line.split_at(brace);
    out.extend_from_slice(members);
    if !known.0.is_empty() && !added.0.is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(fields_json.as_bytes());
    out.extend_from_slice(end);
    Ok(())
}

/// The names of an object's members.
struct Keys(BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Keys, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            keys.insert(key);
        }
        Ok(Keys(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(line: &str) -> std::result::Result<String, Refused> {
        let mut out = b"before ".to_vec();
        let result = append_fields(line.as_bytes(), r#""v":"}""#, &mut out);
        if result.is_err() {
            assert_eq!(out, b"before ");
        }
        result.map(|()| String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned())
    }

    #[test]
    fn members_are_added_at_the_end_and_all_else_is_verbatim() {
        for (line, expected) in [
            ("{\"a\": 1e2, \"a\":{\"v\":\"}\"}}\r\n", "{\"a\": 1e2, \"a\":{\"v\":\"}\"},\"v\":\"}\"}\r\n"),
            ("{}", "{\"v\":\"}\"}"),
            (" { } \n", " { \"v\":\"}\"} \n"),
            ("\u{feff}{\"a\":\"\\u00e9\" }", "\u{feff}{\"a\":\"\\u00e9\" ,\"v\":\"}\"}"),
        ] {
            assert_eq!(appended(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn an_existing_name_is_refused_however_it_is_spelt() {
        for line in ["{\"v\":1}", "{\"\\u0076\":1}"] {
            assert_eq!(appended(line), Err(Refused::Exists("v".to_owned())), "{line}");
        }
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for line in ["", "[]", "{", "{}}", "{} {}", "{\"a\":1}x", "nul"] {
            assert!(matches!(appended(line), Err(Refused::NotAnObject(_))), "{line}");
        }
        let invalid = append_fields(b"{\"a\":\"\xff\"}", "", &mut Vec::new());
        assert!(matches!(invalid, Err(Refused::NotAnObject(_))), "{invalid:?}");
        let mut out = Vec::new();
        assert!(matches!(append_fields(b"{}", "\"a\"", &mut out), Err(Refused::BadFields(_))));
    }
}
