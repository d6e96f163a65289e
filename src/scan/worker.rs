//! One thread's work: the texts of a unit through the matcher, and the output of a shard when its last unit is done.

use super::gathered::Gathered;
use super::line_columns::{LineColumns, without_column};
use super::output::Outputs;
use super::redactor::Redactor;
use super::repeats::Repeats;
use super::unit::{Content, Findings, OpenShard, Unit};
use super::unit_result::{Place, UnitResult};
use super::{Action, Progress, SCANNED_COLUMNS, ScanOptions};
use crate::date::Dated;
use crate::detect::Matcher;
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::{
    ColumnPath, JsonColumns, JsonLinesShard, ParquetShard, Roles, ShardFile, TextColumn, TextRef, guarded, json_date,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The dates of some lines; few have a match, so that they are read once more.
fn read_json_dates(shard: &JsonLinesShard, path: &ColumnPath, rows: &BTreeSet<u64>) -> Result<BTreeMap<u64, Dated>> {
    let mut dates = BTreeMap::new();
    shard.read_lines(&mut |row, line| {
        if rows.contains(&row) {
            dates.insert(row, json_date(path, line));
        }
        Ok(())
    })?;
    Ok(dates)
}

/// One thread's state.
pub(super) struct Worker<'a> {
    index: &'a Index,
    options: &'a ScanOptions,
    progress: &'a dyn Progress,
    pub(super) matcher: Matcher<'a>,
    repeats: Repeats,
    gathered: Gathered,
    redactor: Option<Redactor<'a>>,
    /// None: texts of all roles are examined.
    roles: Option<Roles>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(index: &'a Index, options: &'a ScanOptions, progress: &'a dyn Progress) -> Result<Self> {
        let matcher = Matcher::new(index, options.matching)?;
        let redactor = (options.action == Action::Redact).then(|| Redactor::new(index, options)).transpose()?;
        Ok(Self {
            index,
            options,
            progress,
            matcher,
            repeats: Repeats::default(),
            gathered: Gathered::default(),
            redactor,
            roles: (!options.roles.is_empty()).then(|| Roles::new(&options.roles)),
        })
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
        let mut result = UnitResult::of(&shard, group);
        // A fault in a decoder must cost its shard, not the run.
        let examined = guarded(|| self.examine_unit(&shard, group, &mut result));
        if examined.is_err() {
            self.forget();
        }
        result.failure = examined.unwrap_or_else(|panic| Err(fault(shard.file, &panic))).err();
        // Whatever was found, or went wrong, in a file that has changed meanwhile is due to that.
        if let Err(changed) = shard.data().check_unchanged() {
            result = UnitResult { failure: Some(changed), ..UnitResult::of(&shard, group) };
        }
        self.finish_unit(&shard, group, &mut result);
        result
    }

    /// Drops what a panic may have left half done: it would be taken for a part of the next unit.
    fn forget(&mut self) {
        if let Ok(new) = Self::new(self.index, self.options, self.progress) {
            *self = new;
        }
    }

    fn examine_unit(&mut self, shard: &OpenShard<'_>, group: Option<usize>, result: &mut UnitResult<'_>) -> Result<()> {
        match (&shard.content, group) {
            (Content::Parquet { shard, columns, date }, Some(group)) => {
                self.examine_row_group(shard, columns, group, result)?;
                if let Some(date) = date {
                    result.set_dates(|rows| shard.read_dates(group, date, rows))?;
                }
                let share = u128::from(shard.data().size()) * u128::from(shard.rows(group));
                self.progress.advance((share / u128::from(shard.total_rows().max(1))) as u64);
            }
            (Content::Parquet { columns, .. }, None) => result.columns = names(columns),
            (Content::Files(shard), _) => {
                self.examine_files(shard, result)?;
                self.progress.advance(shard.size());
            }
            (Content::JsonLines { shard, columns, .. }, _) => {
                self.examine_lines(shard, columns, result)?;
                if let Some(path) = &self.options.record_date {
                    result.set_dates(|rows| read_json_dates(shard, path, rows))?;
                }
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
        shard.read_ahead(group + 1, columns);
        for column in columns {
            let (name, before): (Arc<str>, _) = (column.path().to_string().into(), result.matches.len());
            self.repeats.clear();
            let others = self.roles.as_ref().map(|roles| shard.other_roles(group, column, roles)).transpose()?;
            let others = others.unwrap_or_default();
            shard.read_batches(group, column, &mut |texts| {
                self.examine_batch(texts, (&name, &others), result);
                Ok(())
            })?;
            let found = result.matches.get_mut(before..).unwrap_or_default();
            found.sort_by_key(|found| (found.row, found.text_index));
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
        let roles = self.roles.clone();
        let line_columns = |columns| LineColumns::new(columns, roles.as_ref());
        let mut known = (!columns.is_empty()).then(|| line_columns(columns.to_vec()));
        let whole_line: Arc<str> = "".into();
        let read = shard.read_lines(&mut |row, line| {
            result.records += 1;
            if known.is_none() {
                known = JsonColumns::default_column(&SCANNED_COLUMNS, line).map(|c| line_columns(vec![c]));
            }
            let Some(columns) = &known else {
                let (reason, detail) = without_column(line);
                result.skip(Place { row, column: &whole_line, text_index: 0, visit: 0 }, reason, detail);
                return Ok(());
            };
            let mut visits = 0;
            let gathered = &mut self.gathered;
            let others = columns.roles.as_ref().map(|roles| roles.others(line)).unwrap_or_default();
            let visit = &mut |column: usize, text_index, text: &str| {
                if others.contains(&(column, text_index)) {
                    result.other_roles += 1;
                } else {
                    gathered.add(text, (row, column, text_index, visits));
                }
                visits += 1;
            };
            if let Err(problem) = columns.json.texts(line, visit) {
                let column = problem.column().and_then(|c| columns.names.get(c)).unwrap_or(&whole_line);
                result.skip(Place { row, column, text_index: 0, visit: 0 }, problem.reason(), problem.to_string());
            }
            if self.gathered.is_full() {
                self.examine_gathered(&columns.names, result);
            }
            Ok(())
        });
        // What was taken out of the lines before a fault is of this shard, not of the next one.
        if let Some(columns) = &known {
            self.examine_gathered(&columns.names, result);
        }
        read?;
        result.columns =
            known.map(|columns| columns.names.iter().map(ToString::to_string).collect()).unwrap_or_default();
        Ok(())
    }

    /// Examines texts of one column where they lie, those of its dictionary once, and not those of others, by row and index.
    fn examine_batch(
        &mut self,
        texts: &[TextRef<'_>],
        (column, others): (&Arc<str>, &[(u64, u32)]),
        result: &mut UnitResult<'_>,
    ) {
        let place = |text: &TextRef<'_>| Place { row: text.row, column, text_index: text.index, visit: text.index };
        let mut valid: Vec<(&TextRef<'_>, &str)> = Vec::with_capacity(texts.len());
        let is_wanted = |text: &TextRef<'_>| others.binary_search(&(text.row, text.index)).is_err();
        for text in texts {
            if !is_wanted(text) {
                result.other_roles += 1;
                continue;
            }
            match simdutf8::basic::from_utf8(text.bytes) {
                Ok(bytes) if result.count(bytes, place(text)) => valid.push((text, bytes)),
                Ok(_) => {}
                Err(e) => result.skip(place(text), "invalid UTF-8", e.to_string()),
            }
        }
        let Self { matcher, repeats, redactor, .. } = self;
        let mut is_new = |text: &TextRef<'_>| text.entry.is_none_or(|entry| repeats.is_new(entry));
        let new: Vec<(&TextRef<'_>, &str)> = valid.iter().filter(|(text, _)| is_new(text)).copied().collect();
        matcher.find_each(new.iter().map(|(_, text)| *text), &mut |number, matches| {
            let Some((text, bytes)) = new.get(number) else { return };
            match text.entry {
                Some(entry) => repeats.set(entry, matches),
                None => result.report(bytes, place(text), matches, redactor.as_mut()),
            }
        });
        for (text, bytes) in valid {
            let matches = text.entry.map(|entry| repeats.get(entry)).unwrap_or_default();
            if !matches.is_empty() {
                result.report(bytes, place(text), matches, redactor.as_mut());
            }
        }
    }

    /// Examines texts that were taken out of lines.
    fn examine_gathered(&mut self, columns: &[Arc<str>], result: &mut UnitResult<'_>) {
        let Self { matcher, gathered, redactor, .. } = self;
        let mut texts = Vec::with_capacity(gathered.len());
        texts.extend(gathered.texts(columns).filter(|(text, place)| result.count(text, *place)));
        matcher.find_each(texts.iter().map(|(text, _)| *text), &mut |number, matches| {
            if let Some((text, place)) = texts.get(number) {
                result.report(text, *place, matches, redactor.as_mut());
            }
        });
        gathered.clear();
    }

    /// Hands on what the output depends on. If all of the shard was waiting for this unit, its output is then written.
    fn finish_unit(&self, shard: &OpenShard<'_>, group: Option<usize>, result: &mut UnitResult<'_>) {
        if self.options.action == Action::Flag {
            return;
        }
        let outputs = Outputs { index: self.index, options: self.options };
        let findings = result.failure.is_none().then(|| Findings {
            matched: result.matches.iter().map(|found| found.row).collect(),
            unexamined: result.skipped.iter().map(|skipped| skipped.row).collect(),
            matches: if self.options.action == Action::Annotate { result.matches.clone() } else { Vec::new() },
            redactions: std::mem::take(&mut result.redactions),
            columns: result.columns.clone(),
        });
        let written = guarded(|| outputs.take(shard, group, findings));
        let written = written.unwrap_or_else(|panic| Some(Err(fault(shard.file, &panic))));
        let written = written.map(|written| written.and_then(|output| Ok((output, outputs.files(shard, output)?))));
        result.output =
            written.map(|written| written.map_err(|error| shard.data().check_unchanged().err().unwrap_or(error)));
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
