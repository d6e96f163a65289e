//! The strings of a segment, named by number.

use super::format::Kind;
use super::map::MappedFile;
use crate::error::{Error, Result};
use std::path::Path;
use zerocopy::FromBytes;
use zerocopy::little_endian::U64;

/// The strings of a mapped segment.
#[derive(Debug)]
pub struct Strings {
    file: MappedFile,
    /// Bytes of the strings, before where they end.
    strings_bytes: usize,
}

impl Strings {
    /// Opens the strings of a segment.
    ///
    /// # Errors
    /// A payload too short for the header's count.
    pub fn open(path: &Path) -> Result<Self> {
        let file = MappedFile::open(path, Kind::Strings)?;
        let offsets = file.shape().count.checked_add(1).and_then(|n| n.checked_mul(8));
        match offsets.and_then(|offsets| (file.payload().len() as u64).checked_sub(offsets)) {
            Some(strings) => Ok(Self { file, strings_bytes: strings as usize }),
            None => {
                let expected = format!("offsets of {} strings", file.shape().count);
                Err(Error::content(path, expected, format!("{} bytes", file.payload().len())).at("strings"))
            }
        }
    }

    /// The string of this number; empty for a number or an offset that does not exist.
    #[must_use]
    pub fn get(&self, number: u32) -> &str {
        let (bytes, offsets) = self.file.payload().split_at(self.strings_bytes);
        let offsets = <[U64]>::ref_from_bytes(offsets).unwrap_or_default();
        let number = number as usize;
        let Some([start, end]) = offsets.get(number..number + 2) else { return "" };
        let string = bytes.get(start.get() as usize..end.get() as usize).unwrap_or_default();
        std::str::from_utf8(string).unwrap_or_default()
    }
}
