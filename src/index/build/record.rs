//! One text on its way into an index: a digest, some lengths, and the bytes.

use crate::error::{Error, Result};
use crate::index::references::{PROVENANCE_FIELDS, Provenance};
use crate::index::secret::Secret;
use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// BLAKE3 of a text, keyed for a private index.
pub(super) type Digest = [u8; 32];

/// The first eight bytes of a digest, as a number that compares as they do.
pub(super) fn beginning(digest: &Digest) -> u64 {
    digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// What stands before the bytes of a record.
#[derive(Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Lengths {
    text: U32,
    prompt: U32,
    marks: U32,
    fields: [U32; PROVENANCE_FIELDS],
}

/// Bytes before those of a record: the digest and the lengths.
pub(super) const PREFIX: usize = size_of::<Digest>() + size_of::<Lengths>();

/// A record in some bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub text: &'a str,
    /// Of the text.
    pub digest: Digest,
    /// What it answers; empty where that is not known.
    pub prompt: &'a str,
    /// Which of its shingles are rare, if that is known already: bits as they are in the file.
    pub marks: &'a [u8],
    pub fields: [&'a str; PROVENANCE_FIELDS],
}

impl<'a> Record<'a> {
    /// A record whose digest is not known yet.
    pub(super) fn new(text: &'a str, prompt: &'a str, marks: &'a [u8], provenance: Provenance<'a>) -> Self {
        Self { text, digest: Digest::default(), prompt, marks, fields: provenance.fields() }
    }

    /// Its bytes behind the lengths.
    fn pieces(&self) -> impl Iterator<Item = &'a [u8]> {
        let own = [self.text.as_bytes(), self.prompt.as_bytes(), self.marks];
        own.into_iter().chain(self.fields.map(str::as_bytes))
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        PREFIX + self.pieces().map(<[u8]>::len).sum::<usize>()
    }
}

/// Appends a record.
pub(super) fn encode(record: &Record<'_>, out: &mut Vec<u8>) -> Result<()> {
    let too_long = |_| Error::request("a reference of over 4 GiB", "split it");
    out.extend_from_slice(&record.digest);
    for piece in record.pieces() {
        out.extend_from_slice(U32::new(u32::try_from(piece.len()).map_err(too_long)?).as_bytes());
    }
    record.pieces().for_each(|piece| out.extend_from_slice(piece));
    Ok(())
}

/// The bytes of a record of which these are the first; `None` if they are too few to tell.
pub(super) fn length(record: &[u8]) -> Option<usize> {
    let (lengths, _) = Lengths::ref_from_prefix(record.get(size_of::<Digest>()..)?).ok()?;
    let pieces = [lengths.text, lengths.prompt, lengths.marks].into_iter().chain(lengths.fields);
    Some(PREFIX + pieces.map(|length| length.get() as usize).sum::<usize>())
}

/// The digest of a text; under a secret, if there is one.
pub(super) fn digest(text: &str, secret: Option<&Secret>) -> Digest {
    secret.map_or_else(|| *blake3::hash(text.as_bytes()).as_bytes(), |secret| secret.digest(text))
}

/// Computes the digest of a whole record, and puts it in its place.
pub(super) fn seal(record: &mut [u8], secret: Option<&Secret>) -> Digest {
    let digest = decode(record).map(|record| digest(record.text, secret)).unwrap_or_default();
    if let Some(slot) = record.first_chunk_mut() {
        *slot = digest;
    }
    digest
}

/// The record that some bytes begin with.
///
/// # Errors
/// Bytes that are none: a temporary file was changed.
pub(super) fn decode(record: &[u8]) -> Result<Record<'_>> {
    parts(record).ok_or_else(|| Error::request("a temporary file of the build was changed", "build again"))
}

fn parts(record: &[u8]) -> Option<Record<'_>> {
    let (digest, rest) = record.split_first_chunk()?;
    let (lengths, mut rest) = Lengths::ref_from_prefix(rest).ok()?;
    let mut piece = |length: U32| {
        let (piece, after) = rest.split_at_checked(length.get() as usize)?;
        rest = after;
        Some(piece)
    };
    let string = |piece| simdutf8::basic::from_utf8(piece).ok();
    let [text, prompt, marks] = [piece(lengths.text)?, piece(lengths.prompt)?, piece(lengths.marks)?];
    let (text, prompt) = (string(text)?, string(prompt)?);
    let mut fields = [""; PROVENANCE_FIELDS];
    for (slot, length) in fields.iter_mut().zip(lengths.fields) {
        *slot = string(piece(length)?)?;
    }
    Some(Record { text, digest: *digest, prompt, marks, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_a_cut_one_is_an_error() {
        let provenance = Provenance { id: "7", model: "モデル", date: "2024", ..Provenance::default() };
        let mut bytes = Vec::new();
        encode(&Record::new("some text", "why?", &[1, 255], provenance), &mut bytes).unwrap();
        let digest = seal(&mut bytes, None);
        assert_eq!(digest, *blake3::hash(b"some text").as_bytes());
        assert!(bytes.starts_with(&digest));
        assert_eq!(length(&bytes), Some(bytes.len()));
        assert_eq!(length(&bytes[..PREFIX - 1]), None);
        bytes.extend_from_slice(b"the next record");
        let record = decode(&bytes).unwrap();
        assert_eq!((record.text, record.prompt, record.marks), ("some text", "why?", &[1, 255][..]));
        assert_eq!(record.fields, provenance.fields());
        for cut in 0..length(&bytes).unwrap() {
            assert!(decode(&bytes[..cut]).is_err(), "{cut} bytes");
        }
    }
}
