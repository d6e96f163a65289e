//! Files that are texts themselves: one by one, or packed in a tar archive. Each is a record of one text.

use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use crate::error::{Error, Result};
use crate::shard::map::ShardData;
use crate::shard::tar_members::{TarMember, tar_members};
use crate::shard::{Compression, Io};

/// The largest file that is read, in bytes: it is held in memory as a whole.
const MAX_FILE: u64 = 1 << 30;

/// Bytes that are read or decompressed at a time.
const BUFFER: usize = 256 << 10;

/// Bytes at the beginning of a file in which a zero says that it is no text (as git decides it).
pub(super) const LOOKED_AT: usize = 8000;

/// A text file or an archive of such.
#[derive(Debug)]
pub struct FilesShard {
    path: PathBuf,
    /// How the archive is compressed; none for a file that is the text.
    archive: Option<Compression>,
    data: ShardData,
    max_file: u64,
}

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileText<'a> {
    /// Its place among the members of its archive, from 0, other kinds of members counted; 0 for a file of its own.
    pub number: u64,
    /// Its path in its archive; empty for a file of its own.
    pub member: &'a str,
    /// Its bytes, not yet known to be UTF-8.
    pub bytes: &'a [u8],
}

/// Whether bytes from the beginning of a file are those of no text.
pub(super) fn is_binary(start: &[u8]) -> bool {
    memchr::memchr(0, start.get(..LOOKED_AT).unwrap_or(start)).is_some()
}

impl FilesShard {
    /// Opens a file; nothing is read yet.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn open(path: &Path, archive: Option<Compression>, io: Io) -> Result<Self> {
        Ok(Self { path: path.to_path_buf(), archive, data: ShardData::open(path, io)?, max_file: MAX_FILE })
    }

    /// Refuses files of more bytes.
    #[must_use]
    pub fn limit_files(self, bytes: u64) -> Self {
        Self { max_file: bytes.min(MAX_FILE), ..self }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn data(&self) -> &ShardData {
        &self.data
    }

    /// The size of the file in bytes, as it is stored.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.data.size()
    }

    /// Visits the text, or those of all members that are text files; returns how many members are none (binary files, links).
    /// Nothing is ever unpacked to a disk, so that names in an archive are nothing but names.
    ///
    /// # Errors
    /// What `visit` returns; a failed read, damaged or truncated data, a file over 1 GiB or over what
    /// [`FilesShard::limit_files`] allows.
    pub fn read(&self, visit: &mut dyn FnMut(FileText<'_>) -> Result<()>) -> Result<u64> {
        let stored = self.data.reader(0, BUFFER);
        match self.archive {
            None => {
                let mut bytes = Vec::new();
                self.read_whole(stored, self.data.size(), "", &mut bytes)?;
                visit(FileText { number: 0, member: "", bytes: &bytes })?;
                Ok(0)
            }
            Some(Compression::None) => self.members(stored, visit),
            Some(Compression::Gzip) => {
                self.members(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(stored)), visit)
            }
            Some(Compression::Zstd) => {
                let decoder = ZstdDecoder::with_buffer(stored).map_err(|error| self.damaged(&error))?;
                self.members(BufReader::with_capacity(BUFFER, decoder), visit)
            }
        }
    }

    fn members(&self, mut packed: impl Read, visit: &mut dyn FnMut(FileText<'_>) -> Result<()>) -> Result<u64> {
        let (mut bytes, mut others) = (Vec::new(), 0);
        let damaged = |found: String| self.damaged_by(&found);
        tar_members(&mut packed, &damaged, &mut |member| {
            let TarMember { number, name, size, .. } = member;
            if member.is_file {
                self.read_whole(member.bytes, size, &name, &mut bytes)?;
                if !is_binary(&bytes) {
                    return visit(FileText { number, member: &name, bytes: &bytes });
                }
            }
            others += u64::from(!member.is_folder);
            Ok(())
        })?;
        Ok(others)
    }

    fn read_whole(&self, file: impl Read, size: u64, member: &str, bytes: &mut Vec<u8>) -> Result<()> {
        if size > self.max_file {
            let help = "a file is held in memory as a whole: allow more with --memory, or leave it out";
            let found = format!("one of {size} bytes");
            return Err(self.about(member, format!("files of at most {} bytes", self.max_file), found).help(help));
        }
        bytes.clear();
        // What a header claims is no reason to take memory.
        file.take(size).read_to_end(bytes).map_err(|error| self.damaged(&error))?;
        if bytes.len() as u64 == size {
            return Ok(());
        }
        Err(self.about(member, format!("a file of {size} bytes"), format!("{} bytes", bytes.len())))
    }

    fn about(&self, member: &str, expected: String, found: String) -> Error {
        let error = Error::content(&self.path, expected, found);
        if member.is_empty() { error } else { error.at(format!("member {member}")) }
    }

    fn damaged(&self, error: &io::Error) -> Error {
        self.damaged_by(&error.to_string())
    }

    fn damaged_by(&self, found: &str) -> Error {
        let expected = if self.archive.is_some() { "a readable tar archive" } else { "a readable file" };
        let help = "the file is damaged or truncated; fetch or write it again";
        Error::content(&self.path, expected, found).help(help)
    }
}
