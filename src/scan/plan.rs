//! What a scan is asked to do, as the journal and the summary say it.

use super::{Action, ScanOptions, in_json};
use crate::index::Index;
use crate::shard::Discovered;
use crate::sink::journal::{JOURNAL_VERSION, Plan};
use crate::sink::level::Level;
use crate::sink::summary::{IndexUsed, ParametersUsed, SCHEMA_VERSION, Summary};
use std::collections::BTreeMap;

impl ScanOptions {
    /// The plan of a scan: it may be continued by one of the same plan. `others` are parameters that the options do not
    /// hold, such as what the index is to be built of.
    #[must_use]
    pub fn plan(&self, discovered: &Discovered, others: BTreeMap<String, String>) -> Plan {
        let mut parameters = others;
        parameters.extend(self.parameters().into_iter().map(|(name, value)| (name.to_owned(), value)));
        parameters.retain(|_, value| !value.is_empty());
        Plan {
            journal_version: JOURNAL_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parameters,
            shards: discovered.all.count,
            shards_digest: discovered.all.digest.clone(),
            part: discovered.part.number,
            of: discovered.part.of,
        }
    }

    /// What results depend on, by the names of the command line's options; empty where nothing was asked for.
    fn parameters(&self) -> [(&'static str, String); 15] {
        let or_none = |text: Option<String>| text.unwrap_or_default();
        [
            ("--action", self.action.name().to_owned()),
            ("--marker", if self.action == Action::Redact { self.marker.clone() } else { String::new() }),
            ("--threshold", or_none(self.matching.threshold.map(|threshold| threshold.to_string()))),
            ("--detect", self.matching.detect.name().to_owned()),
            ("--sensitivity", self.matching.sensitivity.name().to_owned()),
            ("--max-matches", self.matching.max_matches.to_string()),
            ("--columns", self.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
            ("--roles", self.roles.join(",")),
            ("--record-date", or_none(self.record_date.as_ref().map(ToString::to_string))),
            ("--compression-level", or_none(self.compression_level.map(|level| level.to_string()))),
            ("--link", if self.link { "yes".to_owned() } else { String::new() }),
            ("--memory", or_none(self.memory.map(|memory| format!("{memory} bytes")))),
            // How large a page may be then depends on them.
            ("--threads", or_none(self.memory.map(|_| self.threads().to_string()))),
            ("--max-bad-records", self.max_bad_records.to_string()),
            ("--max-bad-shards", self.max_bad_shards.to_string()),
        ]
    }

    /// The summary of a scan before anything is counted.
    pub(super) fn summary(&self, index: &Index) -> Summary {
        let references = index.manifest().live().references;
        let path = in_json(&index.path().canonicalize().unwrap_or_else(|_| index.path().to_path_buf()));
        Summary {
            schema_version: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            index: IndexUsed { path, id: index.id().to_owned(), references, private: index.is_private() },
            parameters: ParametersUsed {
                threshold: self.matching.threshold.unwrap_or(index.parameters().threshold),
                action: self.action.name().to_owned(),
                marker: if self.action == Action::Redact { self.marker.clone() } else { String::new() },
                compression_level: Level::new(self.compression_level).into(),
                detect: self.matching.detect.name().to_owned(),
                sensitivity: self.matching.sensitivity.name().to_owned(),
                max_matches: self.matching.max_matches,
                columns: self.columns.iter().map(ToString::to_string).collect(),
                roles: self.roles.clone(),
                record_date: self.record_date.as_ref().map(ToString::to_string).unwrap_or_default(),
                max_bad_records: self.max_bad_records,
                max_bad_shards: self.max_bad_shards,
                threads: self.threads(),
            },
            ..Summary::default()
        }
    }
}
