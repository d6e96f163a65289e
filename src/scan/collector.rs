//! Results of units to the report and the journal, in the order of the units.
//!
//! What earlier runs have found in the shards that they finished comes in at its place, so that the results are those of one
//! run.

use super::names::match_row;
use super::output::Output;
use super::results::{Results, in_json_all};
use super::syncer::Syncer;
use super::unit::Found;
use super::unit_result::UnitResult;
use super::{Progress, ScanOptions, in_json};
use crate::error::{Error, Result};
use crate::index::{Index, Provenance};
use crate::shard::{Discovered, Format, ShardFile};
use crate::sink::found::{FoundLine, FoundWriter, read_found, remove_found};
use crate::sink::journal::{FinishedShard, Journal};
use crate::sink::skipped::SkippedRecord;
use crate::sink::summary::{FailedShard, Matched, ShardSummary, Summary};
use std::collections::{BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

/// Writes the matches, the journal, and adds up the summary.
pub(super) struct Collector<'a> {
    index: &'a Index,
    options: &'a ScanOptions,
    journal: Journal,
    syncer: Syncer,
    found: FoundWriter,
    results: Results,
    /// Shards that were finished by earlier runs and have not come in yet, in their order.
    earlier: VecDeque<FinishedShard>,
    /// The shard whose units come in.
    current: FinishedShard,
    finished: usize,
}

impl<'a> Collector<'a> {
    /// `earlier` are shards of the journal, in their order.
    pub(super) fn create(
        (index, options): (&'a Index, &'a ScanOptions),
        (journal, found): (Journal, FoundWriter),
        earlier: VecDeque<FinishedShard>,
    ) -> Result<Self> {
        Ok(Self {
            index,
            options,
            syncer: Syncer::start(journal.pages()?, found.file()?),
            journal,
            found,
            results: Results::create(&options.out, options.summary(index))?,
            earlier,
            current: FinishedShard::default(),
            finished: 0,
        })
    }

    /// Takes the result of the next unit.
    pub(super) fn take(&mut self, result: UnitResult<'_>, progress: &dyn Progress) -> Result<()> {
        self.index.check_pages()?;
        if self.current.name() != result.file.relative {
            self.take_earlier(Some(&result.file.relative))?;
            self.current = new_shard(&result);
        }
        let by_row = result.matches.chunk_by(|a, b| a.row == b.row);
        let matched_records = by_row.clone().count() as u64;
        by_row.for_each(|row| self.count_models(row));
        for found in &result.matches {
            let row = match_row(self.index, self.options.action, &result.file.relative, found);
            self.current.preceding_matches += u64::from(row.record_precedes_reference == Some(true));
            self.write(FoundLine::Match(Box::new(row)))?;
        }
        let skipped = self.take_skipped(&result, progress)?;
        let counts = &mut self.current.counts;
        counts.columns.clone_from(&result.columns);
        counts.records += result.records;
        counts.texts += result.texts;
        counts.text_bytes += result.text_bytes;
        counts.other_roles += result.other_roles;
        counts.other_members += result.other_members;
        counts.matches += result.matches.len() as u64;
        counts.matched_records += matched_records;
        counts.skipped_records += skipped;
        let ends_shard = result.ends_shard;
        self.take_outcome(result, progress)?;
        if ends_shard { self.end_shard() } else { Ok(()) }
    }

    fn write(&mut self, line: FoundLine) -> Result<()> {
        self.found.write(&line)?;
        self.results.add_line(line)
    }

    /// Lists the records that could not be examined, and says how many they are.
    fn take_skipped(&mut self, result: &UnitResult<'_>, progress: &dyn Progress) -> Result<u64> {
        if let Some(first) = result.skipped.first()
            && self.current.counts.skipped_records == 0
        {
            let SkippedRecord { row, reason, detail, .. } = first;
            let place = place(result.file, *row);
            progress.problem(&format!("{place}: {reason}: {detail} (every such record is listed in skipped.jsonl)"));
        }
        let mut skipped: BTreeSet<u64> = BTreeSet::new();
        for record in &result.skipped {
            self.write(FoundLine::Skipped(record.clone()))?;
            if skipped.insert(record.row) {
                *self.current.skipped_records.entry(record.reason.clone().into_owned()).or_default() += 1;
            }
        }
        Ok(skipped.len() as u64)
    }

    /// Failures, and what was written.
    fn take_outcome(&mut self, result: UnitResult<'_>, progress: &dyn Progress) -> Result<()> {
        let unwritten = match result.output {
            Some(Ok((written, files))) => {
                written.name().clone_into(&mut self.current.counts.output);
                self.current.outputs = files;
                None
            }
            Some(Err(error)) => Some(error),
            None => None,
        };
        for error in result.failure.into_iter().chain(unwritten) {
            if has_no_room(&error) {
                return Err(error);
            }
            self.current.counts.examined = false;
            let failed = FailedShard {
                shard: result.file.relative.clone(),
                error: error.to_string(),
                help: error.advice().unwrap_or_default().to_owned(),
            };
            // A file that has changed fails all its units that are left, for the same reason.
            if self.current.failures.last() != Some(&failed) {
                progress.problem(&failed.error);
                self.current.failures.push(failed);
            }
        }
        Ok(())
    }

    /// Counts the matches of one record under the models that they name, and the record once a model and vendor.
    fn count_models(&mut self, matches: &[Found]) {
        let (mut vendors, mut models) = (BTreeSet::new(), BTreeSet::new());
        for found in matches {
            let Provenance { vendor, model, .. } = self.provenance(found);
            let (vendor, model) = (vendor.to_owned(), format!("{vendor}/{model}"));
            self.current.vendors.entry(vendor.clone()).or_default().matches += 1;
            self.current.models.entry(model.clone()).or_default().matches += 1;
            vendors.insert(vendor);
            models.insert(model);
        }
        let count = |matched: Option<&mut Matched>| matched.into_iter().for_each(|matched| matched.records += 1);
        vendors.iter().for_each(|vendor| count(self.current.vendors.get_mut(vendor)));
        models.iter().for_each(|model| count(self.current.models.get_mut(model)));
    }

    fn provenance(&self, found: &Found) -> Provenance<'a> {
        self.index.reference(found.found.reference).map(|reference| reference.provenance()).unwrap_or_default()
    }

    /// Writes a shard whose last unit has come in into the journal.
    fn end_shard(&mut self) -> Result<()> {
        let mut shard = std::mem::take(&mut self.current);
        let part = self.found.end_shard()?;
        (shard.found_start, shard.found_end) = (part.start, part.end);
        self.results.add_shard(&shard);
        self.finished += 1;
        let line = self.journal.line(shard)?;
        self.syncer.send(line, !part.is_empty())
    }

    /// Takes what earlier runs have found in the shards before this one; of none, in all.
    fn take_earlier(&mut self, before: Option<&str>) -> Result<()> {
        let is_next = |shard: &FinishedShard| before.is_none_or(|name| shard.name() < name);
        while self.earlier.front().is_some_and(is_next) {
            let Some(shard) = self.earlier.pop_front() else { break };
            let part = shard.found_start..shard.found_end;
            read_found(&self.options.out, part, &mut |line| self.results.add_line(line))?;
            self.results.add_shard(&shard);
            self.finished += 1;
        }
        Ok(())
    }

    /// Publishes the results of all shards.
    pub(super) fn finish(mut self, (elapsed, text_bytes): (Duration, u64), discovered: &Discovered) -> Result<Summary> {
        self.take_earlier(None)?;
        let Self { index, journal, syncer, results, options, .. } = self;
        syncer.finish()?;
        check_index(index, &journal)?;
        let summary = results.finish(|summary| {
            summary.parameters.threads = options.threads();
            summary.ignored_files = in_json_all(&discovered.ignored);
            summary.links_not_followed = in_json_all(&discovered.links);
            summary.seconds = elapsed.as_secs_f64();
            let bytes = summary.totals.text_bytes.saturating_sub(text_bytes);
            summary.text_bytes_per_second = bytes as f64 / summary.seconds.max(1e-9);
        })?;
        if summary.failed_shards.is_empty() {
            remove_found(&options.out)?;
        }
        Ok(summary)
    }

    /// Ends a run that was stopped: what is finished is in the journal. Says how many shards that are.
    pub(super) fn stop(self) -> Result<usize> {
        let finished = self.finished + self.earlier.len();
        self.syncer.finish()?;
        check_index(self.index, &self.journal).map(|()| finished)
    }

    /// Ends a run that failed; of an index that has changed, nothing that was found counts.
    pub(super) fn abandon(self, error: Error) -> Error {
        let synced = self.syncer.finish();
        check_index(self.index, &self.journal).and(synced).err().unwrap_or(error)
    }

    /// How many shards have come in.
    pub(super) fn finished(&self) -> usize {
        self.finished + self.earlier.len()
    }
}

/// An index that has changed since it was opened makes the whole journal worthless.
fn check_index(index: &Index, journal: &Journal) -> Result<()> {
    index.check_unchanged().or_else(|changed| {
        journal.forget()?;
        Err(changed)
    })
}

/// Whether nothing more can be written: then every further shard would fail.
fn has_no_room(error: &Error) -> bool {
    let kind = |error: &std::io::Error| error.kind();
    let ends = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::ReadOnlyFilesystem];
    matches!(error, Error::Io { source, .. } if ends.contains(&kind(source)))
}

/// A record by its file and place there, for people.
fn place(file: &ShardFile, row: u64) -> String {
    match file.format {
        Format::Parquet => format!("{}: row {row}", file.path.display()),
        Format::Text => file.path.display().to_string(),
        Format::Archive(_) => format!("{}: member {row} (from 0)", file.path.display()),
        Format::JsonLines(_) => format!("{}: line {row} (from 0)", file.path.display()),
    }
}

fn new_shard(result: &UnitResult<'_>) -> FinishedShard {
    let path = &result.file.path;
    let counts = ShardSummary {
        shard: result.file.relative.clone(),
        path: in_json(&path.canonicalize().unwrap_or_else(|_| PathBuf::from(path))),
        // As it was then: it may be another by now.
        file_bytes: result.identity.as_ref().map_or_else(|| result.file.file_bytes(), |identity| identity.bytes),
        examined: true,
        output: Output::None.name().to_owned(),
        ..ShardSummary::default()
    };
    FinishedShard { input: result.identity.clone(), counts, ..FinishedShard::default() }
}
