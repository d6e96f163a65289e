//! The output of a Parquet shard, row group by row group.
//!
//! 1. The worker that has examined a row group makes the copy's: what changes is encoded anew, the rest is left where it lies.
//! 2. Row groups come in from all threads in any order, and go into the copy in theirs: whoever brings the one whose turn it
//!    is puts it there, and those that waited for it. The others go on scanning.
//! 3. As long as nothing has changed there is no copy: a shard without hits is copied whole at its end, or linked.
//! 4. Whoever is the last to have something to do publishes the copy. A row group that could not be examined or made ends
//!    it: then nothing is published.

use super::output::{Output, Outputs};
use super::unit::{Findings, OpenShard};
use super::{Action, annotate, redact};
use crate::error::{Error, Result};
use crate::shard::{ParquetShard, ShardData};
use crate::sink::annotation::fields;
use crate::sink::publish::Publish;
use crate::sink::rewrite::{Assembly, Group, Rewrite, Selection};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The copy of one shard, shared by the workers on its row groups.
#[derive(Default)]
pub(super) struct Rewriting {
    source: Mutex<Option<Arc<Rewrite<ShardData>>>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Row groups that were brought, in the copy or not.
    brought: usize,
    /// Those whose turn has not come; none: it is the source's.
    waiting: BTreeMap<usize, Option<Group>>,
    /// The row group whose turn it is.
    next: usize,
    /// The copy, when it was begun and nobody works on it.
    copy: Option<Copy>,
    /// Somebody works on the copy.
    busy: bool,
    unexamined: BTreeSet<u64>,
    /// A row group could not be examined.
    failed: bool,
    /// What went wrong at the first of the row groups that could not be made or put into the copy.
    error: Option<(usize, Error)>,
}

struct Copy {
    place: Publish,
    assembly: Assembly<File>,
}

/// A shard and what its output depends on.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub outputs: &'a Outputs<'a>,
    pub shard: &'a OpenShard<'a>,
    pub parquet: &'a ParquetShard,
}

impl Rewriting {
    /// Takes a row group that was examined (without findings: could not be), and says what was written if nothing is left to do.
    pub(super) fn take(&self, job: Job<'_>, group: usize, findings: Option<Findings>) -> Option<Result<Output>> {
        let unexamined = findings.as_ref().map(|findings| findings.unexamined.clone());
        let wanted = findings.filter(|_| self.state().wants(group));
        let made = wanted.map(|findings| self.make(job, group, findings));
        let mut state = self.state();
        state.brought += 1;
        match (unexamined, made) {
            (None, _) => state.fail(),
            (Some(_), Some(Err(error))) => state.give_up(group, error),
            (Some(_), None) => {}
            (Some(rows), Some(Ok(made))) => {
                state.unexamined.extend(rows);
                if state.wants(group) {
                    state.waiting.insert(group, made);
                }
            }
        }
        self.put_in_order(job, state)
    }

    /// A shard without row groups.
    pub(super) fn take_empty(&self, job: Job<'_>) -> Result<Output> {
        self.finish(job, State::default())
    }

    /// Makes the copy's row group; none: it is the source's.
    fn make(&self, job: Job<'_>, group: usize, findings: Findings) -> Result<Option<Group>> {
        let action = job.outputs.options.action;
        if action != Action::Annotate && findings.matched.is_empty() && findings.unexamined.is_empty() {
            return Ok(None);
        }
        let source = self.source(job)?;
        let made = match action {
            Action::Annotate => annotate::group(&source, job, group, findings),
            Action::Redact => redact::group(&source, job, group, findings),
            Action::Flag | Action::Drop => {
                let goes = |row| findings.matched.contains(&row) || findings.unexamined.contains(&row);
                source.edited(group, &mut |group| select(job.parquet, group, &|row| !goes(row)))
            }
        };
        job.parquet.release(group);
        made.map(Some)
    }

    /// The shard as the source of a copy, opened when it is first needed.
    fn source(&self, job: Job<'_>) -> Result<Arc<Rewrite<ShardData>>> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = &*source {
            return Ok(Arc::clone(source));
        }
        let (path, data, options) = (job.parquet.path(), job.parquet.data(), job.outputs.rewrite_options());
        let opened = Arc::new(match job.outputs.options.action {
            Action::Annotate => Rewrite::with_columns(path, data, &fields(), options)?,
            Action::Flag | Action::Drop | Action::Redact => Rewrite::open(path, data, options)?,
        });
        Ok(Arc::clone(source.insert(opened)))
    }

    /// Puts all row groups into the copy whose turn has come, unless somebody is at it; ends the shard if it was the last.
    fn put_in_order<'s>(&'s self, job: Job<'_>, mut state: MutexGuard<'s, State>) -> Option<Result<Output>> {
        if state.busy {
            return None;
        }
        while let Some((group, made)) = state.turn() {
            if made.is_none() && state.copy.is_none() {
                continue;
            }
            let copy = state.copy.take();
            state.busy = true;
            drop(state);
            let put = self.put(job, copy, group, made);
            state = self.state();
            state.busy = false;
            match put {
                Ok(copy) => state.copy = Some(copy).filter(|_| !state.failed),
                Err(error) => state.give_up(group, error),
            }
        }
        if state.brought < job.parquet.row_groups() {
            return None;
        }
        let last = std::mem::take(&mut *state);
        drop(state);
        Some(self.finish(job, last))
    }

    /// Puts a row group into the copy. A copy that was not begun begins with the source's row groups before it.
    fn put(&self, job: Job<'_>, copy: Option<Copy>, group: usize, made: Option<Group>) -> Result<Copy> {
        let source = self.source(job)?;
        let (mut copy, from) = match copy {
            Some(copy) => (copy, group),
            None => (self.begin(job)?, 0),
        };
        for before in from..group {
            source.append(&mut copy.assembly, source.whole(before)?)?;
            job.parquet.release(before);
        }
        let made = made.map_or_else(|| source.whole(group), Ok)?;
        source.append(&mut copy.assembly, made)?;
        job.parquet.release(group);
        Ok(copy)
    }

    fn begin(&self, job: Job<'_>) -> Result<Copy> {
        let destination = job.outputs.place("data", job.shard);
        let place = Publish::create(&destination)?;
        let file = place.file().try_clone().map_err(Error::io("write", &destination))?;
        Ok(Copy { assembly: self.source(job)?.begin(file)?, place })
    }

    /// Writes what is left to write when all row groups are done with.
    fn finish(&self, job: Job<'_>, state: State) -> Result<Output> {
        if state.failed {
            return Ok(Output::None);
        }
        if let Some((_, error)) = state.error {
            return Err(error);
        }
        let (outputs, unexamined) = (job.outputs, &state.unexamined);
        let set_aside = (!unexamined.is_empty()).then(|| outputs.quarantine_rows(job.shard, job.parquet, unexamined));
        let set_aside = set_aside.transpose()?;
        let copy = match state.copy {
            Some(copy) => copy,
            None if outputs.options.action == Action::Annotate => self.begin(job)?,
            None => return outputs.copy_whole(job.shard),
        };
        self.source(job)?.finish(copy.assembly)?;
        outputs.publish(job.shard, set_aside.into_iter().chain([copy.place]))?;
        Ok(Output::Rewritten)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a row group can still matter: those before an error may have one of their own, and the first is reported.
    fn wants(&self, group: usize) -> bool {
        !self.failed && self.error.as_ref().is_none_or(|(at, _)| group < *at)
    }

    /// The row group whose turn it is, if it is there.
    fn turn(&mut self) -> Option<(usize, Option<Group>)> {
        if !self.wants(self.next) {
            return None;
        }
        let made = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some((self.next - 1, made))
    }

    fn fail(&mut self) {
        self.failed = true;
        self.waiting.clear();
        self.copy = None;
    }

    fn give_up(&mut self, group: usize, error: Error) {
        if self.wants(group) {
            self.error = Some((group, error));
            self.waiting.split_off(&group);
        }
    }
}

/// The rows of a group that `keep` wants.
pub(super) fn select(shard: &ParquetShard, group: usize, keep: &dyn Fn(u64) -> bool) -> Selection {
    let first = shard.first_row(group);
    let rows: Vec<bool> = (first..first + shard.rows(group)).map(keep).collect();
    match rows.iter().filter(|&&kept| kept).count() {
        kept if kept == rows.len() => Selection::All,
        0 => Selection::None,
        _ => Selection::Rows(rows),
    }
}
