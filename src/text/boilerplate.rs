//! Text that says nothing about who wrote it, by its form alone.

use std::ops::Range;

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
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        let (line, range) = (rest.get(..length).unwrap_or_default(), at..at + length);
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
