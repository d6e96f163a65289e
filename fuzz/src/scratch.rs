//! Files for parsers that open their inputs themselves. `TMPDIR` says where: best in memory.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that goes with the program, if that ends well.
pub struct Scratch(TempDir);

impl Scratch {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file in the place of one of the same name.
    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("room for a file");
        path
    }
}

/// The first bytes of an input, which choose, and the others; zeros where there are too few.
pub fn split<const N: usize>(data: &[u8]) -> ([u8; N], &[u8]) {
    let (first, rest) = data.split_at(N.min(data.len()));
    let mut chosen = [0; N];
    chosen[..first.len()].copy_from_slice(first);
    (chosen, rest)
}
