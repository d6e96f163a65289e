//! What a file holds when it is unpacked: itself, or the members of an archive. Nothing is ever written to disk.
//!
//! Formats are known by their first bytes: gzip, Zstandard, tar, and these inside each other. What is unpacked is bounded by
//! [`MAX_UNPACKED`] bytes, [`MAX_MEMBERS`] members and [`MAX_LAYERS`] layers a file, and read as a stream.

use crate::error::{Error, Result};
use crate::shard::tar_members;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes that one archive may unpack to.
pub const MAX_UNPACKED: u64 = 64 << 30;
/// Members that one archive may have.
pub const MAX_MEMBERS: u64 = 1_000_000;
/// Layers of compression and archives around a member.
pub const MAX_LAYERS: u32 = 4;
/// Largest Zstandard window that is accepted, as a power of two: 128 MiB, what `zstd -19 --long` needs.
const ZSTD_WINDOW_LOG: u32 = 27;

const BUFFER: usize = 64 << 10;
/// A tar header is a block of so many bytes, with `ustar` at 257.
const TAR_BLOCK: usize = 512;

/// A member: its name below the file's name, and its bytes.
pub(super) struct Member<'m> {
    /// Empty for the file itself.
    pub(super) name: &'m str,
    pub(super) bytes: &'m mut dyn BufRead,
}

type Visit<'v> = dyn FnMut(Member<'_>) -> Result<()> + 'v;

/// Hands out each member of a file; a file that is no archive is its only member.
///
/// # Errors
/// Damaged archives, those over the limits, and what `visit` returns.
pub(super) fn members(name: &str, bytes: &mut dyn BufRead, visit: &mut Visit<'_>) -> Result<()> {
    Walk { file: name, members: 0, visit }.open("", bytes, 0)
}

struct Walk<'w, 'v> {
    file: &'w str,
    members: u64,
    visit: &'w mut Visit<'v>,
}

impl Walk<'_, '_> {
    fn open(&mut self, name: &str, bytes: &mut dyn BufRead, layer: u32) -> Result<()> {
        let mut head = Vec::new();
        (&mut *bytes).take(TAR_BLOCK as u64).read_to_end(&mut head).map_err(|e| self.damaged(name, &e))?;
        let is_archive = is_gzip(&head) || is_zstd(&head) || is_tar(&head);
        if is_archive && layer >= MAX_LAYERS {
            return Err(self.over(format!("at most {MAX_LAYERS} layers of archives"), name));
        }
        let mut whole = head.as_slice().chain(bytes);
        if is_gzip(&head) {
            let mut inner = BufReader::with_capacity(BUFFER, self.limit(MultiGzDecoder::new(whole)));
            self.open(name, &mut inner, layer + 1)
        } else if is_zstd(&head) {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(whole).map_err(|e| self.damaged(name, &e))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|e| self.damaged(name, &e))?;
            let mut inner = BufReader::with_capacity(BUFFER, self.limit(decoder));
            self.open(name, &mut inner, layer + 1)
        } else if is_tar(&head) {
            self.tar(name, &mut whole, layer + 1)
        } else {
            (self.visit)(Member { name, bytes: &mut whole })
        }
    }

    fn tar(&mut self, outer: &str, mut bytes: &mut dyn Read, layer: u32) -> Result<()> {
        let file = self.file;
        let damaged = |found: String| damaged(&shown(file, outer), &found);
        tar_members(&mut bytes, &damaged, &mut |member| {
            self.members += 1;
            if self.members > MAX_MEMBERS {
                return Err(self.over(format!("at most {MAX_MEMBERS} members"), outer));
            }
            if !member.is_file {
                return Ok(());
            }
            let name = if outer.is_empty() { member.name } else { format!("{outer}/{}", member.name) };
            self.open(&name, &mut BufReader::with_capacity(BUFFER, member.bytes), layer)
        })
    }

    fn limit<R>(&self, inner: R) -> Limited<R> {
        Limited { inner, left: MAX_UNPACKED }
    }

    fn damaged(&self, name: &str, error: &io::Error) -> Error {
        damaged(&shown(self.file, name), &error.to_string())
    }

    fn over(&self, expected: String, name: &str) -> Error {
        Error::content(shown(self.file, name), expected, "more").help("unpack it, and name what is to be read")
    }
}

fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b, 8])
}

fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

fn is_tar(head: &[u8]) -> bool {
    head.len() == TAR_BLOCK && head.get(257..262) == Some(b"ustar")
}

/// A member below its file.
fn shown(file: &str, name: &str) -> String {
    if name.is_empty() { file.to_owned() } else { format!("{file}/{name}") }
}

fn damaged(path: &str, found: &str) -> Error {
    Error::content(path, "a whole archive", found).help("the file is damaged or truncated: fetch or write it again")
}

/// Ends a stream that unpacks to too much.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        let left = self.left.checked_sub(bytes as u64);
        self.left = left.ok_or_else(|| io::Error::other(format!("it unpacks to more than {MAX_UNPACKED} bytes")))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(bytes: &[u8]) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        let mut take = |member: Member<'_>| {
            let mut text = String::new();
            member.bytes.read_to_string(&mut text).map_err(Error::io("read", member.name))?;
            found.push((member.name.to_owned(), text));
            Ok(())
        };
        members("file", &mut { bytes }, &mut take).map(|()| found)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
        let mut out = Vec::new();
        encoder.read_to_end(&mut out).unwrap();
        out
    }

    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn members_come_out_of_all_wrappings() {
        let long = "d/".repeat(90) + "long.jsonl";
        let packed =
            tar(&[("a.jsonl", b"one"), ("b.jsonl.zst", &zstd::encode_all(&b"two"[..], 1).unwrap()), (&long, b"three")]);
        let expected =
            [("a.jsonl", "one"), ("b.jsonl.zst", "two"), (&long, "three")].map(|(n, t)| (n.to_owned(), t.to_owned()));
        assert_eq!(list(&packed).unwrap(), expected);
        assert_eq!(list(&gzip(&packed)).unwrap(), expected);
        assert_eq!(list(&zstd::encode_all(packed.as_slice(), 1).unwrap()).unwrap(), expected);
        assert_eq!(list(b"plain").unwrap(), [(String::new(), "plain".to_owned())]);
        assert_eq!(list(b"").unwrap(), [(String::new(), String::new())]);
    }

    #[test]
    fn archives_in_archives_and_damaged_ones_are_errors() {
        let mut bomb = b"x".to_vec();
        for _ in 0..=MAX_LAYERS {
            bomb = gzip(&bomb);
        }
        assert!(list(&bomb).unwrap_err().to_string().contains("layers"), "{:?}", list(&bomb));
        let whole = gzip(&vec![b'x'; 100_000]);
        assert!(list(&whole[..whole.len() / 2]).is_err());
        let packed = tar(&[("a", &[b'x'; 2000])]);
        assert!(list(&packed[..1500]).is_err());
    }

    #[test]
    fn what_unpacks_to_too_much_ends() {
        let mut limited = Limited { inner: io::repeat(0), left: 1000 };
        assert!(limited.read_to_end(&mut Vec::new()).unwrap_err().to_string().contains("more than"));
    }
}
