//! The loops that all kernels share; each inlines them with its own instructions.
//!
//! 1. ASCII goes through the kernel's own loop, up to an escape or to a byte that is not ASCII.
//! 2. There the loop over mixed text takes over: one character after the other through the table of
//!    [`forms`](crate::text::forms), ASCII too, until there are 16 ASCII bytes in a row.

use super::cursor::Cursor;
use super::writer::Writer;
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

/// Normalises a whole text; returns how many bytes are kept.
#[inline(always)]
pub(super) fn drive(
    mut cursor: Cursor<'_>,
    ascii: impl Fn(&mut Cursor<'_>) -> Stop,
    mixed: impl Fn(&mut Cursor<'_>),
) -> usize {
    loop {
        match ascii(&mut cursor) {
            Stop::End => return cursor.finish(),
            Stop::Escape(escape) => cursor.escape(escape),
            Stop::Other => mixed(&mut cursor),
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

/// Where in 64 bytes the first run of at least 16 ASCII bytes begins, by the bits of those that are no ASCII; 64 if there is
/// none.
#[inline(always)]
pub(super) fn ascii_run(others: u64) -> u32 {
    // Each byte's bit: whether it or one of the next 15 is no ASCII. What follows the 64 is not known.
    let near = others | others >> 1;
    let near = near | near >> 2;
    let near = near | near >> 4;
    let near = near | near >> 8 | u64::MAX << 49;
    near.trailing_ones()
}

/// Takes characters until 16 ASCII bytes follow or the text ends.
#[inline(never)]
pub(super) fn one_by_one(cursor: &mut Cursor<'_>) {
    loop {
        let rest = cursor.text.get(cursor.pos..).unwrap_or_default();
        let (mut writer, mut last) = (cursor.writer(), cursor.last);
        let (left, is_done) = take_known(rest, &mut writer, &mut last);
        cursor.pos = cursor.text.len() - left.len();
        cursor.last = last;
        cursor.put(writer);
        if is_done {
            return;
        }
        cursor.step();
    }
}

/// Takes characters that are in the table of forms; returns what is left, and whether a run of ASCII or the end is why.
#[inline(always)]
fn take_known<'a>(text: &'a str, writer: &mut Writer, last: &mut u32) -> (&'a str, bool) {
    let (mut left, mut chars) = (text, text.chars());
    let Some(mut c) = chars.next() else { return (left, true) };
    // Two loops, for nothing tells the processor better what comes next.
    loop {
        while !c.is_ascii() {
            if !take(c, writer, last) {
                return (left, false);
            }
            left = chars.as_str();
            let Some(next) = chars.next() else { return (left, true) };
            c = next;
        }
        if is_ascii_run(left) {
            return (left, true);
        }
        while c.is_ascii() {
            if !take(c, writer, last) {
                return (left, false);
            }
            left = chars.as_str();
            let Some(next) = chars.next() else { return (left, true) };
            c = next;
        }
    }
}

/// Takes a character by its form; says whether that is known.
#[inline(always)]
fn take(c: char, writer: &mut Writer, last: &mut u32) -> bool {
    let form = forms::form(c as u32);
    if form & KNOWN == 0 {
        return false;
    }
    // In arithmetic, since a branch could not be predicted.
    let start = (form / UNSPACED) | ((form & !*last) / SPACED);
    #[expect(unsafe_code, reason = "the writer checks no bounds")]
    // SAFETY: no form is longer than its character, and the cursor has room for all of the text and more.
    unsafe {
        writer.keep_form(form, forms::length(form), u64::from(start & 1));
    }
    *last = if form & DROPPED == 0 { form } else { *last };
    true
}

/// Whether a text begins with 16 ASCII bytes, which are worth the loop over ASCII.
#[inline(always)]
fn is_ascii_run(text: &str) -> bool {
    text.as_bytes().first_chunk().is_some_and(|bytes| u128::from_le_bytes(*bytes) & (u128::MAX / 255 * 128) == 0)
}
