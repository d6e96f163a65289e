//! Files of an index on their way to the disk.

use crate::error::{Error, Result};
use crate::index::format::{HEADER_BYTES, Kind, Shape, encode_header};
use crate::index::manifest::FileEntry;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

/// Bytes that are hashed and written at once: enough for BLAKE3 to use all lanes.
const BUFFER: usize = 1 << 20;

/// A file of a segment while it is written: the payload as it comes, the header at last, when the counts are known.
#[derive(Debug)]
pub(in crate::index) struct FileWriter {
    kind: Kind,
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
    payload: u64,
}

impl FileWriter {
    /// A new file in a segment's folder.
    pub(in crate::index) fn create(segment: &Path, kind: Kind) -> Result<Self> {
        let path = segment.join(kind.file_name());
        let mut file = File::create_new(&path).map_err(Error::io("create", &path))?;
        file.write_all(&[0; HEADER_BYTES]).map_err(Error::io("write", &path))?;
        Ok(Self { kind, path, file, buffer: Vec::new(), hasher: blake3::Hasher::new(), payload: 0 })
    }

    /// Bytes of the payload so far.
    pub(super) fn len(&self) -> u64 {
        self.payload
    }

    /// Appends to the payload.
    pub(in crate::index) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.payload += bytes.len() as u64;
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
            if bytes.len() >= BUFFER {
                return self.put(bytes);
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.put(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(Error::io("write", &self.path))
    }

    /// Writes the header, and waits until all is on the disk.
    pub(in crate::index) fn finish(mut self, shape: Shape) -> Result<FileEntry> {
        self.flush()?;
        let header = encode_header(self.kind, shape, self.payload);
        self.hasher.update(&header);
        let written = self.file.rewind().and_then(|()| self.file.write_all(&header));
        written.map_err(Error::io("write", &self.path))?;
        self.file.sync_all().map_err(Error::io("sync", &self.path))?;
        Ok(FileEntry {
            name: self.kind.file_name().to_owned(),
            bytes: HEADER_BYTES as u64 + self.payload,
            blake3: self.hasher.finalize().to_hex().to_string(),
        })
    }
}

/// Writes a new file, and waits until it is on the disk.
pub(in crate::index) fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create_new(path).map_err(Error::io("create", path))?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.sync_all().map_err(Error::io("sync", path))
}

/// Waits until a folder's entries are on the disk.
pub(in crate::index) fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::io("sync", folder))
}

/// Temporary folders are private to their user; an index is as readable as other new folders are.
pub(super) fn make_readable(folder: &Path, like: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let ordinary = like.metadata().map_err(Error::io("read", folder))?.permissions().mode();
        fs::set_permissions(folder, fs::Permissions::from_mode(ordinary)).map_err(Error::io("publish", folder))?;
    }
    Ok(())
}
