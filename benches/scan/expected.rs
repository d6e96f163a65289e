//! What a scan must find, or there is no figure.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// A record with a copy of a reference; all others are clean.
#[derive(Deserialize)]
struct Planted {
    shard: String,
    row: u64,
    /// Whether it must be found: verbatim and long. An edited copy may have become too different.
    sure: bool,
}

/// The records that should match.
pub(crate) enum Expected {
    /// Exactly so many.
    Number(u64),
    /// By a file of [`Planted`].
    Labels { sure: BTreeSet<(String, u64)>, all: BTreeSet<(String, u64)> },
}

/// Of all planted records, edited ones included, at least so many of a hundred are found.
const FOUND: usize = 95;

impl Expected {
    pub(crate) fn read(labels: &Path) -> Self {
        let text = std::fs::read_to_string(labels).unwrap();
        let planted: Vec<Planted> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let place = |planted: &Planted| (planted.shard.clone(), planted.row);
        Self::Labels {
            sure: planted.iter().filter(|planted| planted.sure).map(place).collect(),
            all: planted.iter().map(place).collect(),
        }
    }

    /// How many were planted.
    pub(crate) fn planted(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::Labels { all, .. } => all.len() as u64,
        }
    }

    /// Whether so many matching records are no contradiction.
    pub(crate) fn is_possible(&self, matched: u64) -> bool {
        match self {
            Self::Number(number) => matched == *number,
            Self::Labels { sure, all } => (sure.len() as u64..=all.len() as u64).contains(&matched),
        }
    }

    pub(crate) fn check(&self, found: &BTreeSet<(String, u64)>) {
        let Self::Labels { sure, all } = self else { return };
        let (missed, wrong): (Vec<_>, Vec<_>) = (sure.difference(found).collect(), found.difference(all).collect());
        assert!(missed.is_empty(), "{} verbatim copies of {} are not found: {missed:.3?}", missed.len(), sure.len());
        assert!(wrong.is_empty(), "{} clean records match: {wrong:.3?}", wrong.len());
        assert!(found.len() * 100 >= all.len() * FOUND, "{} of {} planted records are found", found.len(), all.len());
    }
}
