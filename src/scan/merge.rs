//! The results of the parts of a scan, put together: those of one run over all shards.

use super::leftovers::{check_outputs, remove_outputs, remove_temporary};
use super::results::Results;
use crate::error::{Error, Result};
use crate::shard::{Part as Share, ShardList};
use crate::sink::found::FoundLine;
use crate::sink::journal::{Difference, FinishedShard, Journal, Plan};
use crate::sink::match_rows::MatchReader;
use crate::sink::publish::copy_whole;
use crate::sink::skipped::SkippedReader;
use crate::sink::summary::Summary;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::path::{Component, Path, PathBuf};

/// Options that say what the index is built of: its id is compared instead.
const INDEX_OPTIONS: [&str; 4] = ["--references", "--reference-column", "--background", "--set"];

/// The results of one part.
struct Part {
    out: PathBuf,
    journal: Journal,
    summary: Summary,
    matches: Peekable<MatchReader>,
    skipped: Peekable<SkippedReader>,
}

impl Part {
    fn open(out: &Path) -> Result<Self> {
        Ok(Self {
            out: out.to_path_buf(),
            summary: Results::summary(out)?,
            journal: Journal::read(out)?,
            matches: Results::matches(out)?.peekable(),
            skipped: Results::skipped(out)?.peekable(),
        })
    }

    /// Hands on what was found in a shard; shards come in their order.
    fn take_lines(&mut self, shard: &str, results: &mut Results) -> Result<()> {
        while let Some(row) = self.matches.next_if(|row| row.as_ref().map_or(true, |row| row.shard == shard)) {
            results.add_line(FoundLine::Match(Box::new(row?)))?;
        }
        while let Some(record) = self.skipped.next_if(|record| record.as_ref().map_or(true, |r| r.shard == shard)) {
            results.add_line(FoundLine::Skipped(record?))?;
        }
        Ok(())
    }

    /// Puts what was written for a shard under the same names in `out`.
    fn take_outputs(&self, shard: &FinishedShard, out: &Path) -> Result<()> {
        for output in &shard.outputs {
            let path = Path::new(&output.path);
            // The journal may be foreign.
            if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(Error::content(&self.out, "outputs in the folder", &output.path).at("journal"));
            }
            copy_whole(&self.out.join(path), &out.join(path), true, &|| Ok(()))?;
        }
        Ok(())
    }

    /// Checks that everything was handed on.
    fn check_read(&mut self) -> Result<()> {
        let row = self.matches.next().transpose()?.map(|row| row.shard);
        let left = row.or(self.skipped.next().transpose()?.map(|record| record.shard));
        left.map_or(Ok(()), |shard| {
            let found = format!("a match or a skipped record of {shard} out of its place");
            Err(Error::content(&self.out, "what was found in the order of the shards", found))
        })
    }
}

/// Puts the results in the folders `parts` together in the new folder `out`: matches, skipped records, summary, journal, and
/// the shards that were written, as links where the file system has them.
///
/// Of scans of other shards, each must be there with all of its parts.
///
/// # Errors
/// A folder without complete results, results of other parameters or of another index, a part that is missing or there twice,
/// a shard in two of them, outputs that were changed since.
pub fn merge(parts: &[PathBuf], out: &Path) -> Result<Summary> {
    let mut parts = parts.iter().map(|part| Part::open(part)).collect::<Result<Vec<_>>>()?;
    let Some(first) = parts.first() else { return Err(Error::request("no results to merge", "name their folders")) };
    parts.iter().try_for_each(|part| check_alike(first, part))?;
    check_whole(&parts)?;
    let order = shards(&parts)?;
    let start = emptied(&first.summary);
    let mut journal = begin(out, whole_plan(first, &order), &order)?;
    journal.set_index(&start.index.id)?;
    let (mut results, mut lines) = (Results::create(out, start)?, String::new());
    for (number, shard) in order {
        if let Some(part) = parts.get_mut(number) {
            part.take_lines(shard.name(), &mut results)?;
            part.take_outputs(&shard, out)?;
        }
        results.add_shard(&shard);
        lines += &journal.line(FinishedShard { found_start: 0, found_end: 0, ..shard })?;
    }
    parts.iter_mut().try_for_each(Part::check_read)?;
    journal.write(&lines)?;
    let all = |list: fn(&Summary) -> &Vec<PathBuf>| -> Vec<PathBuf> {
        let listed: BTreeSet<&PathBuf> = parts.iter().flat_map(|part| list(&part.summary)).collect();
        listed.into_iter().cloned().collect()
    };
    results.finish(|summary| {
        summary.ignored_files = all(|summary| &summary.ignored_files);
        summary.links_not_followed = all(|summary| &summary.links_not_followed);
        summary.seconds = parts.iter().map(|part| part.summary.seconds).sum();
        summary.text_bytes_per_second = summary.totals.text_bytes as f64 / summary.seconds.max(1e-9);
    })
}

/// A summary before anything is counted.
fn emptied(summary: &Summary) -> Summary {
    let Summary { schema_version, version, index, parameters, .. } = summary.clone();
    Summary { schema_version, version, index, parameters, ..Summary::default() }
}

/// Claims the new folder; what an earlier merge has left unfinished there is taken away.
fn begin(out: &Path, plan: Plan, order: &[(usize, FinishedShard)]) -> Result<Journal> {
    let journal = Journal::begin(out, plan)?;
    if !journal.is_fresh() {
        if Results::are_complete(out) || !journal.shards().is_empty() {
            let help = "name another folder with --out, or remove this one first";
            return Err(Error::content(out, "a new folder for the results", "one with results").help(help));
        }
        Results::remove(out)?;
        remove_temporary(out)?;
        order.iter().try_for_each(|(_, shard)| remove_outputs(out, shard.name()))?;
    }
    Ok(journal)
}

/// Checks that a part is of the same scan as the first.
fn check_alike(first: &Part, part: &Part) -> Result<()> {
    let help = "merge what was scanned with one index and the same options";
    let bad = |found: String| {
        let expected = format!("results of the same scan as {}", first.out.display());
        Error::content(&part.out, expected, found).help(help)
    };
    if part.summary.index.id != first.summary.index.id {
        return Err(bad(format!("the index {} instead of {}", part.summary.index.id, first.summary.index.id)));
    }
    let is_of_index = |what: &str| INDEX_OPTIONS.contains(&what);
    let plan = Plan { part: 0, of: 1, shards: 0, shards_digest: String::new(), ..part.journal.plan().clone() };
    let other = Plan { part: 0, of: 1, shards: 0, shards_digest: String::new(), ..first.journal.plan().clone() };
    let differences = plan.differences(&other);
    match differences.iter().find(|difference| !is_of_index(&difference.what)) {
        Some(Difference { what, here, there }) => Err(bad(format!("{what} `{here}` instead of `{there}`"))),
        None => Ok(()),
    }
}

/// Checks that every list of shards is there with each of its parts, once and whole.
fn check_whole(parts: &[Part]) -> Result<()> {
    let mut lists: BTreeMap<&str, BTreeMap<(u64, u64), &Part>> = BTreeMap::new();
    for part in parts {
        let plan = part.journal.plan();
        if let Some(other) = lists.entry(&plan.shards_digest).or_default().insert((plan.of, plan.part), part) {
            let (one, other) = (part.out.display(), other.out.display());
            return Err(Error::request(
                format!("{one} and {other} overlap: both have part {}/{} of the same shards", plan.part, plan.of),
                "name each part once",
            ));
        }
        let share = Share { number: plan.part, of: plan.of };
        let (expected, found) = (share.count(plan.shards), part.summary.shards.len() as u64);
        if expected != found {
            return Err(Error::content(&part.out, format!("{expected} shards"), found).at(format!("part {share}")));
        }
    }
    for list in lists.values() {
        let all: BTreeSet<u64> = list.keys().map(|(of, _)| *of).collect();
        let of = all.first().copied().unwrap_or(1);
        let missing: Vec<String> = (0..of)
            .filter(|number| !list.contains_key(&(of, *number)))
            .map(|number| format!("{number}/{of}"))
            .collect();
        if all.len() > 1 || !missing.is_empty() {
            let problem = match all.len() {
                1 => format!("a gap: of {of} parts of the same shards, missing: {}", missing.join(", ")),
                _ => format!("parts of the same shards were cut differently: of {all:?}"),
            };
            return Err(Error::request(problem, "name the results of every part of one --shard-range I/N"));
        }
    }
    Ok(())
}

/// All shards in their order, with the number of their part.
fn shards(parts: &[Part]) -> Result<Vec<(usize, FinishedShard)>> {
    let mut all: BTreeMap<String, (usize, FinishedShard)> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        for shard in &part.summary.shards {
            let Some(finished) = part.journal.shards().get(&shard.shard) else {
                let found = format!("a summary with {}, which is not in the journal", shard.shard);
                return Err(Error::content(&part.out, "the results of one scan", found));
            };
            check_outputs(&part.out, &finished.outputs)?;
            if let Some((other, _)) = all.insert(shard.shard.clone(), (number, finished.clone())) {
                let other = parts.get(other).map(|part| part.out.display().to_string()).unwrap_or_default();
                return Err(Error::request(
                    format!("{} and {other} overlap: both have the shard {}", part.out.display(), shard.shard),
                    "scan with an --input-root that all shards are in, so that their names differ",
                ));
            }
        }
    }
    Ok(all.into_values().collect())
}

/// The plan of one run over all shards.
fn whole_plan(first: &Part, order: &[(usize, FinishedShard)]) -> Plan {
    let ShardList { count, digest } = ShardList::of_names(order.iter().map(|(_, shard)| shard.name()));
    Plan { part: 0, of: 1, shards: count, shards_digest: digest, ..first.journal.plan().clone() }
}
