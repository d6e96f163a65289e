//! One line of the journal: `{"entry": ..., "blake3": "..."}`.
//!
//! The digest is that of the line before (nothing, for the first) followed by the bytes of the entry.

use super::Entry;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::path::Path;

/// A line as it is written.
#[derive(Serialize, Deserialize)]
struct Line {
    entry: Box<RawValue>,
    blake3: String,
}

fn digest(before: &str, entry: &str) -> String {
    blake3::Hasher::new().update(before.as_bytes()).update(entry.as_bytes()).finalize().to_hex().to_string()
}

/// The line for an entry, with its line feed; `before` is the digest of the line before, and becomes that of this one.
pub(super) fn encode(path: &Path, entry: &Entry, before: &mut String) -> Result<String> {
    let failed = |e: serde_json::Error| Error::content(path, "an entry of a journal", e);
    let entry = serde_json::value::to_raw_value(entry).map_err(failed)?;
    *before = digest(before, entry.get());
    let line = Line { entry, blake3: before.clone() };
    Ok(serde_json::to_string(&line).map_err(failed)? + "\n")
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub entries: Vec<Entry>,
    /// Bytes up to the end of the last whole line.
    pub bytes: usize,
    /// The digest of the last line.
    pub last: String,
}

/// Reads the lines of a journal. A last line that is not whole was being written when the run was stopped: it is left out.
///
/// # Errors
/// A line before the last that is not what was written there.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<Lines> {
    let mut lines = Lines::default();
    for (number, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match parse(text, &lines.last) {
            Ok((entry, digest)) => {
                lines.entries.push(entry);
                lines.bytes += text.len();
                lines.last = digest;
            }
            Err(_) if lines.bytes + text.len() == bytes.len() => break,
            Err(found) => {
                let help = "the journal was altered or damaged: remove the results folder, and scan again";
                let place = format!("line {}", number + 1);
                return Err(Error::content(path, "a line of a journal", found).at(place).help(help));
            }
        }
    }
    Ok(lines)
}

fn parse(text: &[u8], before: &str) -> std::result::Result<(Entry, String), String> {
    let text = text.strip_suffix(b"\n").ok_or("a line without its end")?;
    let line: Line = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    if line.blake3 != digest(before, line.entry.get()) {
        return Err("a digest that is not that of the line".to_owned());
    }
    let entry = serde_json::from_str(line.entry.get()).map_err(|e| e.to_string())?;
    Ok((entry, line.blake3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(ids: &[&str]) -> Vec<u8> {
        let mut before = String::new();
        let lines = ids.iter().map(|id| encode(Path::new("j"), &Entry::Index((*id).to_owned()), &mut before).unwrap());
        lines.collect::<String>().into_bytes()
    }

    fn ids(bytes: &[u8]) -> Result<Vec<String>> {
        let lines = decode(Path::new("j"), bytes)?;
        let id = |entry| if let Entry::Index(id) = entry { id } else { unreachable!() };
        Ok(lines.entries.into_iter().map(id).collect())
    }

    #[test]
    fn what_was_cut_off_is_left_out_and_the_rest_is_as_it_was() {
        let whole = journal(&["a", "b", "c"]);
        let ends: Vec<usize> = (0..=3).map(|lines| journal(&["a", "b", "c"][..lines]).len()).collect();
        for cut in 0..=whole.len() {
            let lines = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!(ids(&whole[..cut]).unwrap(), ["a", "b", "c"][..lines], "cut at {cut}");
            assert_eq!(decode(Path::new("j"), &whole[..cut]).unwrap().bytes, ends[lines]);
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_only_loses_the_last_lines() {
        let whole = journal(&["a", "b", "c"]);
        let last = journal(&["a", "b"]).len();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            match ids(&changed) {
                // Without its line feed, the line before the last is one with it.
                Ok(read) => assert!(
                    at + 1 >= last && ["a", "b"].starts_with(&read.iter().map(String::as_str).collect::<Vec<_>>()),
                    "byte {at}"
                ),
                Err(error) => assert!(at < last && error.to_string().contains("line "), "byte {at}: {error}"),
            }
        }
    }

    #[test]
    fn lines_that_were_left_out_or_exchanged_are_refused() {
        let whole = String::from_utf8(journal(&["a", "b", "c"])).unwrap();
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        for order in [&[1, 2][..], &[0, 2, 2], &[1, 0, 2], &[0, 0, 1]] {
            let text: String = order.iter().map(|n| lines[*n]).collect();
            assert!(ids(text.as_bytes()).is_err(), "{order:?}");
        }
    }
}
