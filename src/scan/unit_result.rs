//! What a unit yields.

use super::output::Output;
use super::redactor::{Redactions, Redactor};
use super::unit::{Found, OpenShard};
use crate::date::Dated;
use crate::detect::Match;
use crate::error::{Error, Result};
use crate::shard::{Identity, ShardFile};
use crate::sink::journal::OutputFile;
use crate::sink::skipped::SkippedRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a unit yields.
pub(super) struct UnitResult<'a> {
    pub file: &'a ShardFile,
    /// The logical paths of the columns that were read.
    pub columns: Vec<String>,
    pub records: u64,
    pub texts: u64,
    pub text_bytes: u64,
    /// Texts of other roles than were asked for.
    pub other_roles: u64,
    /// Members of an archive that are no text files.
    pub other_members: u64,
    /// In the order of row, column, text, similarity.
    pub matches: Vec<Found>,
    pub skipped: Vec<SkippedRecord>,
    /// What is to be replaced.
    pub redactions: Redactions,
    /// Why the unit could not be examined to its end.
    pub failure: Option<Error>,
    /// Of the unit that was the last to be done: what was written, and the files of it.
    pub output: Option<Result<(Output, Vec<OutputFile>)>>,
    /// The shard's file as it was before it was opened, if it could be.
    pub identity: Option<Identity>,
    /// Whether the unit is the shard's last.
    pub ends_shard: bool,
}

impl<'a> UnitResult<'a> {
    /// Of a unit of an open shard, before it is examined.
    pub(super) fn of(shard: &OpenShard<'a>, group: Option<usize>) -> Self {
        let (identity, ends_shard) = (Some(shard.identity.clone()), shard.ends_with(group));
        Self { identity, ends_shard, ..Self::new(shard.file) }
    }

    /// Of a shard that could not be opened.
    pub(super) fn new(file: &'a ShardFile) -> Self {
        Self {
            file,
            columns: Vec::new(),
            records: 0,
            texts: 0,
            text_bytes: 0,
            other_roles: 0,
            other_members: 0,
            matches: Vec::new(),
            skipped: Vec::new(),
            redactions: Redactions::default(),
            failure: None,
            output: None,
            identity: None,
            ends_shard: true,
        }
    }

    /// Counts a text, and says whether it can be examined.
    pub(super) fn count(&mut self, text: &str, place: Place<'_>) -> bool {
        if u32::try_from(text.len()).is_err() {
            self.skip(place, "text over 4 GiB", format!("{} bytes", text.len()));
            return false;
        }
        self.texts += 1;
        self.text_bytes += text.len() as u64;
        true
    }

    /// Takes the matches of a text.
    pub(super) fn report(
        &mut self,
        text: &str,
        place: Place<'_>,
        matches: &[Match],
        redactor: Option<&mut Redactor<'_>>,
    ) {
        let Place { row, column, text_index, visit } = place;
        if let Some(redactor) = redactor {
            self.redactions.add(column, (row, visit), redactor.spans(text, matches));
        }
        let found = |found: &Match| Found {
            row,
            column: column.clone(),
            text_index,
            member: "".into(),
            line: line(text, found.record_span.start),
            date: Dated::default(),
            found: found.clone(),
        };
        self.matches.extend(matches.iter().map(found));
    }

    /// Notes when the records that match were written, by what `read` says of their rows.
    pub(super) fn set_dates(
        &mut self,
        read: impl FnOnce(&BTreeSet<u64>) -> Result<BTreeMap<u64, Dated>>,
    ) -> Result<()> {
        let rows: BTreeSet<u64> = self.matches.iter().map(|found| found.row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let dates = read(&rows)?;
        for found in &mut self.matches {
            found.date = dates.get(&found.row).cloned().unwrap_or_default();
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, place: Place<'_>, reason: &'static str, detail: String) {
        let Place { row, column, text_index, .. } = place;
        let (shard, column) = (self.file.relative.clone(), column.to_string());
        self.skipped.push(SkippedRecord { shard, row, column, text_index, reason: reason.into(), detail });
    }
}

/// The line of a text that has a byte, from 1.
fn line(text: &str, at: usize) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes().get(..at).unwrap_or_default()).count() as u64 + 1
}

/// Where in its shard a text stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub row: u64,
    pub column: &'a Arc<str>,
    pub text_index: u32,
    /// Which of the record's texts in the order of reading: also tells apart what is written twice in one JSON object.
    pub visit: u32,
}
