//! `ringfence index verify`.

use super::args::IndexPath;
use super::shown;
use crate::cli::speak::print;
use ringfence::Result;
use ringfence::report::size;
use std::process::ExitCode;

pub(crate) fn run(args: &IndexPath) -> Result<ExitCode> {
    let index = args.key.open_verified(&args.index)?;
    let manifest = index.manifest();
    let bytes = manifest.files().map(|(_, file)| file.bytes).sum();
    let (folder, files) = (shown(&args.index), manifest.files().count());
    print(&format!("{folder}: {files} files, {}: every byte is as it was built\n", size(bytes)))?;
    Ok(ExitCode::SUCCESS)
}
