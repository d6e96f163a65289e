//! What `evaluate` and `explain` read: labels, and the results of an earlier scan.

use crate::Target;
use crate::scratch::Scratch;
use ringfence::evaluate::{DEFAULT_SHORT_BYTES, evaluate, read_labels};
use ringfence::report::{evaluation_text, summary_text};
use ringfence::sink::match_rows::read_matches;
use ringfence::sink::summary::Summary;
use std::path::Path;

fn labels(name: &'static str) -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put(name, data);
        let read = || read_labels(&path, DEFAULT_SHORT_BYTES).map_err(|e| e.to_string());
        assert_eq!(read(), read());
    })
}

/// Labels in JSON Lines.
pub fn lines() -> Target {
    labels("labels.jsonl")
}

/// Labels in Parquet.
pub fn parquet() -> Target {
    labels("labels.parquet")
}

/// `matches.parquet` of an earlier scan.
pub fn matches() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("matches.parquet", data);
        let read = || {
            let mut rows = Vec::new();
            let read = read_matches(&path, &mut |row| {
                rows.push(row);
                rows.len() < 1000
            });
            (read.map_err(|e| e.to_string()), rows.len())
        };
        assert_eq!(read(), read());
    })
}

/// `summary.json` of an earlier scan: said in words, and evaluated with some labels.
pub fn summary() -> Target {
    let scratch = Scratch::new();
    let labels = scratch.put("labels.jsonl", b"{\"kind\":\"verbatim\",\"row\":0,\"shard\":\"part-0.parquet\"}\n");
    let nothing = scratch.path().join("matches.parquet");
    ringfence::sink::matches::MatchWriter::create(&nothing, "").and_then(|out| out.finish()).expect("an empty file");
    Box::new(move |data| {
        let path = scratch.put("summary.json", data);
        if let Ok(summary) = Summary::read(&path) {
            let text = summary_text(&summary, Path::new("out"));
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        }
        if let Ok(evaluation) = evaluate(scratch.path(), &labels, None, DEFAULT_SHORT_BYTES) {
            let _ = evaluation_text(&evaluation);
        }
    })
}
