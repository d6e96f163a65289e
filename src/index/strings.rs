//! The strings of a segment, each once, named by number.

use super::format::{Kind, Shape};
use super::map::MappedFile;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;
use zerocopy::FromBytes;
use zerocopy::little_endian::U64;

/// The strings of a mapped segment.
#[derive(Debug)]
pub struct Strings {
    file: MappedFile,
    offsets_bytes: usize,
}

impl Strings {
    /// Opens the strings of a segment.
    ///
    /// # Errors
    /// A payload too short for the header's count.
    pub fn open(path: &Path) -> Result<Self> {
        let file = MappedFile::open(path, Kind::Strings)?;
        let offsets = file.shape().count.checked_add(1).and_then(|n| n.checked_mul(8));
        match offsets {
            Some(offsets) if offsets <= file.payload().len() as u64 => {
                Ok(Self { file, offsets_bytes: offsets as usize })
            }
            _ => {
                let expected = format!("offsets of {} strings", file.shape().count);
                Err(Error::content(path, expected, format!("{} bytes", file.payload().len())).at("strings"))
            }
        }
    }

    /// The string of this number; empty for a number or an offset that does not exist.
    #[must_use]
    pub fn get(&self, number: u32) -> &str {
        let (offsets, bytes) = self.file.payload().split_at(self.offsets_bytes);
        let offsets = <[U64]>::ref_from_bytes(offsets).unwrap_or_default();
        let number = number as usize;
        let Some([start, end]) = offsets.get(number..number + 2) else { return "" };
        let string = bytes.get(start.get() as usize..end.get() as usize).unwrap_or_default();
        std::str::from_utf8(string).unwrap_or_default()
    }
}

/// Collects strings and numbers them in their sorted order. Number 0 is the empty string.
#[derive(Debug, Default)]
pub struct StringsBuilder {
    numbers: BTreeMap<String, u32>,
}

impl StringsBuilder {
    /// Makes a string known.
    pub fn add(&mut self, string: &str) {
        if !self.numbers.contains_key(string) {
            self.numbers.insert(string.to_owned(), 0);
        }
    }

    /// Numbers all strings; call it after the last [`add`](Self::add) and before the first [`number`](Self::number).
    pub fn finish(&mut self) {
        self.add("");
        self.numbers.values_mut().zip(0..).for_each(|(slot, number)| *slot = number);
    }

    /// The number of a string that was added.
    #[must_use]
    pub fn number(&self, string: &str) -> u32 {
        self.numbers.get(string).copied().unwrap_or(0)
    }

    /// The payload and shape of the file.
    #[must_use]
    pub fn encode(&self) -> (Shape, Vec<u8>) {
        let mut payload = 0_u64.to_le_bytes().to_vec();
        let mut end = 0_u64;
        for string in self.numbers.keys() {
            end += string.len() as u64;
            payload.extend_from_slice(&end.to_le_bytes());
        }
        self.numbers.keys().for_each(|string| payload.extend_from_slice(string.as_bytes()));
        (Shape { count: self.numbers.len() as u64, bucket_bits: 0 }, payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::format::encode_header;
    use std::io::Write;

    #[test]
    fn strings_come_back_by_number() {
        let mut builder = StringsBuilder::default();
        ["openai", "", "gpt-4", "openai", "モデル"].iter().for_each(|s| builder.add(s));
        builder.finish();
        let (shape, payload) = builder.encode();
        assert_eq!(shape.count, 4);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&encode_header(Kind::Strings, shape, payload.len() as u64)).unwrap();
        file.write_all(&payload).unwrap();
        let strings = Strings::open(file.path()).unwrap();
        for string in ["openai", "", "gpt-4", "モデル"] {
            assert_eq!(strings.get(builder.number(string)), string);
        }
        assert_eq!(builder.number(""), 0);
        assert_eq!(strings.get(99), "");
    }
}
