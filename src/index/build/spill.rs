//! Memory that is full, to a temporary file and back.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What a build may hold in memory unless it is told: half of what small machines have.
pub const DEFAULT_MEMORY: u64 = 4 << 30;

/// The least that a build can do with.
pub const LEAST_MEMORY: u64 = 2 * FIXED;

/// What a build takes whatever it holds: the built-in background, tables, buffers of files.
const FIXED: u64 = 80 << 20;

/// How much memory a build may take, and where it puts the rest.
#[derive(Debug, Clone)]
pub(in crate::index) struct Budget {
    /// Bytes, less what is fixed.
    memory: u64,
    /// The folder of the temporary files.
    folder: PathBuf,
}

impl Budget {
    /// Temporary files stand beside the index, on whose disk there must be room anyway.
    pub(super) fn new(memory: u64, index: &Path) -> Self {
        let parent = index.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { memory: memory.max(LEAST_MEMORY) - FIXED, folder: parent.to_path_buf() }
    }

    /// A part of the memory, in bytes.
    pub(super) fn part(&self, one_in: u64) -> usize {
        usize::try_from(self.memory / one_in).unwrap_or(usize::MAX)
    }

    /// A new temporary file. It has no name, so that nothing is left of it however the process ends.
    pub(super) fn file(&self) -> Result<Spill> {
        fs::create_dir_all(&self.folder).map_err(Error::io("create", &self.folder))?;
        let file =
            tempfile::tempfile_in(&self.folder).map_err(Error::io("create a temporary file in", &self.folder))?;
        Ok(Spill { file, end: 0, folder: self.folder.clone() })
    }
}

/// A temporary file that is appended to, and read in pieces.
#[derive(Debug)]
pub(super) struct Spill {
    file: File,
    end: u64,
    folder: PathBuf,
}

impl Spill {
    /// Appends bytes; returns where they are.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<Range<u64>> {
        let start = self.end;
        let written = self.file.seek(SeekFrom::Start(start)).and_then(|_| self.file.write_all(bytes));
        written.map_err(Error::io("write a temporary file in", &self.folder))?;
        self.end += bytes.len() as u64;
        Ok(start..self.end)
    }

    /// Where the file ends.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Fills a buffer from a place on.
    pub(super) fn read(&self, at: u64, buffer: &mut [u8]) -> Result<()> {
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(buffer));
        read.map_err(Error::io("read a temporary file in", &self.folder))
    }
}

/// Bytes that come last in a file of the index, while those before them are written.
#[derive(Debug)]
pub(super) struct Later {
    budget: Budget,
    held: Vec<u8>,
    file: Option<Spill>,
}

impl Later {
    pub(super) fn new(budget: &Budget) -> Self {
        Self { budget: budget.clone(), held: Vec::new(), file: None }
    }

    /// Appends bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.held.extend_from_slice(bytes);
        if self.held.len() > self.budget.part(64) {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(self.budget.file()?),
            };
            file.append(&self.held)?;
            self.held.clear();
        }
        Ok(())
    }

    /// Hands all of them out, in pieces.
    pub(super) fn take(mut self, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let last = std::mem::take(&mut self.held);
        let (mut at, mut buffer) = (0, vec![0; 1 << 20]);
        while let Some(file) = self.file.as_ref().filter(|file| at < file.end) {
            let some = (file.end - at).min(buffer.len() as u64);
            let piece = buffer.get_mut(..some as usize).unwrap_or_default();
            file.read(at, piece)?;
            put(piece)?;
            at += some;
        }
        put(&last)
    }
}
