//! `ringfence scan`.

use super::args::{ActionArg, ColumnArgs, ProfileArg, ReferenceArgs, ScanArgs, threads};
use super::limit::exit_code;
use super::progress::Reporter;
use super::references;
use super::speak::{print, print_json, warn};
use super::stop::{STOPPED, Stop};
use ringfence::detect::MatchOptions;
use ringfence::index::{DEFAULT_MEMORY, Index, LEAST_MEMORY, Resources};
use ringfence::report::summary_text;
use ringfence::scan::{Action, DEFAULT_MARKER, Outcome, ScanOptions, Scanner};
use ringfence::shard::{ColumnPath, Links, discover_listed, discover_with};
use ringfence::sink::journal::{Journal, Plan};
use ringfence::sketch::DEFAULT_COMMON_DOCUMENTS;
use ringfence::{Error, Result};
use std::collections::BTreeMap;
use std::process::ExitCode;

pub(crate) fn run(args: &ScanArgs) -> Result<ExitCode> {
    let root = args.input_root.as_deref();
    let discovered = match &args.manifest {
        Some(manifest) => discover_listed(manifest, root, links(args.follow))?,
        None => discover_with(&args.inputs, root, links(args.follow))?,
    };
    let discovered = discovered.part(args.shard_range);
    let options = options(args)?;
    let plan = options.plan(&discovered, built_of(args)?);
    // What is wrong with the request shows before the results folder is claimed; but an index that is built on the way is
    // built into that.
    let (index, claimed) = match &args.index {
        Some(path) if args.verify_index => (args.key.open_verified(path)?, None),
        Some(path) => (args.key.open(path)?, None),
        None => build_index(args, claim(args, plan.clone())?).map(|(index, journal)| (index, Some(journal)))?,
    };
    let reporter = Reporter::new(Stop::on_signals()?);
    let scanner = Scanner::new(&index, options, &reporter)?;
    let journal = claimed.map_or_else(|| claim(args, plan), Ok)?;
    let outcome = scanner.continue_run(&discovered, journal);
    reporter.finish();
    let summary = match outcome? {
        Outcome::Finished(summary) => summary,
        Outcome::Already(summary) => {
            warn(&format!("{} holds this scan already: nothing was left to do", args.out.display()));
            summary
        }
        Outcome::Stopped { finished, shards } => {
            let words = "stopped: the same command goes on from here";
            warn(&format!("{words} ({finished} of {shards} shards are finished)"));
            return Ok(ExitCode::from(STOPPED));
        }
    };
    if args.json {
        print_json(&summary)?;
    } else {
        print(&summary_text(&summary, &args.out))?;
    }
    Ok(exit_code(&summary, args.fail_over))
}

fn options(args: &ScanArgs) -> Result<ScanOptions> {
    Ok(ScanOptions {
        out: args.out.clone(),
        action: match args.action {
            ActionArg::Flag => Action::Flag,
            ActionArg::Drop => Action::Drop,
            ActionArg::Annotate => Action::Annotate,
            ActionArg::Redact => Action::Redact,
        },
        marker: marker(args)?,
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
    })
}

/// Claims the results folder.
fn claim(args: &ScanArgs, plan: Plan) -> Result<Journal> {
    let journal = Journal::begin(&args.out, plan)?;
    if args.no_resume && !journal.is_fresh() {
        let help = "leave --no-resume out to continue it, or name another folder with --out";
        return Err(Error::content(&args.out, "a new folder for the results", "an earlier run").help(help));
    }
    Ok(journal)
}

/// Builds the index in the results folder, unless an earlier run has used it already.
fn build_index(args: &ScanArgs, journal: Journal) -> Result<(Index, Journal)> {
    let path = args.out.join("index.rf");
    if journal.index().is_some() {
        return Ok((Index::open(&path)?, journal));
    }
    if path.exists() {
        // An earlier run was stopped before it noted it.
        std::fs::remove_dir_all(&path).map_err(Error::io("remove", &path))?;
    }
    let memory = args.memory.map_or(DEFAULT_MEMORY, |size| size.0.max(LEAST_MEMORY));
    let with = Resources { memory, threads: threads(args.threads) };
    let built = references::build(&args.references, &reference_args(args), &path, (with, None));
    match built.and_then(|_| Index::open(&path)) {
        Ok(index) => Ok((index, journal)),
        Err(error) => {
            if journal.is_fresh() {
                journal.withdraw(&args.out);
            }
            Err(error)
        }
    }
}

fn reference_args(args: &ScanArgs) -> ReferenceArgs {
    ReferenceArgs {
        columns: ColumnArgs { columns: args.reference_columns.clone(), set: args.set.clone(), prompt_column: None },
        background: args.background.clone(),
        profile: ProfileArg::Standard,
        selection: None,
        common_documents: DEFAULT_COMMON_DOCUMENTS,
        threshold: args.threshold,
        recall: None,
    }
}

/// What the index is to be built of, for the plan: nothing where one is given.
fn built_of(args: &ScanArgs) -> Result<BTreeMap<String, String>> {
    if args.index.is_some() {
        return Ok(BTreeMap::new());
    }
    let columns: Vec<String> = args.reference_columns.iter().map(ToString::to_string).collect();
    let of = [
        ("--references", references::identity(&args.references)?),
        ("--reference-column", columns.join(",")),
        ("--background", references::identity(&args.background)?),
        ("--set", args.set.join(",")),
    ];
    Ok(of.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
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
