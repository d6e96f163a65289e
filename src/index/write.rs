//! Files of an index on their way to the disk.

use super::format::{Kind, Shape, encode_header};
use super::manifest::FileEntry;
use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes a file of a segment: its header, and the payload behind it.
pub(super) fn write_file(segment: &Path, kind: Kind, shape: Shape, payload: &[u8]) -> Result<FileEntry> {
    let header = encode_header(kind, shape, payload.len() as u64);
    let parts = [&header[..], payload];
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| {
        hasher.update(part);
    });
    write_synced(&segment.join(kind.file_name()), &parts)?;
    let blake3 = hasher.finalize().to_hex().to_string();
    Ok(FileEntry { name: kind.file_name().to_owned(), bytes: (payload.len() + header.len()) as u64, blake3 })
}

/// Writes a new file, and waits until it is on the disk.
pub(super) fn write_synced(path: &Path, parts: &[&[u8]]) -> Result<()> {
    let file = File::create_new(path).map_err(Error::io("create", path))?;
    let mut out = std::io::BufWriter::with_capacity(1 << 20, file);
    parts.iter().try_for_each(|part| out.write_all(part)).map_err(Error::io("write", path))?;
    let file = out.into_inner().map_err(|e| Error::io("write", path)(e.into_error()))?;
    file.sync_all().map_err(Error::io("sync", path))
}

/// Waits until a folder's entries are on the disk.
pub(super) fn sync(folder: &Path) -> Result<()> {
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
