//! What is in a folder, with all that is below it; and which links are followed.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::error::{Error, Result};

/// What is done with symbolic links that are found in folders and by globs. Those that are named themselves, as an input or on the
/// way to one, are always followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Links {
    /// They are listed and not followed, wherever they lead: what is inside the input root is found under its own name.
    #[default]
    Leave,
    /// They are followed, out of the input root too. Those that lead to nothing, or to a folder that they are in, are listed. A file
    /// with several names is taken once.
    Follow,
}

/// Something in a folder that is no folder.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A regular file.
    File(PathBuf),
    /// A symbolic link that was not followed.
    Link(PathBuf),
    /// A device, pipe or socket.
    Other(PathBuf),
}

/// Everything but folders; what is left out, and in which order, the walk says.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn walk(how: &mut WalkBuilder, folder: &Path, links: Links) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in how.follow_links(links == Links::Follow).build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => match dead_end(&error) {
                Some(path) => {
                    entries.push(Entry::Link(path));
                    continue;
                }
                None => return Err(unreadable(folder, &error)),
            },
        };
        let kind = entry.file_type();
        // The folder itself may be a link.
        if entry.depth() == 0 || kind.is_some_and(|kind| kind.is_dir()) {
            continue;
        }
        let is = |what: fn(&std::fs::FileType) -> bool| kind.as_ref().is_some_and(what);
        let path = entry.into_path();
        entries.push(match () {
            () if is(std::fs::FileType::is_file) => Entry::File(path),
            () if is(std::fs::FileType::is_symlink) => Entry::Link(path),
            () => Entry::Other(path),
        });
    }
    Ok(entries)
}

/// The link that leads to nothing, or to a folder that it is in.
fn dead_end(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::Loop { child, .. } => Some(child.clone()),
        ignore::Error::WithPath { path, err } if err.io_error().is_some() => {
            path.symlink_metadata().is_ok_and(|facts| facts.is_symlink()).then(|| path.clone())
        }
        ignore::Error::WithPath { err, .. } | ignore::Error::WithDepth { err, .. } => dead_end(err),
        _ => None,
    }
}

fn unreadable(folder: &Path, error: &ignore::Error) -> Error {
    let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    Error::io("read", folder)(std::io::Error::other(why))
}

/// Whether what a glob has found below `base` is not taken, for it is a link, or stands behind one.
pub(crate) fn is_left(path: &Path, base: &Path, links: Links) -> bool {
    if links == Links::Follow && path.exists() {
        return false;
    }
    let mut below = path.ancestors().take_while(|above| *above != base && !above.as_os_str().is_empty());
    below.any(|above| above.symlink_metadata().is_ok_and(|facts| facts.is_symlink()))
}
