//! How good a scan was, on a terminal.

use super::table::table;
use super::words::{count, counted, escape};
use crate::evaluate::{Evaluation, KindScore, Rate};
use std::fmt::Write;

/// The overall figures, and a table for each class of kinds.
#[must_use]
pub fn evaluation_text(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    let lines = [
        ("recall", &evaluation.recall, "contaminated records found"),
        ("  of short ones", &evaluation.short_recall, "found"),
        ("precision", &evaluation.precision, "flagged records contaminated"),
        ("false flags", &evaluation.false_flags, "clean records flagged"),
        ("right reference", &evaluation.right_reference, "found records name it"),
    ];
    for (name, rate, what) in lines.iter().filter(|(_, rate, _)| rate.n > 0) {
        let figures = format!("{} of {}", count(rate.count), count(rate.n));
        let _ = writeln!(text, "{name:<17}{}  {}  {figures} {what}", share(rate), interval(rate));
    }
    if let Some(mean) = evaluation.mean_iou {
        let _ = writeln!(text, "{:<17}{mean:.3}  mean intersection over union of planted spans in them", "spans");
    }
    if evaluation.ambiguous > 0 {
        let _ = writeln!(text, "{:<17}{} left out", "ambiguous", counted(evaluation.ambiguous, "label"));
    }
    push_found(&mut text, "contaminated", &evaluation.contaminated);
    push_found(&mut text, "contaminated, short", &evaluation.short);
    if !evaluation.clean.is_empty() {
        let rows: Vec<_> = evaluation.clean.iter().map(figures).collect();
        let _ = write!(text, "\n{}", table(["clean", "records", "flagged", "rate", "95 %"], &rows));
    }
    if !evaluation.complete {
        text += "\nThe scan of these shards is NOT COMPLETE: records that were not examined count as not flagged.\n";
    }
    text
}

fn push_found(text: &mut String, name: &str, kinds: &[KindScore]) {
    if kinds.is_empty() {
        return;
    }
    let row = |kind: &KindScore| {
        let [name, records, found, rate, interval] = figures(kind);
        let mean = kind.mean_iou.map_or_else(String::new, |mean| format!("{mean:.3}"));
        [name, records, found, rate, interval, share(&kind.right_reference), mean]
    };
    let rows: Vec<_> = kinds.iter().map(row).collect();
    let heads = [name, "records", "found", "rate", "95 %", "right reference", "span IoU"];
    let _ = write!(text, "\n{}", table(heads, &rows));
}

fn figures(kind: &KindScore) -> [String; 5] {
    let flagged = &kind.flagged;
    [escape(&kind.kind), count(flagged.n), count(flagged.count), share(flagged), interval(flagged)]
}

fn share(rate: &Rate) -> String {
    rate.rate.map_or_else(String::new, |share| format!("{share:.3}"))
}

fn interval(rate: &Rate) -> String {
    format!("{:.3}-{:.3}", rate.low, rate.high)
}
