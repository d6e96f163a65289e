//! `ringfence scan`.

use super::args::{ActionArg, ProfileArg, ScanArgs, threads};
use super::progress::Reporter;
use super::references;
use super::speak::{print, print_json};
use ringfence::detect::MatchOptions;
use ringfence::index::{DEFAULT_MEMORY, Index, LEAST_MEMORY, Resources};
use ringfence::report::summary_text;
use ringfence::scan::{Action, DEFAULT_MARKER, ScanOptions, Scanner};
use ringfence::shard::{ColumnPath, Links, discover_with};
use ringfence::sink::summary::{Summary, Totals};
use ringfence::sketch::DEFAULT_COMMON_DOCUMENTS;
use ringfence::{Error, Result};
use std::process::ExitCode;
use std::str::FromStr;

pub(crate) fn run(args: &ScanArgs) -> Result<ExitCode> {
    let discovered = discover_with(&args.inputs, args.input_root.as_deref(), links(args.follow))?;
    Scanner::check_out(&args.out)?;
    let marker = marker(args)?;
    let index = open_index(args)?;
    let options = ScanOptions {
        out: args.out.clone(),
        action: match args.action {
            ActionArg::Flag => Action::Flag,
            ActionArg::Drop => Action::Drop,
            ActionArg::Annotate => Action::Annotate,
            ActionArg::Redact => Action::Redact,
        },
        marker,
        matching: MatchOptions {
            threshold: args.threshold,
            sensitivity: args.sensitivity.into(),
            detect: args.detect.into(),
            max_matches: args.max_matches.max(1),
            probing: None,
        },
        columns: distinct(&args.columns),
        roles: args.roles.clone(),
        record_date: args.record_date.clone(),
        threads: threads(args.threads),
        compression_level: args.compression_level,
        io: args.io.into(),
        memory: args.memory.map(|size| size.0),
        link: args.link,
        max_bad_records: args.max_bad_records,
        max_bad_shards: args.max_bad_shards,
    };
    let reporter = Reporter::new();
    let summary = Scanner::new(&index, options, &reporter)?.run(&discovered);
    reporter.finish();
    let summary = summary?;
    if args.json {
        print_json(&summary)?;
    } else {
        print(&summary_text(&summary, &args.out))?;
    }
    Ok(exit_code(&summary, args.fail_over))
}

/// What `--follow` says.
pub(super) fn links(follow: bool) -> Links {
    if follow { Links::Follow } else { Links::Leave }
}

fn marker(args: &ScanArgs) -> Result<String> {
    match &args.marker {
        Some(_) if args.action != ActionArg::Redact => Err(Error::request(
            "--marker says what stands in place of redacted text, and none is redacted",
            "add --action redact, or leave --marker out",
        )),
        marker => Ok(marker.as_deref().unwrap_or(DEFAULT_MARKER).to_owned()),
    }
}

/// Each column once, in the order in which they were named.
fn distinct(columns: &[ColumnPath]) -> Vec<ColumnPath> {
    let mut distinct = Vec::new();
    for column in columns {
        if !distinct.contains(column) {
            distinct.push(column.clone());
        }
    }
    distinct
}

/// Opens the index, or builds it in the results folder.
fn open_index(args: &ScanArgs) -> Result<Index> {
    let Some(path) = &args.index else {
        let path = args.out.join("index.rf");
        let how = super::args::ReferenceArgs {
            columns: super::args::ColumnArgs {
                columns: args.reference_columns.clone(),
                set: args.set.clone(),
                prompt_column: None,
            },
            background: args.background.clone(),
            profile: ProfileArg::Standard,
            selection: None,
            common_documents: DEFAULT_COMMON_DOCUMENTS,
            threshold: args.threshold,
            recall: None,
        };
        let memory = args.memory.map_or(DEFAULT_MEMORY, |size| size.0.max(LEAST_MEMORY));
        references::build(&args.references, &how, &path, (Resources { memory, threads: threads(args.threads) }, None))?;
        return Index::open(&path);
    };
    args.key.open(path)
}

fn exit_code(summary: &Summary, fail_over: Option<Limit>) -> ExitCode {
    if !summary.complete {
        ExitCode::from(2)
    } else if fail_over.is_some_and(|limit| limit.is_passed(&summary.totals)) {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}

/// How many records may match before the exit code says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Limit {
    Records(u64),
    Percent(f64),
}

impl Limit {
    fn is_passed(self, totals: &Totals) -> bool {
        match self {
            Self::Records(limit) => totals.matched_records > limit,
            Self::Percent(limit) => totals.matched_records as f64 * 100.0 > limit * totals.records as f64,
        }
    }
}

impl FromStr for Limit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|p| (0.0..=100.0).contains(p)).map(Self::Percent),
            None => text.parse().ok().map(Self::Records),
        };
        parsed.ok_or_else(|| Error::request(format!("{text} is neither a number of records nor a percentage"), ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_passed_only_by_more() {
        let totals = Totals { records: 200, matched_records: 2, ..Totals::default() };
        for (limit, passed) in [("1", true), ("2", false), ("0.9%", true), ("1%", false), ("0", true), ("100%", false)]
        {
            assert_eq!(limit.parse::<Limit>().unwrap().is_passed(&totals), passed, "{limit}");
        }
        for bad in ["", "-1", "1.5", "101%", "-1%", "x%", "NaN%"] {
            assert!(bad.parse::<Limit>().is_err(), "{bad}");
        }
    }
}
