//! The loops that all kernels share; each inlines them with its own instructions.
//!
//! 1. ASCII goes through the kernel's own loop, up to an escape or to a byte that is not ASCII.
//! 2. There the [`mixed`] loop takes over: one character after the other through the table of [`forms`](crate::text::forms),
//!    ASCII too, until there are 16 ASCII bytes in a row.

use super::cursor::Cursor;
use crate::text::escape::Escape;
use crate::text::forms::{self, DROPPED, KNOWN, SPACED, UNSPACED};

/// Why a loop over ASCII ended.
pub(super) enum Stop {
    /// The text is at its end.
    End,
    /// An escape begins here.
    Escape(Escape),
    /// The next byte is not ASCII.
    Other,
}

/// The bytes that are looked at together.
pub(super) type Block = [u8; 64];

/// Facts about the bytes of a block, the first in the lowest bit.
pub(super) struct Masks {
    /// Bytes that begin a character.
    pub(super) first: u64,
    /// Bytes that are not ASCII.
    pub(super) other: u64,
}

/// Normalises a whole text; returns how many bytes are kept.
#[inline(always)]
pub(super) fn drive(
    mut cursor: Cursor<'_>,
    ascii: impl Fn(&mut Cursor<'_>) -> Stop,
    masks: impl Fn(&Block) -> Masks,
    decode: impl Fn(u32) -> u32,
) -> usize {
    loop {
        match ascii(&mut cursor) {
            Stop::End => return cursor.finish(),
            Stop::Escape(escape) => cursor.escape(escape),
            Stop::Other => mixed(&mut cursor, &masks, &decode),
        }
    }
}

/// Where a block of ASCII ends early, and why, if it does: `left` bytes of the text begin with it; at the bits of `escapes`
/// one may begin, and those of `others` are no ASCII.
#[inline(always)]
pub(super) fn first_stop(cursor: &Cursor<'_>, left: usize, escapes: u64, others: u64) -> Option<(usize, Stop)> {
    let mut escapes = escapes & others.wrapping_sub(1) & !others;
    while escapes != 0 {
        let at = escapes.trailing_zeros() as usize;
        if let Some(escape) = cursor.escape_at(cursor.text.len() - left + at) {
            return Some((at, Stop::Escape(escape)));
        }
        escapes &= escapes - 1;
    }
    (others != 0).then(|| (others.trailing_zeros() as usize, Stop::Other))
}

/// Bytes behind a block that are read with its last character.
const OVERHANG: usize = 4;

/// Takes characters until 16 ASCII bytes follow or the text ends.
#[inline(always)]
fn mixed(cursor: &mut Cursor<'_>, masks: &impl Fn(&Block) -> Masks, decode: &impl Fn(u32) -> u32) {
    let mut padded;
    loop {
        let rest = cursor.rest();
        let whole = rest.first_chunk::<{ 64 + OVERHANG }>();
        let bytes = match whole {
            Some(bytes) => bytes,
            None if rest.is_empty() => return,
            None => {
                padded = [0; 64 + OVERHANG];
                padded[..rest.len()].copy_from_slice(rest);
                &padded
            }
        };
        let block = bytes.first_chunk().unwrap_or(&[0; 64]);
        let Masks { first, other } = masks(block);
        let end = ascii_run(other).min(rest.len());
        let chars = if end < 64 { first & !(u64::MAX << end) } else { first };
        match take(cursor, bytes, chars, decode) {
            // A block may end inside its last character, which is done all the same.
            None if end < 64 => {
                cursor.pos += end;
                return;
            }
            None => cursor.pos += 64,
            Some(at) => {
                cursor.pos += at;
                cursor.step();
            }
        }
    }
}

/// Where in a block the first run of at least 16 ASCII bytes begins; 64 if there is none.
#[inline(always)]
fn ascii_run(other: u64) -> usize {
    // Each byte's bit: whether it or one of the next 15 is no ASCII. What follows the block is not known.
    let near = other | other >> 1;
    let near = near | near >> 2;
    let near = near | near >> 4;
    let near = near | near >> 8 | u64::MAX << 49;
    near.trailing_ones() as usize
}

/// Takes the characters that begin at some bytes; stops at the first that has no entry in the table.
#[inline(always)]
fn take(
    cursor: &mut Cursor<'_>,
    bytes: &[u8; 64 + OVERHANG],
    mut chars: u64,
    decode: &impl Fn(u32) -> u32,
) -> Option<usize> {
    let (mut writer, mut last, mut stopped) = (cursor.writer(), cursor.last, None);
    while chars != 0 {
        let at = chars.trailing_zeros() as usize;
        chars &= chars - 1;
        let utf8 = bytes.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        let code_point = decode(u32::from_le_bytes(utf8));
        let form = forms::form(code_point);
        if form & KNOWN == 0 {
            stopped = Some(at);
            break;
        }
        let start = form & UNSPACED != 0 || form & SPACED != 0 && last & SPACED == 0;
        #[expect(unsafe_code, reason = "the writer checks no bounds")]
        // SAFETY: no form is longer than its character, and the cursor has room for all of the text and more.
        unsafe {
            writer.keep_form(form, forms::length(form), u64::from(start));
        }
        last = if form & DROPPED == 0 { form } else { last };
    }
    cursor.put(writer);
    cursor.last = last;
    stopped
}

/// The code point of the character that begins with the lowest of four bytes, of valid UTF-8.
#[inline(always)]
pub(super) fn decode(utf8: u32) -> u32 {
    /// By the high half of the first byte: bits of the code point, and how many bits of four bytes are not its own.
    const SHAPES: [(u32, u32); 16] = {
        let mut shapes = [(0x7F, 18); 16];
        shapes[12] = (0x7FF, 12);
        shapes[13] = (0x7FF, 12);
        shapes[14] = (0xFFFF, 6);
        shapes[15] = (0x1F_FFFF, 0);
        shapes
    };
    let (bits, shift) = SHAPES[(utf8 >> 4 & 15) as usize];
    let sixes = utf8.swap_bytes() & 0x7F3F_3F3F;
    let pairs = sixes & 0x00FF_00FF | (sixes & 0xFF00_FF00) >> 2;
    let all = pairs & 0xFFFF | pairs >> 16 << 12;
    all >> shift & bits
}
