//! The folder that a new index is written in, before it has its name.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::path::Path;
use tempfile::TempDir;

/// How its name begins.
const PREFIX: &str = ".ringfence-index-";

/// The file in it that says, by being locked, that somebody still writes it.
const ALIVE: &str = "lock";

/// A folder that goes if the index is not published.
#[derive(Debug)]
pub(super) struct Temporary {
    folder: TempDir,
    _alive: File,
}

impl Temporary {
    /// A new folder; takes away those that dead writers have left beside it.
    pub(super) fn create(parent: &Path) -> Result<Self> {
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        sweep(parent);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent);
        let folder = folder.map_err(Error::io("create a folder in", parent))?;
        // Locked before it has its name, so that nobody takes it for one that was left.
        let (unnamed, named) = (folder.path().join("new-lock"), folder.path().join(ALIVE));
        let alive = File::create_new(&unnamed).map_err(Error::io("create", &unnamed))?;
        match alive.try_lock() {
            Ok(()) => fs::rename(&unnamed, &named).map_err(Error::io("rename", &unnamed))?,
            // No locks here: then nobody can tell, and the folder is left alone.
            Err(_) => fs::remove_file(&unnamed).map_err(Error::io("remove", &unnamed))?,
        }
        Ok(Self { folder, _alive: alive })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the folder its name.
    pub(super) fn publish(self, path: &Path) -> Result<()> {
        let _ = fs::remove_file(self.path().join(ALIVE));
        fs::rename(self.path(), path).map_err(Error::io("publish", path))
    }
}

/// Takes away what can be; what cannot be is no reason not to build.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_ours && File::open(entry.path().join(ALIVE)).is_ok_and(|alive| alive.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_left_goes_and_what_the_living_write_stays() {
        let parent = tempfile::tempdir().unwrap();
        let left = parent.path().join(format!("{PREFIX}left"));
        let other = parent.path().join(format!("{PREFIX}not-yet-locked"));
        fs::create_dir(&left).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(left.join(ALIVE), "").unwrap();
        let living = Temporary::create(parent.path()).unwrap();
        assert!(!left.exists() && other.exists());
        let next = Temporary::create(parent.path()).unwrap();
        assert!(living.path().exists() && next.path().exists());
        living.publish(&parent.path().join("rf")).unwrap();
        assert_eq!(fs::read_dir(parent.path().join("rf")).unwrap().count(), 0);
    }
}
