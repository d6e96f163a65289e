//! For any machine: a table of 256 entries, and no branches but for what the table cannot do.

use super::cursor::Cursor;
use super::drive::{Stop, drive, one_by_one};
use super::hashing;
use crate::text::Normalized;
use crate::text::forms::SPACED;
use crate::text::starts::Starts;
use crate::text::xxh3::ShingleHash;

/// As [`Kernel::normalize`](super::Kernel::normalize).
pub(super) fn normalize(text: &str, bytes: &mut Vec<u8>, starts: &mut Starts) -> usize {
    drive(Cursor::new(text, bytes, starts), ascii, one_by_one)
}

/// As [`Kernel::hashes_into`](super::Kernel::hashes_into).
pub(super) fn all(hash: &ShingleHash, text: &Normalized, hashes: &mut Vec<u64>) {
    hashing::all(hash, text, hashes);
}

/// As [`Kernel::sampled_into`](super::Kernel::sampled_into).
pub(super) fn sampled(hash: &ShingleHash, text: &Normalized, steps: &[u8], hashes: &mut Vec<u64>) {
    hashing::sampled(hash, text, steps, hashes, hashing::select);
}

/// What the table cannot do: what may begin an escape, and bytes that are not ASCII.
const SPECIAL: u8 = 0x80;

/// By byte: the small letter or digit, 0 for a gap, or [`SPECIAL`].
const FOLDED: [u8; 256] = {
    let mut table = [SPECIAL; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'\\' | b'&' | b'<' => SPECIAL,
            _ if byte.is_ascii_alphanumeric() => byte.to_ascii_lowercase(),
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// Takes ASCII up to what it cannot take.
fn ascii(cursor: &mut Cursor<'_>) -> Stop {
    let mut writer = cursor.writer();
    let mut in_word = u64::from(cursor.last & SPACED != 0);
    let mut rest = cursor.rest();
    let stop = loop {
        let (mut kept, mut starts, mut taken, mut stop) = (0, 0, 0, None);
        for &byte in rest.iter().take(64) {
            let mut folded = FOLDED[usize::from(byte)];
            if folded == SPECIAL {
                stop = stop_at(cursor, rest.len() - taken, byte);
                if stop.is_some() {
                    break;
                }
                folded = 0;
            }
            #[expect(unsafe_code, reason = "the writer checks no bounds")]
            // SAFETY: the cursor has room for all of the text and more.
            unsafe {
                *writer.tail().add(kept) = folded;
            }
            let is_kept = u64::from(folded != 0);
            starts |= (is_kept & !in_word) << kept;
            kept += is_kept as usize;
            in_word = is_kept;
            taken += 1;
        }
        #[expect(unsafe_code, reason = "the writer checks no bounds")]
        // SAFETY: as above.
        unsafe {
            writer.keep(kept, starts);
        }
        rest = rest.get(taken..).unwrap_or_default();
        if let Some(stop) = stop {
            break stop;
        }
        if rest.is_empty() {
            break Stop::End;
        }
    };
    cursor.put_ascii(writer, rest.len(), in_word != 0);
    stop
}

/// Whether to stop at a special byte, with which the last `left` bytes of the text begin.
fn stop_at(cursor: &Cursor<'_>, left: usize, byte: u8) -> Option<Stop> {
    if byte.is_ascii() { cursor.escape_at(cursor.text.len() - left).map(Stop::Escape) } else { Some(Stop::Other) }
}
