//! `ringfence index compact`.

use super::args::CompactArgs;
use super::{print_state, resources, shown, state};
use crate::cli::speak::print;
use ringfence::Result;
use ringfence::index::IndexWriter;
use std::process::ExitCode;

pub(crate) fn run(args: &CompactArgs) -> Result<ExitCode> {
    let with = resources(&args.machine)?;
    let mut writer = IndexWriter::open(&args.index, "index compact", with)?;
    writer.compact();
    let changed = writer.publish()?;
    if args.machine.json {
        print_state(&args.index, &changed, &[])?;
    } else {
        print(&format!("{}: {}\n", shown(&args.index), state(&changed)))?;
    }
    Ok(ExitCode::SUCCESS)
}
