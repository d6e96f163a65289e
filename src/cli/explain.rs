//! `ringfence explain`.

use super::args::ExplainArgs;
use super::print_json;
use ringfence::detect::spans::SharedSpans;
use ringfence::index::{Index, Reference};
use ringfence::report::{Marks, Pair, count, escape};
use ringfence::scan::{TextAddress, read_text};
use ringfence::sink::match_rows::read_matches;
use ringfence::sink::matches::MatchRow;
use ringfence::sink::summary::Summary;
use ringfence::{Error, Result};
use serde_json::json;
use std::io::IsTerminal;
use std::process::ExitCode;

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode> {
    let summary = Summary::read(&args.out.join("summary.json"))?;
    let index = Index::open(args.index.as_ref().unwrap_or(&summary.index.path))?;
    if index.id() != summary.index.id {
        let expected = format!("the index of the scan ({})", summary.index.id);
        return Err(Error::content(index.path(), expected, index.id()).help("name the right one with --index"));
    }
    let chosen = choose(args, &summary)?;
    let mut explained = Vec::new();
    for (number, found) in chosen.iter().enumerate() {
        let (reference, _) = index.find_id(&found.reference_id).ok_or_else(|| gone(&index, found))?;
        let record = record_text(&summary, found)?;
        let spans = SharedSpans::of(index.shingler(), &record, reference.text());
        if args.json {
            explained.push(json!({
                "match": found, "record": record, "reference": reference.text(),
                "record_shared": spans.record, "reference_shared": spans.reference,
            }));
        } else {
            print_match(number, found, &record, &reference, &spans);
        }
    }
    if args.json {
        print_json(&explained)?;
    }
    Ok(ExitCode::SUCCESS)
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
            let problem = format!("no match in row {row} of {}", escape(shard));
            let known = summary.shards.iter().any(|s| s.shard == *shard);
            Err(Error::request(problem, if known { "" } else { "there is no such shard in this scan" }))
        }
        _ => Ok(chosen),
    }
}

fn parse_row(text: &str) -> Result<(String, u64)> {
    let parsed = text.rsplit_once(':').and_then(|(shard, row)| Some((shard.to_owned(), row.parse().ok()?)));
    let help = "write the shard's relative path, a colon and the row: a/part-0.parquet:17";
    parsed.ok_or_else(|| Error::request(format!("{} names no row", escape(text)), help))
}

fn gone(index: &Index, found: &MatchRow) -> Error {
    Error::content(index.path(), format!("reference {}", escape(&found.reference_id)), "none with that id")
}

fn record_text(summary: &Summary, found: &MatchRow) -> Result<String> {
    let shard = summary.shards.iter().find(|shard| shard.shard == found.shard);
    let shard = shard.ok_or_else(|| Error::request(format!("{} is not in the summary", escape(&found.shard)), ""))?;
    read_text(&shard.path, &TextAddress { row: found.row, column: &found.column, index: found.text_index })
}

fn print_match(number: usize, found: &MatchRow, record: &str, reference: &Reference<'_>, spans: &SharedSpans) {
    let or_unknown = |field: &str| if field.is_empty() { "not known".to_owned() } else { escape(field) };
    if number > 0 {
        println!();
    }
    println!("{}:{}  column {}[{}]", escape(&found.shard), found.row, escape(&found.column), found.text_index);
    println!(
        "  {} match, Jaccard {:.3}; {} shared shingles: {:.0} % of the record's, {:.0} % of the reference's",
        found.kind,
        found.similarity,
        count(found.shared_shingles.into()),
        found.containment_record * 100.0,
        found.containment_reference * 100.0,
    );
    for place in reference.provenances() {
        println!(
            "  reference {}: vendor {}, model {}, source {}, licence {}, date {}",
            escape(place.id),
            or_unknown(place.vendor),
            or_unknown(place.model),
            or_unknown(place.source),
            or_unknown(place.licence),
            or_unknown(place.date),
        );
    }
    println!(
        "  bytes {}..{} of the record, {}..{} of the reference\n",
        found.record_start, found.record_end, found.reference_start, found.reference_end
    );
    let terminal = std::io::stdout().is_terminal();
    let marks = if terminal { Marks::Colour } else { Marks::Brackets };
    let width = terminal_size::terminal_size().map_or(120, |(width, _)| usize::from(width.0));
    let pair = Pair { record: (record, &spans.record), reference: (reference.text(), &spans.reference) };
    print!("{}", pair.render(width, marks));
}
