//! `ringfence evaluate`.

use super::args::EvaluateArgs;
use super::speak::{print, print_json};
use ringfence::Result;
use ringfence::evaluate::evaluate;
use ringfence::report::evaluation_text;
use std::process::ExitCode;

pub(crate) fn run(args: &EvaluateArgs) -> Result<ExitCode> {
    let evaluation = evaluate(&args.matches, &args.labels, args.shard.as_deref(), args.short_bytes)?;
    if args.json {
        print_json(&evaluation)?;
    } else {
        print(&evaluation_text(&evaluation))?;
    }
    Ok(if evaluation.complete { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
