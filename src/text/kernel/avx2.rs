//! 64 bytes at a time: `pshufb` says what the bytes are, and packs the kept ones of each 8 by a table.
//!
//! AVX2 has nothing that packs bits, and `pext` is slow on some machines that have AVX2: a start goes with its byte, as its
//! highest bit, and is taken off again behind the packing.

use std::arch::x86_64::*;

use super::cursor::Cursor;
use super::drive::{Stop, drive, first_stop, one_by_one};
use super::hashing::{self, places_of_bits};
use super::writer::Writer;
use crate::text::Normalized;
use crate::text::forms::SPACED;
use crate::text::starts::Starts;
use crate::text::xxh3::ShingleHash;

/// As [`Kernel::normalize`](super::Kernel::normalize).
#[target_feature(enable = "avx2,bmi1,lzcnt,popcnt")]
pub(super) fn normalize(text: &str, bytes: &mut Vec<u8>, starts: &mut Starts) -> usize {
    drive(Cursor::new(text, bytes, starts), |cursor| ascii(cursor), one_by_one)
}

/// As [`Kernel::hashes_into`](super::Kernel::hashes_into).
#[target_feature(enable = "bmi1,lzcnt,popcnt")]
pub(super) fn all(hash: &ShingleHash, text: &Normalized, hashes: &mut Vec<u64>) {
    hashing::all(hash, text, hashes);
}

/// As [`Kernel::sampled_into`](super::Kernel::sampled_into).
#[target_feature(enable = "bmi1,lzcnt,popcnt")]
pub(super) fn sampled(hash: &ShingleHash, text: &Normalized, steps: &[u8], hashes: &mut Vec<u64>) {
    hashing::sampled(hash, text, steps, hashes, hashing::select);
}

/// Takes ASCII up to what it cannot take.
#[target_feature(enable = "avx2,bmi1,lzcnt,popcnt")]
fn ascii(cursor: &mut Cursor<'_>) -> Stop {
    let mut writer = cursor.writer();
    let mut in_word = u64::from(cursor.last & SPACED != 0);
    // Whether the first byte is the second of an escape.
    let mut escaped = 0;
    let mut rest = cursor.rest();
    let mut padded = [0; 65];
    let stop = loop {
        if rest.is_empty() {
            break Stop::End;
        }
        let width = rest.len().min(64);
        let bytes = if let Some(bytes) = rest.first_chunk() {
            bytes
        } else {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        };
        let classes = classes(bytes);
        let mut kept = classes.kept & !(classes.lines << 1 | escaped);
        escaped = classes.lines >> 63;
        let stop = if classes.escapes | classes.others == 0 {
            None
        } else {
            first_stop(cursor, rest.len(), classes.escapes, classes.others)
        };
        let taken = stop.as_ref().map_or(width, |(at, _)| *at);
        if taken < 64 {
            kept &= !(u64::MAX << taken);
        }
        let shifted = kept << 1 | in_word;
        #[expect(unsafe_code, reason = "the writer checks no bounds")]
        // SAFETY: the cursor has room for all of the text and 64 bytes more.
        unsafe {
            pack(&mut writer, bytes, kept, kept & !shifted);
        }
        in_word = if taken < 64 { shifted >> taken & 1 } else { kept >> 63 };
        rest = rest.get(taken..).unwrap_or_default();
        if let Some((_, stop)) = stop {
            break stop;
        }
    };
    cursor.put_ascii(writer, rest.len(), in_word != 0);
    stop
}

/// What the bytes of a block are, the first in the lowest bit.
struct Classes {
    /// Letters and digits.
    kept: u64,
    /// Backslashes before `n`, `r` or `t`.
    lines: u64,
    /// Where another escape may begin.
    escapes: u64,
    /// What is not ASCII.
    others: u64,
}

/// What a byte may begin, by its low and its high half: an escape where both have a bit in common, and what follows too.
///
/// The bits are: a backslash and `n`; a backslash and `r` or `t`; a backslash and `u` or another; an ampersand and a letter;
/// an ampersand and `#`; `<` and `b`; `<` and a slash or a space. Some that follow are no letters, which does no harm.
const FIRST: [[u8; 16]; 2] = {
    let (mut low, mut high) = ([0; 16], [0; 16]);
    (low[0xC], high[5]) = (0b110_0111, 0b000_0111); // a backslash, and `<`
    (low[0x6], high[2]) = (0b001_1000, 0b001_1000);
    high[3] = 0b110_0000;
    [low, high]
};
const FOLLOW: [[u8; 16]; 2] = {
    let (mut low, mut high) = ([0b000_1000; 16], [0; 16]);
    low[0xE] |= 0b000_0001;
    low[0x2] |= 0b010_0010;
    low[0x4] |= 0b000_0010;
    low[0x5] |= 0b000_0100;
    low[0xC] |= 0b000_0100;
    low[0x3] |= 0b001_0000;
    low[0x0] |= 0b100_0000;
    low[0xF] |= 0b100_0000;
    high[2] = 0b101_0000;
    (high[4], high[6]) = (0b010_1001, 0b010_1001);
    (high[5], high[7]) = (0b000_1110, 0b000_1110);
    [low, high]
};
const LINES: i8 = 0b000_0011;
const ESCAPES: i8 = 0b111_1100;

#[target_feature(enable = "avx2")]
fn classes(bytes: &[u8; 65]) -> Classes {
    let mut classes = Classes { kept: 0, lines: 0, escapes: 0, others: 0 };
    for (at, shift) in [(0, 0), (32, 32)] {
        let (block, next) = (load(bytes, at), load(bytes, at + 1));
        let pairs = _mm256_and_si256(halves_in(&FIRST, block), halves_in(&FOLLOW, next));
        let has = |bits: i8| {
            !mask(_mm256_cmpeq_epi8(_mm256_and_si256(pairs, _mm256_set1_epi8(bits)), _mm256_setzero_si256()))
        };
        classes.kept |= u64::from(mask(kept(block))) << shift;
        classes.lines |= u64::from(has(LINES)) << shift;
        classes.escapes |= u64::from(has(ESCAPES)) << shift;
        classes.others |= u64::from(mask(block)) << shift;
    }
    classes
}

#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; 65], at: usize) -> __m256i {
    let bytes: &[u8; 32] = bytes[at..].first_chunk().unwrap_or(&[0; 32]);
    #[expect(unsafe_code, reason = "loads of vectors")]
    // SAFETY: the array has 32 bytes.
    unsafe {
        _mm256_loadu_si256(bytes.as_ptr().cast())
    }
}

/// The highest bits of 32 bytes.
#[target_feature(enable = "avx2")]
fn mask(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(bytes) as u32
}

/// What two tables have in common, one for the low half of a byte and one for the high; nothing for what is not ASCII.
#[target_feature(enable = "avx2")]
fn halves_in(tables: &[[u8; 16]; 2], bytes: __m256i) -> __m256i {
    #[expect(unsafe_code, reason = "loads of vectors")]
    // SAFETY: a table has 16 bytes.
    let [low, high] =
        tables.each_ref().map(|table| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) }));
    // A look-up by a byte with its highest bit set yields 0.
    let low = _mm256_shuffle_epi8(low, bytes);
    let high = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15)));
    _mm256_and_si256(low, high)
}

/// All bits of letters and digits, none of others.
#[target_feature(enable = "avx2")]
fn kept(bytes: __m256i) -> __m256i {
    let between = |bytes: __m256i, low: u8, high: u8| {
        let above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(low as i8 - 1));
        _mm256_and_si256(above, _mm256_cmpgt_epi8(_mm256_set1_epi8(high as i8 + 1), bytes))
    };
    let small = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    _mm256_or_si256(between(small, b'a', b'z'), between(bytes, b'0', b'9'))
}

/// For each choice of 8 bytes: the chosen ones' numbers, then numbers that choose nothing.
const PACKED: [[u8; 8]; 256] = places_of_bits(0x80);

/// Writes the kept bytes of a block, as small letters, and their starts.
///
/// # Safety
/// The writer has room for 72 bytes more.
#[expect(unsafe_code, reason = "the writer checks no bounds")]
#[target_feature(enable = "avx2,popcnt")]
unsafe fn pack(writer: &mut Writer, bytes: &[u8; 65], kept: u64, starts: u64) {
    let (mut bits, mut count) = (0, 0);
    for (at, shift) in [(0, 0), (32, 32)] {
        let small = _mm256_or_si256(load(bytes, at), _mm256_set1_epi8(0x20));
        let flagged = _mm256_or_si256(small, flags((starts >> shift) as u32));
        let lanes = [_mm256_castsi256_si128(flagged), _mm256_extracti128_si256::<1>(flagged)];
        for (lane, shift) in lanes.into_iter().zip([shift, shift + 16]) {
            let [first, second] = [kept >> shift & 0xFF, kept >> (shift + 8) & 0xFF];
            let [first_8, second_8] =
                [first, second].map(|choice| _mm_cvtsi64_si128(i64::from_le_bytes(PACKED[choice as usize])));
            let order = _mm_add_epi8(_mm_unpacklo_epi64(first_8, second_8), _mm_set_epi64x(0x0808_0808_0808_0808, 0));
            let packed = _mm_shuffle_epi8(lane, order);
            let marks = _mm_movemask_epi8(packed) as u64;
            let plain = _mm_and_si128(packed, _mm_set1_epi8(0x7F));
            // SAFETY: at most 56 bytes are kept before the last store, and it has 8.
            unsafe {
                _mm_storel_epi64(writer.tail().add(count).cast(), plain);
                bits |= (marks & 0xFF) << count;
                count += first.count_ones() as usize;
                _mm_storeh_pd(writer.tail().add(count).cast(), _mm_castsi128_pd(plain));
                bits |= (marks >> 8) << count;
                count += second.count_ones() as usize;
            }
        }
    }
    // SAFETY: as the caller promises.
    unsafe { writer.keep(count, bits) };
}

/// The highest bit of each of 32 bytes whose bit is 1.
#[target_feature(enable = "avx2")]
fn flags(bits: u32) -> __m256i {
    let (zeros, eight) = (0, 0x0101_0101_0101_0101);
    let fourfold = _mm256_set1_epi32(bits as i32);
    let own = _mm256_shuffle_epi8(fourfold, _mm256_set_epi64x(3 * eight, 2 * eight, eight, zeros));
    let places = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    let is_set = _mm256_cmpeq_epi8(_mm256_and_si256(own, places), places);
    _mm256_and_si256(is_set, _mm256_set1_epi8(0x80_u8 as i8))
}
