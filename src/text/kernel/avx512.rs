//! 64 bytes at a time: two table look-ups say what the bytes are, `vpcompressb` packs the kept ones, `pext` their starts.

use std::arch::x86_64::*;

use super::avx512_mixed::mixed;
use super::classes::{FIRST, FOLLOW, GAPS_C2, GAPS_E2_80, bytes_of_bits, pair};
use super::cursor::Cursor;
use super::drive::{Stop, drive, first_stop};
use super::hashing;
use super::writer::Writer;
use crate::text::Normalized;
use crate::text::forms::SPACED;
use crate::text::starts::Starts;
use crate::text::xxh3::ShingleHash;

/// As [`Kernel::normalize`](super::Kernel::normalize).
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn normalize(text: &str, bytes: &mut Vec<u8>, starts: &mut Starts) -> usize {
    drive(Cursor::new(text, bytes, starts), |cursor| ascii(cursor), |cursor| mixed(cursor))
}

/// As [`Kernel::hashes_into`](super::Kernel::hashes_into).
#[target_feature(enable = "bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn all(hash: &ShingleHash, text: &Normalized, hashes: &mut Vec<u64>) {
    hashing::all(hash, text, hashes);
}

/// As [`Kernel::sampled_into`](super::Kernel::sampled_into).
#[target_feature(enable = "bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn sampled(hash: &ShingleHash, text: &Normalized, steps: &[u8], hashes: &mut Vec<u64>) {
    hashing::sampled(hash, text, steps, hashes, |word, under| _pdep_u64(1 << under, word).trailing_zeros());
}

/// A table of 128 bytes.
type Table = [__m512i; 2];

#[target_feature(enable = "avx512f")]
fn table(bytes: &[u8; 128]) -> Table {
    #[expect(unsafe_code, reason = "loads of vectors")]
    // SAFETY: both halves lie in the array.
    unsafe {
        [_mm512_loadu_si512(bytes.as_ptr().cast()), _mm512_loadu_si512(bytes.as_ptr().add(64).cast())]
    }
}

#[target_feature(enable = "avx512f")]
fn bytes(bytes: &[u8; 64]) -> __m512i {
    #[expect(unsafe_code, reason = "a load of a vector")]
    // SAFETY: the array has 64 bytes.
    unsafe {
        _mm512_loadu_si512(bytes.as_ptr().cast())
    }
}

/// The tables and what a block carries over to the next.
struct Ascii {
    first: Table,
    follow: Table,
    writer: Writer,
    /// 1 if the byte before was kept.
    in_word: u64,
    /// 1 if the first byte is the second of an escape.
    escaped: u64,
}

/// What 64 bytes are; a bit for each.
struct Block {
    folded: __m512i,
    /// Letters and digits, escapes not counted.
    kept: u64,
    /// Where an escape begins that is a gap for certain.
    lines: u64,
    /// Where another escape may begin.
    escapes: u64,
    /// What is no ASCII.
    others: u64,
}

impl Ascii {
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn block(&self, block: __m512i, next: __m512i) -> Block {
        let class = _mm512_permutex2var_epi8(self.first[0], block, self.first[1]);
        let pairs = _mm512_and_si512(class, _mm512_permutex2var_epi8(self.follow[0], next, self.follow[1]));
        let escapes = (pair::BACKSLASH | pair::ENTITY | pair::TAG) as i8;
        Block {
            folded: _mm512_or_si512(block, _mm512_set1_epi8(0x20)),
            kept: _mm512_movepi8_mask(class),
            lines: _mm512_test_epi8_mask(pairs, _mm512_set1_epi8(pair::LINE as i8)),
            escapes: _mm512_test_epi8_mask(pairs, _mm512_set1_epi8(escapes)),
            others: _mm512_movepi8_mask(block),
        }
    }

    /// Writes what is kept of the first `taken` bytes.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi2,popcnt")]
    fn keep(&mut self, block: &Block, taken: usize) {
        let kept = _bzhi_u64(block.kept & !(block.lines << 1 | self.escaped), taken as u32);
        self.escaped = block.lines >> 63;
        let shifted = kept << 1 | self.in_word;
        #[expect(unsafe_code, reason = "the writer checks no bounds")]
        // SAFETY: the cursor has room for all of the text and 64 bytes more.
        unsafe {
            _mm512_storeu_si512(self.writer.tail().cast(), _mm512_maskz_compress_epi8(kept, block.folded));
            self.writer.keep(kept.count_ones() as usize, _pext_u64(kept & !shifted, kept));
        }
        self.in_word = if taken < 64 { shifted >> taken & 1 } else { kept >> 63 };
    }

    /// Takes whole blocks up to one that needs a closer look; returns what is left. Nothing is called here, so that tables and
    /// state stay in registers.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi2,popcnt")]
    fn plain<'t>(&mut self, mut rest: &'t [u8]) -> &'t [u8] {
        while rest.len() > 64 {
            let (block, next) = load(rest);
            let block = self.block(block, next);
            if block.escapes | block.others != 0 {
                break;
            }
            self.keep(&block, 64);
            rest = rest.get(64..).unwrap_or_default();
        }
        rest
    }
}

impl Block {
    /// The first bytes of a text, of which gaps of two or three bytes count as ASCII, too; and how many of them are to be looked
    /// at: all but a gap that crosses their end.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,bmi1,bmi2")]
    fn with_gaps(mut self, rest: &[u8]) -> (Self, usize) {
        let width = rest.len().min(64);
        if self.others == 0 {
            return (self, width);
        }
        let ((block, next), (_, third)) = (load(rest), load(rest.get(1..).unwrap_or_default()));
        let is = |bytes: __m512i, byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
        // Valid UTF-8: what follows are bytes of the same character, of which six bits count, as in the look-up.
        let gap = |last: __m512i, gaps: &[u8; 64]| _mm512_movepi8_mask(_mm512_permutexvar_epi8(last, bytes(gaps)));
        let twos = is(block, 0xC2) & gap(next, &const { bytes_of_bits(GAPS_C2) });
        let threes = is(block, 0xE2) & is(next, 0x80) & gap(third, &const { bytes_of_bits(GAPS_E2_80) });
        let crossing = (twos & 1 << 63) | (threes & 0b11 << 62);
        self.kept &= !self.others;
        self.escapes &= !self.others;
        self.others &= !(twos | twos << 1 | threes | threes << 1 | threes << 2);
        (self, width.min(crossing.trailing_zeros() as usize))
    }
}

/// Takes ASCII up to what it cannot take.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn ascii(cursor: &mut Cursor<'_>) -> Stop {
    let in_word = u64::from(cursor.last & SPACED != 0);
    let mut ascii =
        Ascii { first: table(&FIRST), follow: table(&FOLLOW), writer: cursor.writer(), in_word, escaped: 0 };
    let mut rest = cursor.rest();
    let stop = loop {
        rest = ascii.plain(rest);
        if rest.is_empty() {
            break Stop::End;
        }
        let (block, next) = load(rest);
        let (block, width) = ascii.block(block, next).with_gaps(rest);
        let seen = _bzhi_u64(u64::MAX, width as u32);
        let stop = first_stop(cursor, rest.len(), block.escapes & seen, block.others & seen);
        let taken = stop.as_ref().map_or(width, |(at, _)| *at);
        ascii.keep(&block, taken);
        rest = rest.get(taken..).unwrap_or_default();
        if let Some((_, stop)) = stop {
            break stop;
        }
    };
    cursor.put_ascii(ascii.writer, rest.len(), ascii.in_word != 0);
    stop
}

/// The first 64 bytes of a text, and the same from the second byte on; zeros behind the end.
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
pub(super) fn load(text: &[u8]) -> (__m512i, __m512i) {
    let mask = |len: usize| _bzhi_u64(u64::MAX, len.min(64) as u32);
    #[expect(unsafe_code, reason = "loads of vectors")]
    // SAFETY: what the masks leave out is not read, and the rest lies in the text.
    unsafe {
        let (at, next) = (text.as_ptr().cast(), text.as_ptr().wrapping_add(1).cast());
        (
            _mm512_maskz_loadu_epi8(mask(text.len()), at),
            _mm512_maskz_loadu_epi8(mask(text.len().saturating_sub(1)), next),
        )
    }
}
