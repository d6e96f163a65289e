//! What of a file changes when somebody writes to it or replaces it.

use std::fs::Metadata;
use std::time::SystemTime;

/// A file at one moment.
#[derive(Debug, Clone)]
pub(crate) struct FileState {
    pub(crate) bytes: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file, where there is such a thing.
    identity: Option<(u64, u64)>,
}

/// What was to be found in a file, and what was found.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Change {
    pub(crate) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { expected: expected.into(), found: found.into() }
    }

    /// A page of a map that could not be read.
    pub(crate) fn lost_page() -> Self {
        Self::new("pages that can be read", "one that is gone: the file was shorter, or the disk has an error")
    }
}

impl FileState {
    pub(crate) fn of(facts: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = Some((std::os::unix::fs::MetadataExt::dev(facts), std::os::unix::fs::MetadataExt::ino(facts)));
        #[cfg(not(unix))]
        let identity = None;
        Self { bytes: facts.len(), modified: facts.modified().ok(), identity }
    }

    /// Whether this is a state of the same file; where that cannot be told, it is.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        self.identity == other.identity
    }

    /// What has changed in the file since this was its state.
    pub(crate) fn change(&self, now: &Self) -> Option<Change> {
        if now.bytes != self.bytes {
            return Some(Change::new(format!("{} bytes", self.bytes), format!("{} bytes", now.bytes)));
        }
        let is_touched = now.modified != self.modified;
        is_touched.then(|| Change::new("no write since it was opened", "a later one (or its time was set)"))
    }
}
