//! Is a Parquet file encrypted? The parquet crate, built without encryption, skips over the fields that say so, and a
//! copy made without them would be unreadable. So the footer's outermost fields are walked here.

use std::path::Path;

use bytes::Buf;
use parquet::file::reader::ChunkReader;

use crate::error::{Error, Result};
use crate::thrift::Thrift;

/// Length of the metadata (little endian), then the magic.
const TAIL: usize = 8;
/// `FileMetaData.encryption_algorithm`: present in every encrypted file whose footer is readable.
const ENCRYPTION_ALGORITHM: i64 = 8;

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
    match has_field(&metadata, ENCRYPTION_ALGORITHM) {
        Some(false) => Ok(()),
        Some(true) => Err(encrypted(path)),
        None => Err(unreadable("damaged metadata")),
    }
}

fn encrypted(path: &Path) -> Error {
    Error::content(path, "a readable Parquet file", "an encrypted one").at("footer").help("decrypt it first")
}

/// Whether the struct that `bytes` begins with has a field `wanted`; `None` when it is not a struct.
fn has_field(bytes: &[u8], wanted: i64) -> Option<bool> {
    let (mut thrift, mut number) = (Thrift::new(bytes), 0);
    while let Some((next, kind)) = thrift.field(number)? {
        number = next;
        if number == wanted {
            return Some(true);
        }
        thrift.skip(kind)?;
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_footer_is_refused_by_name() {
        let file = bytes::Bytes::from_static(b"PARE....\x04\0\0\0PARE");
        let error = refuse_encrypted(Path::new("x"), &file).unwrap_err();
        assert!(error.to_string().contains("encrypted"), "{error}");
    }
}
