//! `ringfence index merge`.

use super::args::MergeArgs;
use super::{resources, shown};
use crate::cli::speak::{print, print_json};
use ringfence::Result;
use ringfence::index::manifest::Manifest;
use ringfence::index::{Index, merge};
use ringfence::report::counted;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(args: &MergeArgs) -> Result<ExitCode> {
    let with = resources(&args.machine)?;
    let indexes = args.indexes.iter().map(|path| open(path.as_path())).collect::<Result<Vec<_>>>()?;
    let built = merge(&indexes, &args.out, with)?;
    if args.machine.json {
        let index = Index::open(&args.out)?;
        print_json(&json!({
            "index": args.out.display().to_string(), "index_id": index.id(), "references": built.references,
            "provenances": built.provenances,
        }))?;
    } else {
        let (references, indexes) = (counted(built.references, "reference"), indexes.len());
        print(&format!("{}: {references} of {indexes} indexes\n", shown(&args.out)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn open(path: &Path) -> Result<Index> {
    Manifest::read(path)?.parameters.check_open(path)?;
    Index::open(path)
}
