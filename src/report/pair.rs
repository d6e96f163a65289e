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
    /// Around rare text, or around common text.
    fn ends(self, rare: bool) -> (&'static str, &'static str) {
        match (self, rare) {
            (Self::Colour, true) => ("\x1b[1;31m", "\x1b[0m"),
            (Self::Colour, false) => ("\x1b[2m", "\x1b[0m"),
            (Self::Brackets, true) => ("⟦", "⟧"),
            (Self::Brackets, false) => ("‹", "›"),
        }
    }
}

/// One side: a text, and what of it is shared.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// The text.
    pub text: &'a str,
    /// Its shared ranges, ascending and apart; and whether each is rare, or common text that is no evidence.
    pub shared: &'a [(Range<usize>, bool)],
    /// What of the text is shown, with some lines before and after.
    pub span: Range<usize>,
}

/// Two texts to be shown side by side.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    /// The record's side.
    pub record: Side<'a>,
    /// The reference's side.
    pub reference: Side<'a>,
}

/// A line of one side: what to print, and how wide it is.
#[derive(Debug, Default)]
struct Line {
    text: String,
    width: usize,
}

/// Lines shown of each side.
const MAX_LINES: usize = 40;
/// Lines shown before and after the span.
const LINES_AROUND: usize = 3;

impl Pair<'_> {
    /// The two texts in columns, for a terminal of this width; long texts are cut around the spans, and say so.
    #[must_use]
    pub fn render(&self, width: usize, marks: Marks) -> String {
        let column = (width.saturating_sub(3) / 2).max(20);
        let (left, right) = (lines(&self.record, column, marks), lines(&self.reference, column, marks));
        let mut out = self.legend(marks);
        out += &format!("{:column$} │ {}\n", "record", "reference");
        out += &format!("{0:─<column$}─┼─{0:─<column$}\n", "");
        let blank = Line::default();
        for number in 0..left.len().max(right.len()) {
            let (left, right) = (left.get(number).unwrap_or(&blank), right.get(number).unwrap_or(&blank));
            let padding = " ".repeat(column.saturating_sub(left.width));
            out += format!("{}{padding} │ {}", left.text, right.text).trim_end();
            out.push('\n');
        }
        out
    }

    /// What the marks mean, where some of the shared text is common.
    fn legend(&self, marks: Marks) -> String {
        let sides = [&self.record, &self.reference];
        if sides.iter().all(|side| side.shared.iter().all(|(_, rare)| *rare)) {
            return String::new();
        }
        let [rare, common] = [(true, "rare"), (false, "common")].map(|(rare, name)| {
            let (open, close) = marks.ends(rare);
            format!("{open}{name}{close}")
        });
        format!("shared text: {rare}, and {common}, which is no evidence\n\n")
    }
}

/// Wraps a side at the column's width, and cuts it around its span; a mark never crosses the end of a line.
fn lines(side: &Side<'_>, column: usize, marks: Marks) -> Vec<Line> {
    let mut writer = Writer { column, marks, lines: Vec::new(), line: Line::default(), inside: None };
    let mut ranges = side.shared.iter().peekable();
    let (mut first, mut behind) = (None, 0);
    for (at, c) in side.text.char_indices() {
        while ranges.next_if(|(range, _)| range.end <= at).is_some() {}
        let kind = ranges.peek().filter(|(range, _)| range.contains(&at)).map(|(_, rare)| *rare);
        writer.push(c, kind);
        if side.span.contains(&at) {
            first.get_or_insert(writer.lines.len());
            behind = writer.lines.len() + 1;
        }
    }
    writer.end_line();
    let total = writer.lines.len();
    let skipped = first.unwrap_or(0).saturating_sub(LINES_AROUND);
    let end = (behind + LINES_AROUND).min(skipped + MAX_LINES).min(total);
    let note = |lines: usize, place: &str| {
        let text = format!("({lines} line{} {place})", if lines == 1 { "" } else { "s" });
        (lines > 0).then(|| Line { width: text.len(), text })
    };
    let shown = writer.lines.into_iter().take(end).skip(skipped);
    note(skipped, "before").into_iter().chain(shown).chain(note(total - end, "after")).collect()
}

struct Writer {
    column: usize,
    marks: Marks,
    lines: Vec<Line>,
    line: Line,
    /// The kind of the shared text that is being written.
    inside: Option<bool>,
}

impl Writer {
    fn push(&mut self, c: char, kind: Option<bool>) {
        if c == '\n' {
            return self.end_line();
        }
        let shown = if c == '\t' { "  ".to_owned() } else { escape(c.encode_utf8(&mut [0; 4])) };
        let wide = if shown.chars().count() == 1 { char_width(c) } else { shown.chars().count() };
        // Room for the marks before it, and for a closing one.
        if self.line.width + 2 * usize::from(kind != self.inside) + wide + 1 > self.column {
            self.end_line();
        }
        self.mark(kind);
        self.line.text += &shown;
        self.line.width += wide;
    }

    fn mark(&mut self, kind: Option<bool>) {
        if kind == self.inside {
            return;
        }
        let closing = self.inside.map(|rare| self.marks.ends(rare).1);
        let opening = kind.map(|rare| self.marks.ends(rare).0);
        for mark in closing.into_iter().chain(opening) {
            self.line.text += mark;
            self.line.width += usize::from(self.marks == Marks::Brackets);
        }
        self.inside = kind;
    }

    fn end_line(&mut self) {
        self.mark(None);
        self.lines.push(std::mem::take(&mut self.line));
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

    fn side<'a>(text: &'a str, shared: &'a [(Range<usize>, bool)]) -> Side<'a> {
        let span = shared.first().map_or(0, |range| range.0.start)..shared.last().map_or(0, |range| range.0.end);
        Side { text, shared, span }
    }

    #[test]
    fn shared_text_is_marked_on_both_sides_and_across_lines() {
        let (record, reference) = ("abc shared text\nthat goes on", "SHARED TEXT");
        let pair = Pair { record: side(record, &[(4..20, true)]), reference: side(reference, &[(0..11, true)]) };
        let shown = pair.render(43, Marks::Brackets);
        assert_eq!(
            shown.lines().skip(2).collect::<Vec<_>>(),
            ["abc ⟦shared text⟧    │ ⟦SHARED TEXT⟧", "⟦that⟧ goes on       │"],
            "{shown}"
        );
    }

    #[test]
    fn common_text_is_marked_otherwise_and_explained() {
        let shared = [(0..4, false), (4..9, true)];
        let pair = Pair { record: side("MIT own words", &shared), reference: side("mit own words", &shared) };
        assert_eq!(
            pair.render(60, Marks::Brackets).lines().collect::<Vec<_>>(),
            [
                "shared text: ⟦rare⟧, and ‹common›, which is no evidence",
                "",
                "record                       │ reference",
                "─────────────────────────────┼─────────────────────────────",
                "‹MIT ›⟦own w⟧ords            │ ‹mit ›⟦own w⟧ords",
            ]
        );
        let coloured = pair.render(60, Marks::Colour);
        assert!(coloured.contains("\x1b[2mMIT \x1b[0m\x1b[1;31mown w\x1b[0mords"), "{coloured:?}");
    }

    #[test]
    fn long_texts_are_cut_around_the_span() {
        let record = format!("shared{}shared{}", "x\n".repeat(100), "\ny".repeat(100));
        let shared = [(0..6, true), (206..212, true)];
        let record = Side { text: &record, shared: &shared, span: 206..212 };
        let shown = Pair { record, reference: side("shared", &[(0..6, true)]) }.render(80, Marks::Brackets);
        assert!(
            shown.contains("(97 lines before)") && shown.contains("⟦shared⟧") && shown.contains("(97 lines after)"),
            "{shown}"
        );
        let long = "word\n".repeat(100);
        let shown = Pair { record: side(&long, &[(0..500, true)]), reference: side("", &[]) }.render(80, Marks::Colour);
        assert!(shown.contains("(61 lines after)"), "{shown}");
    }

    #[test]
    fn terminal_escapes_in_texts_are_shown_not_sent() {
        let pair = Pair { record: side("\x1b[2Jboo", &[]), reference: side("\u{202E}x", &[]) };
        let shown = pair.render(80, Marks::Brackets);
        assert!(shown.contains("\\u{1b}[2Jboo") && shown.contains("\\u{202e}x") && !shown.contains('\x1b'));
    }
}
