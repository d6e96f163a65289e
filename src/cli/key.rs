//! The key of a private index.

use clap::Args as ClapArgs;
use ringfence::index::manifest::Manifest;
use ringfence::index::{Index, Secret};
use ringfence::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the key is.
#[derive(Debug, ClapArgs)]
pub(crate) struct KeyArg {
    /// File with the key of a private index: random bytes, at least 16
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

impl KeyArg {
    /// The secret, if a file was named.
    pub(crate) fn secret(&self) -> Result<Option<Secret>> {
        let read = |path: &PathBuf| Secret::new(&fs::read(path).map_err(Error::io("read", path))?);
        self.key_file.as_ref().map(read).transpose()
    }

    /// Opens an index, private or not.
    pub(crate) fn open(&self, index: &Path) -> Result<Index> {
        Index::open_with(index, self.secret()?.as_ref())
    }

    /// The same, and compares every byte with the manifest's digests first.
    pub(crate) fn open_verified(&self, path: &Path) -> Result<Index> {
        let mut index = self.open(path)?;
        while let Err(error) = index.verify() {
            // A file may have gone because a writer has published another state.
            if Manifest::read(path)?.index_id == index.id() {
                return Err(error);
            }
            index = self.open(path)?;
        }
        Ok(index)
    }
}
