//! What a collection of references found.

use super::table::table;
use super::words::{count, counted, escape, size};
use crate::ingest::collect::{Coverage, Report};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Names that are listed of many.
const LISTED: usize = 12;

/// The report for a terminal.
#[must_use]
pub fn collection_text(out: &str, report: &Report) -> String {
    let mut text = String::new();
    let files = counted(report.files.len() as u64, "file");
    let _ = writeln!(text, "{}: {} ({}) from {files}", escape(out), counted(report.texts, "text"), size(report.bytes));
    if report.repeated > 0 {
        let _ = writeln!(text, "  {} more are repetitions and were left out", count(report.repeated));
    }
    if report.quoted_bytes > 0 {
        let quoted = size(report.quoted_bytes);
        let _ = writeln!(text, "  {quoted} more quote what the model was shown and were cut");
    }
    let rows: Vec<[String; 5]> = report
        .by
        .iter()
        .map(|group| {
            [known(&group.tool), known(&group.model), escape(&group.kind), count(group.texts), size(group.bytes)]
        })
        .collect();
    let _ = write!(text, "\n{}", table(["tool", "model", "kind", "texts", "size"], &rows));
    let rows: Vec<[String; 5]> = report.coverage.iter().map(covered).collect();
    let _ = write!(text, "\n{}", table(["tool", "first", "last", "days", "days without a text"], &rows));
    push_counts(&mut text, "secrets replaced", &report.secrets);
    push_counts(&mut text, "not understood", &report.unknown);
    push_counts(&mut text, "tool calls without a text of the model", &report.calls_without_text);
    push_list(&mut text, "file", "of no known format", &report.ignored);
    push_list(&mut text, "symbolic link", "not followed (see --follow)", &report.links_not_followed);
    if !report.failed.is_empty() {
        let _ = writeln!(text, "\nNOT COMPLETE: {} failed", counted(report.failed.len() as u64, "file"));
    }
    text
}

fn covered(coverage: &Coverage) -> [String; 5] {
    let without = match &coverage.longest_gap {
        Some((from, to, days)) => format!("{} (longest {days}: {from} to {to})", count(coverage.days_without)),
        None => "0".to_owned(),
    };
    let time =
        |time: &str| if time.is_empty() { "(not known)".to_owned() } else { escape(time.get(..16).unwrap_or(time)) };
    [known(&coverage.tool), time(&coverage.first), time(&coverage.last), count(coverage.days), without]
}

/// How many there are, and the first of them.
fn push_list(text: &mut String, one: &str, what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{} {what}:", counted(names.len() as u64, one));
    names.iter().take(LISTED).for_each(|name| *text += &format!("  {}\n", escape(name)));
    if names.len() > LISTED {
        let _ = writeln!(text, "  ... and {} more", count((names.len() - LISTED) as u64));
    }
}

fn push_counts(text: &mut String, heading: &str, counts: &BTreeMap<String, u64>) {
    if counts.is_empty() {
        return;
    }
    let mut rows: Vec<(&String, u64)> = counts.iter().map(|(name, count)| (name, *count)).collect();
    rows.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let shown = rows.iter().take(LISTED).map(|(name, times)| format!("{} {}", escape(name), count(*times)));
    let more =
        if rows.len() > LISTED { format!(", ... and {} other kinds", rows.len() - LISTED) } else { String::new() };
    let _ = writeln!(text, "\n{heading}: {}{more}", shown.collect::<Vec<_>>().join(", "));
}

fn known(name: &str) -> String {
    if name.is_empty() { "(not known)".to_owned() } else { escape(name) }
}
