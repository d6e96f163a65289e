//! Text that says nothing about who wrote it, by its form alone.

use super::SHINGLE_BYTES;
use std::ops::{Range, RangeInclusive};

/// Whether the bytes of a shingle carry too little information to be evidence: fewer than 8 distinct bytes, mostly digits or
/// hexadecimal digits that are no words, or one piece of at most 12 bytes repeated.
#[must_use]
#[inline]
pub fn is_poor(shingle: &[u8; SHINGLE_BYTES]) -> bool {
    has_few_bytes(shingle) || repeats(shingle) || is_mostly_digits(shingle)
}

/// Whether there are fewer than 8 distinct bytes.
#[inline]
fn has_few_bytes(shingle: &[u8; SHINGLE_BYTES]) -> bool {
    // Bytes that differ in their low six bits differ; nearly every shingle has eight of these in its first half.
    let low_bits = |bytes: &[u8; 8]| bytes.iter().fold(0_u64, |seen, byte| seen | 1 << (byte & 63));
    let [first, second, rest @ ..] = eights(shingle);
    let seen = low_bits(first) | low_bits(second);
    if seen.count_ones() >= 8 || rest.iter().fold(seen, |seen, eight| seen | low_bits(eight)).count_ones() >= 8 {
        return false;
    }
    let mut bytes = *shingle;
    bytes.sort_unstable();
    bytes.chunk_by(|a, b| a == b).count() < 8
}

/// Whether the shingle repeats with a period of at most 12 bytes.
#[inline]
fn repeats(shingle: &[u8; SHINGLE_BYTES]) -> bool {
    // What repeats with a shorter period repeats with a multiple of it, too, that is one of these.
    const PERIODS: RangeInclusive<usize> = 7..=12;
    let eight = |at: usize| shingle.get(at..).and_then(<[u8]>::first_chunk::<8>);
    // Where the first eight bytes do not come again, nothing repeats; no branch, for nearly always they do not.
    PERIODS.fold(false, |again, period| again | (eight(period) == eight(0)))
        && PERIODS.into_iter().any(|period| shingle.iter().zip(shingle.iter().skip(period)).all(|(a, b)| a == b))
}

/// Whether over half are digits, or over nine tenths hexadecimal digits.
#[inline]
fn is_mostly_digits(shingle: &[u8; SHINGLE_BYTES]) -> bool {
    // Of most shingles half the bytes are letters from `g` on, or not ASCII; eight bytes at a time, one bit each.
    let others = |eight: &[u8; 8]| {
        let bytes = u64::from_le_bytes(*eight);
        let from_g = (bytes & 0x7F7F_7F7F_7F7F_7F7F) + 0x1919_1919_1919_1919;
        ((from_g | bytes) & 0x8080_8080_8080_8080).count_ones()
    };
    if eights(shingle).iter().map(others).sum::<u32>() >= 16 {
        return false;
    }
    let count = |is: fn(&u8) -> bool| shingle.iter().filter(|byte| is(byte)).count();
    count(u8::is_ascii_digit) > 16 || count(u8::is_ascii_hexdigit) > 28
}

fn eights(shingle: &[u8; SHINGLE_BYTES]) -> &[[u8; 8]; 4] {
    zerocopy::transmute_ref!(shingle)
}

/// First words of lines that name what a source file uses.
const IMPORTS: [&str; 16] = [
    "import ",
    "from ",
    "use ",
    "pub use ",
    "using ",
    "#include",
    "require ",
    "require(",
    "require_once",
    "include ",
    "package ",
    "extern crate ",
    "mod ",
    "pub mod ",
    "export ",
    "#import",
];

/// Raw byte ranges of lines that say nothing of their own: those that only name what a source file uses (imports, includes,
/// uses), with the lines that a bracket or a backslash of theirs keeps open, and copyright lines. Neighbouring ones are
/// joined, across blank lines and attributes too.
#[must_use]
pub fn form_blocks(text: &str) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let (mut at, mut open, mut joined, mut continued) = (0, 0_i64, false, false);
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let content = line.trim();
        let is_import = open > 0 || continued || is_import(content) || is_copyright(content);
        continued = is_import && content.ends_with('\\');
        if is_import {
            open = (open + brackets(content)).max(0);
            match blocks.last_mut() {
                Some(block) if joined => block.end = range.end,
                _ => blocks.push(range),
            }
        }
        // What may stand between two imports without ending their block.
        joined = is_import
            || joined
                && (!content.contains(char::is_alphanumeric) || content.starts_with("#[") || content.starts_with("//"));
    }
    blocks
}

/// `from` and the like begin sentences as well: such a line must look like code.
fn is_import(line: &str) -> bool {
    // Most lines begin with none of these.
    if !matches!(line.as_bytes().first(), Some(b'i' | b'f' | b'u' | b'p' | b'#' | b'r' | b'e' | b'm' | b'c')) {
        return false;
    }
    let Some(start) = IMPORTS.iter().find(|start| line.starts_with(**start)) else {
        return line.starts_with("const ") && line.contains("require(");
    };
    let short = line.len() <= 500;
    short
        && match *start {
            "from " => line.contains(" import"),
            "import " => line.len() <= 120 && !line.ends_with(['.', '?', '!', ',']) || line.contains(" from "),
            "use " | "pub use " => line.ends_with([';', '{', ',']) || line.contains("::"),
            "using " | "mod " | "pub mod " | "extern crate " => line.ends_with(';'),
            "export " => line.contains(" from "),
            "package " => line.split_whitespace().count() <= 2,
            "include " | "require " => !line.contains(' ') || line.split_whitespace().count() <= 2,
            _ => true,
        }
}

fn is_copyright(line: &str) -> bool {
    let words = line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©');
    let starts = |start: &str| words.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    let begins = || match words.as_bytes().first() {
        Some(b'c' | b'C') => starts("copyright "),
        Some(b'a' | b'A') => starts("all rights reserved"),
        Some(b's' | b'S') => starts("spdx-"),
        _ => starts("©"),
    };
    line.len() <= 160 && begins() || line.len() <= 60 && is_title(words)
}

/// `The MIT License (MIT)`, `Apache License 2.0`: the title of what follows.
fn is_title(words: &str) -> bool {
    let is_word = |word: &str| word.eq_ignore_ascii_case("license") || word.eq_ignore_ascii_case("licence");
    has_licen(words.as_bytes())
        && words.split_whitespace().count() <= 6
        && words.split(|c: char| !c.is_alphanumeric()).any(is_word)
}

/// Whether `licen` stands anywhere, in either case. A `c` is rarer than an `l`.
fn has_licen(line: &[u8]) -> bool {
    let around = |at: usize| line.get(at.checked_sub(2)?..at + 3);
    memchr::memchr2_iter(b'c', b'C', line).any(|at| around(at).is_some_and(|five| five.eq_ignore_ascii_case(b"licen")))
}

fn brackets(line: &str) -> i64 {
    line.bytes().map(|byte| i64::from(matches!(byte, b'(' | b'{')) - i64::from(matches!(byte, b')' | b'}'))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn digits_hexadecimal_and_repetition_are_poor_and_prose_is_not() {
        for poor in [
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "20240117120000123abc4567890123456",
            "d41d8cd98f00b204e9800998ecf8427e",
            "foobarbazqfoobarbazqfoobarbazqfo",
        ] {
            assert!(is_poor(poor.as_bytes().first_chunk().unwrap()), "{poor}");
        }
        for rich in ["thequickbrownfoxjumpsoverthelazy", "forindexvalueinselfvaluesiterenu"] {
            assert!(!is_poor(rich.as_bytes().first_chunk().unwrap()), "{rich}");
        }
    }

    /// The rule, word by word.
    fn is_poor_by_definition(shingle: &[u8; SHINGLE_BYTES]) -> bool {
        let distinct = shingle.iter().collect::<BTreeSet<_>>().len();
        let digits = shingle.iter().filter(|byte| byte.is_ascii_digit()).count();
        let hex = shingle.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
        let repeats = (1..=12).any(|period| shingle.iter().zip(shingle.iter().skip(period)).all(|(a, b)| a == b));
        distinct < 8 || digits * 2 > shingle.len() || hex * 10 > shingle.len() * 9 || repeats
    }

    /// Shingles near each of the rule's limits.
    fn shingle() -> impl Strategy<Value = [u8; SHINGLE_BYTES]> {
        let repeated = prop::collection::vec(any::<u8>(), 1..20)
            .prop_map(|piece| std::array::from_fn(|at| piece[at % piece.len()]));
        let few = |set: &'static [u8]| {
            prop::collection::vec(0..set.len(), SHINGLE_BYTES)
                .prop_map(move |numbers| std::array::from_fn(|at| set[numbers[at]]))
        };
        let shingle = prop_oneof![
            repeated,
            few(b"abcdefgh"),
            few(b"0123456789abcdefghijklmnopqrstuvwxyz"),
            few(b"0123456789abcdefg"),
            few(b"00112233445566778899abcdefghijklmn"),
            few(&[0x21, 0x61, 0xA1, 0xE1, 0x22, 0x62, 0xA2, 0xE2]),
        ];
        (shingle, 0..SHINGLE_BYTES, any::<u8>(), any::<bool>()).prop_map(
            |(mut shingle, at, byte, changed): ([u8; SHINGLE_BYTES], _, _, _)| {
                shingle[at] = if changed { byte } else { shingle[at] };
                shingle
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]
        #[test]
        fn poor_is_as_defined(shingle in shingle()) {
            prop_assert_eq!(is_poor(&shingle), is_poor_by_definition(&shingle), "{:?}", shingle);
        }
    }

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one block")]
    fn imports_of_many_languages_are_blocks() {
        for block in [
            "import os\nimport sys\n",
            "from a import (\n    b,\n    c,\n)\nimport d\n",
            "use std::io::{self, Read};\n\npub use serde_core as serde;\n",
            "#include <stdio.h>\n#include \"a.h\"\n",
            "import (\n\t\"fmt\"\n\t\"os\"\n)\n",
            "import {\n  a,\n  b\n} from 'c';\nconst d = require('d');\n",
            "package main\n\nimport \"fmt\"\n",
            "using System;\nusing System.Linq;\n",
            "from _csv import a, \\\n    b, \\\n    c\nimport d\n",
            "// Copyright (c) 2024 The Authors\n// All rights reserved.\n",
            "# The MIT License (MIT)\n#\n# Copyright (c) 2024 The Authors\n",
        ] {
            let text = format!("{block}\nfn main() {{ work(); }}\n");
            assert_eq!(form_blocks(&text), [0..block.len()], "{block}");
        }
    }

    #[test]
    fn sentences_are_no_imports() {
        for text in [
            "From here on we walk.\nUse a hammer, not a saw.\nimport duties rose sharply in the year after the war.\n",
            "use the force\nusing a pen is fine\npackage deals are cheap today\n",
        ] {
            assert!(form_blocks(text).is_empty(), "{text}");
        }
    }
}
