//! 16 characters at a time, whatever their scripts: no branch depends on what they are.
//!
//! 1. Find where characters begin in 64 bytes, and bring 16 of them into lanes of 32 bits (`vpcompressb`, `vpermb`).
//! 2. Decode all lanes, and gather their entries from the table of forms.
//! 3. Pack the bytes of the forms. Say in bits what the characters are, one bit each, and move the bits of those that start
//!    a word to the first bytes of their forms.

use std::arch::x86_64::*;

use super::avx512::load;
use super::cursor::Cursor;
use super::drive::{ascii_run, one_by_one};
use super::writer::Writer;
use crate::text::forms::{self, DROPPED, KNOWN, SPACED, UNSPACED};

/// So few characters between runs of ASCII are taken one by one: the lanes would keep waiting what comes next.
const FEW: u32 = 4;
/// Where the last character begins that surely ends in its block.
const LAST: u32 = 60;

/// Takes characters until 16 ASCII bytes follow or the text ends.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn mixed(cursor: &mut Cursor<'_>) {
    loop {
        sixteens(cursor);
        let rest = cursor.rest();
        let width = rest.len().min(64);
        let (block, _) = load(rest);
        let run = ascii_run(_mm512_movepi8_mask(block));
        if run == 0 || width == 0 {
            return;
        }
        let end = match rest.len() {
            _ if run < 64 => run.min(width as u32),
            0..=64 => width as u32,
            _ => LAST + 1,
        };
        let first = first_bytes(block);
        let chars = _bzhi_u64(first, end);
        if run < 64 && chars.count_ones() <= FEW {
            return one_by_one(cursor);
        }
        let forms = forms_of(block, chars);
        let count = chars.count_ones().min(16);
        let known = count.min(unknown(forms).trailing_zeros());
        let (mut writer, mut last) = (cursor.writer(), cursor.last);
        take(&mut writer, &mut last, forms, known);
        cursor.put(writer);
        cursor.last = last;
        let next = _pdep_u64(1 << known, first).trailing_zeros() as usize;
        cursor.pos += next.min(width);
        if known < count {
            cursor.step();
        }
    }
}

/// Takes 16 characters at a time while that is simple: all of them known, in 64 bytes without a run of ASCII.
///
/// Where the next 16 begin depends on nothing but where characters begin, so that their forms are fetched side by side.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn sixteens(cursor: &mut Cursor<'_>) {
    let mut rest = cursor.rest();
    let (mut writer, mut last) = (cursor.writer(), cursor.last);
    while let Some(bytes) = rest.first_chunk::<64>() {
        #[expect(unsafe_code, reason = "loads of vectors")]
        // SAFETY: the array has 64 bytes.
        let block = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
        let first = first_bytes(block);
        let seventeenth = _pdep_u64(1 << 16, first);
        if seventeenth == 0 || ascii_run(_mm512_movepi8_mask(block)) < 64 {
            break;
        }
        let forms = forms_of(block, first);
        if unknown(forms) != 0 {
            break;
        }
        take(&mut writer, &mut last, forms, 16);
        rest = rest.get(seventeenth.trailing_zeros() as usize..).unwrap_or_default();
    }
    cursor.pos = cursor.text.len() - rest.len();
    cursor.last = last;
    cursor.put(writer);
}

/// Which bytes of a block begin a character.
#[target_feature(enable = "avx512f,avx512bw")]
fn first_bytes(block: __m512i) -> u64 {
    // As signed numbers, the bytes 0x80 to 0xBF are the least.
    _mm512_cmpge_epi8_mask(block, _mm512_set1_epi8(0xC0_u8 as i8))
}

/// Which entries do not say all.
#[target_feature(enable = "avx512f,avx512bw")]
fn unknown(forms: __m512i) -> u16 {
    _mm512_testn_epi32_mask(forms, _mm512_set1_epi32(KNOWN as i32))
}

/// The entries of the first 16 characters of a block, by the bits at which characters begin.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn forms_of(block: __m512i, chars: u64) -> __m512i {
    const NUMBERS: [u8; 64] = {
        let mut numbers = [0; 64];
        let mut number = 0;
        while number < 64 {
            numbers[number] = number as u8;
            number += 1;
        }
        numbers
    };
    /// By the high half of the first byte: bits of the code point, and how many of 24 bits are other characters'.
    const BITS: [i32; 16] =
        [0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0, 0, 0, 0, 0x7FF, 0x7FF, 0xFFFF, 0x1F_FFFF];
    const OTHERS: [i32; 16] = [18, 18, 18, 18, 18, 18, 18, 18, 0, 0, 0, 0, 12, 12, 6, 0];
    #[expect(unsafe_code, reason = "loads of vectors")]
    // SAFETY: the arrays have 64 bytes.
    let (numbers, bits, others) = unsafe {
        (
            _mm512_loadu_si512(NUMBERS.as_ptr().cast()),
            _mm512_loadu_si512(BITS.as_ptr().cast()),
            _mm512_loadu_si512(OTHERS.as_ptr().cast()),
        )
    };
    let places = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(chars, numbers));
    // Each place four times, then the places of the four bytes, the first highest.
    let lanes = _mm512_cvtepu8_epi32(places);
    let each = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(0x0101_0101));
    let utf8 = _mm512_permutexvar_epi8(_mm512_add_epi8(each, _mm512_set1_epi32(0x0001_0203)), block);
    let sixes = _mm512_and_si512(utf8, _mm512_set1_epi32(0x7F3F_3F3F));
    let twelves = _mm512_maddubs_epi16(sixes, _mm512_set1_epi16(0x4001));
    let all = _mm512_madd_epi16(twelves, _mm512_set1_epi32(0x1000_0001));
    let shape = _mm512_srli_epi32::<28>(utf8);
    let points = _mm512_and_si512(
        _mm512_srlv_epi32(all, _mm512_permutexvar_epi32(shape, others)),
        _mm512_permutexvar_epi32(shape, bits),
    );
    let lanes = _bzhi_u32(0xFFFF, chars.count_ones()) as __mmask16;
    #[expect(unsafe_code, reason = "gathers from memory")]
    // SAFETY: of valid UTF-8, each lane that is read has a code point, and the table an entry for each. An entry is read
    // as an atomic one is, in one aligned load.
    unsafe {
        _mm512_mask_i32gather_epi32::<4>(_mm512_setzero_si512(), lanes, points, forms::table().as_ptr().cast())
    }
}

/// Takes so many characters by their entries.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
fn take(writer: &mut Writer, last: &mut u32, forms: __m512i, count: u32) {
    let forms = _mm512_maskz_mov_epi32(_bzhi_u32(0xFFFF, count) as __mmask16, forms);
    let are = |class: u32| u64::from(_mm512_test_epi32_mask(forms, _mm512_set1_epi32(class as i32)));
    // Of what is not dropped, in bits side by side: letters, and whether the character before was one.
    let there = _bzhi_u64(!are(DROPPED), count);
    let (spaced, unspaced) = (_pext_u64(are(SPACED), there), _pext_u64(are(UNSPACED), there));
    let after_spaced = spaced << 1 | u64::from(*last & SPACED != 0);
    let after_unspaced = unspaced << 1 | u64::from(*last & UNSPACED != 0);
    let starts = _pdep_u64(unspaced | spaced & !after_spaced, there);
    // Which bytes of the lanes are of forms: those whose number is less than the length.
    let own = _mm512_set4_epi32(0x0F0F_0F0F, 0x0B0B_0B0B, 0x0707_0707, 0x0303_0303);
    let lengths = _mm512_and_si512(_mm512_shuffle_epi8(forms, own), _mm512_set1_epi8(3));
    let kept = _mm512_cmpgt_epu8_mask(lengths, _mm512_set1_epi32(0x0302_0100));
    let bits = _pext_u64(_pdep_u64(starts, 0x1111_1111_1111_1111), kept);
    #[expect(unsafe_code, reason = "the writer checks no bounds")]
    // SAFETY: the cursor has room for 64 bytes more than the text has, and no form is longer than its character.
    unsafe {
        _mm512_storeu_si512(writer.tail().cast(), _mm512_maskz_compress_epi8(kept, forms));
        writer.keep(kept.count_ones() as usize, bits);
    }
    let number = there.count_ones();
    *last = (SPACED * ((after_spaced >> number) & 1) as u32) | (UNSPACED * ((after_unspaced >> number) & 1) as u32);
}
