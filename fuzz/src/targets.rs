//! All targets by name.

use crate::{Target, files, indexes, json, labels, logs, matching, parquet, rewrite, text};
use ringfence::ingest::collect::Collector;

/// One for each parser; those of the logs are named by their formats, and come by themselves.
const TARGETS: &[(&str, fn() -> Target)] = &[
    ("normalise", text::normalise),
    ("offsets", text::offsets),
    ("minhash", text::minhash),
    ("escape", text::escape),
    ("date", text::date),
    ("column-path", text::column_path),
    ("condition", text::condition),
    ("index", indexes::index),
    ("index-manifest", indexes::manifest),
    ("index-change", indexes::change),
    ("match", matching::find),
    ("parquet-texts", parquet::texts),
    ("parquet-dates", parquet::dates),
    ("parquet-references", parquet::references),
    ("parquet-labels", labels::parquet),
    ("parquet-matches", labels::matches),
    ("rewrite-drop", rewrite::drop_rows),
    ("rewrite-redact", rewrite::redact),
    ("rewrite-annotate", rewrite::annotate),
    ("json-columns", json::columns),
    ("json-lines", json::lines),
    ("json-append", json::append),
    ("json-references", json::references),
    ("json-labels", labels::lines),
    ("json-summary", labels::summary),
    ("json-mapping", logs::mapping),
    ("files", files::files),
    ("discover", files::discovered),
    ("collect", logs::any),
    ("mapped", logs::mapped),
    ("secrets", logs::secrets),
];

const LOG: &str = "log-";

/// The names of all targets.
pub fn names() -> Vec<String> {
    let logs = Collector::formats().into_iter().map(|format| format!("{LOG}{format}"));
    TARGETS.iter().map(|(name, _)| (*name).to_owned()).chain(logs).collect()
}

/// The target of a name.
pub fn make(name: &str) -> Option<Target> {
    match name.strip_prefix(LOG) {
        Some(format) => Collector::formats().into_iter().find(|known| *known == format).map(logs::reader),
        None => TARGETS.iter().find(|(known, _)| *known == name).map(|(_, make)| make()),
    }
}
