//! A file of an index, mapped read-only.

use super::format::{HEADER_BYTES, Kind, Shape, decode_header};
use crate::error::{Error, Result};
use crate::mapped::{Change, FileState, Mapping};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A mapped file with its checked header.
#[derive(Debug)]
pub struct MappedFile {
    path: PathBuf,
    state: FileState,
    map: Mapping,
    shape: Shape,
}

impl MappedFile {
    /// Maps a file and checks its header.
    ///
    /// # Errors
    /// What the system or [`decode_header`] has to say.
    pub fn open(path: &Path, kind: Kind) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let state = FileState::of(&file.metadata().map_err(Error::io("open", path))?);
        let map = Mapping::new(&file, state.bytes).map_err(Error::io("map", path))?.ok_or_else(|| {
            let help = "compact the index: many small segments are many files";
            Error::content(path, "room for another mapped file", "too many of them").help(help)
        })?;
        let file = Self { path: path.to_path_buf(), state, shape: decode_header(map.bytes(), kind, path)?, map };
        file.check_pages().map(|()| file)
    }

    /// An error if a page of the file could not be read since it was opened: zeros were then read in its place.
    pub(super) fn check_pages(&self) -> Result<()> {
        if self.map.has_lost_pages() { Err(self.changed(Change::lost_page())) } else { Ok(()) }
    }

    /// The same, and an error if somebody wrote to the file. Its name may be gone, or that of another file: a writer takes files
    /// away that others still have mapped.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        self.check_pages()?;
        let now = std::fs::metadata(&self.path).map(|facts| FileState::of(&facts)).ok();
        let change = now.filter(|now| self.state.is_same_file(now)).and_then(|now| self.state.change(&now));
        change.map_or(Ok(()), |change| Err(self.changed(change)))
    }

    fn changed(&self, change: Change) -> Error {
        let help =
            "`ringfence index verify` says whether the index is whole; let nobody change its files, and run again";
        Error::content(&self.path, change.expected, change.found).at("changed while it was used").help(help)
    }

    /// Asks for huge pages, for files that are read all over; a system without them does as it always does.
    ///
    /// Measured on Linux 6.18 with ext4: a file that is not cached yet comes in pages of 2 MB, whose look-ups take up to a tenth
    /// less time than in small ones, and no more than in a copy in memory with huge pages. Files that are cached stay as
    /// they are. The advice that reads are random is not given: without read-ahead, a filter of 1 GiB took 15 s to come in
    /// instead of 0.4.
    pub(super) fn prefer_huge_pages(&self) {
        self.map.prefer_huge_pages();
    }

    /// What the header says.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The bytes behind the header.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.map.bytes().get(HEADER_BYTES..).unwrap_or_default()
    }
}
