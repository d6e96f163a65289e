//! One character to its canonical form, whatever stands around it.
//!
//! The canonical form of a character is computed from Unicode data alone:
//!
//! 1. decompose it by compatibility (NFKD), fold its case (full folding), decompose again;
//! 2. drop combining marks (canonical combining class other than 0) and default-ignorable characters
//!    (zero-width and bidi marks, soft hyphens, variation selectors);
//! 3. keep letters and digits (`Alphabetic` or general category N*); anything else is a [`GAP`].
//!
//! Dropping the marks after decomposing makes the result independent of the neighbours, and the same for
//! NFC, NFD, NFKC and NFKD forms of a text: reordering happens only among marks, and all marks go. The price is
//! that accents do not distinguish texts: `résumé` equals `resume`, `が` equals `か`. What composes without marks,
//! conjoining Hangul, is composed in [`join_hangul`].

use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_properties::props::{Alphabetic, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::sync::OnceLock;

/// Stands for a gap between words in a folded form; never a kept byte.
pub const GAP: u8 = b' ';

/// The canonical form of one character, as the definition computes it: kept characters and [`GAP`]s.
#[must_use]
pub fn fold_char(c: char) -> String {
    if is_hangul_syllable(c) {
        return c.to_string(); // NFKD would take it apart into conjoining letters; see `join_hangul`.
    }
    let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
    let marks = CanonicalCombiningClassMapBorrowed::new();
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let base = |c: &char| marks.get_u8(*c) == 0 && !ignorable.contains(*c);
    let decomposed: String = nfkd.normalize_iter(std::iter::once(c)).filter(base).collect();
    let folded = CaseMapper::new().fold_string(&decomposed);
    let mut out = String::new();
    for c in nfkd.normalize_iter(folded.chars()).filter(base) {
        out.push(if is_kept(c) { c } else { GAP as char });
    }
    out
}

fn is_kept(c: char) -> bool {
    CodePointSetData::new::<Alphabetic>().contains(c)
        || GeneralCategoryGroup::Number.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

/// Blocks of scripts that are written without spaces between words: each of their letters starts a word.
/// Thai to Tibetan, Burmese, Hangul, Khmer, Tai, Balinese, Javanese, CJK radicals to Yi, Hangul syllables, CJK beyond the first plane.
const UNSPACED: [(u32, u32); 16] = [
    (0x0E00, 0x0FFF),
    (0x1000, 0x109F),
    (0x1100, 0x11FF),
    (0x1780, 0x17FF),
    (0x1950, 0x19DF),
    (0x1A20, 0x1AAF),
    (0x1B00, 0x1B7F),
    (0x2E80, 0x2FFF),
    (0x3005, 0xA4CF),
    (0xA960, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0x16FE0, 0x1B2FF),
    (0x1F200, 0x1F2FF),
    (0x20000, 0x3FFFF),
];

/// Whether a kept character belongs to a script that is written without spaces.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    let c = c as u32;
    c >= 0x0E00 && UNSPACED.iter().any(|&(low, high)| (low..=high).contains(&c))
}

fn is_hangul_syllable(c: char) -> bool {
    ('\u{AC00}'..='\u{D7A3}').contains(&c)
}

/// Whether a character can combine with the kept character before it: a conjoining Hangul vowel or final consonant.
#[must_use]
pub fn is_joining(c: char) -> bool {
    ('\u{1161}'..='\u{1175}').contains(&c) || ('\u{11A8}'..='\u{11C2}').contains(&c)
}

/// The syllable that `last` and a following `next` make, if they do (The Unicode Standard, section 3.12).
#[must_use]
pub fn join_hangul(last: char, next: char) -> Option<char> {
    let (last, next) = (last as u32, next as u32);
    let joined = match (last, next) {
        (0x1100..=0x1112, 0x1161..=0x1175) => 0xAC00 + ((last - 0x1100) * 21 + (next - 0x1161)) * 28,
        (0xAC00..=0xD7A3, 0x11A8..=0x11C2) if (last - 0xAC00).is_multiple_of(28) => last + (next - 0x11A7),
        _ => return None,
    };
    char::from_u32(joined)
}

/// Folded forms by page of 256 code points, each page computed by [`fold_char`] when it is first needed.
pub struct FoldTable {
    pages: Box<[OnceLock<Page>]>,
}

struct Page {
    /// Where the form of each character begins in `forms`; one more entry for the end of the last.
    offsets: [u16; 257],
    forms: String,
}

impl FoldTable {
    fn new() -> Self {
        Self { pages: (0..0x1100).map(|_| OnceLock::new()).collect() }
    }

    /// The one table of the process: a pure function of Unicode, so sharing it is invisible.
    pub fn shared() -> &'static Self {
        static TABLE: OnceLock<FoldTable> = OnceLock::new();
        TABLE.get_or_init(Self::new)
    }

    /// What [`fold_char`] yields, from the table.
    #[must_use]
    pub fn get(&self, c: char) -> &str {
        let (number, low) = (c as usize >> 8, c as usize & 0xFF);
        let Some(slot) = self.pages.get(number) else { return "" };
        let page = slot.get_or_init(|| Page::compute(number));
        match page.offsets.get(low..low + 2) {
            Some(&[start, end]) => page.forms.get(usize::from(start)..usize::from(end)).unwrap_or_default(),
            _ => "",
        }
    }
}

impl Page {
    fn compute(number: usize) -> Self {
        let mut page = Self { offsets: [0; 257], forms: String::new() };
        let (first, rest) = page.offsets.split_at_mut(1);
        first.fill(0);
        for (low, end) in rest.iter_mut().enumerate() {
            if let Some(c) = char::from_u32((number << 8 | low) as u32) {
                page.forms.push_str(&fold_char(c));
            }
            *end = page.forms.len() as u16; // at most 256 forms of at most 54 bytes (U+FDFA)
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn the_form_of_every_character_is_frozen() {
        let mut all = String::new();
        for c in '\0'..=char::MAX {
            all.push_str(&fold_char(c));
            all.push('\n');
        }
        assert_eq!(
            xxh3_64(all.as_bytes()),
            1_037_373_110_498_113_553,
            "a change of any form is a new NORMALIZER version"
        );
    }

    #[test]
    fn the_table_equals_the_definition() {
        for c in '\0'..=char::MAX {
            assert_eq!(FoldTable::shared().get(c), fold_char(c), "{c:?}");
        }
    }

    #[test]
    fn forms_of_one_letter_are_one() {
        for (given, form) in [
            ('A', "a"),
            ('é', "e"),
            ('ﬃ', "ffi"),
            ('Ａ', "a"),
            ('ß', "ss"),
            ('ς', "σ"),
            ('½', "1 2"),
            ('\u{200B}', ""),
            ('\u{AD}', ""),
            ('\u{202E}', ""),
            ('\u{301}', ""),
            ('_', " "),
            ('—', " "),
            ('漢', "漢"),
            ('각', "각"),
            ('ि', "ि"),
        ] {
            assert_eq!(fold_char(given), form, "{given:?}");
        }
    }

    #[test]
    fn conjoining_hangul_makes_the_syllable() {
        assert_eq!(join_hangul('ᄀ', 'ᅡ'), Some('가'));
        assert_eq!(join_hangul('가', 'ᆨ'), Some('각'));
        assert_eq!(join_hangul('각', 'ᆨ'), None);
        assert_eq!(join_hangul('a', 'ᅡ'), None);
    }
}
