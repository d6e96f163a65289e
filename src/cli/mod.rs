//! The command line: what was typed ([`args`]), one file a command, and the exit code.
//!
//! Exit codes: 0 the work is complete; 1 it is, and a limit that was asked for is passed; 2 an error, or not complete.

mod args;
mod collect;
mod evaluate;
mod explain;
mod index;
mod key;
mod limit;
mod merge;
mod plan;
mod progress;
mod references;
mod scan;
mod size;
mod speak;
mod stop;

use args::{Args, Command};
use clap::Parser;
use ringfence::Result;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// Parses the command line, runs the command, reports its error.
pub(crate) fn run() -> ExitCode {
    let command = Args::parse().command;
    speak::silence_guarded_panics();
    ringfence::mapped::survive_lost_pages();
    match catch_unwind(|| execute(&command)) {
        Ok(Ok(code)) => return code,
        Ok(Err(error)) => speak::error(&error),
        Err(_) => speak::warn("error: this is a bug in ringfence: please report it with the lines above"),
    }
    ExitCode::from(2)
}

fn execute(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Collect(args) => collect::run(args),
        Command::Index(command) => index::run(command),
        Command::Scan(args) => scan::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Evaluate(args) => evaluate::run(args),
    }
}
