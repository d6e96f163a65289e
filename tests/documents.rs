//! What the documents say of outputs, files and tests is so: field tables against the code, links against the tree, names of tests
//! against the sources.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may fail")]

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ringfence::detect::Verdict;
use ringfence::evaluate::{self, DEFAULT_SHORT_BYTES, Evaluation, KindScore, NEVER_SHORT, Rate, UNLABELLED};
use ringfence::ingest::collect::{self, Collector, Kind};
use ringfence::sink::annotation::{Annotation, fields, line_fields};
use ringfence::sink::matches::{MatchRow, MatchWriter};
use ringfence::sink::skipped::SkippedRecord;
use ringfence::sink::summary::{FailedShard, Matched, SCHEMA_VERSION, ShardSummary, Summary};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The cells of the first table under a heading of `docs/outputs.md`, without its header.
fn table(heading: &str) -> Vec<Vec<String>> {
    table_in("docs/outputs.md", heading)
}

fn table_in(document: &str, heading: &str) -> Vec<Vec<String>> {
    let text = read(document);
    let section = text.split_once(&format!("\n## {heading}\n")).expect(heading).1;
    let lines = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    lines.skip(2).map(cells).collect()
}

fn first_cells(heading: &str) -> Vec<String> {
    table(heading).into_iter().map(|cells| cells[0].clone()).collect()
}

/// The names of all values in a JSON value, as the document writes them; `*` for the keys of maps.
fn names(value: &Value, name: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let key = if key == "any" { "*" } else { key };
                names(value, &if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }, out);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => names(&items[0], &format!("{name}[]"), out),
        _ => out.push(name.to_owned()),
    }
}

fn names_of(value: &impl serde::Serialize) -> Vec<String> {
    let mut out = Vec::new();
    names(&serde_json::to_value(value).unwrap(), "", &mut out);
    out
}

#[test]
fn every_column_of_matches_parquet_is_documented_in_order_with_its_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("matches.parquet");
    MatchWriter::create(&path, "id").unwrap().finish().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let kind = |kind: &str| match kind {
        "Utf8" => "string",
        "UInt64" => "uint64",
        "UInt32" => "uint32",
        "Float64" => "double",
        "Boolean" => "boolean",
        _ => "unknown",
    };
    let columns =
        reader.schema().fields().iter().map(|f| (f.name().clone(), kind(&f.data_type().to_string()).to_owned()));
    let documented = table("matches.parquet").into_iter().map(|cells| (cells[0].clone(), cells[1].clone()));
    assert_eq!(documented.collect::<Vec<_>>(), columns.collect::<Vec<_>>());
    assert_eq!(first_cells("matches.parquet"), names_of(&MatchRow::default()), "fields of MatchRow");
    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
    for pair in metadata.iter().filter(|pair| pair.key.starts_with("ringfence.")) {
        assert!(read("docs/outputs.md").contains(&format!("`{}`", pair.key)), "{}", pair.key);
    }
}

#[test]
fn every_field_of_summary_json_is_documented_in_order() {
    let matched = || [("any".to_owned(), Matched::default())].into();
    let summary = Summary {
        vendors: matched(),
        models: matched(),
        skipped_records: [("any".to_owned(), 1)].into(),
        failed_shards: vec![FailedShard::default()],
        shards: vec![ShardSummary::default()],
        ..Summary::default()
    };
    assert_eq!(first_cells("summary.json"), names_of(&summary));
    assert_eq!(table("summary.json")[0], ["schema_version".to_owned(), SCHEMA_VERSION.to_string()]);
}

#[test]
fn every_field_of_skipped_jsonl_is_documented_in_order() {
    let (shard, column, detail) = Default::default();
    let record = SkippedRecord { shard, row: 0, column, text_index: 0, reason: "".into(), detail };
    assert_eq!(first_cells("skipped.jsonl"), names_of(&record));
}

#[test]
fn the_annotated_columns_are_documented() {
    let names: Vec<String> = fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(first_cells("Annotated columns"), names);
    let annotation = Annotation { verdict: Verdict::Flag, matches: vec![MatchRow::default()] };
    let members = format!("{{{}}}", line_fields(&annotation, Path::new("")).unwrap());
    let members: Value = serde_json::from_str(&members).unwrap();
    let left_out: Vec<String> = names_of(&MatchRow::default())
        .into_iter()
        .filter(|name| !names_of(&members["ringfence_matches"][0]).contains(name))
        .collect();
    assert_eq!(left_out, ["shard", "row", "verdict"], "what docs/outputs.md says is left out of `ringfence_matches`");
}

#[test]
fn the_columns_of_labels_and_the_kinds_that_are_never_short_are_documented() {
    let documented = table_in("docs/evaluate.md", "Columns of labels").into_iter().map(|cells| cells[0].clone());
    assert_eq!(documented.collect::<Vec<_>>(), evaluate::COLUMNS);
    let text = read("docs/evaluate.md");
    let named = NEVER_SHORT.iter().chain([&UNLABELLED]).all(|kind| text.contains(&format!("`{kind}`")));
    assert!(named && text.contains(&format!("under {DEFAULT_SHORT_BYTES} bytes")));
}

#[test]
fn every_figure_of_evaluate_is_documented_in_order() {
    let rate = Rate::new(0, 0);
    let kind = || vec![KindScore { kind: String::new(), flagged: rate, right_reference: rate, mean_iou: None }];
    let evaluation = Evaluation {
        shards: Vec::new(),
        complete: true,
        ambiguous: 0,
        recall: rate,
        short_recall: rate,
        false_flags: rate,
        precision: rate,
        right_reference: rate,
        mean_iou: None,
        contaminated: kind(),
        short: kind(),
        clean: kind(),
    };
    let documented: Vec<String> =
        table_in("docs/evaluate.md", "Figures").into_iter().map(|cells| cells[0].clone()).collect();
    let mut names = names_of(&evaluation).into_iter();
    for field in documented {
        match field.strip_suffix('*') {
            // All that begin so, which is at least one.
            Some(start) => {
                let rest: Vec<String> = names.collect();
                let covered = rest.iter().take_while(|name| name.starts_with(start)).count();
                assert!(covered > 0, "{field}, not {:?}", rest.first());
                names = rest.into_iter().skip(covered).collect::<Vec<_>>().into_iter();
            }
            None => assert_eq!(Some(field), names.next()),
        }
    }
    assert_eq!(names.next(), None, "not documented");
}

#[test]
fn the_formats_kinds_and_columns_of_a_collection_are_documented_in_order() {
    let cells = |heading: &str| table_in("docs/collect.md", heading).into_iter().map(|cells| cells[0].clone());
    assert_eq!(cells("Formats").collect::<Vec<_>>(), Collector::formats());
    assert_eq!(cells("The file").collect::<Vec<_>>(), collect::COLUMNS);
    let kinds = [Kind::Chat, Kind::Code, Kind::Edit, Kind::Patch, Kind::Command, Kind::Thinking].map(Kind::name);
    assert_eq!(cells("What is taken").collect::<Vec<_>>(), kinds);
}

#[test]
fn every_verdict_and_action_is_documented() {
    let text = read("docs/outputs.md");
    for verdict in [Verdict::Keep, Verdict::Flag, Verdict::Drop, Verdict::Redact, Verdict::Unexamined] {
        assert!(text.contains(&format!("`{}`", verdict.name())), "{}", verdict.name());
    }
}

/// Links in a document: the words, and where they lead.
fn links(text: &str) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        let words = before.rsplit_once('[').map_or(before, |(_, words)| words);
        let (target, after) = after.split_once(')').unwrap_or_default();
        links.push((words.to_owned(), target.to_owned()));
        rest = after;
    }
    links
}

fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["README.md", "CHANGELOG.md", "fixtures/README.md"].map(|name| root().join(name));
    let mut documents: Vec<_> =
        docs.filter(|path| path.extension().is_some_and(|end| end == "md")).chain(others).collect();
    documents.sort();
    documents
}

/// How a heading is called in links.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading_in_it() {
    let mut seen = 0;
    for document in documents() {
        for (words, target) in links(&fs::read_to_string(&document).unwrap()) {
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let path = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            let told = format!("{}: [{words}]({target})", document.display());
            assert!(path.exists(), "{told}: no such file");
            if !heading.is_empty() {
                let text = fs::read_to_string(&path).unwrap();
                let known = text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
                assert!(known, "{told}: no such heading");
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} links were found");
}

/// Whether a source file has a test function of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let declares = |line: &str| line.split_once("fn ").is_some_and(|(_, rest)| rest.starts_with(&format!("{name}(")));
    let found = lines.iter().position(|line| declares(line));
    let above = |at: usize| lines[..at].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
    found.is_some_and(|at| {
        above(at).any(|line| *line == "#[test]") && !above(at).any(|line| line.starts_with("#[ignore"))
    })
}

/// A link whose words are one name in code style, to a Rust file, names a test in it.
#[test]
fn every_test_that_a_document_names_exists_and_runs() {
    let mut seen = 0;
    for document in documents() {
        for (words, target) in links(&fs::read_to_string(&document).unwrap()) {
            let name = words.trim_matches('`');
            let is_name =
                name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if words.starts_with('`') && is_name && target.ends_with(".rs") {
                let source = fs::read_to_string(document.parent().unwrap().join(&target)).unwrap();
                assert!(has_test(&source, name), "{}: {name} is no test of {target}", document.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "only {seen} tests are named");
}

#[test]
fn each_guarantee_names_its_proof() {
    let text = read("docs/guarantees.md");
    let rows: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise")).collect();
    assert!(rows.len() > 15, "only {} rows", rows.len());
    for row in rows {
        let proof = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        assert!(proof.contains("]("), "no proof: {row}");
    }
}

#[test]
fn links_headings_and_tests_are_known_by_these_rules() {
    assert_eq!(
        links("a [b](c.md) `x` [`d_e`](../f.rs)"),
        [("b".to_owned(), "c.md".to_owned()), ("`d_e`".to_owned(), "../f.rs".to_owned())]
    );
    assert_eq!(anchor("## What is not caught"), "what-is-not-caught");
    let source = "#[test]\nfn a_b() {}\nfn c_d() {}\n    #[test]\n    #[ignore = \"x\"]\n    fn e_f() {}\n    #[test]\n    fn g_h(\n";
    let known = ["a_b", "c_d", "e_f", "g_h", "a"].map(|name| has_test(source, name));
    assert_eq!(known, [true, false, false, true, false]);
}

/// Blocks, functions and the like that are unsafe, in a line without its comment.
fn unsafe_uses(line: &str) -> usize {
    let code = line.split("//").next().unwrap();
    let is_use = |rest: &str| match rest.trim_start().strip_prefix("fn ") {
        Some(name) => name.starts_with(|c: char| c.is_alphabetic()),
        None => ["{", "impl", "extern", "trait"].iter().any(|next| rest.trim_start().starts_with(next)),
    };
    code.match_indices("unsafe ").filter(|(at, word)| is_use(&code[at + word.len()..])).count()
}

#[test]
fn every_unsafe_block_is_in_the_list() {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let uses: usize = fs::read_to_string(&path).unwrap_or_default().lines().map(unsafe_uses).sum();
            if uses > 0 && path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.strip_prefix(root()).unwrap().display().to_string(), uses.to_string()));
            }
        }
    }
    found.sort();
    let listed: Vec<_> =
        table_in("docs/unsafe.md", "The list").into_iter().map(|cells| (cells[0].clone(), cells[1].clone())).collect();
    assert_eq!(listed, found);
    assert!(found.len() > 5, "the sources were not found");
}
