//! What a collection found: counts by file, tool, model and kind, what was not understood, and the time that it covers.

use super::collected::Collected;
use super::found::Tally;
use super::times::{between, day};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Share of a file's records that may be not understood before the file counts as failed, in percent.
pub const MAX_NOT_UNDERSTOOD: u64 = 5;

/// All that a collection says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Texts that were handed out.
    pub texts: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Texts that were left out because the same model had written the same before.
    pub repeated: u64,
    /// Bytes that were cut from texts because the model quoted what it was shown.
    pub quoted_bytes: u64,
    /// Texts by tool, model and kind.
    pub by: Vec<Group>,
    /// The time that each tool's texts cover.
    pub coverage: Vec<Coverage>,
    /// Types that were not understood, of all files.
    pub unknown: BTreeMap<String, u64>,
    /// Tool calls from which no text was taken, by tool.
    pub calls_without_text: BTreeMap<String, u64>,
    /// Secrets that were replaced, by kind.
    pub secrets: BTreeMap<String, u64>,
    /// Each file that was recognised.
    pub files: Vec<FileReport>,
    /// Files that could not be read, or not be understood.
    pub failed: Vec<Failure>,
    /// Files in folders and archives that are of no known format.
    pub ignored: Vec<String>,
    /// Symbolic links in folders that were not followed.
    pub links_not_followed: Vec<String>,
}

/// Texts of one tool, model and kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The assistant or interface.
    pub tool: String,
    /// Who offers the model.
    pub vendor: String,
    /// The model.
    pub model: String,
    /// What the texts are.
    pub kind: String,
    /// How many there are.
    pub texts: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The time that a tool's texts cover, by days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The assistant or interface.
    pub tool: String,
    /// The first timestamp.
    pub first: String,
    /// The last timestamp.
    pub last: String,
    /// Days with a text.
    pub days: u64,
    /// Days between the first and the last without one.
    pub days_without: u64,
    /// The longest stretch of such days: its first day, its last, and how many.
    pub longest_gap: Option<(String, String, u64)>,
    /// Texts without a timestamp.
    pub undated: u64,
}

/// One file that was recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its name.
    pub source: String,
    /// The format that it was read as.
    pub format: String,
    /// Texts taken from it.
    pub texts: u64,
    /// Texts that were there before.
    pub repeated: u64,
    /// Bytes of texts that only quoted what the model was shown: they were cut.
    pub quoted_bytes: u64,
    /// Texts by model, those that were there before included.
    pub models: BTreeMap<String, u64>,
    /// The same by kind, with the bytes that the file has of them: before quotations are cut and secrets
    /// replaced.
    pub kinds: BTreeMap<String, Volume>,
    /// The first timestamp of a text.
    pub first: String,
    /// The last timestamp of a text.
    pub last: String,
    /// What was counted while it was read.
    #[serde(flatten)]
    pub tally: Tally,
}

/// How much of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// How many texts.
    pub texts: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A file that could not be read, or of which too much was not understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its name.
    pub source: String,
    /// What is wrong.
    pub problem: String,
    /// What can be done.
    pub help: String,
}

/// Gathers a report.
#[derive(Default)]
pub(super) struct Counting {
    pub(super) report: Report,
    groups: BTreeMap<[String; 4], (u64, u64)>,
    days: BTreeMap<String, (Coverage, BTreeSet<NaiveDate>)>,
}

impl Counting {
    pub(super) fn text(&mut self, text: &Collected) {
        let bytes = text.text.len() as u64;
        self.report.texts += 1;
        self.report.bytes += bytes;
        let key = [&text.tool, &text.vendor, &text.model, &text.kind].map(String::clone);
        let group = self.groups.entry(key).or_default();
        *group = (group.0 + 1, group.1 + bytes);
        let (coverage, days) = self.days.entry(text.tool.clone()).or_default();
        coverage.undated += u64::from(text.timestamp.is_empty());
        widen(&mut coverage.first, &mut coverage.last, &text.timestamp);
        days.extend(day(&text.timestamp));
    }

    pub(super) fn file(&mut self, file: FileReport) {
        let add = |to: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>| {
            from.iter().for_each(|(name, count)| *to.entry(name.clone()).or_default() += count);
        };
        add(&mut self.report.unknown, &file.tally.unknown);
        add(&mut self.report.calls_without_text, &file.tally.calls_without_text);
        self.report.repeated += file.repeated;
        self.report.quoted_bytes += file.quoted_bytes;
        self.report.failed.extend(too_little_understood(&file));
        self.report.files.push(file);
    }

    pub(super) fn finish(self) -> Report {
        let group = |([tool, vendor, model, kind], (texts, bytes)): ([String; 4], (u64, u64))| Group {
            tool,
            vendor,
            model,
            kind,
            texts,
            bytes,
        };
        let coverage = |(tool, (coverage, days)): (String, (Coverage, BTreeSet<NaiveDate>))| Coverage {
            tool,
            days: days.len() as u64,
            days_without: gaps(&days).map(|(_, _, count)| count).sum(),
            longest_gap: longest(&days),
            ..coverage
        };
        Report {
            by: self.groups.into_iter().map(group).collect(),
            coverage: self.days.into_iter().map(coverage).collect(),
            ..self.report
        }
    }
}

/// Moves the first and the last time apart for another one, if there is one.
pub(super) fn widen(first: &mut String, last: &mut String, time: &str) {
    if !time.is_empty() && (first.is_empty() || time < first.as_str()) {
        time.clone_into(first);
    }
    if time > last.as_str() {
        time.clone_into(last);
    }
}

fn too_little_understood(file: &FileReport) -> Option<Failure> {
    let tally = &file.tally;
    if tally.not_understood * 100 <= tally.records * MAX_NOT_UNDERSTOOD {
        return None;
    }
    let versions: Vec<&str> = tally.versions.iter().map(String::as_str).collect();
    let versions = if versions.is_empty() { "not stated".to_owned() } else { versions.join(", ") };
    let unknown: Vec<String> = tally.unknown.iter().map(|(name, count)| format!("{name} ({count})")).take(8).collect();
    let problem = format!(
        "{} of {} records were not understood, and {MAX_NOT_UNDERSTOOD} % may be; read as {}, version of the tool: {versions}; not known: {}",
        tally.not_understood,
        tally.records,
        file.format,
        unknown.join(", "),
    );
    let help =
        "what was understood is taken; read it with --format if it is of another format, or report the new version";
    Some(Failure { source: file.source.clone(), problem, help: help.to_owned() })
}

/// Stretches of days without a text, each with its first and last day and its length.
fn gaps(days: &BTreeSet<NaiveDate>) -> impl Iterator<Item = (NaiveDate, NaiveDate, u64)> {
    days.iter().zip(days.iter().skip(1)).filter_map(|(before, after)| between(*before, *after))
}

fn longest(days: &BTreeSet<NaiveDate>) -> Option<(String, String, u64)> {
    // Of equal ones, the first.
    let gap = gaps(days).min_by_key(|(from, _, count)| (std::cmp::Reverse(*count), *from));
    gap.map(|(from, to, count)| (from.to_string(), to.to_string(), count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(timestamp: &str) -> Collected {
        Collected {
            text: "abc".to_owned(),
            tool: "t".to_owned(),
            timestamp: timestamp.to_owned(),
            ..Collected::default()
        }
    }

    #[test]
    fn coverage_is_counted_in_days_and_its_longest_gap_is_named() {
        let mut counting = Counting::default();
        for time in [
            "2026-02-10T08:00:00.000Z",
            "2026-02-01T23:59:59.000Z",
            "2026-02-02T00:00:00.000Z",
            "2026-02-05T00:00:00",
            "",
        ] {
            counting.text(&dated(time));
        }
        let report = counting.finish();
        assert_eq!((report.texts, report.bytes, report.by.len()), (5, 15, 1));
        let expected = Coverage {
            tool: "t".to_owned(),
            first: "2026-02-01T23:59:59.000Z".to_owned(),
            last: "2026-02-10T08:00:00.000Z".to_owned(),
            days: 4,
            days_without: 6,
            longest_gap: Some(("2026-02-06".to_owned(), "2026-02-09".to_owned(), 4)),
            undated: 1,
        };
        assert_eq!(report.coverage, [expected]);
    }

    #[test]
    fn a_file_that_is_understood_too_little_is_a_failure_that_names_the_version() {
        let tally = |not_understood| Tally {
            records: 100,
            not_understood,
            versions: ["9.1".to_owned()].into(),
            ..Tally::default()
        };
        let file = |not_understood| FileReport {
            source: "f".to_owned(),
            tally: tally(not_understood),
            ..FileReport::default()
        };
        let mut counting = Counting::default();
        counting.file(file(5));
        assert!(counting.report.failed.is_empty());
        counting.file(file(6));
        assert!(
            counting.report.failed[0].problem.contains("6 of 100") && counting.report.failed[0].problem.contains("9.1")
        );
    }
}
