//! What each ASCII byte is to the vector loops.

/// Bits of a byte that may begin an escape and of a byte that may follow it: an escape begins only where both have one in
/// common, [`FIRST`] at the byte and [`FOLLOW`] at the next. Where they have none, the byte is a plain gap.
pub(super) mod pair {
    /// A backslash, and `n`, `r` or `t` in either case: an escape for certain, which is a gap.
    pub(in super::super) const LINE: u8 = 1 << 0;
    /// A backslash, and `u` or another backslash.
    pub(in super::super) const BACKSLASH: u8 = 1 << 1;
    /// An ampersand, and a letter or `#`.
    pub(in super::super) const ENTITY: u8 = 1 << 2;
    /// `<`, and `b`, `/` or a space.
    pub(in super::super) const TAG: u8 = 1 << 3;
}

use pair::{BACKSLASH, ENTITY, LINE, TAG};

/// Bit of a letter or digit, in [`FIRST`].
pub(super) const KEPT: u8 = 1 << 7;

/// What a byte is where it stands.
pub(super) const FIRST: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'\\' => LINE | BACKSLASH,
            b'&' => ENTITY,
            b'<' => TAG,
            _ if byte.is_ascii_alphanumeric() => KEPT,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// What a byte is to the one before it.
pub(super) const FOLLOW: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        let mut bits = match byte {
            b'n' | b'r' | b't' | b'N' | b'R' | b'T' => LINE,
            b'u' | b'U' | b'\\' => BACKSLASH,
            b'b' | b'B' | b'/' | b' ' => TAG,
            _ => 0,
        };
        if byte == b'#' || byte.is_ascii_alphabetic() {
            bits |= ENTITY;
        }
        table[byte as usize] = bits;
        byte += 1;
    }
    table
};

/// The last six bits of which characters are plain gaps, of those that begin with `C2`: U+0080 to U+00BF.
pub(super) const GAPS_C2: u64 = 0x89D3_DBFF_FFFF_FFFF;
/// The same of those that begin with `E2 80`, U+2000 to U+203F: dashes, quotation marks, wide and narrow spaces.
pub(super) const GAPS_E2_80: u64 = 0xFFFF_83FF_FFFF_07FF;

/// A byte for each bit: all ones where it is set.
pub(super) const fn bytes_of_bits(bits: u64) -> [u8; 64] {
    let mut bytes = [0; 64];
    let mut at = 0;
    while at < 64 {
        bytes[at] = if bits >> at & 1 == 1 { u8::MAX } else { 0 };
        at += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold::{FoldTable, GAP};

    #[test]
    fn gaps_are_those_of_the_fold_table() {
        for (first, gaps) in [(0x80, GAPS_C2), (0x2000, GAPS_E2_80)] {
            let is_gap = |at: &u32| {
                let form = char::from_u32(first + at).map(|c| FoldTable::shared().get(c));
                form.is_some_and(|form| !form.is_empty() && form.bytes().all(|byte| byte == GAP))
            };
            let expected = (0..64).filter(is_gap).fold(0_u64, |bits, at| bits | 1 << at);
            assert_eq!(gaps, expected, "{first:#x}: {gaps:#018x}, not {expected:#018x}");
        }
    }
    use crate::text::escape::escape_at;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_escape_begins_only_where_the_pair_says_so(
            text in "[\\\\&<][\\\\nrtuUNRTx#a-zA-Z/ ;>0-9é]{0,10}|[\\\\&<](amp;|lt;|br ?/?>|#x?[0-9]+;|/br>|u00e9|[nrt])",
        ) {
            let (first, next) = (text.as_bytes()[0], text.as_bytes().get(1).copied().unwrap_or(0));
            let common = FIRST[usize::from(first)] & FOLLOW[usize::from(next & 0x7F)];
            if escape_at(&text).is_some() {
                prop_assert!(common != 0, "{:?}", text);
            }
            if common & LINE != 0 && next.is_ascii() {
                prop_assert_eq!(escape_at(&text).map(|escape| (escape.meant, escape.bytes)), Some((' ', 2)));
            }
        }
    }
}
