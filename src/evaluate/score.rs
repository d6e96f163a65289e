//! Counting: labels and matches in, figures out.

use super::labels::Class;
use super::place::{Placed, Scope, distinct_rows};
use super::wilson::Rate;
use crate::sink::matches::MatchRow;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// The kind of the records that have no label, in labels that say where they belong: these are clean.
pub const UNLABELLED: &str = "unlabelled";

/// How good a scan was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// The shards that were looked at.
    pub shards: Vec<String>,
    /// All their records were examined; those that were not count as not flagged.
    pub complete: bool,
    /// Labelled rows that score neither way.
    pub ambiguous: u64,
    /// Contaminated records that were found, without the short ones.
    pub recall: Rate,
    /// Short ones that were found.
    pub short_recall: Rate,
    /// Clean records that were flagged.
    pub false_flags: Rate,
    /// Flagged records that are contaminated, short ones too.
    pub precision: Rate,
    /// Found records, short ones too, of which a match names a right reference.
    pub right_reference: Rate,
    /// Mean intersection over union of the planted spans in found records, short ones too.
    pub mean_iou: Option<f64>,
    /// The contaminated kinds.
    pub contaminated: Vec<KindScore>,
    /// The same, of short records.
    pub short: Vec<KindScore>,
    /// The clean kinds.
    pub clean: Vec<KindScore>,
}

/// The figures of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindScore {
    /// The kind.
    pub kind: String,
    /// Records that were flagged.
    pub flagged: Rate,
    /// Flagged ones of which a match names a right reference; of clean ones, that which they might be mistaken for.
    pub right_reference: Rate,
    /// Mean intersection over union of the planted spans in flagged records.
    pub mean_iou: Option<f64>,
}

/// What the matches say of one label.
#[derive(Debug, Clone, Default)]
struct Finding {
    flagged: bool,
    right: bool,
    /// The best intersection over union of each span.
    overlaps: Vec<f64>,
}

/// Takes matches in the order of shard and row.
pub(super) struct Scorer {
    placed: Vec<Placed>,
    findings: Vec<Finding>,
    scope: Scope,
    unlabelled_flagged: u64,
    last_unlabelled: Option<(usize, u64)>,
}

impl Scorer {
    /// The labels must be in the order of shard and row.
    pub(super) fn new(placed: Vec<Placed>, scope: Scope) -> Self {
        let empty = |(_, label): &Placed| Finding { overlaps: vec![0.0; label.spans.len()], ..Finding::default() };
        let findings = placed.iter().map(empty).collect();
        Self { placed, findings, scope, unlabelled_flagged: 0, last_unlabelled: None }
    }

    /// Takes a match in this shard.
    pub(super) fn take(&mut self, shard: usize, found: &MatchRow) {
        let place = (shard, found.row);
        let first = self.placed.partition_point(|(shard, label)| (*shard, label.row) < place);
        let pairs = self.placed.iter().zip(&mut self.findings).skip(first);
        let mut labelled = false;
        for ((_, label), finding) in pairs.take_while(|((shard, label), _)| (*shard, label.row) == place) {
            labelled = true;
            finding.flagged = true;
            finding.right |= label.references.iter().any(|id| names(found, id));
            if label.text_index.is_none_or(|index| index == found.text_index) {
                for (span, best) in label.spans.iter().zip(&mut finding.overlaps) {
                    *best = best.max(intersection_over_union(span, &(found.record_start..found.record_end)));
                }
            }
        }
        let inside = self.scope.shards.get(shard).is_some_and(|inside| *inside);
        if inside && !labelled && self.last_unlabelled != Some(place) {
            self.last_unlabelled = Some(place);
            self.unlabelled_flagged += 1;
        }
    }

    pub(super) fn finish(self) -> Evaluation {
        let mut tallies: BTreeMap<(Class, &str), Tally> = BTreeMap::new();
        for ((_, label), finding) in self.placed.iter().zip(&self.findings) {
            tallies.entry((label.class, &label.kind)).or_default().add(finding);
        }
        let unlabelled = self.scope.records.saturating_sub(distinct_rows(&self.placed));
        if unlabelled > 0 {
            let tally = Tally { n: unlabelled, flagged: self.unlabelled_flagged, ..Tally::default() };
            tallies.entry((Class::Clean, UNLABELLED)).or_default().merge(&tally);
        }
        let of = |class: Class| tallies.iter().filter(move |((other, _), _)| *other == class);
        let all = |class: Class| of(class).fold(Tally::default(), |sum, (_, tally)| sum.with(tally));
        let kinds = |class: Class| of(class).map(|((_, kind), tally)| tally.score(kind)).collect();
        let (contaminated, short, clean) = (all(Class::Contaminated), all(Class::Short), all(Class::Clean));
        let found = contaminated.clone().with(&short);
        Evaluation {
            shards: self.scope.names,
            complete: self.scope.complete,
            ambiguous: all(Class::Ambiguous).n,
            recall: contaminated.rate(),
            short_recall: short.rate(),
            false_flags: clean.rate(),
            precision: Rate::new(found.flagged, found.flagged + clean.flagged),
            right_reference: Rate::new(found.right, found.flagged),
            mean_iou: found.mean_iou(),
            contaminated: kinds(Class::Contaminated),
            short: kinds(Class::Short),
            clean: kinds(Class::Clean),
        }
    }
}

/// Whether a match is with this reference, or with one of the same text.
fn names(found: &MatchRow, id: &str) -> bool {
    let same = |line: &str| line.strip_suffix(id).is_some_and(|start| start.ends_with('/'));
    found.reference_id == id || found.also.lines().any(same)
}

/// Of disjoint ranges, 0.
fn intersection_over_union(a: &Range<u64>, b: &Range<u64>) -> f64 {
    let intersection = a.end.min(b.end).saturating_sub(a.start.max(b.start));
    let union = a.end.max(b.end).saturating_sub(a.start.min(b.start));
    if union == 0 { 0.0 } else { intersection as f64 / union as f64 }
}

/// Counts over labels.
#[derive(Debug, Clone, Default)]
struct Tally {
    n: u64,
    flagged: u64,
    right: u64,
    /// Spans in flagged records, and the sum of their overlaps.
    spans: u64,
    overlap: f64,
}

impl Tally {
    fn add(&mut self, finding: &Finding) {
        self.n += 1;
        if finding.flagged {
            self.flagged += 1;
            self.right += u64::from(finding.right);
            self.spans += finding.overlaps.len() as u64;
            self.overlap += finding.overlaps.iter().sum::<f64>();
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.flagged += other.flagged;
        self.right += other.right;
        self.spans += other.spans;
        self.overlap += other.overlap;
    }

    fn with(mut self, other: &Self) -> Self {
        self.merge(other);
        self
    }

    fn rate(&self) -> Rate {
        Rate::new(self.flagged, self.n)
    }

    fn mean_iou(&self) -> Option<f64> {
        (self.spans > 0).then(|| self.overlap / self.spans as f64)
    }

    fn score(&self, kind: &str) -> KindScore {
        KindScore {
            kind: kind.to_owned(),
            flagged: self.rate(),
            right_reference: Rate::new(self.right, self.flagged),
            mean_iou: self.mean_iou(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::labels::Label;
    use super::*;

    fn label(class: Class, row: u64, spans: &[Range<u64>]) -> Placed {
        let kind = format!("{class:?}");
        (
            0,
            Label {
                class,
                kind,
                shard: None,
                row,
                references: vec!["r".into()],
                spans: spans.to_vec(),
                text_index: None,
            },
        )
    }

    fn found(row: u64, reference: &str, span: Range<u64>) -> MatchRow {
        let (record_start, record_end) = (span.start, span.end);
        MatchRow { row, reference_id: reference.to_owned(), record_start, record_end, ..MatchRow::default() }
    }

    fn score(placed: Vec<Placed>, records: u64, matches: &[MatchRow]) -> Evaluation {
        let scope = Scope { shards: vec![true, false], names: vec!["s".to_owned()], records, complete: true };
        let mut scorer = Scorer::new(placed, scope);
        matches.iter().for_each(|found| scorer.take(0, found));
        scorer.take(1, &found(99, "r", 0..1)); // in a shard that nobody asked about
        scorer.finish()
    }

    fn counts(rate: Rate) -> (u64, u64) {
        (rate.count, rate.n)
    }

    #[test]
    fn overlaps_are_measured_from_the_outermost_ends() {
        for (a, b, expected) in [
            (0..10, 0..10, 1.0),
            (0..10, 5..15, 1.0 / 3.0),
            (0..10, 2..7, 0.5),
            (0..10, 10..20, 0.0),
            (0..10, 30..40, 0.0),
            (5..5, 5..5, 0.0),
        ] {
            assert_eq!(intersection_over_union(&a, &b), expected, "{a:?} {b:?}");
            assert_eq!(intersection_over_union(&b, &a), expected, "{b:?} {a:?}");
        }
    }

    #[test]
    fn each_class_counts_where_it_belongs() {
        use Class::{Ambiguous, Clean, Contaminated, Short};
        let classes = [Contaminated, Contaminated, Short, Clean, Clean, Ambiguous, Ambiguous];
        let placed = classes.iter().zip(0..).map(|(class, row)| label(*class, row, &[])).collect();
        let rows = [0, 0, 2, 3, 5].map(|row| found(row, if row == 2 { "other" } else { "r" }, 0..1));
        let evaluation = score(placed, 7, &rows);
        assert_eq!(counts(evaluation.recall), (1, 2));
        assert_eq!(counts(evaluation.short_recall), (1, 1));
        assert_eq!(counts(evaluation.false_flags), (1, 2));
        assert_eq!(counts(evaluation.precision), (2, 3), "ambiguous records score neither way");
        assert_eq!(counts(evaluation.right_reference), (1, 2));
        assert_eq!((evaluation.ambiguous, evaluation.mean_iou), (2, None));
        assert_eq!(evaluation.clean.len(), 1, "every record has a label");
    }

    #[test]
    fn the_best_match_counts_for_each_span_of_a_found_record() {
        let spans = [0..10, 20..30];
        let placed = vec![label(Class::Contaminated, 0, &spans), label(Class::Contaminated, 1, &spans)];
        let evaluation = score(placed, 2, &[found(0, "x", 0..5), found(0, "r", 0..8)]);
        assert_eq!(evaluation.mean_iou, Some(0.4), "0.8 and 0; the record that was missed has no say");
        assert_eq!(counts(evaluation.right_reference), (1, 1), "any match may name it");
    }

    #[test]
    fn spans_count_in_the_text_that_they_are_of() {
        let mut placed = label(Class::Contaminated, 0, std::slice::from_ref(&(0..10)));
        placed.1.text_index = Some(1);
        let other = found(0, "r", 0..10);
        let same = MatchRow { text_index: 1, ..found(0, "r", 0..5) };
        assert_eq!(score(vec![placed.clone()], 1, &[other.clone(), same]).mean_iou, Some(0.5));
        let evaluation = score(vec![placed], 1, &[other]);
        assert_eq!((counts(evaluation.recall), evaluation.mean_iou), ((1, 1), Some(0.0)), "records are found by row");
    }

    #[test]
    fn records_beside_a_sidecar_are_clean() {
        let placed = vec![label(Class::Contaminated, 3, &[]), label(Class::Contaminated, 3, &[])];
        let matches = [1, 1, 2, 3].map(|row| found(row, "x", 0..1));
        let evaluation = score(placed, 10, &matches);
        assert_eq!(counts(evaluation.recall), (2, 2), "two labels in one record");
        assert_eq!(counts(evaluation.false_flags), (2, 9));
        assert_eq!(evaluation.clean.first().map(|kind| kind.kind.as_str()), Some(UNLABELLED));
    }

    #[test]
    fn references_of_the_same_text_are_right_too() {
        let row = MatchRow { also: "openai/gpt/4/q\nv//r".to_owned(), ..found(0, "a", 0..1) };
        assert!(names(&row, "a") && names(&row, "r") && names(&row, "q") && !names(&row, "v") && !names(&row, "gpt"));
    }
}
