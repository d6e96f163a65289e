//! What a model was shown in a session: lines of people, files and programs, which it may quote.
//!
//! A line is whose it was first. Lines are known by their letters and digits, for nothing else counts for a match. Of a text of
//! the model, stretches of lines that others had first are cut, if they could hold a shingle: quoted code is not the model's.
//! What the model wrote and was shown afterwards, as the content of a file that it made, stays the model's.

use crate::text::SHINGLE_BYTES;
use std::borrow::Cow;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Letters and digits that a line must have to be known again.
const TELLING: usize = 8;

/// The lines of a session, each with whether the model had it first.
#[derive(Default)]
pub(super) struct Shown(HashMap<u64, bool>);

/// The letters and digits of a line, and how to find it again if they are enough.
struct Line<'t> {
    text: &'t str,
    letters: usize,
    key: Option<u64>,
}

impl<'t> Line<'t> {
    fn of(text: &'t str) -> Self {
        let folded: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let key = (folded.len() >= TELLING).then(|| xxh3_64(folded.as_bytes()));
        Self { text, letters: folded.len(), key }
    }
}

impl Shown {
    /// Others' text; also as it stands behind the numbers that tools put before lines.
    pub(super) fn show(&mut self, text: &str) {
        for line in text.lines() {
            for form in [Some(line), without_number(line)].into_iter().flatten() {
                if let Some(key) = Line::of(form).key {
                    self.0.entry(key).or_insert(false);
                }
            }
        }
    }

    /// The model's text, of which nothing is to be cut.
    pub(super) fn write(&mut self, text: &str) {
        for key in text.lines().filter_map(|line| Line::of(line).key) {
            self.0.entry(key).or_insert(true);
        }
    }

    /// The model's text without what it quotes.
    pub(super) fn cut<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let lines: Vec<Line<'_>> = text.lines().map(Line::of).collect();
        let mut is_cut = vec![false; lines.len()];
        let (mut first, mut letters) = (None, 0);
        for (at, line) in lines.iter().enumerate() {
            match line.key.map(|key| self.0.get(&key) == Some(&false)) {
                // A line of its own ends a stretch.
                Some(false) => first = None,
                Some(true) => {
                    let from: usize = *first.get_or_insert(at);
                    letters = if from == at { line.letters } else { letters + line.letters };
                    if letters >= SHINGLE_BYTES {
                        is_cut.get_mut(from..=at).into_iter().flatten().for_each(|cut| *cut = true);
                    }
                }
                None => letters += line.letters,
            }
        }
        let kept = || lines.iter().zip(&is_cut).filter(|(_, cut)| !**cut).map(|(line, _)| line);
        for key in kept().filter_map(|line| line.key) {
            self.0.entry(key).or_insert(true);
        }
        if is_cut.contains(&true) {
            Cow::Owned(kept().map(|line| line.text).collect::<Vec<_>>().join("\n"))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// What stands behind a line's number: `  12→text`, `12:text`, `path:12:text`, `path-12-text`.
fn without_number(line: &str) -> Option<&str> {
    let digits = line.find(|c: char| c.is_ascii_digit())?;
    let starts = line.match_indices([':', '-']).map(|(at, _)| at + 1).take_while(|at| *at < 200);
    std::iter::once(digits)
        .filter(|at| line.get(..*at).is_some_and(|before| before.trim().is_empty()))
        .chain(starts)
        .find_map(|at| {
            let rest = line.get(at..)?;
            let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            (behind.len() < rest.len()).then(|| behind.strip_prefix(['→', ':', '-', '\t', '|']))?
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "fn total(items: &[Item]) -> u64 {\n    items.iter().map(|item| item.price).sum()\n}\n";

    #[test]
    fn quoted_lines_are_cut_and_the_models_own_stay() {
        let mut shown = Shown::default();
        shown.show(FILE);
        let said = format!("The function sums the prices:\n```rust\n{FILE}```\nIt ignores discounts.");
        assert_eq!(shown.cut(&said), "The function sums the prices:\n```rust\n}\n```\nIt ignores discounts.");
        assert_eq!(shown.cut("A short line:\n    fn total\nand no more."), "A short line:\n    fn total\nand no more.");
    }

    #[test]
    fn what_the_model_had_first_stays_its_own() {
        let mut shown = Shown::default();
        assert_eq!(shown.cut(FILE), FILE);
        shown.show(FILE);
        assert_eq!(shown.cut(FILE), FILE);
        shown.write("let kept = \"a line that was inserted by an edit\";");
        shown.show("let kept = \"a line that was inserted by an edit\";");
        let again = "let kept = \"a line that was inserted by an edit\";";
        assert_eq!(shown.cut(again), again);
    }

    #[test]
    fn numbers_before_lines_do_not_hide_them() {
        let line = "    items.iter().map(|item| item.price_with_discount).sum()";
        for numbered in [
            format!("   225→{line}"),
            format!("12:{line}"),
            format!("/src/a.rs:81:{line}"),
            format!("src/a-b.rs-81-{line}"),
        ] {
            let mut shown = Shown::default();
            shown.show(&numbered);
            assert_eq!(shown.cut(line), "", "{numbered}");
        }
    }
}
