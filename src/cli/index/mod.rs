//! `ringfence index`: one file a command.

mod add;
pub(crate) mod args;
mod build;
mod compact;
mod info;
mod list;
mod merge;
mod remove;
mod verify;

use super::speak::print_json;
use args::{IndexCommand, MachineArgs};
use ringfence::index::{Changed, DEFAULT_MEMORY, LEAST_MEMORY, Resources};
use ringfence::report::{count, counted, escape, size};
use ringfence::{Error, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(command: &IndexCommand) -> Result<ExitCode> {
    match command {
        IndexCommand::Build(args) => build::run(args),
        IndexCommand::Info(args) => info::run(args),
        IndexCommand::Verify(args) => verify::run(args),
        IndexCommand::Add(args) => add::run(args),
        IndexCommand::Remove(args) => remove::run(args),
        IndexCommand::Compact(args) => compact::run(args),
        IndexCommand::Merge(args) => merge::run(args),
        IndexCommand::List(args) => list::run(args),
    }
}

/// What a build may use; an error, where that is too little.
fn resources(args: &MachineArgs) -> Result<Resources> {
    let memory = args.memory.map_or(DEFAULT_MEMORY, |size| size.0);
    let with = Resources { memory, threads: super::args::threads(args.threads) };
    if with.memory < LEAST_MEMORY {
        let problem = format!("--memory {}: too little to build an index", size(with.memory));
        return Err(Error::request(problem, format!("give it {} or more", size(LEAST_MEMORY))));
    }
    Ok(with)
}

/// The state of an index after a change, as the end of a line.
fn state(changed: &Changed) -> String {
    let segments = counted(changed.segments, "segment");
    format!("{} now, in {segments}", counted(changed.references, "reference"))
}

/// The same as JSON, with what a command adds.
fn print_state(index: &Path, changed: &Changed, more: &[(&str, u64)]) -> Result<()> {
    let mut said = json!({
        "index": index.display().to_string(), "index_id": changed.index_id, "references": changed.references,
        "segments": changed.segments,
    });
    for (name, number) in more {
        if let Value::Object(members) = &mut said {
            members.insert((*name).to_owned(), (*number).into());
        }
    }
    print_json(&said)
}

/// References whose dates say nothing, in words.
fn undated(references: u64) -> String {
    match references {
        0 => String::new(),
        n => format!("  {} without a date that can be read: before and after do not take them\n", count(n)),
    }
}

fn shown(path: &Path) -> String {
    escape(&path.display().to_string())
}
