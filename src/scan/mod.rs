//! Shards through workers to sinks.
//!
//! 1. [`Scanner::run`] opens the shards one after the other and cuts them into units of work (`unit`): row groups, or a whole
//!    JSON Lines file.
//! 2. `pool` runs the units on all threads and hands their results over in the order of the units, so that outputs do not
//!    depend on the number of threads.
//! 3. A `worker` reads the texts of a unit and asks the matcher. It then makes what the output has of the unit (`output`,
//!    `rewriting`); whichever worker's turn it is puts that in its place.
//! 4. `collector` writes the matches and adds up the summary; of each finished shard it writes a line into the journal, by
//!    which a run that was stopped is continued (`resume`).
//!
//! A shard, row group or record that could not be examined is a result like any other: it is listed and counted, and it never
//! reaches an output as if it had been examined.

mod annotate;
mod collector;
mod examine_files;
mod gathered;
mod leftovers;
mod line_columns;
mod locate;
mod merge;
mod names;
mod output;
mod plan;
mod pool;
mod redact;
mod redactor;
mod repeats;
mod results;
mod resume;
mod rewriting;
mod syncer;
#[cfg(test)]
mod tests;
mod unit;
mod unit_result;
mod worker;

pub use locate::{TextAddress, read_text};
pub use merge::merge;

use crate::detect::{MatchOptions, Matcher};
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shard::{ColumnPath, Discovered, Io, ShardFile};
use crate::sink::found::{FoundWriter, remove_found};
use crate::sink::journal::Journal;
use crate::sink::summary::Summary;
use results::Results;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Columns that are scanned by convention, in the order of preference: the first that a shard has.
pub const SCANNED_COLUMNS: [&str; 12] = [
    "text",
    "content",
    "output",
    "response",
    "completion",
    "answer",
    "generation",
    "generated_text",
    "messages[].content",
    "conversations[].value",
    "conversation[].content",
    "conversations[].content",
];

/// What usually stands in place of a matched span.
pub const DEFAULT_MARKER: &str = "[REDACTED]";

/// Bytes of memory that a thread needs for its buffers, whatever the shards.
pub const FIXED_MEMORY: u64 = 64 << 20;

/// What is done with records that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// They are reported; no data is written.
    Flag,
    /// Shards are copied without them.
    Drop,
    /// Shards are copied with columns that say what was found.
    Annotate,
    /// Shards are copied with a marker in place of each matched span of text.
    Redact,
}

impl Action {
    /// Its name on the command line and in the summary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Drop => "drop",
            Self::Annotate => "annotate",
            Self::Redact => "redact",
        }
    }
}

/// What a scan is asked to do.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// The folder of the results; it must not hold another run, but may hold this one, stopped.
    pub out: PathBuf,
    /// What is done with records that match.
    pub action: Action,
    /// What stands in place of a matched span with [`Action::Redact`].
    pub marker: String,
    /// What matches.
    pub matching: MatchOptions,
    /// The text columns; none: by convention, one a shard.
    pub columns: Vec<ColumnPath>,
    /// The roles whose turns of chats are examined; none: all.
    pub roles: Vec<String>,
    /// The column that says when a record was written, if one does.
    pub record_date: Option<ColumnPath>,
    /// Threads; 0: as many as the machine has cores.
    pub threads: usize,
    /// How hard data is compressed that is encoded anew; none: as the codec has it ([`Level`](crate::sink::level::Level)).
    pub compression_level: Option<u32>,
    /// How shards are read.
    pub io: Io,
    /// Bytes of memory, beside the mapped index: what needs more is not examined. None: whatever the largest page or line needs.
    pub memory: Option<u64>,
    /// Whether shards without hits are linked instead of copied.
    pub link: bool,
    /// Records that may go unexamined before the scan counts as incomplete.
    pub max_bad_records: u64,
    /// The same for shards.
    pub max_bad_shards: u64,
}

impl ScanOptions {
    fn threads(&self) -> usize {
        if self.threads == 0 { pool::available() } else { self.threads }
    }

    /// Bytes that a page or line may have: of a thread's share of the memory, [`FIXED_MEMORY`] is for the rest, and what comes
    /// from the disk may be there twice, compressed and not.
    fn largest_piece(&self) -> u64 {
        self.memory.map_or(u64::MAX, |memory| (memory / self.threads() as u64).saturating_sub(FIXED_MEMORY) / 2)
    }
}

/// Hears how a scan gets on; called from all threads.
pub trait Progress: Sync {
    /// The scan begins: so many bytes of files in so many shards.
    fn begin(&self, file_bytes: u64, shards: u64);
    /// So many more bytes of files are done.
    fn advance(&self, file_bytes: u64);
    /// Something could not be examined.
    fn problem(&self, message: &str);
    /// So many shards were finished by an earlier run.
    fn resumed(&self, _shards: u64) {}
    /// Whether the scan is to stop: what is in hand is done, and the rest is left to the next run.
    fn is_stopping(&self) -> bool {
        false
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All shards are done.
    Finished(Box<Summary>),
    /// They were done already: this is what the earlier run wrote.
    Already(Box<Summary>),
    /// It was stopped ([`Progress::is_stopping`]); the next run of the same plan goes on from here.
    Stopped {
        /// Shards that are finished.
        finished: u64,
        /// All shards.
        shards: u64,
    },
}

impl Outcome {
    /// The summary, if all shards are done.
    #[must_use]
    pub fn summary(self) -> Option<Summary> {
        match self {
            Self::Finished(summary) | Self::Already(summary) => Some(*summary),
            Self::Stopped { .. } => None,
        }
    }
}

/// Scans shards with an index.
pub struct Scanner<'a> {
    index: &'a Index,
    options: ScanOptions,
    progress: &'a dyn Progress,
}

impl<'a> Scanner<'a> {
    /// A scanner. Checks everything that can be checked before reading a shard.
    ///
    /// # Errors
    /// A threshold that the index was not built for.
    pub fn new(index: &'a Index, options: ScanOptions, progress: &'a dyn Progress) -> Result<Self> {
        Matcher::new(index, options.matching)?;
        if options.largest_piece() == 0 {
            let problem = format!("{} threads with {} bytes of memory", options.threads(), options.memory.unwrap_or(0));
            let help = format!(
                "a thread needs over {} MiB: allow more with --memory, or use fewer --threads",
                FIXED_MEMORY >> 20
            );
            return Err(Error::request(problem, help));
        }
        Ok(Self { index, options, progress })
    }

    /// Scans the shards, writes all results, and returns the summary that it wrote; continues an earlier run of the same plan.
    ///
    /// # Errors
    /// Only what makes a report impossible, such as a full disk, or results of another run. Faults of shards and records are in
    /// the summary.
    pub fn run(&self, discovered: &Discovered) -> Result<Outcome> {
        let journal = Journal::begin(&self.options.out, self.options.plan(discovered, BTreeMap::new()))?;
        self.continue_run(discovered, journal)
    }

    /// The same for a run that has begun with its journal.
    ///
    /// # Errors
    /// See [`run`](Self::run).
    pub fn continue_run(&self, discovered: &Discovered, mut journal: Journal) -> Result<Outcome> {
        let started = Instant::now();
        journal.set_index(self.index.id())?;
        let resume = resume::Resume::of(&self.options.out, discovered, &journal)?;
        if resume.is_complete() {
            // The earlier run may have been stopped just before it did this.
            remove_found(&self.options.out)?;
            return Results::summary(&self.options.out).map(|summary| Outcome::Already(Box::new(summary)));
        }
        // Nothing is taken away before all that is needed was seen to be there.
        let end = journal.shards().values().map(|shard| shard.found_end).max().unwrap_or(0);
        let found = FoundWriter::open(&self.options.out, end)?;
        resume.prepare(&self.options.out, journal.is_fresh())?;
        let resume::Resume { earlier, left, .. } = resume;
        let text_bytes = earlier.iter().map(|shard| shard.counts.text_bytes).sum();
        self.progress.begin(left.iter().map(ShardFile::file_bytes).sum(), left.len() as u64);
        if !earlier.is_empty() {
            self.progress.resumed(earlier.len() as u64);
        }
        let mut collector = collector::Collector::create((self.index, &self.options), (journal, found), earlier)?;
        let ran = pool::in_order(
            (self.options.threads(), &|| self.progress.is_stopping()),
            unit::units(&left, &self.options),
            || worker::Worker::new(self.index, &self.options, self.progress),
            |worker, unit| worker.scan_unit(unit),
            |result| collector.take(result, self.progress),
        );
        if let Err(error) = ran {
            return Err(collector.abandon(error));
        }
        let shards = discovered.shards.len();
        if collector.finished() < shards {
            return Ok(Outcome::Stopped { finished: collector.stop()? as u64, shards: shards as u64 });
        }
        let summary = collector.finish((started.elapsed(), text_bytes), discovered)?;
        Ok(Outcome::Finished(Box::new(summary)))
    }
}

/// A path as JSON can hold it: what is not UTF-8 becomes `\u{FFFD}`.
fn in_json(path: &Path) -> PathBuf {
    path.to_string_lossy().into_owned().into()
}
