//! Copies of shards with two more columns: the verdict, and the matches behind it.

use super::Action;
use super::names::{match_row, verdict};
use super::output::LinesOut;
use super::rewriting::Job;
use super::unit::{Findings, OpenShard};
use crate::detect::Verdict;
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::ShardData;
use crate::sink::annotation::{Annotation, group_columns, line_fields};
use crate::sink::members::append_fields;
use crate::sink::publish::Publish;
use crate::sink::rewrite::{Group, Rewrite};
use std::collections::BTreeSet;

/// What is said of rows of one shard.
struct Annotations<'a> {
    index: &'a Index,
    shard: &'a str,
    findings: Findings,
}

/// Makes the annotated copy of a row group.
pub(super) fn group(source: &Rewrite<ShardData>, job: Job<'_>, group: usize, findings: Findings) -> Result<Group> {
    let annotations = Annotations { index: job.outputs.index, shard: &job.shard.file.relative, findings };
    let first = job.parquet.first_row(group);
    let rows: Vec<_> = (first..first + job.parquet.rows(group)).map(|row| annotations.of(row)).collect();
    source.extended(group, &group_columns(&rows, job.parquet.path())?)
}

/// Writes the annotated copy of a JSON Lines shard.
pub(super) fn write_lines(
    index: &Index,
    shard: &OpenShard<'_>,
    out: &LinesOut<'_>,
    findings: Findings,
) -> Result<Publish> {
    let annotations = Annotations { index, shard: &shard.file.relative, findings };
    let path = out.lines.path();
    out.write(&mut |row, line, out| {
        let said = annotations.of(row);
        match append_fields(line, &line_fields(&said, path)?, out) {
            Ok(()) => {
                out.push(b'\n');
                Ok(())
            }
            // A line that is no object was not examined either, and is in the quarantine.
            Err(_) if said.verdict == Verdict::Unexamined => Ok(()),
            Err(refused) => {
                let expected = "an object that can be annotated";
                Err(Error::content(path, expected, refused).at(format!("line {row} (from 0)")))
            }
        }
    })
}

impl Annotations<'_> {
    fn of(&self, row: u64) -> Annotation {
        let from = self.findings.matches.partition_point(|found| found.row < row);
        let of_row = self.findings.matches.iter().skip(from).take_while(|found| found.row == row);
        let matches: Vec<_> = of_row.map(|found| match_row(self.index, Action::Annotate, self.shard, found)).collect();
        let unexamined: &BTreeSet<u64> = &self.findings.unexamined;
        let verdict = match (unexamined.contains(&row), matches.is_empty()) {
            (true, _) => Verdict::Unexamined,
            (false, true) => Verdict::Keep,
            (false, false) => verdict(Action::Annotate),
        };
        Annotation { verdict, matches }
    }
}
