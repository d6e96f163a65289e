//! Text that says nothing about who wrote it, by its form alone.

use std::ops::Range;

/// Whether the bytes of a shingle carry too little information to be evidence: fewer than 8 distinct bytes, mostly digits or
/// hexadecimal digits that are no words, or one short piece repeated.
#[must_use]
pub fn is_poor(shingle: &[u8]) -> bool {
    let mut seen = [false; 256];
    let mut distinct = 0;
    for &byte in shingle {
        if let Some(slot) = seen.get_mut(usize::from(byte)) {
            distinct += usize::from(!*slot);
            *slot = true;
        }
    }
    let digits = shingle.iter().filter(|byte| byte.is_ascii_digit()).count();
    let hex = shingle.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    let repeats = (1..=12).any(|period| shingle.iter().zip(shingle.iter().skip(period)).all(|(a, b)| a == b));
    distinct < 8 || digits * 2 > shingle.len() || hex * 10 > shingle.len() * 9 || repeats
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
    // `The MIT License (MIT)`, `Apache License 2.0`: the title of what follows.
    let is_title = line.len() <= 60
        && words.split_whitespace().count() <= 6
        && words
            .to_ascii_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word == "license" || word == "licence");
    is_title
        || line.len() <= 160
            && (starts("copyright ") || starts("©") || starts("all rights reserved") || starts("spdx-"))
}

fn brackets(line: &str) -> i64 {
    line.bytes().map(|byte| i64::from(matches!(byte, b'(' | b'{')) - i64::from(matches!(byte, b')' | b'}'))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_hexadecimal_and_repetition_are_poor_and_prose_is_not() {
        for poor in [
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "20240117120000123abc4567890123456",
            "d41d8cd98f00b204e9800998ecf8427e",
            "foobarbazqfoobarbazqfoobarbazqfo",
        ] {
            assert!(is_poor(&poor.as_bytes()[..32]), "{poor}");
        }
        for rich in ["thequickbrownfoxjumpsoverthelazy", "forindexvalueinselfvaluesiterenu"] {
            assert!(!is_poor(rich.as_bytes()), "{rich}");
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
