//! Results of units to the report, in the order of the units.

use super::names::match_row;
use super::output::Output;
use super::unit::Found;
use super::worker::UnitResult;
use super::{Action, Progress, ScanOptions};
use crate::error::Result;
use crate::index::{Index, Provenance};
use crate::shard::{Discovered, Format, ShardFile};
use crate::sink::level::Level;
use crate::sink::matches::MatchWriter;
use crate::sink::skipped::{SkippedRecord, SkippedWriter};
use crate::sink::summary::{
    FailedShard, IndexUsed, Matched, ParametersUsed, SCHEMA_VERSION, ShardSummary, Summary, Totals,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Writes the matches and adds up the summary.
pub(super) struct Collector<'a> {
    index: &'a Index,
    options: &'a ScanOptions,
    matches: MatchWriter,
    skipped: SkippedWriter,
    summary: Summary,
    /// Matches of records that were written before the reference.
    preceding: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn create(index: &'a Index, options: &'a ScanOptions) -> Result<Self> {
        let references = index.manifest().live().references;
        let path = in_json(&index.path().canonicalize().unwrap_or_else(|_| index.path().to_path_buf()));
        let summary = Summary {
            schema_version: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            index: IndexUsed { path, id: index.id().to_owned(), references, private: index.is_private() },
            parameters: ParametersUsed {
                threshold: options.matching.threshold.unwrap_or(index.parameters().threshold),
                action: options.action.name().to_owned(),
                marker: if options.action == Action::Redact { options.marker.clone() } else { String::new() },
                compression_level: Level::new(options.compression_level).into(),
                detect: options.matching.detect.name().to_owned(),
                sensitivity: options.matching.sensitivity.name().to_owned(),
                max_matches: options.matching.max_matches,
                columns: options.columns.iter().map(ToString::to_string).collect(),
                roles: options.roles.clone(),
                record_date: options.record_date.as_ref().map(ToString::to_string).unwrap_or_default(),
                max_bad_records: options.max_bad_records,
                max_bad_shards: options.max_bad_shards,
                threads: options.threads,
            },
            ..Summary::default()
        };
        Ok(Self {
            index,
            options,
            matches: MatchWriter::create(&options.out.join("matches.parquet"), index.id())?,
            skipped: SkippedWriter::new(&options.out.join("skipped.jsonl")),
            summary,
            preceding: 0,
        })
    }

    /// Takes the result of the next unit.
    pub(super) fn take(&mut self, result: UnitResult<'_>, progress: &dyn Progress) -> Result<()> {
        let known = self.summary.shards.last().is_some_and(|shard| shard.shard == result.file.relative);
        if !known {
            self.summary.shards.push(new_shard(&result));
        }
        let by_row = result.matches.chunk_by(|a, b| a.row == b.row);
        let matched_records = by_row.clone().count() as u64;
        by_row.for_each(|row| self.count_models(row));
        for found in &result.matches {
            let row = match_row(self.index, self.options.action, &result.file.relative, found);
            self.preceding += u64::from(row.record_precedes_reference == Some(true));
            self.matches.write(row)?;
        }
        let mut skipped: BTreeSet<u64> = BTreeSet::new();
        for record in &result.skipped {
            self.skipped.write(record)?;
            if skipped.insert(record.row) {
                *self.summary.skipped_records.entry(record.reason.to_owned()).or_default() += 1;
            }
        }
        if let Some(first) = result.skipped.first()
            && self.summary.shards.last().is_some_and(|shard| shard.skipped_records == 0)
        {
            let SkippedRecord { row, reason, detail, .. } = first;
            let place = place(result.file, *row);
            progress.problem(&format!("{place}: {reason}: {detail} (every such record is listed in skipped.jsonl)"));
        }
        if let Some(shard) = self.summary.shards.last_mut() {
            shard.columns.clone_from(&result.columns);
            shard.records += result.records;
            shard.texts += result.texts;
            shard.text_bytes += result.text_bytes;
            shard.other_roles += result.other_roles;
            shard.other_members += result.other_members;
            shard.matches += result.matches.len() as u64;
            shard.matched_records += matched_records;
            shard.skipped_records += skipped.len() as u64;
        }
        self.take_outcome(result, progress);
        Ok(())
    }

    /// Failures, and what was written.
    fn take_outcome(&mut self, result: UnitResult<'_>, progress: &dyn Progress) {
        let (written, unwritten) = match result.output {
            Some(Ok(written)) => (Some(written), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        if let (Some(written), Some(shard)) = (written, self.summary.shards.last_mut()) {
            written.name().clone_into(&mut shard.output);
        }
        for error in result.failure.into_iter().chain(unwritten) {
            progress.problem(&error.to_string());
            if let Some(shard) = self.summary.shards.last_mut() {
                shard.examined = false;
            }
            self.summary.failed_shards.push(FailedShard {
                shard: result.file.relative.clone(),
                error: error.to_string(),
                help: error.advice().unwrap_or_default().to_owned(),
            });
        }
    }

    /// Counts the matches of one record under the models that they name, and the record once a model and vendor.
    fn count_models(&mut self, matches: &[Found]) {
        let (mut vendors, mut models) = (BTreeSet::new(), BTreeSet::new());
        for found in matches {
            let Provenance { vendor, model, .. } = self.provenance(found);
            let (vendor, model) = (vendor.to_owned(), format!("{vendor}/{model}"));
            self.summary.vendors.entry(vendor.clone()).or_default().matches += 1;
            self.summary.models.entry(model.clone()).or_default().matches += 1;
            vendors.insert(vendor);
            models.insert(model);
        }
        let count = |matched: Option<&mut Matched>| matched.into_iter().for_each(|matched| matched.records += 1);
        vendors.iter().for_each(|vendor| count(self.summary.vendors.get_mut(vendor)));
        models.iter().for_each(|model| count(self.summary.models.get_mut(model)));
    }

    fn provenance(&self, found: &Found) -> Provenance<'a> {
        self.index.reference(found.found.reference).map(|reference| reference.provenance()).unwrap_or_default()
    }

    /// Publishes the matches, the list of skipped records and, last, the summary.
    pub(super) fn finish(mut self, elapsed: Duration, threads: usize, discovered: &Discovered) -> Result<Summary> {
        self.matches.finish()?;
        self.skipped.finish()?;
        let summary = &mut self.summary;
        summary.parameters.threads = threads;
        summary.ignored_files = discovered.ignored.iter().map(|path| in_json(path)).collect();
        summary.links_not_followed = discovered.links.iter().map(|path| in_json(path)).collect();
        summary.totals = Totals { preceding_matches: self.preceding, ..total(&summary.shards) };
        summary.complete = summary.totals.failed_shards <= self.options.max_bad_shards
            && summary.totals.skipped_records <= self.options.max_bad_records;
        summary.seconds = elapsed.as_secs_f64();
        summary.text_bytes_per_second = summary.totals.text_bytes as f64 / summary.seconds.max(1e-9);
        summary.write(&self.options.out.join("summary.json"))?;
        Ok(self.summary)
    }
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

/// A path as JSON can hold it: what is not UTF-8 becomes `\u{FFFD}`.
fn in_json(path: &Path) -> PathBuf {
    path.to_string_lossy().into_owned().into()
}

fn new_shard(result: &UnitResult<'_>) -> ShardSummary {
    let path = &result.file.path;
    ShardSummary {
        shard: result.file.relative.clone(),
        path: in_json(&path.canonicalize().unwrap_or_else(|_| PathBuf::from(path))),
        file_bytes: result.file.file_bytes(),
        examined: true,
        output: Output::None.name().to_owned(),
        ..ShardSummary::default()
    }
}

fn total(shards: &[ShardSummary]) -> Totals {
    let mut totals = Totals { shards: shards.len() as u64, ..Totals::default() };
    for shard in shards {
        totals.failed_shards += u64::from(!shard.examined);
        totals.file_bytes += shard.file_bytes;
        totals.records += shard.records;
        totals.texts += shard.texts;
        totals.text_bytes += shard.text_bytes;
        totals.other_roles += shard.other_roles;
        totals.other_members += shard.other_members;
        totals.matches += shard.matches;
        totals.matched_records += shard.matched_records;
        totals.skipped_records += shard.skipped_records;
    }
    totals
}
