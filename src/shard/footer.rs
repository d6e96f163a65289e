//! The frame of a Parquet file and the marks of encryption, looked at before the library parses anything: it says much
//! the same of an empty, a truncated and a foreign file, and reads past encrypted columns that it does not know of.

use std::path::Path;

use parquet::file::FOOTER_SIZE;
use parquet::file::metadata::FooterTail;
use parquet::file::reader::ChunkReader;

use crate::error::{Error, Result};
use crate::shard::map::ShardData;
use crate::shard::parquet::guarded;

const MAGIC: &[u8] = b"PAR1";
const MAGIC_ENCRYPTED: &[u8] = b"PARE";

/// The field of the footer's `FileMetaData` that is there if any column is encrypted: `encryption_algorithm`.
const ENCRYPTION_FIELD: i64 = 8;

/// Deepest nesting of values in a footer that is looked through; the format needs less than ten.
const MAX_DEPTH: u32 = 32;

const TRUNCATED: &str = "the file is truncated or still being written; fetch or write it again";
const ENCRYPTED: &str = "decrypt it first: encrypted Parquet is not read";

/// Checks that a file begins and ends as Parquet does, that its footer lies inside it, and that nothing is encrypted.
pub(super) fn check(path: &Path, data: &ShardData) -> Result<()> {
    let size = data.size();
    let bad = |found: String, help: &str| Err(Error::content(path, "a Parquet file", found).help(help));
    let read = |start, len| guarded(|| data.get_bytes(start, len)).map_err(|why| Error::content(path, "bytes", why));
    if size == 0 {
        return bad("an empty file (0 bytes)".to_owned(), "write it again, or leave it out");
    }
    let head = read(0, usize::try_from(size).unwrap_or(usize::MAX).min(MAGIC.len()))?;
    if *head == *MAGIC_ENCRYPTED {
        return bad("an encrypted file".to_owned(), ENCRYPTED);
    }
    if *head != *MAGIC {
        let found = format!("a file that starts with \"{}\"", head.escape_ascii());
        return bad(found, "Parquet starts with \"PAR1\"; JSON Lines is known by its extension, .jsonl or .ndjson");
    }
    let Some(tail_start) = size.checked_sub(FOOTER_SIZE as u64).filter(|start| *start >= MAGIC.len() as u64) else {
        return bad(format!("the start of one ({size} bytes)"), TRUNCATED);
    };
    let tail = read(tail_start, FOOTER_SIZE)?;
    let tail = <&[u8; FOOTER_SIZE]>::try_from(&*tail).ok().and_then(|tail| FooterTail::try_new(tail).ok());
    let Some(tail) = tail else {
        return bad(format!("one without an end: the last 4 of {size} bytes are not \"PAR1\""), TRUNCATED);
    };
    if tail.is_encrypted_footer() {
        return bad("an encrypted footer".to_owned(), ENCRYPTED);
    }
    let (claimed, room) = (tail.metadata_length(), tail_start - MAGIC.len() as u64);
    if claimed as u64 > room {
        return bad(format!("a footer that claims {claimed} bytes where there are {room}"), TRUNCATED);
    }
    if (Thrift { rest: &read(tail_start - claimed as u64, claimed)? }).struct_has(ENCRYPTION_FIELD) == Some(true) {
        return bad("encrypted columns".to_owned(), ENCRYPTED);
    }
    Ok(())
}

/// Steps over values in Thrift's compact encoding without keeping any; `None` where they make no sense. Every step
/// consumes input, so the work is bounded by the footer's length.
struct Thrift<'a> {
    rest: &'a [u8],
}

impl Thrift<'_> {
    /// Whether the struct that begins here has the field of this number.
    fn struct_has(&mut self, wanted: i64) -> Option<bool> {
        let mut number = 0;
        while let Some((next, kind)) = self.field(number)? {
            if next == wanted {
                return Some(true);
            }
            number = next;
            self.skip(kind, MAX_DEPTH)?;
        }
        Some(false)
    }

    /// The number and kind of the next field of a struct, or that it ends.
    fn field(&mut self, last: i64) -> Option<Option<(i64, u8)>> {
        let head = self.byte()?;
        let number = match head >> 4 {
            _ if head == 0 => return Some(None),
            0 => i64::try_from(self.varint()? >> 1).ok()?,
            step => last.checked_add(i64::from(step))?,
        };
        Some(Some((number, head & 0x0f)))
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // In a field, true and false are told by the kind alone.
            1 | 2 => Some(()),
            3 => self.advance(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.advance(8),
            8 => {
                let length = self.varint()?;
                self.advance(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                // In a list, true and false take a byte each.
                let kind = if matches!(head & 0x0f, 1 | 2) { 3 } else { head & 0x0f };
                (0..count).try_for_each(|_| self.skip(kind, depth))
            }
            12 => {
                let mut number = 0;
                while let Some((next, kind)) = self.field(number)? {
                    number = next;
                    self.skip(kind, depth)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn advance(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_field_is_found_past_values_of_every_kind() {
        // Fields 1 to 7: true, -1, a text, a double, a list of two structs, a list of two truths, a struct.
        let before = [
            vec![0x11],
            vec![0x16, 0x01],
            vec![0x18, 0x03, b'a', b'b', b'c'],
            vec![0x17, 0, 0, 0, 0, 0, 0, 0, 0],
            vec![0x19, 0x2c, 0x15, 0x02, 0x00, 0x00],
            vec![0x19, 0x21, 0x01, 0x02],
            vec![0x1c, 0x08, 0x04, 0x01, b'x', 0x00],
        ]
        .concat();
        let with = [before.clone(), vec![0x1c, 0x00, 0x00]].concat();
        let without = [before, vec![0x28, 0x00, 0x00]].concat();
        assert_eq!(Thrift { rest: &with }.struct_has(8), Some(true));
        assert_eq!(Thrift { rest: &without }.struct_has(8), Some(false));
        for cut in 0..without.len() {
            assert_eq!(Thrift { rest: &without[..cut] }.struct_has(8), None, "{cut}");
        }
    }

    #[test]
    fn values_nested_without_end_are_given_up() {
        assert_eq!(Thrift { rest: &[0x1c; 1 << 20] }.struct_has(8), None);
        assert_eq!(Thrift { rest: &[0x19; 1 << 20] }.struct_has(8), None);
    }

    proptest! {
        #[test]
        fn no_footer_makes_the_walk_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Thrift { rest: &bytes }.struct_has(8);
        }
    }
}
