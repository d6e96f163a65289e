//! `ringfence explain`.

use super::args::ExplainArgs;
use super::speak::{print, print_json};
use ringfence::detect::spans::{SharedRange, SharedSpans};
use ringfence::detect::{Detect, Match, MatchOptions, Matcher, Probing, Sensitivity};
use ringfence::index::manifest::Manifest;
use ringfence::index::{Index, Provenance, Reference};
use ringfence::report::{Marks, Pair, Side, count, counted, escape};
use ringfence::scan::{TextAddress, read_text};
use ringfence::sink::match_rows::read_matches;
use ringfence::sink::matches::MatchRow;
use ringfence::sink::summary::{ParametersUsed, Summary};
use ringfence::{Error, Result};
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::IsTerminal;
use std::process::ExitCode;

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode> {
    let summary = Summary::read(&args.out.join("summary.json"))?;
    let path = args.index.as_ref().unwrap_or(&summary.index.path);
    if Manifest::read(path)?.parameters.private.is_some() {
        let help = "matches.parquet names records, references and spans; who has the references can look there";
        return Err(Error::request("a private index has no texts to show", help));
    }
    let index = Index::open(path)?;
    if index.id() != summary.index.id {
        let expected = format!("the index of the scan ({})", summary.index.id);
        return Err(Error::content(index.path(), expected, index.id()).help("name the right one with --index"));
    }
    if args.verify_index {
        index.verify()?;
    }
    let chosen = choose(args, &summary)?;
    let mut matcher = Matcher::new(&index, options(&summary.parameters))?;
    let (mut text, mut explained) = (String::new(), Vec::new());
    for found in &chosen {
        let record = record_text(&summary, found)?;
        let reference = find_again(&index, &mut matcher, &record, found)?;
        let spans = SharedSpans::of(index.shingler(), &record, reference.text(), reference.rare());
        if args.json {
            explained.push(json!({
                "match": found, "record": record, "reference": reference.text(),
                "record_shared": ranges(&spans.record), "reference_shared": ranges(&spans.reference),
            }));
        } else {
            text += if text.is_empty() { "" } else { "\n" };
            push_match(&mut text, found, &record, &reference, &spans);
        }
    }
    index.check_unchanged()?;
    if args.json {
        print_json(&explained)?;
    } else if chosen.is_empty() {
        print("no match to show\n")?;
    } else {
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Ranges for JSON.
fn ranges(shared: &[SharedRange]) -> Vec<Value> {
    let range = |(range, rare): &SharedRange| json!({ "start": range.start, "end": range.end, "rare": rare });
    shared.iter().map(range).collect()
}

/// What the scan looked for: the same options find the same matches, in every text that passed its gate.
fn options(used: &ParametersUsed) -> MatchOptions {
    let sensitivities = [Sensitivity::Fast, Sensitivity::Balanced, Sensitivity::Thorough];
    let detects = [Detect::Resemblance, Detect::Containment, Detect::Both];
    MatchOptions {
        threshold: Some(used.threshold),
        sensitivity: sensitivities.into_iter().find(|one| one.name() == used.sensitivity).unwrap_or_default(),
        detect: detects.into_iter().find(|one| one.name() == used.detect).unwrap_or_default(),
        max_matches: used.max_matches,
        probing: Some(Probing::EVERY),
    }
}

/// The matches that were asked for; an error if there are none.
fn choose(args: &ExplainArgs, summary: &Summary) -> Result<Vec<MatchRow>> {
    let mut chosen: Vec<MatchRow> = Vec::new();
    let wanted = args.row.as_deref().map(parse_row).transpose()?;
    read_matches(&args.out.join("matches.parquet"), &mut |found| {
        match &wanted {
            Some((shard, row)) if (&found.shard, found.row) == (shard, *row) => chosen.push(found),
            Some(_) => {}
            None => {
                let at = chosen.partition_point(|other| other.similarity >= found.similarity);
                chosen.insert(at, found);
                chosen.truncate(args.top);
            }
        }
        true
    })?;
    match (&wanted, chosen.is_empty()) {
        (Some((shard, row)), true) => {
            let problem = format!("no match in row {row} of {shard}");
            Err(Error::request(problem, advice(summary, shard)))
        }
        _ => Ok(chosen),
    }
}

fn parse_row(text: &str) -> Result<(String, u64)> {
    let parsed = text.rsplit_once(':').and_then(|(shard, row)| Some((shard.to_owned(), row.parse().ok()?)));
    let help = "write the shard's relative path, a colon and the row: a/part-0.parquet:17";
    parsed.ok_or_else(|| Error::request(format!("{} names no row", escape(text)), help))
}

/// What can be asked for instead of a row without matches.
fn advice(summary: &Summary, shard: &str) -> String {
    let hit = |matched: u64| matched > 0;
    match summary.shards.iter().find(|known| known.shard == shard) {
        Some(known) if hit(known.matched_records) => {
            format!("{} records of this shard match; their rows are in matches.parquet", count(known.matched_records))
        }
        Some(_) => "no record of this shard matches".to_owned(),
        None => match summary.shards.iter().find(|known| hit(known.matched_records)) {
            Some(known) => format!("the scan has no such shard; one with matches is {}", known.shard),
            None => "the scan has no such shard, and no matches at all".to_owned(),
        },
    }
}

/// The reference of a match, by matching once more: one id may stand for several references.
fn find_again<'i>(
    index: &'i Index,
    matcher: &mut Matcher<'i>,
    record: &str,
    found: &MatchRow,
) -> Result<Reference<'i>> {
    let mut matches = Vec::new();
    matcher.find(record, &mut matches);
    let same = |m: &Match| {
        let spans = [&m.record_span, &m.reference_span].map(|span| (span.start as u64, span.end as u64));
        let theirs = [(found.record_start, found.record_end), (found.reference_start, found.reference_end)];
        m.similarity == found.similarity && spans == theirs
    };
    let names = |p: Provenance<'_>| {
        [p.id, p.vendor, p.model, p.source] == [&found.reference_id, &found.vendor, &found.model, &found.source]
    };
    let mut references = matches.iter().filter(|m| same(m)).filter_map(|m| index.reference(m.reference));
    references.find(|reference| names(reference.provenance())).ok_or_else(|| {
        let problem = format!("row {} of {} no longer matches as it did", found.row, found.shard);
        Error::request(problem, "the shard has changed since the scan: scan it again")
    })
}

fn record_text(summary: &Summary, found: &MatchRow) -> Result<String> {
    let shard = summary.shards.iter().find(|shard| shard.shard == found.shard);
    let shard = shard.ok_or_else(|| Error::request(format!("{} is not in the summary", escape(&found.shard)), ""))?;
    read_text(&shard.path, &TextAddress { row: found.row, column: &found.column, index: found.text_index })
}

fn push_match(text: &mut String, found: &MatchRow, record: &str, reference: &Reference<'_>, spans: &SharedSpans) {
    let or_unknown = |field: &str| if field.is_empty() { "not known".to_owned() } else { escape(field) };
    let _ = match (found.column.is_empty(), found.member.is_empty()) {
        (true, true) => writeln!(text, "{}:{}  line {}", escape(&found.shard), found.row, found.line),
        (true, false) => {
            writeln!(text, "{}:{}  {}, line {}", escape(&found.shard), found.row, escape(&found.member), found.line)
        }
        (false, _) => {
            let (shard, column) = (escape(&found.shard), escape(&found.column));
            writeln!(text, "{shard}:{}  column {column}[{}]", found.row, found.text_index)
        }
    };
    push_figures(text, found);
    for place in reference.provenances() {
        let _ = writeln!(
            text,
            "  reference {}: vendor {}, model {}, source {}, licence {}, date {}{}",
            escape(place.id),
            or_unknown(place.vendor),
            or_unknown(place.model),
            or_unknown(place.source),
            or_unknown(place.licence),
            or_unknown(place.date),
            where_written(&place),
        );
    }
    let _ = writeln!(
        text,
        "  bytes {}..{} of the record, {}..{} of the reference\n",
        found.record_start, found.record_end, found.reference_start, found.reference_end
    );
    let terminal = std::io::stdout().is_terminal();
    let marks = if terminal { Marks::Colour } else { Marks::Brackets };
    let width = terminal_size::terminal_size().map_or(120, |(width, _)| usize::from(width.0));
    let span = |start: u64, end: u64| start as usize..end as usize;
    let pair = Pair {
        record: Side { text: record, shared: &spans.record, span: span(found.record_start, found.record_end) },
        reference: Side {
            text: reference.text(),
            shared: &spans.reference,
            span: span(found.reference_start, found.reference_end),
        },
    };
    *text += &pair.render(width, marks);
}

/// What is known of where a reference was written, as the end of a line.
fn where_written(place: &Provenance<'_>) -> String {
    let tool = [place.tool, place.tool_version].join(" ");
    let facts = [("tool", tool.trim_end()), ("session", place.session), ("path", place.path)];
    let known = facts.iter().filter(|(_, fact)| !fact.is_empty());
    known.map(|(name, fact)| format!(", {name} {}", escape(fact))).collect()
}

fn push_figures(text: &mut String, found: &MatchRow) {
    let _ = writeln!(
        text,
        "  {} match, Jaccard {:.3}; {} shared shingles: {:.0} % of the record's, {:.0} % of the reference's",
        escape(&found.kind),
        found.similarity,
        count(found.shared_shingles.into()),
        found.containment_record * 100.0,
        found.containment_reference * 100.0,
    );
    let _ = writeln!(
        text,
        "  {} in order, {:.0} % agreement, {}; {}",
        counted(found.words.into(), "word"),
        found.agreement * 100.0,
        counted(found.gaps.into(), "gap"),
        counted(found.rare_shingles.into(), "rare shingle"),
    );
    if found.others > 0 {
        let _ = writeln!(
            text,
            "  others: {} (matches of the same text, without rows of their own)",
            count(found.others.into())
        );
    }
}
