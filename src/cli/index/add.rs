//! `ringfence index add`.

use super::args::AddArgs;
use super::{print_state, resources, shown, state};
use crate::cli::references;
use crate::cli::speak::print;
use ringfence::Result;
use ringfence::index::IndexWriter;
use ringfence::report::counted;
use std::process::ExitCode;

pub(crate) fn run(args: &AddArgs) -> Result<ExitCode> {
    let with = resources(&args.machine)?;
    let mut writer = IndexWriter::open(&args.index, "index add", with)?;
    let add = &mut |text: ringfence::ingest::ReferenceText<'_>| writer.add(text.text, text.prompt, text.provenance);
    references::read(&args.inputs, &args.columns, add)?;
    let changed = writer.publish()?;
    if args.machine.json {
        print_state(&args.index, &changed, &[("texts", changed.texts), ("known", changed.known)])?;
    } else {
        let (folder, texts, known) = (shown(&args.index), counted(changed.texts, "text"), changed.known);
        print(&format!("{folder}: {texts} added, {known} of them known already; {}\n", state(&changed)))?;
    }
    Ok(ExitCode::SUCCESS)
}
