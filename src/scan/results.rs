//! The results of a run, shard by shard: matches, skipped records and the summary.

use super::in_json;
use crate::error::{Error, Result};
use crate::sink::found::FoundLine;
use crate::sink::journal::FinishedShard;
use crate::sink::match_rows::MatchReader;
use crate::sink::matches::MatchWriter;
use crate::sink::publish::sync_folder;
use crate::sink::skipped::{SkippedReader, SkippedWriter};
use crate::sink::summary::{Matched, ShardSummary, Summary, Totals};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const MATCHES: &str = "matches.parquet";
const SKIPPED: &str = "skipped.jsonl";
const SUMMARY: &str = "summary.json";

/// Writes the matches and adds up the summary.
pub(super) struct Results {
    out: PathBuf,
    matches: MatchWriter,
    skipped: SkippedWriter,
    summary: Summary,
    preceding: u64,
}

impl Results {
    /// Results in the folder `out`; what the summary says before anything is counted is given.
    pub(super) fn create(out: &Path, summary: Summary) -> Result<Self> {
        Ok(Self {
            out: out.to_path_buf(),
            matches: MatchWriter::create(&out.join(MATCHES), &summary.index.id)?,
            skipped: SkippedWriter::new(&out.join(SKIPPED)),
            summary,
            preceding: 0,
        })
    }

    /// Whether all results stand in a folder.
    pub(super) fn are_complete(out: &Path) -> bool {
        out.join(SUMMARY).exists()
    }

    /// Reads the summary of complete results.
    pub(super) fn summary(out: &Path) -> Result<Summary> {
        Summary::read(&out.join(SUMMARY))
    }

    /// Reads the matches of complete results.
    pub(super) fn matches(out: &Path) -> Result<MatchReader> {
        MatchReader::open(&out.join(MATCHES))
    }

    /// Reads the skipped records of complete results.
    pub(super) fn skipped(out: &Path) -> Result<SkippedReader> {
        SkippedReader::open(&out.join(SKIPPED))
    }

    /// Takes results away that are to be written again: the summary first, for it says that the others are there.
    pub(super) fn remove(out: &Path) -> Result<()> {
        for name in [SUMMARY, MATCHES, SKIPPED] {
            let path = out.join(name);
            match fs::remove_file(&path) {
                Ok(()) => sync_folder(&path)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("remove", &path)(error)),
            }
        }
        Ok(())
    }

    /// Takes a match or a skipped record of the shard that will be added next.
    pub(super) fn add_line(&mut self, line: FoundLine) -> Result<()> {
        match line {
            FoundLine::Match(row) => self.matches.write(*row),
            FoundLine::Skipped(record) => self.skipped.write(&record),
        }
    }

    /// Takes a shard that is done with.
    pub(super) fn add_shard(&mut self, shard: &FinishedShard) {
        let summary = &mut self.summary;
        add_matched(&mut summary.vendors, &shard.vendors);
        add_matched(&mut summary.models, &shard.models);
        for (reason, records) in &shard.skipped_records {
            *summary.skipped_records.entry(reason.clone()).or_default() += records;
        }
        summary.failed_shards.extend(shard.failures.iter().cloned());
        summary.shards.push(shard.counts.clone());
        self.preceding += shard.preceding_matches;
    }

    /// Publishes the matches, the list of skipped records and, last, the summary; `complete` are the summary's last fields.
    pub(super) fn finish(mut self, complete: impl FnOnce(&mut Summary)) -> Result<Summary> {
        self.matches.finish()?;
        self.skipped.finish()?;
        let summary = &mut self.summary;
        summary.totals = Totals { preceding_matches: self.preceding, ..total(&summary.shards) };
        summary.complete = summary.totals.failed_shards <= summary.parameters.max_bad_shards
            && summary.totals.skipped_records <= summary.parameters.max_bad_records;
        complete(summary);
        summary.write(&self.out.join(SUMMARY))?;
        Ok(self.summary)
    }
}

/// Paths as JSON can hold them.
pub(super) fn in_json_all(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().map(|path| in_json(path)).collect()
}

fn add_matched(sums: &mut BTreeMap<String, Matched>, more: &BTreeMap<String, Matched>) {
    for (name, matched) in more {
        let sum = sums.entry(name.clone()).or_default();
        sum.matches += matched.matches;
        sum.records += matched.records;
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
