//! An input file that must stay as it was when it was opened.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::mapped::{Change, FileState};

/// A file that is open for reading, and what it was at its opening.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    pub(super) file: File,
    state: FileState,
    /// What was found first to have changed: what has changed once stays so.
    changed: OnceLock<Change>,
}

impl Opened {
    /// Opens the regular file at `path` for reading.
    ///
    /// # Errors
    /// The system's refusal, or that the path is not a regular file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let facts = std::fs::metadata(path).map_err(Error::io("open", path))?;
        if !facts.is_file() {
            let found = if facts.is_dir() { "a folder" } else { "a device, pipe or socket" };
            return Err(Error::content(path, "a regular file", found));
        }
        let file = File::open(path).map_err(Error::io("open", path))?;
        let state = FileState::of(&file.metadata().map_err(Error::io("open", path))?);
        Ok(Self { path: path.to_path_buf(), file, state, changed: OnceLock::new() })
    }

    /// The file's length in bytes when it was opened.
    pub(super) fn size(&self) -> u64 {
        self.state.bytes
    }

    /// An error if the file is no longer what it was when it was opened, or its name now means another one. `has_lost_pages`
    /// says that a page of its map could not be read.
    pub(super) fn check(&self, has_lost_pages: bool) -> Result<()> {
        let now = || self.change(has_lost_pages).map(|change| self.changed.get_or_init(|| change));
        let Some(Change { expected, found }) = self.changed.get().or_else(now) else { return Ok(()) };
        Err(Error::content(&self.path, expected.as_str(), found)
            .at("changed while it was read")
            .help("run again when nobody writes to it: what was read of it is not to be used"))
    }

    fn change(&self, has_lost_pages: bool) -> Option<Change> {
        let state = |facts: std::io::Result<std::fs::Metadata>| facts.map(|facts| FileState::of(&facts));
        let (opened, named) = match (state(self.file.metadata()), state(std::fs::metadata(&self.path))) {
            (Ok(opened), Ok(named)) => (opened, named),
            (Err(error), _) | (_, Err(error)) => return Some(Change::new("a file of this name", error.to_string())),
        };
        if !self.state.is_same_file(&named) {
            return Some(Change::new("the same file under this name", "another one"));
        }
        self.state.change(&opened).or_else(|| has_lost_pages.then(Change::lost_page))
    }
}
