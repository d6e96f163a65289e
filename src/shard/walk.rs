//! What is in a folder, with all that is below it.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::error::{Error, Result};

/// Everything but folders, and whether it is a regular file; what is left out, and in which order, the walk says.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn walk(how: &WalkBuilder, folder: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let mut files = Vec::new();
    for entry in how.build() {
        let entry = entry.map_err(|error| {
            let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
            Error::io("read", folder)(std::io::Error::other(why))
        })?;
        let kind = entry.file_type();
        // The folder itself may be a link.
        if entry.depth() > 0 && !kind.is_some_and(|kind| kind.is_dir()) {
            files.push((entry.into_path(), kind.is_some_and(|kind| kind.is_file())));
        }
    }
    Ok(files)
}
