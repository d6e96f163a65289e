//! `ringfence merge`.

use super::args::MergeArgs;
use super::limit::exit_code;
use super::speak::{print, print_json};
use ringfence::Result;
use ringfence::report::summary_text;
use ringfence::scan::merge;
use std::process::ExitCode;

pub(crate) fn run(args: &MergeArgs) -> Result<ExitCode> {
    let summary = merge(&args.parts, &args.out)?;
    if args.json {
        print_json(&summary)?;
    } else {
        print(&summary_text(&summary, &args.out))?;
    }
    Ok(exit_code(&summary, args.fail_over))
}
