//! What a scan must find, or there is no figure.

use ringfence::detect::Detect;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A record with a copy of a reference; all others are clean.
#[derive(Deserialize)]
struct Planted {
    shard: String,
    row: u64,
    kind: String,
    /// Whether it must be found: verbatim and long. An edited copy may have become too different.
    sure: bool,
}

/// The records that should match.
pub(crate) enum Expected {
    /// Exactly so many.
    Number(u64),
    /// By a file of [`Planted`].
    Labels { sure: BTreeSet<(String, u64)>, all: BTreeMap<(String, u64), String> },
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
            all: planted.iter().map(|planted| (place(planted), planted.kind.clone())).collect(),
        }
    }

    /// What must be found: of passages nothing, where whole records are looked for.
    fn demanded(&self, detect: Detect) -> Vec<&(String, u64)> {
        let Self::Labels { sure, all } = self else { return Vec::new() };
        let is_looked_for =
            |place: &&_| detect != Detect::Resemblance || all.get(*place).is_some_and(|kind| kind.starts_with("whole"));
        sure.iter().filter(is_looked_for).collect()
    }

    /// Whether so many matching records are no contradiction.
    pub(crate) fn is_possible(&self, detect: Detect, matched: u64) -> bool {
        match self {
            Self::Number(number) => matched == *number,
            Self::Labels { all, .. } => (self.demanded(detect).len()..=all.len()).contains(&(matched as usize)),
        }
    }

    /// Compares what is expected with what was found; returns by kind how many are found, and how many were planted.
    pub(crate) fn check(&self, detect: Detect, found: &BTreeSet<(String, u64)>) -> BTreeMap<&str, [u64; 2]> {
        let Self::Labels { all, .. } = self else { return BTreeMap::from([("all", [found.len() as u64; 2])]) };
        let demanded = self.demanded(detect);
        let missed: Vec<_> = demanded.iter().filter(|place| !found.contains(**place)).collect();
        let wrong: Vec<_> = found.iter().filter(|place| !all.contains_key(*place)).collect();
        assert!(
            missed.is_empty(),
            "{} verbatim copies of {} are not found: {missed:.3?}",
            missed.len(),
            demanded.len()
        );
        assert!(wrong.is_empty(), "{} clean records match: {wrong:.3?}", wrong.len());
        let enough = detect == Detect::Resemblance || found.len() * 100 >= all.len() * FOUND;
        assert!(enough, "{} of {} planted records are found", found.len(), all.len());
        let mut kinds = BTreeMap::<&str, [u64; 2]>::new();
        for (place, kind) in all {
            let [hit, planted] = kinds.entry(kind).or_default();
            *hit += u64::from(found.contains(place));
            *planted += 1;
        }
        kinds
    }
}
