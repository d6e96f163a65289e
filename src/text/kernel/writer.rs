//! The end of the kept bytes and of the bitmap of starts, held in registers while a loop writes there.

/// A place to write at. What it points to is not touched by anyone else while it is in use.
#[derive(Clone, Copy)]
pub(super) struct Writer {
    bytes: *mut u8,
    words: *mut u64,
    len: usize,
    /// The bits of `words[len / 64]` before `len`; those from `len` on are 0.
    word: u64,
}

#[expect(unsafe_code, reason = "writes without checks of bounds")]
impl Writer {
    /// Writes behind `len` bytes.
    #[inline(always)]
    pub(super) fn new(bytes: *mut u8, words: *mut u64, len: usize, word: u64) -> Self {
        Self { bytes, words, len, word }
    }

    /// How many bytes are kept, and the bits of the bitmap's last word.
    #[inline(always)]
    pub(super) fn end(self) -> (usize, u64) {
        (self.len, self.word)
    }

    /// Where the next kept byte goes.
    ///
    /// # Safety
    /// The buffer has room behind `len`, if only for a byte.
    #[inline(always)]
    pub(super) unsafe fn tail(&self) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { self.bytes.add(self.len) }
    }

    /// Counts as kept the `count` bytes, at most 64, that were written at [`tail`](Self::tail); a word starts at those whose
    /// bit is 1. Bits from `count` on must be 0.
    ///
    /// # Safety
    /// The bitmap has words for 64 bytes more.
    #[inline(always)]
    pub(super) unsafe fn keep(&mut self, count: usize, starts: u64) {
        let (number, shift) = (self.len / 64, self.len % 64);
        let low = self.word | starts << shift;
        let high = starts >> 1 >> (63 - shift);
        // SAFETY: as the caller promises.
        unsafe {
            *self.words.add(number) = low;
            *self.words.add(number + 1) = high;
        }
        self.len += count;
        self.word = if self.len / 64 == number { low } else { high };
    }

    /// Keeps the first `count` bytes, at most 3, of a packed form; a word starts with them if `start` is 1, and not if it is 0.
    ///
    /// # Safety
    /// The buffer has room for 4 bytes more, and the bitmap for their bits.
    #[inline(always)]
    pub(super) unsafe fn keep_form(&mut self, form: u32, count: usize, start: u64) {
        let number = self.len / 64;
        let word = self.word | start << (self.len % 64);
        // SAFETY: as the caller promises.
        unsafe {
            self.tail().cast::<[u8; 4]>().write_unaligned(form.to_le_bytes());
            *self.words.add(number) = word;
        }
        self.len += count;
        self.word = if self.len / 64 == number { word } else { 0 };
    }

    /// Keeps the bytes of one character.
    ///
    /// # Safety
    /// The buffer has room for them, and the bitmap for their bits.
    pub(super) unsafe fn push(&mut self, bytes: &[u8], is_start: bool) {
        // SAFETY: as the caller promises.
        unsafe {
            self.tail().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            self.keep(bytes.len(), u64::from(is_start));
        }
    }
}
