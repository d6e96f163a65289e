//! A file of an index, mapped read-only.

use super::format::{HEADER_BYTES, Kind, Shape, decode_header};
use crate::error::{Error, Result};
use memmap2::Mmap;
use std::fs::File;
use std::path::Path;

/// A mapped file with its checked header.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
    shape: Shape,
}

impl MappedFile {
    /// Maps a file and checks its header.
    ///
    /// # Errors
    /// What the system or [`decode_header`] has to say.
    #[expect(unsafe_code, reason = "mapping a file is unsafe; see SAFETY")]
    pub fn open(path: &Path, kind: Kind) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        // SAFETY: files of an index are written once and never changed after they are published (FORMAT.md), and the
        // bytes are only ever read as plain integers or checked as UTF-8, so that any content is sound. A file that
        // somebody truncates while it is mapped ends the process by SIGBUS; it cannot corrupt it.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        let shape = decode_header(&map, kind, path)?;
        Ok(Self { map, shape })
    }

    /// Asks for huge pages, for files that are read all over; a system without them does as it always does.
    ///
    /// Measured on Linux 6.18 with ext4: a file that is not cached yet comes in pages of 2 MB, whose look-ups take up to a tenth
    /// less time than in small ones, and no more than in a copy in memory with huge pages. Files that are cached stay as
    /// they are. The advice that reads are random is not given: without read-ahead, a filter of 1 GiB took 15 s to come in
    /// instead of 0.4.
    pub(super) fn prefer_huge_pages(&self) {
        #[cfg(target_os = "linux")]
        let _ = self.map.advise(memmap2::Advice::HugePage);
    }

    /// What the header says.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The bytes behind the header.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.map.get(HEADER_BYTES..).unwrap_or_default()
    }
}
