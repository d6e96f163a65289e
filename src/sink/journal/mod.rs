//! `journal.jsonl`: what a run was asked for, and each shard that it has finished. By it the same command continues a run that
//! was stopped, and the parts of a run that was split are put together.
//!
//! 1. [`Journal::begin`] claims a results folder: new, or of a run that was asked for the same.
//! 2. [`Journal::line`] makes the line of a finished shard; it is there for good when [`Pages::write`] returns.
//! 3. [`Journal::read`] reads the journal of a finished run.
//!
//! Every line carries a digest of itself and of the line before ([`line`]), so that a journal that was altered is refused. A
//! last line that was cut off is what a stopped run leaves: it is taken away.
//!
//! The bytes of a journal depend on the run's inputs and parameters only, not on times, threads or interruptions; but a shard
//! that failed and was examined again has a line for each attempt, of which the last one counts.

mod begin;
mod line;

pub use begin::{Journal, Pages};

use super::summary::{FailedShard, Matched, ShardSummary};
use crate::shard::Identity;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the journal's fields.
pub const JOURNAL_VERSION: u32 = 1;

/// The name of the journal in the results folder.
pub const JOURNAL_NAME: &str = "journal.jsonl";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// The first line.
    Plan(Plan),
    /// The second line: the id of the index.
    Index(String),
    /// Every other line: a finished shard.
    Shard(Box<FinishedShard>),
}

/// What a run was asked for. Two runs with the same plan, index and inputs end in the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`JOURNAL_VERSION`].
    pub journal_version: u32,
    /// The version of ringfence.
    pub version: String,
    /// What was asked for, by the names of the command line's options; what results do not depend on is left out.
    pub parameters: BTreeMap<String, String>,
    /// How many shards were meant, those of other parts included.
    pub shards: u64,
    /// BLAKE3 of their relative paths, each with a line feed, in order.
    pub shards_digest: String,
    /// Which of them are this run's: every `of`-th from number `part` on; of one, all.
    pub part: u64,
    /// How many parts there are.
    pub of: u64,
}

/// Something that two plans differ in; empty where nothing was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The option's name, or what else it is.
    pub what: String,
    /// In the plan that is compared.
    pub here: String,
    /// In the plan that it is compared with.
    pub there: String,
}

impl Plan {
    /// What this plan has, and another has not.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut all = Vec::new();
        let mut compare = |what: &str, here: String, there: String| {
            if here != there {
                all.push(Difference { what: what.to_owned(), here, there });
            }
        };
        compare("journal version", self.journal_version.to_string(), other.journal_version.to_string());
        compare("version", self.version.clone(), other.version.clone());
        let names: BTreeSet<&String> = self.parameters.keys().chain(other.parameters.keys()).collect();
        let value = |plan: &Self, name: &String| plan.parameters.get(name).cloned().unwrap_or_default();
        for name in names {
            compare(name, value(self, name), value(other, name));
        }
        let part = |plan: &Self| format!("{}/{}", plan.part, plan.of);
        compare("--shard-range", part(self), part(other));
        compare("number of shards", self.shards.to_string(), other.shards.to_string());
        if self.shards == other.shards {
            compare("digest of the shards' names", self.shards_digest.clone(), other.shards_digest.clone());
        }
        all
    }
}

/// A shard that is done with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedShard {
    /// The file as it was when it was opened; none if it could not be.
    pub input: Option<Identity>,
    /// The files that were written for it.
    pub outputs: Vec<OutputFile>,
    /// Its counts.
    pub counts: ShardSummary,
    /// Matches and matched records by the vendor of the reference.
    pub vendors: BTreeMap<String, Matched>,
    /// The same by `vendor/model`.
    pub models: BTreeMap<String, Matched>,
    /// Records that could not be examined, by reason.
    pub skipped_records: BTreeMap<String, u64>,
    /// Matches whose record was written before the reference.
    pub preceding_matches: u64,
    /// Why the shard could not be examined to its end, if so.
    pub failures: Vec<FailedShard>,
    /// Where the rows of its matches and skipped records begin in the file of what was found so far (`found`).
    pub found_start: u64,
    /// Where they end.
    pub found_end: u64,
}

impl FinishedShard {
    /// Its relative path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.counts.shard
    }
}

/// A file that was written for a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Its path in the results folder.
    pub path: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// BLAKE3 of its content, in hexadecimal digits; empty for a link to the shard itself.
    pub blake3: String,
}
