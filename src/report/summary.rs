//! The summary of a scan on a terminal.

use super::table::table;
use super::words::{count, counted, escape, size};
use crate::sink::summary::{Matched, ShardSummary, Summary};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Lines shown of a list; the rest is in `summary.json`.
const MOST: usize = 12;

/// What a person should know of a scan, in a few lines.
#[must_use]
pub fn summary_text(summary: &Summary, out: &Path) -> String {
    let totals = &summary.totals;
    let mut text = String::new();
    let share = totals.matched_records as f64 * 100.0 / (totals.records as f64).max(1.0);
    let _ = writeln!(
        text,
        "{} of {} ({share:.2} %) in {} match one of {} (Jaccard >= {})",
        count(totals.matched_records),
        counted(totals.records, "record"),
        counted(totals.shards, "shard"),
        counted(summary.index.references, "reference"),
        summary.parameters.threshold,
    );
    push_models(&mut text, &summary.models);
    push_shards(&mut text, summary);
    push_unexamined(&mut text, summary);
    let _ = writeln!(
        text,
        "\nexamined {} of text in {}, {:.1} s, {}/s",
        size(totals.text_bytes),
        counted(totals.texts, "text"),
        summary.seconds,
        size(summary.text_bytes_per_second as u64),
    );
    if summary.index.private {
        text += "\nthe index is private: shared shingles were counted in order, no texts were aligned\n";
    }
    push_results(&mut text, summary, out);
    text
}

fn push_models(text: &mut String, models: &BTreeMap<String, Matched>) {
    let mut most: Vec<_> = models.iter().collect();
    most.sort_by(|a, b| b.1.records.cmp(&a.1.records).then(a.0.cmp(b.0)));
    let name = |name: &str| if name == "/" { "(not known)".to_owned() } else { escape(name) };
    let row = |(model, matched): &(&String, &Matched)| [name(model), count(matched.records), count(matched.matches)];
    push_table(text, ["model that wrote the reference", "records", "matches"], &most, row);
}

fn push_shards(text: &mut String, summary: &Summary) {
    let mut hit: Vec<_> = summary.shards.iter().filter(|shard| shard.matched_records > 0).collect();
    hit.sort_by(|a, b| b.matched_records.cmp(&a.matched_records).then(a.shard.cmp(&b.shard)));
    let row = |shard: &&ShardSummary| [escape(&shard.shard), count(shard.matched_records), count(shard.records)];
    push_table(text, ["shard", "records", "of"], &hit, row);
}

/// The first lines of a list as a table; nothing if it is empty.
fn push_table<T>(text: &mut String, heads: [&str; 3], all: &[T], row: impl Fn(&T) -> [String; 3]) {
    if all.is_empty() {
        return;
    }
    let rows: Vec<[String; 3]> = all.iter().take(MOST).map(row).collect();
    let _ = write!(text, "\n{}", table(heads, &rows));
    push_rest(text, all.len());
}

fn push_unexamined(text: &mut String, summary: &Summary) {
    let totals = &summary.totals;
    if totals.failed_shards > 0 {
        let _ = writeln!(text, "\nNOT EXAMINED: {}, whole or in part", counted(totals.failed_shards, "shard"));
        for failed in summary.failed_shards.iter().take(MOST) {
            let _ = writeln!(text, "  {}", escape(&failed.error));
            if !failed.help.is_empty() {
                let _ = writeln!(text, "    help: {}", escape(&failed.help));
            }
        }
        push_rest(text, summary.failed_shards.len());
    }
    if totals.skipped_records > 0 {
        let records = counted(totals.skipped_records, "record");
        let _ = writeln!(text, "\nNOT EXAMINED: {records}, listed in skipped.jsonl");
        for (reason, records) in &summary.skipped_records {
            let _ = writeln!(text, "  {:>9}  {reason}", count(*records));
        }
    }
    if !summary.complete {
        let _ = writeln!(text, "\nThe scan is NOT COMPLETE: what was not examined is not clean.");
    }
    if totals.preceding_matches > 0 {
        let matches = counted(totals.preceding_matches, "match");
        let _ = writeln!(text, "\n{matches} of records that were written before the reference: not from its model");
    }
    if totals.other_roles > 0 {
        let roles = escape(&summary.parameters.roles.join(", "));
        let _ = writeln!(text, "\n{} not examined: of other roles than {roles}", counted(totals.other_roles, "text"));
    }
    if totals.other_members > 0 {
        let members = counted(totals.other_members, "member");
        let _ = writeln!(text, "\n{members} of archives not examined: no text files");
    }
    let first = |paths: &[std::path::PathBuf]| {
        paths.first().map(|path| escape(&path.display().to_string())).unwrap_or_default()
    };
    if !summary.ignored_files.is_empty() {
        let ignored = counted(summary.ignored_files.len() as u64, "file");
        let first = first(&summary.ignored_files);
        let _ =
            writeln!(text, "\n{ignored} ignored, no text or not named like a shard (first {first}): see summary.json");
    }
    if !summary.links_not_followed.is_empty() {
        let links = counted(summary.links_not_followed.len() as u64, "symbolic link");
        let first = first(&summary.links_not_followed);
        let _ = writeln!(text, "\n{links} not followed (first {first}): see summary.json, and --follow");
    }
}

fn push_rest(text: &mut String, all: usize) {
    if all > MOST {
        let _ = writeln!(text, "  ... and {} more: see summary.json", count((all - MOST) as u64));
    }
}

fn push_results(text: &mut String, summary: &Summary, out: &Path) {
    let out = escape(&out.display().to_string());
    let _ = writeln!(text, "\n{out}/matches.parquet   every match, with both spans");
    let _ = writeln!(text, "{out}/summary.json      all counts, by model and shard");
    if summary.shards.iter().any(|shard| shard.output != "none") {
        let _ = writeln!(text, "{out}/data/             the shards ({})", summary.parameters.action);
    }
    if summary.shards.iter().any(|shard| shard.output != "none" && shard.skipped_records > 0) {
        let _ = writeln!(text, "{out}/quarantine/       the records that were not examined");
    }
    if summary.totals.matches > 0 {
        let _ = writeln!(text, "\nsee them side by side: ringfence explain {out}");
    }
}
