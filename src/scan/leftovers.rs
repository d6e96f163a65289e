//! What a run that was stopped has left in its results folder, besides what its journal speaks of.

use crate::error::{Error, Result};
use crate::sink::journal::OutputFile;
use crate::sink::publish::is_temporary;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The folders that shards are written to.
pub(super) const FOLDERS: [&str; 2] = ["data", "quarantine"];

/// Takes away what was written for a shard that is not finished, or was not when the run was stopped.
pub(super) fn remove_outputs(out: &Path, shard: &str) -> Result<()> {
    for folder in FOLDERS {
        let path = out.join(folder).join(shard);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(Error::io("remove", &path)(error)),
        }
    }
    Ok(())
}

/// Takes away files that were being written.
pub(super) fn remove_temporary(out: &Path) -> Result<()> {
    remove_temporary_in(out, &mut |name| FOLDERS.contains(&name))
}

fn remove_temporary_in(folder: &Path, enter: &mut dyn FnMut(&str) -> bool) -> Result<()> {
    let failed = || Error::io("read", folder);
    for entry in fs::read_dir(folder).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let (path, name) = (entry.path(), entry.file_name());
        let (kind, name) = (entry.file_type().map_err(failed())?, name.to_string_lossy());
        if kind.is_dir() && enter(&name) {
            remove_temporary_in(&path, &mut |_| true)?;
        } else if kind.is_file() && is_temporary(&name) {
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Checks that a finished shard's outputs are still there.
pub(super) fn check_outputs(out: &Path, outputs: &[OutputFile]) -> Result<()> {
    for output in outputs {
        let path = out.join(&output.path);
        let found = match path.metadata() {
            Ok(facts) if facts.len() == output.bytes => continue,
            Ok(facts) => format!("{} bytes", facts.len()),
            Err(error) => error.to_string(),
        };
        let expected = format!("the {} bytes that an earlier run wrote", output.bytes);
        let help = "it was changed since: remove the results folder, and scan again";
        return Err(Error::content(path, expected, found).help(help));
    }
    Ok(())
}
