//! The next state of an index, at once: the manifest is replaced by a rename, after all that it names is on the disk.

use crate::error::{Error, Result};
use crate::index::ReferenceNumber;
use crate::index::build::{FileWriter, sync, write_synced};
use crate::index::format::{Kind, Shape};
use crate::index::manifest::{FileEntry, MANIFEST, Manifest, SEGMENT};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// How the names of files and folders begin that are not complete.
const NEW: &str = "new-";

/// How the name of the file of removed references begins.
const REMOVED: &str = "removed";

/// Makes a signed manifest the state of the index, and takes away what it does not name.
pub(super) fn publish(index: &Path, manifest: &Manifest) -> Result<()> {
    let new = index.join(format!("{NEW}{MANIFEST}"));
    write_synced(&new, manifest.to_json()?.as_bytes())?;
    sync(index)?;
    let path = index.join(MANIFEST);
    fs::rename(&new, &path).map_err(Error::io("publish", &path))?;
    sync(index)?;
    sweep(index, manifest)
}

/// Takes away what writers have left that a manifest does not name: segments that are merged, and what dead writers began. Whoever
/// reads them has them mapped, and keeps them.
pub(super) fn sweep(index: &Path, manifest: &Manifest) -> Result<()> {
    let named: BTreeSet<&str> = {
        let segments = manifest.segments.iter().map(|segment| segment.name.as_str());
        segments.chain(manifest.files_beside().map(|file| file.name.as_str())).collect()
    };
    for entry in fs::read_dir(index).map_err(Error::io("list", index))? {
        let entry = entry.map_err(Error::io("list", index))?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !named.contains(name)) else { continue };
        if [NEW, SEGMENT, REMOVED].iter().any(|ours| name.starts_with(ours)) {
            let path = entry.path();
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            gone.map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Writes the numbers of removed references, which must be ascending.
pub(super) fn write_removed(index: &Path, numbers: &[ReferenceNumber]) -> Result<FileEntry> {
    let mut file = FileWriter::create(index, Kind::Removed)?;
    numbers.iter().try_for_each(|number| file.write(&number.key().to_le_bytes()))?;
    let entry = file.finish(Shape { count: numbers.len() as u64, bucket_bits: 0 })?;
    let name = format!("{REMOVED}-{}.bin", entry.blake3.get(..16).unwrap_or_default());
    let (from, to) = (index.join(&entry.name), index.join(&name));
    fs::rename(&from, &to).map_err(Error::io("rename", &from))?;
    Ok(FileEntry { name, ..entry })
}
