//! Where normalisation stands in a text, and the steps that are too rare to be fast.

use super::writer::Writer;
use crate::text::escape::{Escape, escape_at};
use crate::text::fold::{FoldTable, GAP, is_joining, is_unspaced, join_hangul};
use crate::text::forms::{self, SPACED, UNSPACED};
use crate::text::starts::{AFTER, Starts};

/// Bytes that may be written behind the kept ones: a block, and what a store of a form is wider than the form.
const SLACK: usize = 128;

/// A text on its way into packed bytes and a bitmap of starts.
///
/// Invariant: behind the kept bytes there is room for every byte of the text that is still to be read, and for [`SLACK`]
/// more; and in the bitmap for the starts of all of them.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    /// Bytes of the text that are done.
    pub(super) pos: usize,
    /// What the last character was: [`SPACED`], [`UNSPACED`], or neither for a gap; its other bits mean nothing.
    pub(super) last: u32,
    /// Kept bytes.
    len: usize,
    /// The bits of the bitmap's word to which the next start belongs.
    word: u64,
    bytes: &'a mut Vec<u8>,
    starts: &'a mut Starts,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a text; whatever the buffers hold is overwritten.
    #[inline(always)]
    pub(super) fn new(text: &'a str, bytes: &'a mut Vec<u8>, starts: &'a mut Starts) -> Self {
        let mut cursor = Self { text, pos: 0, last: 0, len: 0, word: 0, bytes, starts };
        cursor.make_room(0);
        cursor
    }

    /// Sees to the invariant, with so many bytes more.
    #[inline(always)]
    fn make_room(&mut self, more: usize) {
        let needed = self.len + more + (self.text.len() - self.pos) + SLACK;
        if self.bytes.len() < needed {
            self.grow(needed);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, needed: usize) {
        let size = needed.max(self.bytes.len() * 3 / 2).next_multiple_of(64);
        self.bytes.resize(size, 0);
        self.starts.words.resize(size / 64 + 1, 0);
        self.starts.ranks.resize(size / 64 + 1 + AFTER, 0);
    }

    /// The text that is still to be read.
    #[inline(always)]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.pos..).unwrap_or_default()
    }

    /// The place behind the kept bytes; to be given back with [`put`](Self::put). There is room for as many bytes as the
    /// rest of the text has, and for 64 more.
    #[inline(always)]
    pub(super) fn writer(&mut self) -> Writer {
        Writer::new(self.bytes.as_mut_ptr(), self.starts.words.as_mut_ptr(), self.len, self.word)
    }

    /// Takes what was written.
    #[inline(always)]
    pub(super) fn put(&mut self, writer: Writer) {
        (self.len, self.word) = writer.end();
    }

    /// Takes what was written of ASCII, up to where so many bytes are left; says whether the last of it was kept.
    #[inline(always)]
    pub(super) fn put_ascii(&mut self, writer: Writer, left: usize, in_word: bool) {
        self.put(writer);
        let pos = self.text.len() - left;
        if pos > self.pos {
            self.last = if in_word { SPACED } else { 0 };
            self.pos = pos;
        }
    }

    /// The escape that begins at a position, if one does.
    #[inline(never)]
    pub(super) fn escape_at(&self, pos: usize) -> Option<Escape> {
        escape_at(self.text.get(pos..)?)
    }

    /// Takes an escape that begins here.
    #[inline(never)]
    pub(super) fn escape(&mut self, escape: Escape) {
        self.pos += escape.bytes;
        self.push(escape.meant);
    }

    /// Takes the character that stands here, whatever it is; or learns its form, if that is what was missing.
    #[inline(never)]
    pub(super) fn step(&mut self) {
        let rest = self.text.get(self.pos..).unwrap_or_default();
        let Some(first) = rest.chars().next() else { return };
        if forms::learn(first) {
            return;
        }
        let Escape { meant, bytes } = escape_at(rest).unwrap_or(Escape { meant: first, bytes: first.len_utf8() });
        self.escape(Escape { meant, bytes });
    }

    fn push(&mut self, c: char) {
        let form = FoldTable::shared().get(c);
        self.make_room(form.len());
        for folded in form.chars() {
            if folded as u32 == u32::from(GAP) { self.last = 0 } else { self.push_folded(folded) }
        }
    }

    fn push_folded(&mut self, c: char) {
        let mut utf8 = [0; 4];
        let bytes = c.encode_utf8(&mut utf8).as_bytes();
        if self.last & UNSPACED != 0
            && is_joining(c)
            && let Some(syllable) = self.bytes.get_mut(self.len.saturating_sub(3)..self.len)
            && let Some(last) = std::str::from_utf8(syllable).ok().and_then(|last| last.chars().next())
            && let Some(joined) = join_hangul(last, c)
        {
            syllable.copy_from_slice(joined.encode_utf8(&mut utf8).as_bytes()); // all of Hangul has three bytes
            return;
        }
        let unspaced = is_unspaced(c);
        let mut writer = self.writer();
        #[expect(unsafe_code, reason = "the writer checks no bounds")]
        // SAFETY: `push` made room for the whole form.
        unsafe {
            writer.push(bytes, unspaced || self.last & SPACED == 0);
        }
        self.put(writer);
        self.last = if unspaced { UNSPACED } else { SPACED };
    }

    /// Ends the text: the bitmap is complete but for starts inside long words. Returns how many bytes were kept.
    #[inline(always)]
    pub(super) fn finish(self) -> usize {
        self.starts.finish(self.bytes, self.len, self.word);
        self.len
    }
}
