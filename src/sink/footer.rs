//! Is a Parquet file encrypted? The parquet crate, built without encryption, skips over the fields that say so, and a
//! copy made without them would be unreadable. So the footer's outermost fields are walked here, in Thrift's compact
//! protocol.

use std::path::Path;

use bytes::{Buf, Bytes};
use parquet::file::reader::ChunkReader;

use crate::error::{Error, Result};

/// Length of the metadata (little endian), then the magic.
const TAIL: usize = 8;
/// `FileMetaData.encryption_algorithm`: present in every encrypted file whose footer is readable.
const ENCRYPTION_ALGORITHM: i32 = 8;
/// Deeper nesting than any footer has.
const DEPTH: usize = 16;

/// An error when the file says that it is encrypted, or has no readable footer.
pub(super) fn refuse_encrypted<R: ChunkReader>(path: &Path, reader: &R) -> Result<()> {
    let unreadable = |found: &str| Error::content(path, "a Parquet footer", found).at("footer");
    let start = reader.len().checked_sub(TAIL as u64).ok_or_else(|| unreadable("a shorter file"))?;
    let mut tail = reader.get_bytes(start, TAIL).map_err(|e| unreadable(&e.to_string()))?;
    let length = tail.get_u32_le();
    match tail.as_ref() {
        b"PARE" => return Err(encrypted(path)),
        b"PAR1" => {}
        _ => return Err(unreadable("other bytes at the end")),
    }
    let start = start.checked_sub(length.into()).ok_or_else(|| unreadable("a length beyond the file"))?;
    let metadata = reader.get_bytes(start, length as usize).map_err(|e| unreadable(&e.to_string()))?;
    match has_field(metadata, ENCRYPTION_ALGORITHM) {
        Some(false) => Ok(()),
        Some(true) => Err(encrypted(path)),
        None => Err(unreadable("damaged metadata")),
    }
}

fn encrypted(path: &Path) -> Error {
    Error::content(path, "a readable Parquet file", "an encrypted one").at("footer").help("decrypt it first")
}

/// Whether the struct that `bytes` begins with has a field `wanted`; `None` when it is not a struct.
fn has_field(bytes: Bytes, wanted: i32) -> Option<bool> {
    let mut bytes = bytes;
    let mut id = 0;
    while let Some(kind) = field(&mut bytes, &mut id)? {
        if id == wanted {
            return Some(true);
        }
        skip(&mut bytes, kind, DEPTH)?;
    }
    Some(false)
}

/// Reads a field header: its type, or `None` at the end of the struct.
fn field(bytes: &mut Bytes, id: &mut i32) -> Option<Option<u8>> {
    let header = bytes.try_get_u8().ok()?;
    if header == 0 {
        return Some(None);
    }
    *id = match header >> 4 {
        0 => zigzag(varint(bytes)?)?,
        delta => id.checked_add(delta.into())?,
    };
    Some(Some(header & 0x0f))
}

/// Passes over one value; a boolean field (types 1 and 2) is in its header.
fn skip(bytes: &mut Bytes, kind: u8, depth: usize) -> Option<()> {
    match kind {
        1 | 2 => Some(()),
        3 => pass(bytes, 1),
        4..=6 => varint(bytes).map(drop),
        7 => pass(bytes, 8),
        8 => {
            let length = varint(bytes)?;
            pass(bytes, length)
        }
        9 | 10 => {
            let header = bytes.try_get_u8().ok()?;
            let size = if header >> 4 == 15 { varint(bytes)? } else { (header >> 4).into() };
            // Booleans have no header in a list, but a byte.
            let kind = if matches!(header & 0x0f, 1 | 2) { 3 } else { header & 0x0f };
            (0..size).try_for_each(|_| skip(bytes, kind, depth.checked_sub(1)?))
        }
        12 => {
            let mut id = 0;
            while let Some(kind) = field(bytes, &mut id)? {
                skip(bytes, kind, depth.checked_sub(1)?)?;
            }
            Some(())
        }
        13 => pass(bytes, 16),
        // Maps (11): no footer has one.
        _ => None,
    }
}

fn pass(bytes: &mut Bytes, length: u64) -> Option<()> {
    let length = usize::try_from(length).ok().filter(|&n| n <= bytes.remaining())?;
    bytes.advance(length);
    Some(())
}

fn varint(bytes: &mut Bytes) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.try_get_u8().ok()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn zigzag(value: u64) -> Option<i32> {
    let half = i32::try_from(value >> 1).ok()?;
    Some(if value & 1 == 1 { !half } else { half })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_behind_values_of_every_type() {
        // 1: i32 5; 2: list of two strings; 3: struct { 1: true }; 4: double; then 8 (delta 4): struct {}
        let mut bytes = vec![0x15, 10, 0x19, 0x28, 1, b'a', 2, b'b', b'c', 0x1c, 0x11, 0, 0x17];
        bytes.extend([0; 8]);
        let without: Bytes = [bytes.clone(), vec![0]].concat().into();
        let with: Bytes = [bytes, vec![0x4c, 0, 0]].concat().into();
        assert_eq!(has_field(without, 8), Some(false));
        assert_eq!(has_field(with.clone(), 8), Some(true));
        for cut in 0..with.len() - 2 {
            assert_eq!(has_field(with.slice(..cut), 8), None, "cut at {cut}");
        }
    }

    #[test]
    fn an_encrypted_footer_is_refused_by_name() {
        let file = Bytes::from_static(b"PARE....\x04\0\0\0PARE");
        let error = refuse_encrypted(Path::new("x"), &file).unwrap_err();
        assert!(error.to_string().contains("encrypted"), "{error}");
    }
}
