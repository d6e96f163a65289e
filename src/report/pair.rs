//! A record and a reference side by side, their shared text marked.

use super::words::escape;
use std::ops::Range;

/// What stands before and after shared text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// Colour, for terminals.
    Colour,
    /// Brackets, for files and pipes.
    Brackets,
}

impl Marks {
    fn ends(self) -> (&'static str, &'static str) {
        match self {
            Self::Colour => ("\x1b[1;31m", "\x1b[0m"),
            Self::Brackets => ("⟦", "⟧"),
        }
    }
}

/// One side: a text and its shared ranges, ascending and apart.
type Side<'a> = (&'a str, &'a [Range<usize>]);

/// Two texts to be shown side by side.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The record's text and what of it is shared.
    pub record: Side<'a>,
    /// The reference's text and what of it is shared.
    pub reference: Side<'a>,
}

/// A line of one side: what to print, and how wide it is.
struct Line {
    text: String,
    width: usize,
}

/// Lines shown of each side.
const MAX_LINES: usize = 40;
/// Lines shown before the first shared text.
const LINES_BEFORE: usize = 3;

impl Pair<'_> {
    /// The two texts in columns, for a terminal of this width; long texts are cut around the shared text, and say so.
    #[must_use]
    pub fn render(&self, width: usize, marks: Marks) -> String {
        let column = (width.saturating_sub(3) / 2).max(20);
        let (left, right) = (lines(self.record, column, marks), lines(self.reference, column, marks));
        let mut out = format!("{:column$} │ {}\n", "record", "reference");
        out += &format!("{0:─<column$}─┼─{0:─<column$}\n", "");
        let blank = Line { text: String::new(), width: 0 };
        for number in 0..left.len().max(right.len()) {
            let (left, right) = (left.get(number).unwrap_or(&blank), right.get(number).unwrap_or(&blank));
            let padding = " ".repeat(column.saturating_sub(left.width));
            out += format!("{}{padding} │ {}", left.text, right.text).trim_end();
            out.push('\n');
        }
        out
    }
}

/// Wraps a side at the column's width; a mark never crosses the end of a line.
fn lines((text, shared): Side<'_>, column: usize, marks: Marks) -> Vec<Line> {
    let (mut writer, mut first_shared) = (Writer::new(column, marks), None);
    for (at, c) in text.char_indices() {
        let is_shared = shared.iter().any(|range| range.contains(&at));
        if is_shared && first_shared.is_none() {
            first_shared = Some(writer.lines.len());
        }
        writer.push(c, is_shared);
    }
    writer.end_line();
    let skipped = first_shared.unwrap_or(0).saturating_sub(LINES_BEFORE);
    let note = |what: String| Line { width: what.chars().count(), text: what };
    let total = writer.lines.len();
    let mut shown: Vec<Line> = writer.lines.into_iter().skip(skipped).take(MAX_LINES).collect();
    if skipped > 0 {
        shown.insert(0, note(format!("({skipped} lines before)")));
    }
    let rest = total.saturating_sub(skipped + MAX_LINES);
    if rest > 0 {
        shown.push(note(format!("({rest} lines after)")));
    }
    shown
}

struct Writer {
    column: usize,
    marks: Marks,
    lines: Vec<Line>,
    line: Line,
    inside: bool,
}

impl Writer {
    fn new(column: usize, marks: Marks) -> Self {
        Self { column, marks, lines: Vec::new(), line: Line { text: String::new(), width: 0 }, inside: false }
    }

    fn push(&mut self, c: char, shared: bool) {
        if shared != self.inside {
            self.mark(shared);
        }
        if c == '\n' {
            return self.end_line();
        }
        let shown = if c == '\t' { "  ".to_owned() } else { escape(c.encode_utf8(&mut [0; 4])) };
        let wide = if shown.chars().count() == 1 { char_width(c) } else { shown.chars().count() };
        // Room for a closing bracket.
        if self.line.width + wide + 1 > self.column {
            self.end_line();
        }
        self.line.text += &shown;
        self.line.width += wide;
    }

    fn mark(&mut self, on: bool) {
        let (open, close) = self.marks.ends();
        self.line.text += if on { open } else { close };
        self.line.width += usize::from(self.marks == Marks::Brackets);
        self.inside = on;
    }

    fn end_line(&mut self) {
        let inside = self.inside;
        if inside {
            self.mark(false);
        }
        self.lines.push(std::mem::replace(&mut self.line, Line { text: String::new(), width: 0 }));
        if inside {
            self.mark(true);
        }
    }
}

/// Columns that a character takes on a terminal: 2 in East Asian scripts and for pictures, otherwise 1.
fn char_width(c: char) -> usize {
    let wide = matches!(c as u32, 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFF);
    1 + usize::from(wide)
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "sides with one shared range")]
mod tests {
    use super::*;

    #[test]
    fn shared_text_is_marked_on_both_sides_and_across_lines() {
        let (record, reference) = ("abc shared text\nthat goes on", "SHARED TEXT");
        let pair = Pair { record: (record, &[4..20]), reference: (reference, &[0..11]) };
        let shown = pair.render(43, Marks::Brackets);
        assert_eq!(
            shown.lines().skip(2).collect::<Vec<_>>(),
            ["abc ⟦shared text⟧    │ ⟦SHARED TEXT⟧", "⟦that⟧ goes on       │"],
            "{shown}"
        );
    }

    #[test]
    fn long_texts_are_cut_around_the_shared_text() {
        let record = format!("{}shared{}", "x\n".repeat(100), "\ny".repeat(100));
        let pair = Pair { record: (&record, &[200..206]), reference: ("shared", &[0..6]) };
        let shown = pair.render(80, Marks::Brackets);
        assert!(
            shown.contains("(97 lines before)") && shown.contains("⟦shared⟧") && shown.contains("(64 lines after)"),
            "{shown}"
        );
    }

    #[test]
    fn terminal_escapes_in_texts_are_shown_not_sent() {
        let pair = Pair { record: ("\x1b[2Jboo", &[]), reference: ("\u{202E}x", &[]) };
        let shown = pair.render(80, Marks::Brackets);
        assert!(shown.contains("\\u{1b}[2Jboo") && shown.contains("\\u{202e}x") && !shown.contains('\x1b'));
    }
}
