//! References that stand in a segment and no longer count.

use super::ReferenceNumber;
use super::format::Kind;
use super::manifest::RemovedEntry;
use super::map::MappedFile;
use crate::error::{Error, Result};
use std::path::Path;
use zerocopy::FromBytes;
use zerocopy::little_endian::U64;

/// The numbers of removed references, ascending, in a mapped file.
#[derive(Debug, Default)]
pub(super) struct Removed {
    file: Option<MappedFile>,
}

impl Removed {
    pub(super) fn open(index: &Path, entry: Option<&RemovedEntry>) -> Result<Self> {
        let Some(entry) = entry else { return Ok(Self::default()) };
        let path = index.join(&entry.file.name);
        let file = MappedFile::open(&path, Kind::Removed)?;
        let bytes = file.payload().len() as u64;
        if file.shape().count.checked_mul(size_of::<U64>() as u64) != Some(bytes) {
            return Err(Error::content(path, format!("{} numbers of 8 bytes", file.shape().count), bytes));
        }
        Ok(Self { file: Some(file) })
    }

    pub(super) fn file(&self) -> Option<&MappedFile> {
        self.file.as_ref()
    }

    /// Whether a reference is removed.
    pub(super) fn contains(&self, number: ReferenceNumber) -> bool {
        self.file.is_some() && self.numbers().binary_search_by_key(&number.key(), |number| number.get()).is_ok()
    }

    /// All of them, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = ReferenceNumber> {
        self.numbers().iter().map(|number| ReferenceNumber::from_key(number.get()))
    }

    fn numbers(&self) -> &[U64] {
        let payload = self.file.as_ref().map_or(&[][..], MappedFile::payload);
        <[U64]>::ref_from_bytes(payload).unwrap_or_default()
    }
}
