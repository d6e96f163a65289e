//! What of a scan is done already, and what is left.

use super::leftovers::{check_outputs, remove_outputs, remove_temporary};
use super::results::Results;
use crate::error::{Error, Result};
use crate::shard::{Discovered, Identity, ShardFile};
use crate::sink::journal::{FinishedShard, Journal};
use std::collections::VecDeque;
use std::path::Path;

/// The shards of a scan, in their order.
pub(super) struct Resume {
    /// Finished by earlier runs.
    pub earlier: VecDeque<FinishedShard>,
    /// To be scanned: not finished, or failed in an earlier run.
    pub left: Vec<ShardFile>,
    has_results: bool,
}

impl Resume {
    /// Compares what is asked for with what the journal says is done.
    ///
    /// # Errors
    /// A finished shard that is not the file any more that was scanned, or whose outputs are not there.
    pub(super) fn of(out: &Path, discovered: &Discovered, journal: &Journal) -> Result<Self> {
        let (mut earlier, mut left) = (VecDeque::new(), Vec::new());
        for file in &discovered.shards {
            match journal.shards().get(&file.relative).filter(|shard| shard.failures.is_empty()) {
                Some(shard) => {
                    check_unchanged(file, shard)?;
                    check_outputs(out, &shard.outputs)?;
                    earlier.push_back(shard.clone());
                }
                None => left.push(file.clone()),
            }
        }
        Ok(Self { earlier, left, has_results: Results::are_complete(out) })
    }

    /// Whether nothing is left to do.
    pub(super) fn is_complete(&self) -> bool {
        self.left.is_empty() && self.has_results
    }

    /// Takes away what an earlier run has left unfinished.
    pub(super) fn prepare(&self, out: &Path, is_fresh: bool) -> Result<()> {
        if is_fresh {
            return Ok(());
        }
        Results::remove(out)?;
        remove_temporary(out)?;
        self.left.iter().try_for_each(|file| remove_outputs(out, &file.relative))
    }
}

fn check_unchanged(file: &ShardFile, shard: &FinishedShard) -> Result<()> {
    let now = Identity::of(&file.path)?;
    let difference = match &shard.input {
        Some(before) => before.difference(&now),
        None => Some("a file that could not be opened then".to_owned()),
    };
    difference.map_or(Ok(()), |found| {
        let expected = "the shard that the run has scanned already";
        let help = "scan into a new folder: what was found in this one is of the shard as it was";
        Err(Error::content(&file.path, expected, format!("another one: {found}")).help(help))
    })
}
