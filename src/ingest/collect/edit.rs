//! The part of an edit that is the model's: what its new text has beyond its old text.
//!
//! 1. Both texts are cut into words and signs; white space is nothing, so a line that was only indented anew is unchanged.
//! 2. A word that the diff finds added is the model's, unless its whole line stands in the old text too, but for
//!    signs and case: it was moved.
//! 3. Words of the model with less than a shingle of copied text between them are one piece. A copied stretch of a shingle or
//!    more is human text and is cut out: it alone could make a match. Copied text before the first and behind the last word
//!    of the model is cut in any case.

use crate::text::SHINGLE_BYTES;
use imara_diff::{Algorithm, Diff, InternedInput};
use std::collections::HashSet;
use std::ops::Range;

/// Letters and digits that a line must have for its copy elsewhere to count as moved.
const TELLING_LINE: usize = 12;

/// What was inserted, its pieces joined by a line feed; empty if nothing was.
pub(super) fn inserted(old: &str, new: &str) -> String {
    let after = words(new);
    let mine = model_words(old, new, &after);
    let (mut pieces, mut copied) = (Vec::<Range<usize>>::new(), 0);
    for (word, mine) in after.iter().zip(mine) {
        if !mine {
            copied += weight(new, word);
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if copied < SHINGLE_BYTES => piece.end = word.end,
            _ => pieces.push(with_indent(new, word.clone())),
        }
        copied = 0;
    }
    pieces.into_iter().filter_map(|piece| new.get(piece)).collect::<Vec<_>>().join("\n")
}

/// For each word of the new text, whether it is the model's.
fn model_words(old: &str, new: &str, after: &[Range<usize>]) -> Vec<bool> {
    let before = words(old);
    let text = |of: &'_ str, word: &Range<usize>| of.get(word.clone()).unwrap_or_default().to_owned();
    let mut input = InternedInput::default();
    input.update_before(before.iter().map(|word| text(old, word)));
    input.update_after(after.iter().map(|word| text(new, word)));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let lines: HashSet<String> = old.lines().filter_map(telling).collect();
    let mut moved: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in new.split_inclusive('\n') {
        if telling(line).is_some_and(|line| lines.contains(&line)) {
            moved.push(start..start + line.len());
        }
        start += line.len();
    }
    let mut moved = moved.iter().peekable();
    (0..)
        .zip(after)
        .map(|(number, word)| {
            while moved.peek().is_some_and(|line| line.end <= word.start) {
                moved.next();
            }
            diff.is_added(number) && !moved.peek().is_some_and(|line| line.contains(&word.start))
        })
        .collect()
}

/// The letters and digits of a line in lower case, if they are enough to know it again: more does not count for a match.
fn telling(line: &str) -> Option<String> {
    let letters: String = line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (letters.len() >= TELLING_LINE).then_some(letters)
}

/// Runs of letters, digits and `_`, and other characters one by one, without white space.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        let is_word = c.is_alphanumeric() || c == '_';
        match words.last_mut() {
            Some(last) if in_word && is_word => last.end = at + c.len_utf8(),
            _ if c.is_whitespace() => {}
            _ => words.push(at..at + c.len_utf8()),
        }
        in_word = is_word;
    }
    words
}

/// Bytes of a word that count in a shingle: letters and digits do.
fn weight(text: &str, word: &Range<usize>) -> usize {
    text.get(word.clone()).filter(|word| word.starts_with(char::is_alphanumeric)).map_or(0, str::len)
}

/// A piece with the blanks before it, if it begins its line.
fn with_indent(text: &str, piece: Range<usize>) -> Range<usize> {
    let before = text.get(..piece.start).unwrap_or_default();
    let start = before.trim_end_matches([' ', '\t']).len();
    if start == 0 || before.get(..start).is_some_and(|line| line.ends_with('\n')) { start..piece.end } else { piece }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUMAN: &str = "fn total(items: &[Item]) -> u64 {\n    let discount = load_discount_of_customer();\n    items.iter().map(|item| item.price).sum()\n}\n";

    #[test]
    fn context_is_not_the_models() {
        let new = HUMAN
            .replace("    items.iter()", "    tracing::debug!(count = items.len(), \"summing\");\n    items.iter()");
        assert_eq!(inserted(HUMAN, &new), "    tracing::debug!(count = items.len(), \"summing\");");
        assert_eq!(inserted(HUMAN, HUMAN), "");
        assert_eq!(inserted("", HUMAN), HUMAN.trim_end());
        assert_eq!(inserted(HUMAN, ""), "");
    }

    #[test]
    fn lines_that_were_moved_or_indented_are_not_the_models() {
        let indented: String = HUMAN.lines().map(|line| format!("    {line}\n")).collect();
        assert_eq!(inserted(HUMAN, &format!("mod prices {{\n{indented}}}\n")), "mod prices {\n    }");
        let mut lines: Vec<&str> = HUMAN.lines().collect();
        lines.swap(1, 2);
        assert_eq!(inserted(HUMAN, &lines.join("\n")), "");
        assert_eq!(inserted(HUMAN, &HUMAN.replace("load_discount", "Load-Discount")), "");
    }

    #[test]
    fn a_long_copied_stretch_inside_a_line_is_cut_and_a_short_one_stays() {
        let old = "log(\"the settings file could not be read from the folder of the user\")\n";
        let new = "warn!(target: \"config\", \"the settings file could not be read from the folder of the user: {error:?}\")\n";
        assert_eq!(inserted(old, new), "warn!(target: \"config\",\n: {error:?}");
        assert_eq!(inserted("let a = first(x);", "let b = second(x, y);"), "b = second(x, y");
    }

    #[test]
    fn any_text_may_come() {
        for (old, new) in [("é漢字", "漢字é\u{301}"), ("a\r\nb", "a\nc"), ("\u{0}", "\u{FEFF}x"), ("___", "_ _")]
        {
            inserted(old, new);
        }
    }
}
