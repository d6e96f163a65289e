//! Copies of shards with a marker in place of each matched span, and without the records that were not examined.

use super::output::LinesOut;
use super::redactor::{ColumnRedactions, Redactions, replaced};
use super::rewriting::{Job, select};
use super::unit::{Content, Findings};
use crate::error::{Error, Result};
use crate::shard::{ColumnPath, JsonColumns, ParquetShard, ShardData, TextColumn, written_ranges};
use crate::sink::publish::Publish;
use crate::sink::rewrite::{Edit, Group, Place, Rewrite, Selection};
use std::collections::BTreeSet;
use std::path::Path;

/// Makes the redacted copy of a row group.
pub(super) fn group(source: &Rewrite<ShardData>, job: Job<'_>, group: usize, mut findings: Findings) -> Result<Group> {
    findings.leave_unexamined_as_they_are();
    let columns: &[TextColumn] = match &job.shard.content {
        Content::Parquet { columns, .. } => columns,
        Content::JsonLines { .. } | Content::Files(_) => &[],
    };
    let of = |column: &TextColumn| Some((column.leaf(), findings.redactions.of(&column.path().to_string())?));
    let columns = columns.iter().filter_map(of).collect();
    let marker = &job.outputs.options.marker;
    let mut rows = Rows { shard: job.parquet, columns, unexamined: &findings.unexamined, marker, done: 0 };
    let made = source.edited(group, &mut rows)?;
    if rows.done != findings.redactions.count() {
        return Err(changed(job.parquet.path()));
    }
    Ok(made)
}

/// Writes the redacted copy of a JSON Lines shard.
pub(super) fn write_lines(out: &LinesOut<'_>, mut findings: Findings, marker: &str) -> Result<Publish> {
    findings.leave_unexamined_as_they_are();
    let columns = findings.columns.iter().map(|name| name.parse()).collect::<Result<Vec<ColumnPath>>>()?;
    let marker = in_json(marker);
    let lines = Lines { columns: JsonColumns::new(columns), redactions: &findings.redactions, marker: &marker };
    let path = out.lines.path();
    out.write(&mut |row, line, out| {
        if findings.unexamined.contains(&row) {
            return Ok(());
        }
        lines.redact(row, line, out).ok_or_else(|| changed(path).at(format!("line {row} (from 0)")))?;
        out.push(b'\n');
        Ok(())
    })
}

impl Findings {
    /// A record that was not examined goes to the quarantine as it is.
    fn leave_unexamined_as_they_are(&mut self) {
        let unexamined = &self.unexamined;
        self.redactions.retain(|row| !unexamined.contains(&row));
    }
}

/// What would leave matched text in a copy, if it were passed over.
fn changed(path: &Path) -> Error {
    Error::content(path, "the texts that were examined", "others").help("do not change shards while they are scanned")
}

/// The changes to a row group.
struct Rows<'a> {
    shard: &'a ParquetShard,
    /// By leaf.
    columns: Vec<(usize, &'a ColumnRedactions)>,
    unexamined: &'a BTreeSet<u64>,
    marker: &'a str,
    /// Texts redacted so far.
    done: usize,
}

impl<'a> Rows<'a> {
    fn of(&self, column: usize) -> Option<&'a ColumnRedactions> {
        self.columns.iter().find(|(leaf, _)| *leaf == column).map(|(_, redactions)| *redactions)
    }
}

impl Edit for Rows<'_> {
    fn rows(&mut self, group: usize) -> Selection {
        select(self.shard, group, &|row| !self.unexamined.contains(&row))
    }

    fn touches(&self, group: usize, column: usize) -> bool {
        let rows = (self.shard.first_row(group), 0)..(self.shard.first_row(group + 1), 0);
        self.of(column).is_some_and(|redactions| redactions.range(rows).next().is_some())
    }

    fn replace(&mut self, place: Place, text: &[u8]) -> Option<Vec<u8>> {
        let row = self.shard.first_row(place.group) + place.row as u64;
        let spans = self.of(place.column)?.get(&(row, place.index))?;
        let redacted = replaced(std::str::from_utf8(text).ok()?, spans, self.marker)?;
        self.done += 1;
        Some(redacted.into_bytes())
    }
}

/// A text as it is written between the quotes of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

/// The changes to a JSON Lines shard.
struct Lines<'a> {
    columns: JsonColumns,
    redactions: &'a Redactions,
    /// As it is written between the quotes of a string.
    marker: &'a str,
}

impl Lines<'_> {
    /// Appends a line with its spans replaced, all else byte for byte. None if a text is not as it was.
    fn redact(&self, row: u64, line: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut left = self.redactions.in_row(row);
        if left == 0 {
            out.extend_from_slice(line);
            return Some(());
        }
        let mut strings = Vec::new();
        self.columns.places(line, &mut |column, string| strings.push((column, string)));
        let (line, mut from) = (std::str::from_utf8(line).ok()?, 0);
        for (visit, (column, string)) in (0..).zip(strings) {
            let name = self.columns.paths().get(column)?.to_string();
            let Some(spans) = self.redactions.of(&name).and_then(|of| of.get(&(row, visit))) else { continue };
            left -= 1;
            // A column that is named twice is read twice and redacted once.
            if string.start < from {
                continue;
            }
            for span in written_ranges(line.get(string.clone())?.as_bytes(), spans)? {
                out.extend_from_slice(line.get(from..string.start + span.start)?.as_bytes());
                out.extend_from_slice(self.marker.as_bytes());
                from = string.start + span.end;
            }
        }
        out.extend_from_slice(line.get(from..)?.as_bytes());
        (left == 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// A line in which texts of `paths` are redacted: which of them in the order of writing, and their spans.
    fn redacted(
        line: &str,
        paths: &[&str],
        asked: &[(usize, u32, std::ops::Range<usize>)],
        marker: &str,
    ) -> Option<String> {
        let mut redactions = Redactions::default();
        for (column, visit, span) in asked {
            redactions.add(&paths[*column].into(), (7, *visit), vec![span.clone()]);
        }
        let columns = JsonColumns::new(paths.iter().map(|path| path.parse().unwrap()).collect());
        let mut out = Vec::new();
        let marker = in_json(marker);
        let lines = Lines { columns, redactions: &redactions, marker: &marker };
        lines.redact(7, line.as_bytes(), &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn only_the_spans_of_a_line_are_replaced() {
        let line = r#"{ "n": 1.50, "text":"a\nb\u00e9c" ,"x":"a\nb" }"#;
        let expected = r#"{ "n": 1.50, "text":"a\"!\"c" ,"x":"a\nb" }"#;
        assert_eq!(redacted(line, &["text"], &[(0, 0, 1..5)], r#""!""#).as_deref(), Some(expected));
        let twice = r#"{"a":"one","b":["two","three"],"a":"one"}"#;
        let asked = [(0, 3, 0..3), (1, 2, 0..2)];
        let expected = r#"{"a":"one","b":["two","@ree"],"a":"@"}"#;
        assert_eq!(redacted(twice, &["a", "b[]"], &asked, "@").as_deref(), Some(expected));
        assert_eq!(redacted(line, &["x"], &[], "@").as_deref(), Some(line));
    }

    #[test]
    fn a_text_that_is_not_as_it_was_is_never_passed_over() {
        let line = r#"{"a":"é"}"#;
        for (visit, span) in [(1, 0..1), (0, 0..1), (0, 0..3)] {
            let redacted = redacted(line, &["a"], &[(0, visit, span.clone())], "@");
            assert_eq!(redacted, None, "{visit} {span:?}");
        }
    }

    proptest! {
        #[test]
        fn a_redacted_line_differs_by_that_text_only(texts in prop::collection::vec(r#"[ab"\\\né漢😀]{0,9}"#, 1..5), which in any::<u8>(), cut in any::<(u8, u8)>(), marker in r#"[@"\\\n]{0,3}"#) {
            let which = usize::from(which) % texts.len();
            let bounds: Vec<usize> = texts[which].char_indices().map(|(at, _)| at).chain([texts[which].len()]).collect();
            let (a, b) = (bounds[usize::from(cut.0) % bounds.len()], bounds[usize::from(cut.1) % bounds.len()]);
            let span = a.min(b)..a.max(b);
            let turns: Vec<Value> = texts.iter().map(|text| json!({"role": text, "content": text})).collect();
            let mut expected = json!({"id": 1, "turns": turns, "other": texts});
            let line = expected.to_string();
            let redacted = redacted(&line, &["turns[].content"], &[(0, which as u32, span.clone())], &marker).unwrap();
            expected["turns"][which]["content"] = replaced(&texts[which], &[span], &marker).unwrap().into();
            prop_assert_eq!(redacted, expected.to_string());
        }
    }
}
