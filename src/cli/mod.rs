//! The command line: what was typed ([`args`]), one file a command, and the exit code.
//!
//! Exit codes: 0 the work is complete; 1 it is, and a limit that was asked for is passed; 2 an error, or not complete.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program speaks")]

mod args;
mod explain;
mod index;
mod progress;
mod references;
mod scan;

use args::{Command, IndexCommand};
use clap::Parser;
use ringfence::report::escape;
use ringfence::{Error, Result};
use std::process::ExitCode;

/// Parses the command line, runs the command, reports its error.
pub(crate) fn run() -> ExitCode {
    let done = match args::Args::parse().command {
        Command::Index(IndexCommand::Build(args)) => index::build(&args),
        Command::Index(IndexCommand::Info(args)) => index::info(&args),
        Command::Index(IndexCommand::Verify(args)) => index::verify(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Explain(args) => explain::run(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {}", escape(&error.to_string()));
        if let Some(advice) = error.advice() {
            eprintln!("  help: {}", escape(advice));
        }
        ExitCode::from(2)
    })
}

/// Prints a value as JSON.
fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value);
    println!("{}", json.map_err(|e| Error::request(format!("cannot write JSON: {e}"), ""))?);
    Ok(())
}
