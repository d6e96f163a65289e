//! How good a scan was, by a labelled set: recall, false flags, precision, right references, spans.
//!
//! 1. [`read_labels`] reads a file of [`Label`]s; `docs/evaluate.md` has its columns.
//! 2. [`evaluate`] finds the shards that they are about among those of the scan, goes once through `matches.parquet`, and
//!    counts.
//!
//! A labelled record is found if any match is in it. Records without a label, in shards that are otherwise labelled, are
//! clean. Memory grows with the labels, not with the matches or the shards.

mod labels;
mod place;
mod read;
mod score;
mod wilson;

pub use labels::{COLUMNS, Class, DEFAULT_SHORT_BYTES, Label, Labels, NEVER_SHORT, ShardKey, read_labels};
pub use score::{Evaluation, KindScore, UNLABELLED};
pub use wilson::Rate;

use crate::error::Result;
use crate::sink::match_rows::read_matches;
use crate::sink::summary::Summary;
use place::Scanned;
use score::Scorer;
use std::path::Path;

/// Scores the scan that wrote its results to `out` by the labels of a file. `shard` is the one that they are about, where
/// that is not clear, or the only one of theirs to look at.
///
/// # Errors
/// Files that cannot be read, labels that fit no shard of the scan.
pub fn evaluate(out: &Path, labels: &Path, shard: Option<&str>, short_bytes: usize) -> Result<Evaluation> {
    let summary = Summary::read(&out.join("summary.json"))?;
    let scanned = Scanned::new(&summary, labels);
    let (placed, scope) = scanned.place(read_labels(labels, short_bytes)?, shard)?;
    let mut scorer = Scorer::new(placed, scope);
    read_matches(&out.join("matches.parquet"), &mut |found| {
        if let Some(shard) = scanned.exact(&found.shard) {
            scorer.take(shard, &found);
        }
        true
    })?;
    Ok(scorer.finish())
}
