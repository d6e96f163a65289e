//! A new index in a folder of its own, published by one rename.

use super::Built;
use super::background::Common;
use super::intake::Intake;
use super::output::{FileWriter, make_readable, sync, write_synced};
use super::temporary::Temporary;
use super::write::Written;
use crate::error::{Error, Result};
use crate::index::format::{Kind, Shape};
use crate::index::manifest::{FileEntry, MANIFEST, Manifest};
use crate::index::parameters::Parameters;
use std::path::Path;

/// Writes an index of what was taken in, and publishes it. Of what is common, `further` is stored: what the index cannot know
/// by its parameters.
pub(in crate::index) fn create(
    path: &Path,
    parameters: Parameters,
    intake: Intake,
    (common, further): (&Common, &[u64]),
) -> Result<Built> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = Temporary::create(parent)?;
    let folder = temporary.path();
    let Written { entry, vendors, built, .. } = intake.write(folder, &parameters, common, None)?;
    let segment = folder.join(&entry.name);
    let background = write_common(folder, further)?;
    let manifest = Manifest { background, vendors, segments: vec![entry], ..Manifest::empty(parameters) }.signed()?;
    write_synced(&folder.join(MANIFEST), manifest.to_json()?.as_bytes())?;
    sync(folder)?;
    make_readable(folder, &segment)?;
    check_free(path)?;
    temporary.publish(path)?;
    sync(parent)?;
    Ok(built)
}

/// Writes the shingles that further background made common, ascending, if there are any.
fn write_common(folder: &Path, hashes: &[u64]) -> Result<Option<FileEntry>> {
    if hashes.is_empty() {
        return Ok(None);
    }
    let mut file = FileWriter::create(folder, Kind::Common)?;
    hashes.iter().try_for_each(|hash| file.write(&hash.to_le_bytes()))?;
    file.finish(Shape { count: hashes.len() as u64, bucket_bits: 0 }).map(Some)
}

/// An error where something stands already.
pub(in crate::index) fn check_free(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let help = "name another folder, or remove this one first";
    Err(Error::content(path, "a folder that does not exist yet", "an existing one").help(help))
}
