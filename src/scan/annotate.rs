//! Copies of shards with two more columns: the verdict, and the matches behind it.

use super::Action;
use super::names::{match_row, verdict};
use super::output::write_lines;
use super::unit::{Content, Findings, OpenShard};
use crate::detect::Verdict;
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::ParquetShard;
use crate::sink::annotation::{Annotation, fields, group_columns, line_fields};
use crate::sink::append::append_columns;
use crate::sink::members::append_fields;
use crate::sink::publish::Publish;
use std::collections::BTreeSet;
use std::path::Path;

/// What is said of the rows of one shard.
struct Annotations<'a> {
    index: &'a Index,
    shard: &'a str,
    findings: Findings,
}

/// Writes the annotated copy of a shard.
pub(super) fn write(index: &Index, shard: &OpenShard<'_>, destination: &Path, mut findings: Findings) -> Result<()> {
    // Units finish in any order.
    findings.matches.sort_by_key(|found| found.row);
    let annotations = Annotations { index, shard: &shard.file.relative, findings };
    match &shard.content {
        Content::Parquet { shard, .. } => annotations.write_columns(shard, destination),
        Content::JsonLines { shard, compression, .. } => {
            let mut annotated = Vec::new();
            write_lines(shard, *compression, destination, &mut |row, line, out| {
                annotated.clear();
                let said = annotations.of(row);
                let members = line_fields(&said, shard.path())?;
                match append_fields(line, &members, &mut annotated) {
                    Ok(()) => {}
                    // A line that is no object was not examined either, and is in the quarantine.
                    Err(_) if said.verdict == Verdict::Unexamined => return Ok(()),
                    Err(refused) => {
                        let expected = "an object that can be annotated";
                        return Err(Error::content(shard.path(), expected, refused).at(format!("line {row} (from 0)")));
                    }
                }
                annotated.push(b'\n');
                out.write(&annotated).map_err(Error::io("write", destination))
            })
        }
    }
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

    fn write_columns(&self, shard: &ParquetShard, destination: &Path) -> Result<()> {
        let mut columns = |group: usize| {
            if let Some(done) = group.checked_sub(1) {
                shard.release(done);
            }
            let first = shard.first_row(group);
            let rows: Vec<Annotation> = (first..first + shard.rows(group)).map(|row| self.of(row)).collect();
            group_columns(&rows, shard.path())
        };
        let output = Publish::create(destination)?;
        append_columns(shard.path(), shard.data(), &fields(), &mut columns, output.file())?;
        output.publish()
    }
}
