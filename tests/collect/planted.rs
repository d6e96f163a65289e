//! Code and answers of real sessions, edited and planted in human text, are found with their sessions and models.

use crate::{pack, ringfence};
use arrow_array::{ArrayRef, RecordBatch, StringArray, cast::AsArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ringfence::sink::match_rows::read_matches;
use ringfence::sink::matches::MatchRow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// A text as it was collected.
#[derive(Debug, Clone)]
struct Text {
    text: String,
    model: String,
    session: String,
    kind: String,
}

fn collected(path: &Path) -> Vec<Text> {
    let mut texts = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let column = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        let [text, model, session, kind] = ["text", "model", "session", "kind"].map(column);
        for row in 0..batch.num_rows() {
            let at = |column: &StringArray| column.value(row).to_owned();
            texts.push(Text { text: at(&text), model: at(&model), session: at(&session), kind: at(&kind) });
        }
    }
    texts
}

/// Every 25th word is another one.
fn edited(text: &str) -> String {
    let change =
        |(number, word): (usize, &str)| if number % 25 == 24 { format!("EDITED{number} ") } else { word.to_owned() };
    text.split_inclusive(char::is_whitespace).enumerate().map(change).collect()
}

const HOST: &str = "The harbour master kept a ledger of every vessel that came in before the frost, and he wrote the tonnage beside the name of the captain in a small and upright hand.";

fn write_shard(path: &Path, texts: &[String]) {
    let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn planted_texts_are_found_with_the_right_session_and_model() {
    let Some(pack) = pack() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    ringfence(&["collect", pack.to_str().unwrap(), "--out", &at("references.parquet")]);
    ringfence(&["index", "build", &at("references.parquet"), "--out", &at("rf")]);
    // Of each session, kind and model, the longest text that is no longer than a page.
    let mut longest: BTreeMap<(String, String), Text> = BTreeMap::new();
    for text in collected(&folder.path().join("references.parquet")) {
        let letters = text.text.chars().filter(|c| c.is_alphanumeric()).count();
        let best = longest.entry((text.session.clone(), text.kind.clone())).or_insert_with(|| text.clone());
        if letters > best.text.chars().filter(|c| c.is_alphanumeric()).count() && text.text.len() < 8000 {
            *best = text;
        }
    }
    let enough =
        |text: &&Text| text.text.chars().filter(|c| c.is_alphanumeric()).count() >= 400 && text.text.len() < 8000;
    let planted: Vec<&Text> = longest.values().filter(enough).collect();
    let kinds: BTreeSet<&str> = planted.iter().map(|text| text.kind.as_str()).collect();
    assert!(planted.len() >= 20 && kinds.len() >= 4, "{} texts of {kinds:?}", planted.len());
    let mut shard: Vec<String> = planted.iter().map(|text| format!("{HOST}\n\n{}\n", edited(&text.text))).collect();
    shard.extend((0..20).map(|number| format!("{HOST} Entry {number}.")));
    write_shard(&folder.path().join("shard.parquet"), &shard);
    ringfence(&["scan", "--index", &at("rf"), &at("shard.parquet"), "--out", &at("out")]);
    // The same in a folder of source code, a file each.
    fs::create_dir(folder.path().join("repo")).unwrap();
    for (row, text) in shard.iter().enumerate() {
        fs::write(folder.path().join(format!("repo/{row:03}.py")), text).unwrap();
    }
    ringfence(&["scan", "--index", &at("rf"), &at("repo"), "--out", &at("out-repo")]);
    let of_row = |found: &MatchRow| found.row;
    let of_file = |found: &MatchRow| found.shard.trim_end_matches(".py").parse().unwrap();
    for (out, row) in [("out", &of_row as &dyn Fn(&MatchRow) -> u64), ("out-repo", &of_file)] {
        let mut found: BTreeMap<u64, Vec<(String, String)>> = BTreeMap::new();
        read_matches(&folder.path().join(out).join("matches.parquet"), &mut |m| {
            assert!(out == "out" || m.line > 1, "behind the first line: {m:?}");
            found.entry(row(&m)).or_default().push((m.session, m.model));
            true
        })
        .unwrap();
        for (row, text) in (0..).zip(&planted) {
            let matches = found.remove(&row).unwrap_or_default();
            let right = (text.session.clone(), text.model.clone());
            assert!(matches.contains(&right), "{} of {right:?} found as {matches:?}:\n{}", text.kind, text.text);
        }
        assert!(found.is_empty(), "human text was flagged: {found:?}");
    }
}
