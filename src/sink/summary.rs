//! `summary.json`: what was scanned with what, what was found, and what could not be examined.

use super::level::Level;
use super::publish::Publish;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The version of the summary's fields. Fields may be added within a version, never change their meaning; what an earlier summary
/// has not, is as where nothing was asked for.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole of `summary.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of ringfence that scanned.
    pub version: String,
    /// What could not be examined is within the limits: nothing at all, unless they were raised.
    pub complete: bool,
    /// The index that was scanned with.
    pub index: IndexUsed,
    /// What was asked for.
    pub parameters: ParametersUsed,
    /// Counts over all shards.
    pub totals: Totals,
    /// Matches and matched records by the vendor of the reference.
    pub vendors: BTreeMap<String, Matched>,
    /// The same by `vendor/model`.
    pub models: BTreeMap<String, Matched>,
    /// Records that could not be examined, by reason; each is listed in `skipped.jsonl`.
    pub skipped_records: BTreeMap<String, u64>,
    /// Shards that could not be examined, whole or in part.
    pub failed_shards: Vec<FailedShard>,
    /// Files in the folders that were named which are no shards.
    pub ignored_files: Vec<PathBuf>,
    /// Symbolic links in these folders that were not followed.
    pub links_not_followed: Vec<PathBuf>,
    /// Every shard, by relative path.
    pub shards: Vec<ShardSummary>,
    /// Seconds from start to end.
    pub seconds: f64,
    /// Bytes of text examined in a second.
    pub text_bytes_per_second: f64,
}

/// Which index a scan used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexUsed {
    /// Its folder.
    pub path: PathBuf,
    /// Its id.
    pub id: String,
    /// Its references.
    pub references: u64,
    /// Whether it is private: then shingles were counted in order, and no texts aligned.
    pub private: bool,
}

/// Compression levels by codec; the others have none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelsUsed {
    /// Of zstd, in Parquet and around JSON Lines.
    pub zstd: i32,
    /// Of gzip, the same.
    pub gzip: u32,
    /// Of brotli.
    pub brotli: u32,
}

impl From<Level> for LevelsUsed {
    fn from(level: Level) -> Self {
        Self { zstd: level.zstd(), gzip: level.gzip(), brotli: level.brotli() }
    }
}

/// What a scan was asked to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParametersUsed {
    /// Jaccard similarity from which on a record matches.
    pub threshold: f64,
    /// `resemblance`, `containment` or `both`.
    pub detect: String,
    /// `fast`, `balanced` or `thorough`.
    pub sensitivity: String,
    /// Matches reported of one text.
    pub max_matches: usize,
    /// `flag`, `drop`, `annotate` or `redact`.
    pub action: String,
    /// With `redact`: what stands in place of a matched span.
    pub marker: String,
    /// The levels at which data was compressed that was encoded anew.
    pub compression_level: LevelsUsed,
    /// The columns that were named; none: by convention.
    pub columns: Vec<String>,
    /// The roles whose turns of chats were examined; none: all.
    pub roles: Vec<String>,
    /// The column that says when a record was written; empty: none.
    pub record_date: String,
    /// Records that may go unexamined before the scan counts as incomplete.
    pub max_bad_records: u64,
    /// The same for shards.
    pub max_bad_shards: u64,
    /// Threads.
    pub threads: usize,
}

/// Counts over shards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Shards that were named.
    pub shards: u64,
    /// Shards of which some part could not be examined.
    pub failed_shards: u64,
    /// Bytes of the shards' files.
    pub file_bytes: u64,
    /// Records in the shards that could be opened.
    pub records: u64,
    /// Texts examined.
    pub texts: u64,
    /// Bytes of these texts.
    pub text_bytes: u64,
    /// Texts of other roles than were asked for: not examined.
    pub other_roles: u64,
    /// Members of archives that are no text files: not examined.
    pub other_members: u64,
    /// Matches.
    pub matches: u64,
    /// Those of them whose record was surely written before the reference.
    pub preceding_matches: u64,
    /// Records with at least one match.
    pub matched_records: u64,
    /// Records that could not be examined in shards that could.
    pub skipped_records: u64,
}

/// Matches, and the records that have them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// Matches.
    pub matches: u64,
    /// Records with at least one of them.
    pub records: u64,
}

/// A shard that could not be examined, whole or in part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedShard {
    /// Its relative path.
    pub shard: String,
    /// What was wrong, with the place.
    pub error: String,
    /// What can be done, where it is known.
    pub help: String,
}

/// One shard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShardSummary {
    /// Its relative path.
    pub shard: String,
    /// Where it was read.
    pub path: PathBuf,
    /// Bytes of its file.
    pub file_bytes: u64,
    /// Its text columns.
    pub columns: Vec<String>,
    /// Its records.
    pub records: u64,
    /// Texts examined.
    pub texts: u64,
    /// Bytes of these texts.
    pub text_bytes: u64,
    /// Texts of other roles than were asked for: not examined.
    pub other_roles: u64,
    /// Members of archives that are no text files: not examined.
    pub other_members: u64,
    /// Matches.
    pub matches: u64,
    /// Records with at least one match.
    pub matched_records: u64,
    /// Records that could not be examined.
    pub skipped_records: u64,
    /// All of it was examined, but for the skipped records.
    pub examined: bool,
    /// What stands under `data/`: `copied`, `linked`, `rewritten`; `none` when nothing does.
    pub output: String,
}

impl Summary {
    /// Writes the summary under its final name: the last file of a scan.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(self).map_err(|e| Error::content(path, "a summary", e))?;
        let output = Publish::create(path)?;
        output.file().write_all((json + "\n").as_bytes()).map_err(Error::io("write", path))?;
        output.publish()
    }

    /// Reads the summary of an earlier scan.
    ///
    /// # Errors
    /// A file that is missing, not a summary, or of another version.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::content(path, "the summary of a scan", "no such file").help(
                "name the --out folder of a scan; summary.json is written last, so a scan that was stopped has none",
            ),
            _ => Error::io("open", path)(error),
        })?;
        let bad = |e: serde_json::Error| Error::content(path, "the summary of a scan", e);
        let summary: Self = serde_json::from_reader(std::io::BufReader::new(file)).map_err(bad)?;
        if summary.schema_version != SCHEMA_VERSION {
            let found = format!("version {}", summary.schema_version);
            return Err(Error::content(path, format!("schema version {SCHEMA_VERSION}"), found));
        }
        Ok(summary)
    }
}
