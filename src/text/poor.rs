//! Shingles that carry too little information to be evidence, whatever they are of.
//!
//! A shingle is poor if it has fewer than 8 distinct bytes, or is mostly digits, or nearly all hexadecimal digits, or repeats one
//! piece of at most 12 bytes (`is_poor`).
//!
//! Nearly none is. So whole rows of shingles are cleared at once: where 16 bytes have 8 distinct ones, no digit, four that are no
//! hexadecimal digits, and do not repeat, no shingle that covers all of them is poor. The last 16 bytes of one shingle are
//! covered by some four that begin later.

use super::{Normalized, SHINGLE_BYTES};
use std::ops::RangeInclusive;

/// What repeats a piece of at most 12 bytes repeats one of such a length: that, or a multiple of it.
const PERIODS: RangeInclusive<usize> = 7..=12;

/// Appends the numbers of a text's shingles that are poor, ascending.
pub fn poor_into(text: &Normalized, poor: &mut Vec<u32>) {
    let mut clear = 0;
    for (start, number) in text.starts().iter().take(text.shingles()).zip(0..) {
        if start < clear {
            continue;
        }
        let shingle = text.bytes().get(start as usize..).and_then(<[u8]>::first_chunk::<SHINGLE_BYTES>);
        let Some(shingle) = shingle else { return };
        if shingle.last_chunk().is_some_and(is_rich) {
            clear = start + SHINGLE_BYTES as u32 / 2 + 1;
        } else if is_poor(shingle) {
            poor.push(number);
        }
    }
}

/// Whether the bytes of a shingle carry too little information to be evidence.
fn is_poor(shingle: &[u8; SHINGLE_BYTES]) -> bool {
    let words: [[u8; 8]; 4] = zerocopy::transmute!(*shingle);
    let words = words.map(u64::from_le_bytes);
    // Where half the bytes are letters from `g` on, there is no need to count digits.
    let mostly_digits = || {
        let count = |is: fn(&u8) -> bool| shingle.iter().filter(|byte| is(byte)).count();
        count(u8::is_ascii_digit) > 16 || count(u8::is_ascii_hexdigit) > 28
    };
    let few_bytes = || {
        let mut bytes = *shingle;
        bytes.sort_unstable();
        bytes.chunk_by(|a, b| a == b).count() < 8
    };
    let eight = |at: usize| shingle.get(at..).and_then(<[u8]>::first_chunk::<8>);
    let repeats = |period| shingle.iter().zip(shingle.iter().skip(period)).all(|(a, b)| a == b);
    from_g(&words) < 16 && mostly_digits()
        || words.iter().fold(0, |seen, word| low_bits(*word, seen)).count_ones() < 8 && few_bytes()
        || PERIODS.fold(false, |again, period| again | (eight(period) == eight(0))) && PERIODS.into_iter().any(repeats)
}

/// Whether no shingle that covers these bytes is poor.
#[inline]
fn is_rich(bytes: &[u8; 16]) -> bool {
    let words: [[u8; 8]; 2] = zerocopy::transmute!(*bytes);
    let words = words.map(u64::from_le_bytes);
    let is_digit = |word: &u64| from(*word, b'9' + 1) != HIGH;
    let all = u128::from_le_bytes(*bytes);
    let repeats = |period| ((all >> (8 * period)) ^ all) << (8 * period) == 0;
    !words.iter().any(is_digit)
        && from_g(&words) >= 4
        && !PERIODS.fold(false, |any, period| any | repeats(period))
        && words.iter().fold(0, |seen, word| low_bits(*word, seen)).count_ones() >= 8
}

/// The high bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;
/// The low bit of each byte.
const LOW: u64 = 0x0101_0101_0101_0101;

/// The high bit of each byte that is an ASCII character from one on, or not ASCII.
#[inline]
fn from(word: u64, character: u8) -> u64 {
    (((word & !HIGH) + u64::from(0x80 - character) * LOW) | word) & HIGH
}

/// How many bytes are ASCII characters from `g` on, or not ASCII: these are no digits, hexadecimal ones neither.
#[inline]
fn from_g(words: &[u64]) -> u64 {
    let counts = words.iter().map(|word| from(*word, b'g') >> 7).sum::<u64>();
    counts.wrapping_mul(LOW) >> 56
}

/// One bit for each value of the low six bits of eight bytes, besides those that are set: bytes that differ in them differ.
#[inline]
fn low_bits(word: u64, seen: u64) -> u64 {
    (0..8).fold(seen, |seen, byte| seen | 1 << ((word >> (8 * byte)) & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The rule, word by word.
    fn by_definition(shingle: &[u8]) -> bool {
        let distinct = shingle.iter().collect::<BTreeSet<_>>().len();
        let digits = shingle.iter().filter(|byte| byte.is_ascii_digit()).count();
        let hex = shingle.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
        let repeats = (1..=12).any(|period| shingle.iter().zip(shingle.iter().skip(period)).all(|(a, b)| a == b));
        distinct < 8 || digits * 2 > shingle.len() || hex * 10 > shingle.len() * 9 || repeats
    }

    fn poor(text: &str) -> (Normalized, Vec<u32>) {
        let (mut normalized, mut poor) = (Normalized::default(), vec![7]);
        normalized.set(text);
        poor_into(&normalized, &mut poor);
        assert_eq!(poor.remove(0), 7);
        (normalized, poor)
    }

    #[test]
    fn digits_hexadecimal_and_repetition_are_poor_and_prose_is_not() {
        for text in [
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "20240117120000123abc4567890123456",
            "d41d8cd98f00b204e9800998ecf8427e",
            "foobarbazqfoobarbazqfoobarbazqfo",
        ] {
            assert_eq!(poor(text).1, [0], "{text}");
        }
        for text in ["thequickbrownfoxjumpsoverthelazy", "forindexvalueinselfvaluesiterenu"] {
            assert!(poor(text).1.is_empty(), "{text}");
        }
    }

    /// Text near each of the rule's limits.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "([a-z]{1,9} ){1,12}",
            "[0-9]{1,40} ?",
            "[0-9a-f]{1,40} ?",
            "[0-9a-g]{1,40} ?",
            "[a-h]{1,40} ",
            "[a-g ]{1,60}",
            "[a-i ]{1,60}",
            "[漢字é ]{1,20}",
            ("[a-z0-9]{1,14}", 1..6_usize).prop_map(|(piece, times)| piece.repeat(times) + " "),
            ("[a-z ]{1,14}", 1..6_usize).prop_map(|(piece, times)| piece.repeat(times)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn poor_is_as_defined(pieces in prop::collection::vec(piece(), 1..8)) {
            let text = pieces.concat();
            let (normalized, poor) = poor(&text);
            let starts = normalized.starts().iter().take(normalized.shingles());
            let shingles = starts.map(|start| &normalized.bytes()[start as usize..start as usize + SHINGLE_BYTES]);
            let expected: Vec<u32> = shingles.zip(0..).filter(|(shingle, _)| by_definition(shingle)).map(|(_, n)| n).collect();
            prop_assert_eq!(poor, expected, "{:?}", text);
        }

        #[test]
        fn a_shingle_over_rich_bytes_is_not_poor(
            before in prop::collection::vec(any::<u8>(), 16), rich in "[a-z]{16}|[c-p]{16}", split in 0..=16_usize,
            period in 7..=16_usize,
        ) {
            let rich: [u8; 16] = *rich.as_bytes().first_chunk().unwrap();
            prop_assume!(is_rich(&rich));
            // The least information around them that there can be: digits, or more of the same.
            let extended = |at: usize| rich[(at + 16 * period - split) % period];
            let around = |fill: &dyn Fn(usize) -> u8| -> Vec<u8> {
                (0..SHINGLE_BYTES).map(|at| if (split..split + 16).contains(&at) { rich[at - split] } else { fill(at) }).collect()
            };
            for shingle in [around(&|at| before[at % 16]), around(&|_| b'0'), around(&extended)] {
                prop_assert!(!by_definition(&shingle), "{:?}", shingle);
            }
        }
    }
}
