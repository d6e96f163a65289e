//! One thread's work: the texts of a unit through the matcher, and the output of a shard when its last unit is done.

use super::output::{self, Output};
use super::redactor::{Redactions, Redactor};
use super::unit::{Content, Findings, Found, OpenShard, Unit};
use super::{Action, Progress, SCANNED_COLUMNS, ScanOptions};
use crate::detect::{Match, Matcher};
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::{ColumnPath, JsonColumns, JsonLinesShard, ParquetShard, ShardFile, TextColumn, guarded};
use crate::sink::skipped::SkippedRecord;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// What a unit yields.
pub(super) struct UnitResult<'a> {
    pub file: &'a ShardFile,
    /// The logical paths of the columns that were read.
    pub columns: Vec<String>,
    pub records: u64,
    pub texts: u64,
    pub text_bytes: u64,
    /// In the order of row, column, text, similarity.
    pub matches: Vec<Found>,
    pub skipped: Vec<SkippedRecord>,
    /// What is to be replaced.
    pub redactions: Redactions,
    /// Why the unit could not be examined to its end.
    pub failure: Option<Error>,
    /// Of the shard's last unit: what was written.
    pub output: Option<Result<Output>>,
}

impl<'a> UnitResult<'a> {
    fn new(file: &'a ShardFile) -> Self {
        Self {
            file,
            columns: Vec::new(),
            records: 0,
            texts: 0,
            text_bytes: 0,
            matches: Vec::new(),
            skipped: Vec::new(),
            redactions: Redactions::default(),
            failure: None,
            output: None,
        }
    }

    fn skip(&mut self, place: Place<'_>, reason: &'static str, detail: String) {
        let Place { row, column, text_index, .. } = place;
        let (shard, column) = (self.file.relative.clone(), column.to_string());
        self.skipped.push(SkippedRecord { shard, row, column, text_index, reason, detail });
    }
}

/// Where in its shard a text stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    row: u64,
    column: &'a Arc<str>,
    text_index: u32,
    /// Which of the record's texts in the order of reading: also tells apart what is written twice in one JSON object.
    visit: u32,
}

/// One thread's state.
pub(super) struct Worker<'a> {
    index: &'a Index,
    options: &'a ScanOptions,
    progress: &'a dyn Progress,
    matcher: Matcher<'a>,
    matches: Vec<Match>,
    redactor: Option<Redactor<'a>>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(index: &'a Index, options: &'a ScanOptions, progress: &'a dyn Progress) -> Result<Self> {
        let matcher = Matcher::new(index, options.matching)?;
        let redactor = (options.action == Action::Redact).then(|| Redactor::new(index, options)).transpose()?;
        Ok(Self { index, options, progress, matcher, matches: Vec::new(), redactor })
    }

    /// Examines a unit. Whatever goes wrong is part of the result.
    pub(super) fn scan_unit<'s>(&mut self, unit: Unit<'s>) -> UnitResult<'s> {
        let (shard, group) = match unit {
            Unit::RowGroup(shard, group) => (shard, Some(group)),
            Unit::Whole(shard) => (shard, None),
            Unit::Unopened(file, error) => {
                self.progress.advance(file.file_bytes());
                return UnitResult { failure: Some(error), ..UnitResult::new(file) };
            }
        };
        let mut result = UnitResult::new(shard.file);
        // A fault in a decoder must cost its shard, not the run; the buffers are cleared before each use.
        let examined = guarded(|| self.examine_unit(&shard, group, &mut result));
        result.failure = examined.unwrap_or_else(|panic| Err(fault(shard.file, &panic))).err();
        self.finish_unit(&shard, &mut result);
        result
    }

    fn examine_unit(&mut self, shard: &OpenShard<'_>, group: Option<usize>, result: &mut UnitResult<'_>) -> Result<()> {
        match (&shard.content, group) {
            (Content::Parquet { shard, columns }, Some(group)) => {
                self.examine_row_group(shard, columns, group, result)?;
                let share = u128::from(shard.data().size()) * u128::from(shard.rows(group));
                self.progress.advance((share / u128::from(shard.total_rows().max(1))) as u64);
            }
            (Content::Parquet { columns, .. }, None) => result.columns = names(columns),
            (Content::JsonLines { shard, columns, .. }, _) => {
                self.examine_lines(shard, columns, result)?;
                self.progress.advance(shard.size());
            }
        }
        Ok(())
    }

    fn examine_row_group(
        &mut self,
        shard: &ParquetShard,
        columns: &[TextColumn],
        group: usize,
        result: &mut UnitResult<'_>,
    ) -> Result<()> {
        result.columns = names(columns);
        result.records = shard.rows(group);
        for column in columns {
            let name: Arc<str> = column.path().to_string().into();
            shard.read_texts(group, column, &mut |text| {
                let place = Place { row: text.row, column: &name, text_index: text.index, visit: text.index };
                match simdutf8::basic::from_utf8(text.bytes) {
                    Ok(valid) => self.examine(valid, place, result),
                    Err(e) => result.skip(place, "invalid UTF-8", e.to_string()),
                }
                Ok(())
            })?;
        }
        // By row first; the sort is stable, so that columns keep their order.
        result.matches.sort_by_key(|found| found.row);
        Ok(())
    }

    fn examine_lines(
        &mut self,
        shard: &JsonLinesShard,
        columns: &[ColumnPath],
        result: &mut UnitResult<'_>,
    ) -> Result<()> {
        let mut known = (!columns.is_empty()).then(|| LineColumns::new(columns.to_vec()));
        let whole_line: Arc<str> = "".into();
        shard.read_lines(&mut |row, line| {
            result.records += 1;
            if known.is_none() {
                known = JsonColumns::default_column(&SCANNED_COLUMNS, line).map(|c| LineColumns::new(vec![c]));
            }
            let Some(columns) = &known else {
                let (reason, detail) = without_column(line);
                result.skip(Place { row, column: &whole_line, text_index: 0, visit: 0 }, reason, detail);
                return Ok(());
            };
            let mut visits = 0;
            let visit = &mut |column: usize, text_index, text: &str| {
                if let Some(column) = columns.names.get(column) {
                    self.examine(text, Place { row, column, text_index, visit: visits }, result);
                }
                visits += 1;
            };
            if let Err(problem) = columns.json.texts(line, visit) {
                let column = problem.column().and_then(|c| columns.names.get(c)).unwrap_or(&whole_line);
                result.skip(Place { row, column, text_index: 0, visit: 0 }, problem.reason(), problem.to_string());
            }
            Ok(())
        })?;
        result.columns =
            known.map(|columns| columns.names.iter().map(ToString::to_string).collect()).unwrap_or_default();
        Ok(())
    }

    fn examine(&mut self, text: &str, place: Place<'_>, result: &mut UnitResult<'_>) {
        if u32::try_from(text.len()).is_err() {
            return result.skip(place, "text over 4 GiB", format!("{} bytes", text.len()));
        }
        result.texts += 1;
        result.text_bytes += text.len() as u64;
        self.matches.clear();
        self.matcher.find(text, &mut self.matches);
        let Place { row, column, text_index, visit } = place;
        if let (Some(redactor), false) = (&mut self.redactor, self.matches.is_empty()) {
            result.redactions.add(column, (row, visit), redactor.spans(text, &self.matches));
        }
        let found = |found| Found { row, column: column.clone(), text_index, found };
        result.matches.extend(self.matches.drain(..).map(found));
    }

    /// Notes what the output depends on and, if this was the shard's last unit, writes the output.
    fn finish_unit(&self, shard: &OpenShard<'_>, result: &mut UnitResult<'_>) {
        let mut findings = shard.findings.lock().unwrap_or_else(PoisonError::into_inner);
        if self.options.action != Action::Flag {
            findings.matched.extend(result.matches.iter().map(|found| found.row));
            findings.unexamined.extend(result.skipped.iter().map(|skipped| skipped.row));
        }
        if self.options.action == Action::Annotate {
            findings.matches.extend(result.matches.iter().cloned());
        }
        if self.options.action == Action::Redact {
            findings.redactions.merge(std::mem::take(&mut result.redactions));
            findings.columns.clone_from(&result.columns);
        }
        findings.failed |= result.failure.is_some();
        if shard.remaining.fetch_sub(1, Ordering::AcqRel) == 1 {
            let findings: Findings = std::mem::take(&mut findings);
            let written = guarded(|| output::write(self.index, self.options, shard, findings));
            result.output = Some(written.unwrap_or_else(|panic| Err(fault(shard.file, &panic))));
        }
    }
}

/// Columns of JSON Lines with their names.
struct LineColumns {
    json: JsonColumns,
    names: Vec<Arc<str>>,
}

impl LineColumns {
    fn new(paths: Vec<ColumnPath>) -> Self {
        let names = paths.iter().map(|path| path.to_string().into()).collect();
        Self { json: JsonColumns::new(paths), names }
    }
}

/// What is wrong with a line in which no column is found by convention.
fn without_column(line: &[u8]) -> (&'static str, String) {
    match JsonColumns::new(Vec::new()).texts(line, &mut |_, _, _| {}) {
        Err(problem) => (problem.reason(), problem.to_string()),
        Ok(()) => (
            "missing column",
            format!("none of the text fields {}; name it with --columns", SCANNED_COLUMNS.join(", ")),
        ),
    }
}

/// A panic, of a decoder or of ours, as the shard's failure.
fn fault(file: &ShardFile, panic: &str) -> Error {
    Error::content(&file.path, "a readable file", format!("one on which the program failed ({panic})"))
        .help("the file is damaged, or this is a fault in ringfence: please report it if other programs read the file")
}

fn names(columns: &[TextColumn]) -> Vec<String> {
    columns.iter().map(|column| column.path().to_string()).collect()
}
