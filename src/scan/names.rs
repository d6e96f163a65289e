//! Matches with the names behind their numbers.

use super::Action;
use super::unit::Found;
use crate::date::When;
use crate::detect::Verdict;
use crate::index::{Index, Provenance, Reference};
use crate::sink::matches::MatchRow;

/// What an action does with a record that matches.
pub(super) fn verdict(action: Action) -> Verdict {
    match action {
        Action::Flag | Action::Annotate => Verdict::Flag,
        Action::Drop => Verdict::Drop,
        Action::Redact => Verdict::Redact,
    }
}

/// The row of `matches.parquet` for a match.
pub(super) fn match_row(index: &Index, action: Action, shard: &str, found: &Found) -> MatchRow {
    let Found { row, column, text_index, member, line, date: record_date, found } = found;
    let reference = index.reference(found.reference);
    let precedes = reference.as_ref().and_then(|reference| precedes(record_date.when?, reference));
    let mut provenances = reference.into_iter().flat_map(|reference| reference.provenances());
    let first: Provenance<'_> = provenances.next().unwrap_or_default();
    let also = provenances.map(|p| format!("{}/{}/{}", p.vendor, p.model, p.id)).collect::<Vec<_>>().join("\n");
    MatchRow {
        shard: shard.to_owned(),
        row: *row,
        column: column.to_string(),
        text_index: *text_index,
        member: member.to_string(),
        line: *line,
        kind: found.kind.name().to_owned(),
        reference_id: first.id.to_owned(),
        vendor: first.vendor.to_owned(),
        model: first.model.to_owned(),
        source: first.source.to_owned(),
        licence: first.licence.to_owned(),
        date: first.date.to_owned(),
        tool: first.tool.to_owned(),
        session: first.session.to_owned(),
        path: first.path.to_owned(),
        also,
        record_date: record_date.written.clone(),
        record_precedes_reference: precedes,
        similarity: found.similarity,
        containment_record: found.containment_record,
        containment_reference: found.containment_reference,
        record_start: found.record_span.start as u64,
        record_end: found.record_span.end as u64,
        reference_start: found.reference_span.start as u64,
        reference_end: found.reference_span.end as u64,
        shared_shingles: found.shared_shingles,
        rare_shingles: found.rare_shingles,
        words: found.words,
        agreement: found.agreement,
        gaps: found.gaps,
        others: found.others,
        verdict: verdict(action).name().to_owned(),
    }
}

/// Whether a record was written before any place that the reference is known from; none if that cannot be known.
fn precedes(record: When, reference: &Reference<'_>) -> Option<bool> {
    let of_all: Vec<Option<bool>> =
        reference.provenances().map(|place| record.precedes(When::parse(place.date)?)).collect();
    if of_all.contains(&Some(false)) {
        return Some(false);
    }
    (!of_all.is_empty() && of_all.iter().all(|one| *one == Some(true))).then_some(true)
}
