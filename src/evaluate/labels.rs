//! What a labelled set says of each of its records.

use super::read::{HELP, read_rows};
use crate::error::{Error, Result};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use serde::Deserialize;
use std::ops::Range;
use std::path::Path;

/// Bytes of letters and digits (about 25 words) that the longest planted span must have for a record not to be short.
pub const DEFAULT_SHORT_BYTES: usize = 130;

/// Kinds of which no record is short: the whole record equals a reference, so that length is no excuse.
pub const NEVER_SHORT: [&str; 7] = [
    "verbatim",
    "reformat_whitespace",
    "reformat_case",
    "unicode_compat",
    "unicode_smart_quotes",
    "unicode_zero_width",
    "unicode_spaces",
];

/// The columns of labels.
pub const COLUMNS: [&str; 11] = [
    "label",
    "kind",
    "shard",
    "row",
    "ref_ids",
    "best_ref_id",
    "reference_id",
    "spans",
    "text",
    "message_index",
    "text_index",
];

/// The labels of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// One a row of the file.
    pub rows: Vec<Label>,
    /// They say in which rows they belong; records that they do not name are clean.
    pub sidecar: bool,
}

/// One labelled record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it is.
    pub class: Class,
    /// How it was made; of short ones, with `short_` before it.
    pub kind: String,
    /// The shard that it is in; none where all labels of the file are about one.
    pub shard: Option<ShardKey>,
    /// Its row there; in JSON Lines, its line.
    pub row: u64,
    /// Ids of the references that a match of it rightly names.
    pub references: Vec<String>,
    /// The bytes of its text that are planted.
    pub spans: Vec<Range<u64>>,
    /// Which of the record's texts the spans count in; none: any.
    pub text_index: Option<u32>,
}

/// What a labelled record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// To be found.
    Contaminated,
    /// To be found, but hard for its length alone.
    Short,
    /// Not to be flagged.
    Clean,
    /// Scores neither way.
    Ambiguous,
}

/// How a label names its shard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ShardKey {
    /// Its place among the shards of the scan, which are sorted by relative path.
    Index(usize),
    /// Its relative path, or the end of it.
    Name(String),
}

/// A row of a file of labels as it stands there: [`COLUMNS`].
#[derive(Deserialize)]
pub(super) struct Row {
    label: Option<String>,
    kind: String,
    shard: Option<ShardKey>,
    row: Option<u64>,
    ref_ids: Option<Vec<String>>,
    #[serde(alias = "reference_id")]
    best_ref_id: Option<String>,
    spans: Option<Vec<Span>>,
    text: Option<String>,
    #[serde(alias = "text_index")]
    message_index: Option<u32>,
}

#[derive(Deserialize)]
struct Span {
    start_byte: u64,
    end_byte: u64,
}

impl Row {
    /// Rows of a file that says where its labels belong are contaminated unless it says something else.
    fn class(&self) -> std::result::Result<Class, String> {
        match (self.label.as_deref(), self.row) {
            (Some("contaminated"), _) | (None, Some(_)) => Ok(Class::Contaminated),
            (Some("clean"), _) => Ok(Class::Clean),
            (Some("ambiguous"), _) => Ok(Class::Ambiguous),
            (Some(other), _) => Err(format!("`{other}`")),
            (None, None) => Err("no `label`".to_owned()),
        }
    }

    fn is_short(&self, short_bytes: usize) -> bool {
        let (Some(text), Some(spans)) = (&self.text, &self.spans) else { return false };
        let longest = spans.iter().map(|span| letters_and_digits(text, &span.range())).max();
        longest.is_some_and(|longest| longest < short_bytes) && !NEVER_SHORT.contains(&self.kind.as_str())
    }

    fn into_label(self, number: u64, short_bytes: usize) -> std::result::Result<Label, String> {
        let mut class = self.class()?;
        let mut kind = self.kind.clone();
        if class == Class::Contaminated && self.is_short(short_bytes) {
            class = Class::Short;
            kind = format!("short_{kind}");
        }
        Ok(Label {
            class,
            kind,
            shard: self.shard,
            row: self.row.unwrap_or(number),
            references: self.ref_ids.into_iter().flatten().chain(self.best_ref_id).collect(),
            spans: self.spans.iter().flatten().map(Span::range).collect(),
            text_index: self.message_index,
        })
    }
}

impl Span {
    fn range(&self) -> Range<u64> {
        self.start_byte..self.end_byte
    }
}

/// Reads a file of labels, Parquet or JSON Lines.
///
/// # Errors
/// A file that cannot be read, or a row that is no label.
pub fn read_labels(path: &Path, short_bytes: usize) -> Result<Labels> {
    let (mut labels, mut shape) = (Vec::new(), None);
    read_rows(path, &mut |number, row| {
        let bad = |expected: &str, found: &str| {
            Error::content(path, expected, found).at(format!("row {number} (from 0)")).help(HELP)
        };
        let own = (row.shard.is_some(), row.row.is_some());
        if *shape.get_or_insert(own) != own {
            return Err(bad("`shard` and `row` in all rows or in none", "both kinds of rows"));
        }
        let label = row.into_label(number, short_bytes);
        labels.push(label.map_err(|found| bad("`label` contaminated, clean or ambiguous", &found))?);
        Ok(())
    })?;
    Ok(Labels { rows: labels, sidecar: shape.is_some_and(|(_, row)| row) })
}

/// Bytes of the letters and digits in a span of a text: Unicode's categories L and N.
fn letters_and_digits(text: &str, span: &Range<u64>) -> usize {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(text.len());
    let bytes = text.as_bytes().get(at(span.start)..at(span.end)).unwrap_or_default();
    let categories = CodePointMapData::<GeneralCategory>::new();
    let counts = |c: &char| {
        let category = categories.get(*c);
        GeneralCategoryGroup::Letter.contains(category) || GeneralCategoryGroup::Number.contains(category)
    };
    String::from_utf8_lossy(bytes).chars().filter(counts).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn label(row: serde_json::Value) -> std::result::Result<Label, String> {
        serde_json::from_value::<Row>(row).unwrap().into_label(9, 10)
    }

    #[test]
    fn short_records_are_known_by_the_letters_and_digits_of_their_longest_span() {
        let with = |kind: &str, text: &str, end: u64| {
            let spans = json!([{"start_byte": 1, "end_byte": 3}, {"start_byte": 0, "end_byte": end}]);
            label(json!({"label": "contaminated", "kind": kind, "text": text, "spans": spans})).unwrap().class
        };
        assert_eq!(with("edit_05", "a, b, c, d: 1234", 16), Class::Short, "8 bytes that count");
        assert_eq!(with("edit_05", "abcdefghij", 10), Class::Contaminated);
        assert_eq!(with("edit_05", "abcdefghij", 9), Class::Short);
        assert_eq!(with("edit_05", "ééééé", 99), Class::Contaminated, "a span that goes too far ends with the text");
        assert_eq!(with("edit_05", "กิกิกิ", 99), Class::Short, "vowel signs are marks, not letters: 9 bytes");
        assert_eq!(with("verbatim", "abc", 3), Class::Contaminated);
    }

    #[test]
    fn without_text_or_spans_nothing_is_short_and_nothing_clean_is() {
        let spans = json!([{"start_byte": 0, "end_byte": 1}]);
        for row in [json!({"spans": spans}), json!({"text": "a"}), json!({"text": "a", "spans": []})] {
            let mut row = row;
            row["label"] = "contaminated".into();
            row["kind"] = "x".into();
            assert_eq!(label(row).unwrap().class, Class::Contaminated);
        }
        let row = json!({"label": "clean", "kind": "x", "text": "a", "spans": spans});
        assert_eq!((label(row.clone()).unwrap().class, label(row).unwrap().kind), (Class::Clean, "x".to_owned()));
    }

    #[test]
    fn sidecars_may_leave_the_label_out_and_nobody_else() {
        let found =
            label(json!({"shard": 1, "row": 3, "kind": "edited", "reference_id": "r", "text_index": 2})).unwrap();
        let expected = Label {
            class: Class::Contaminated,
            kind: "edited".to_owned(),
            shard: Some(ShardKey::Index(1)),
            row: 3,
            references: vec!["r".to_owned()],
            spans: Vec::new(),
            text_index: Some(2),
        };
        assert_eq!(found, expected);
        assert!(label(json!({"kind": "edited"})).unwrap_err().contains("no `label`"));
        assert!(label(json!({"kind": "edited", "label": "dirty"})).unwrap_err().contains("dirty"));
        assert_eq!(label(json!({"kind": "k", "label": "clean"})).unwrap().row, 9, "the row's own number");
    }
}
