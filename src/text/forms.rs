//! What to write for a character, in one load: the [`FoldTable`]'s answer, packed into 32 bits.
//!
//! | bits | meaning |
//! |---|---|
//! | 0 to 23 | the bytes of the folded form, the first lowest |
//! | 24, 25 | how many they are, 0 to 3, and never more than the character has in UTF-8 |
//! | 26 | the form is one letter of a script without spaces |
//! | 27 | the form is letters or digits of other scripts |
//! | 28 | the character is dropped as if it were not there |
//! | 29 | all of this is known; an entry without it needs more than a load |
//! | 30 | the character is one of the few that no entry can describe |
//!
//! Without 26, 27 and 28 the character is a gap. Entries are computed when they are first asked for; a script's are few, so
//! they stay in the cache.

use super::fold::{FoldTable, GAP, is_joining, is_unspaced};
use std::sync::atomic::{AtomicU32, Ordering};

/// Bit of a form that is one letter of a script without spaces.
pub(super) const UNSPACED: u32 = 1 << 26;
/// Bit of a form that is letters or digits of a script with spaces.
pub(super) const SPACED: u32 = 1 << 27;
/// Bit of a character that is not there.
pub(super) const DROPPED: u32 = 1 << 28;
/// Bit of an entry that says all.
pub(super) const KNOWN: u32 = 1 << 29;
const COMPLEX: u32 = 1 << 30;

/// The entries, 0 until they are asked for: a pure function of Unicode, so sharing them is invisible.
static FORMS: [AtomicU32; 0x11_0000] = [const { AtomicU32::new(0) }; 0x11_0000];

/// What is in the table so far for a code point.
#[inline(always)]
pub(super) fn form(code_point: u32) -> u32 {
    FORMS.get(code_point as usize).map_or(COMPLEX, |entry| entry.load(Ordering::Relaxed))
}

/// The whole table, as far as it is computed.
pub(super) fn table() -> &'static [AtomicU32; 0x11_0000] {
    &FORMS
}

/// How many bytes a form has.
#[inline(always)]
pub(super) fn length(form: u32) -> usize {
    (form >> 24 & 3) as usize
}

/// Puts the entry of a character into the table; says whether it was not there yet.
pub(super) fn learn(c: char) -> bool {
    match FORMS.get(c as usize) {
        Some(entry) if entry.load(Ordering::Relaxed) == 0 => {
            entry.store(compute(c), Ordering::Relaxed);
            true
        }
        _ => false,
    }
}

fn compute(c: char) -> u32 {
    let form = FoldTable::shared().get(c);
    let is_spaced = |c: char| c as u32 != u32::from(GAP) && !is_unspaced(c);
    let mut chars = form.chars();
    let class = match (chars.next(), chars.next()) {
        _ if matches!(c, '\\' | '&' | '<') => return COMPLEX, // it may begin an escape
        (None, _) => DROPPED,
        (Some(only), None) if is_joining(only) => return COMPLEX,
        (Some(only), None) if is_unspaced(only) => UNSPACED,
        _ if form.chars().all(is_spaced) => SPACED,
        _ if form.bytes().all(|byte| byte == GAP) => return KNOWN,
        _ => return COMPLEX,
    };
    if form.len() > c.len_utf8().min(3) {
        return COMPLEX;
    }
    let bytes = form.bytes().rev().fold(0, |bytes, byte| bytes << 8 | u32::from(byte));
    KNOWN | class | (form.len() as u32) << 24 | bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_what_the_fold_table_says() {
        let mut complex = 0;
        for c in '\0'..=char::MAX {
            learn(c);
            let (entry, expected) = (form(c as u32), FoldTable::shared().get(c));
            if entry & KNOWN == 0 {
                assert_eq!(entry, COMPLEX, "{c:?}");
                complex += usize::from(c < '\u{10000}');
                continue;
            }
            let bytes = &entry.to_le_bytes()[..length(entry)];
            assert!(bytes.len() <= c.len_utf8(), "{c:?}");
            match entry & (UNSPACED | SPACED | DROPPED) {
                0 => assert!(bytes.is_empty() && !expected.is_empty() && expected.chars().all(|c| c == ' '), "{c:?}"),
                DROPPED => assert!(bytes.is_empty() && expected.is_empty(), "{c:?}"),
                UNSPACED => assert!(
                    bytes == expected.as_bytes()
                        && expected.chars().all(|c| is_unspaced(c) && !is_joining(c))
                        && expected.chars().count() == 1,
                    "{c:?}"
                ),
                SPACED => assert!(
                    bytes == expected.as_bytes() && expected.chars().all(|c| c != ' ' && !is_unspaced(c)),
                    "{c:?}"
                ),
                classes => panic!("{c:?} has classes {classes:b}"),
            }
        }
        assert!(complex < 1200, "{complex} characters of the first plane need more than a load");
    }
}
