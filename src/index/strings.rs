//! The strings of a segment, named by number.

use super::format::Kind;
use super::map::MappedFile;
use super::secret::Secret;
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
    /// Of a private index: the strings, unsealed.
    unsealed: Option<Vec<String>>,
}

impl Strings {
    pub(super) fn file(&self) -> &MappedFile {
        &self.file
    }

    /// Opens the strings of a segment.
    ///
    /// # Errors
    /// A payload too short for the header's count; strings that the secret does not open.
    pub fn open(path: &Path, secret: Option<&Secret>) -> Result<Self> {
        let file = MappedFile::open(path, Kind::Strings)?;
        let offsets = file.shape().count.checked_add(1).and_then(|n| n.checked_mul(8));
        match offsets.and_then(|offsets| (file.payload().len() as u64).checked_sub(offsets)) {
            Some(strings) => {
                let strings = Self { file, strings_bytes: strings as usize, unsealed: None };
                let unsealed = secret.map(|secret| strings.unseal(secret, path)).transpose()?;
                Ok(Self { unsealed, ..strings })
            }
            None => {
                let expected = format!("offsets of {} strings", file.shape().count);
                Err(Error::content(path, expected, format!("{} bytes", file.payload().len())).at("strings"))
            }
        }
    }

    /// All strings, unsealed.
    fn unseal(&self, secret: &Secret, path: &Path) -> Result<Vec<String>> {
        let bad = || Error::content(path, "strings under the key of the index", "others").at("strings");
        let count = u32::try_from(self.file.shape().count).map_err(|_| bad())?;
        let unseal = |number| {
            let plain = secret.unseal(self.bytes(number)).ok_or_else(bad)?;
            String::from_utf8(plain).map_err(|_| bad())
        };
        (0..count).map(unseal).collect()
    }

    /// The string of this number; empty for a number or an offset that does not exist.
    #[must_use]
    pub fn get(&self, number: u32) -> &str {
        match &self.unsealed {
            Some(strings) => strings.get(number as usize).map_or("", String::as_str),
            None => std::str::from_utf8(self.bytes(number)).unwrap_or_default(),
        }
    }

    fn bytes(&self, number: u32) -> &[u8] {
        let (bytes, offsets) = self.file.payload().split_at(self.strings_bytes);
        let offsets = <[U64]>::ref_from_bytes(offsets).unwrap_or_default();
        let number = number as usize;
        let Some([start, end]) = offsets.get(number..number + 2) else { return &[] };
        bytes.get(start.get() as usize..end.get() as usize).unwrap_or_default()
    }
}
