//! `ringfence index remove`.

use super::args::RemoveArgs;
use super::{print_state, resources, shown, state, undated};
use crate::cli::speak::print;
use ringfence::index::IndexWriter;
use ringfence::report::counted;
use ringfence::{Error, Result};
use std::process::ExitCode;

pub(crate) fn run(args: &RemoveArgs) -> Result<ExitCode> {
    let selection = args.which.selection();
    if selection.is_everything() {
        return Err(Error::request("nothing says which references are to go", "name them with --id or --where"));
    }
    let with = resources(&args.machine)?;
    let mut writer = IndexWriter::open(&args.index, "index remove", with)?;
    writer.remove(&selection)?;
    let changed = writer.publish()?;
    if args.machine.json {
        print_state(&args.index, &changed, &[("removed", changed.removed), ("undated", changed.undated)])?;
    } else {
        let (folder, removed) = (shown(&args.index), counted(changed.removed, "reference"));
        print(&format!("{folder}: {removed} removed; {}\n{}", state(&changed), undated(changed.undated)))?;
    }
    Ok(ExitCode::SUCCESS)
}
