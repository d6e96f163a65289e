//! Bytes that were encoded anew and wait for their place in a copy: a little in memory, more in a file without a name.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use parquet::errors::Result as ParquetResult;
use parquet::file::writer::TrackedWrite;
use tempfile::SpooledTempFile;

/// What is kept in memory of each row group that waits.
const IN_MEMORY: usize = 1 << 20;

/// Where they are written; a column chunk is known by its range.
pub(super) struct Fresh(TrackedWrite<SpooledTempFile>);

/// Where they are read.
pub(super) struct Kept(SpooledTempFile);

impl Fresh {
    /// What outgrows memory goes to `folder`; without one, nothing does.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        Self(TrackedWrite::new(match folder {
            Some(folder) => SpooledTempFile::new_in(IN_MEMORY, folder),
            None => SpooledTempFile::new(usize::MAX),
        }))
    }

    pub(super) fn writer(&mut self) -> &mut TrackedWrite<SpooledTempFile> {
        &mut self.0
    }

    /// Bytes written so far.
    pub(super) fn position(&self) -> u64 {
        self.0.bytes_written() as u64
    }

    pub(super) fn finish(self) -> ParquetResult<Kept> {
        self.0.into_inner().map(Kept)
    }
}

impl Kept {
    pub(super) fn read(&mut self, range: &Range<u64>) -> io::Result<impl Read> {
        self.0.seek(SeekFrom::Start(range.start))?;
        Ok((&mut self.0).take(range.end - range.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn ranges_come_back_from_memory_and_from_a_file_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        for (folder, size) in [(None, 10), (Some(folder.path()), 10), (Some(folder.path()), IN_MEMORY + 10)] {
            let mut fresh = Fresh::new(folder);
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            fresh.writer().write_all(&bytes).unwrap();
            assert_eq!(fresh.position(), size as u64);
            let mut kept = fresh.finish().unwrap();
            for range in [size - 5..size, 0..4, 3..9] {
                let mut read = Vec::new();
                kept.read(&(range.start as u64..range.end as u64)).unwrap().read_to_end(&mut read).unwrap();
                assert_eq!(read, bytes[range]);
            }
            assert!(folder.is_none_or(|folder| std::fs::read_dir(folder).unwrap().next().is_none()));
        }
    }
}
