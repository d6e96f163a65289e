//! The key of a private index.

use clap::Args as ClapArgs;
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
}
