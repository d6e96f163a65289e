//! 64 bytes at a time: two table look-ups say what the bytes are, `vpcompressb` packs the kept ones, `pext` their starts.

use std::arch::x86_64::*;

use super::avx512_mixed::mixed;
use super::classes::{FIRST, FOLLOW, pair};
use super::cursor::Cursor;
use super::drive::{Stop, drive, first_stop};
use super::hashing;
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

/// Takes ASCII up to what it cannot take.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn ascii(cursor: &mut Cursor<'_>) -> Stop {
    let (first, follow) = (table(&FIRST), table(&FOLLOW));
    let mut writer = cursor.writer();
    let mut in_word = u64::from(cursor.last & SPACED != 0);
    // Whether the first byte is the second of an escape.
    let mut escaped = 0;
    let mut rest = cursor.rest();
    let stop = loop {
        if rest.is_empty() {
            break Stop::End;
        }
        let width = rest.len().min(64);
        let (block, next) = load(rest);
        let class = _mm512_permutex2var_epi8(first[0], block, first[1]);
        let pairs = _mm512_and_si512(class, _mm512_permutex2var_epi8(follow[0], next, follow[1]));
        let lines = _mm512_test_epi8_mask(pairs, _mm512_set1_epi8(pair::LINE as i8));
        let others = _mm512_movepi8_mask(block);
        let escapes =
            _mm512_test_epi8_mask(pairs, _mm512_set1_epi8((pair::BACKSLASH | pair::ENTITY | pair::TAG) as i8));
        let mut kept = _mm512_movepi8_mask(class) & !(lines << 1 | escaped);
        escaped = lines >> 63;
        let stop = if escapes | others == 0 { None } else { first_stop(cursor, rest.len(), escapes, others) };
        let taken = stop.as_ref().map_or(width, |(at, _)| *at);
        kept = _bzhi_u64(kept, taken as u32);
        let folded = _mm512_or_si512(block, _mm512_set1_epi8(0x20));
        let shifted = kept << 1 | in_word;
        #[expect(unsafe_code, reason = "the writer checks no bounds")]
        // SAFETY: the cursor has room for all of the text and 64 bytes more.
        unsafe {
            _mm512_storeu_si512(writer.tail().cast(), _mm512_maskz_compress_epi8(kept, folded));
            writer.keep(kept.count_ones() as usize, _pext_u64(kept & !shifted, kept));
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
