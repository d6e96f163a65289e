//! Tables of names and figures on a terminal.

use std::fmt::Write;

/// Characters of the widest first column; longer names push their own line's figures aside.
const WIDEST: usize = 72;

/// A table: the first column to the left, the others to the right, as wide as what stands in them; indented.
#[must_use]
pub fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heads.map(|head| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count().min(WIDEST));
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&heads.map(str::to_owned)).chain(rows) {
        for (number, (cell, width)) in row.iter().zip(widths).enumerate() {
            let _ = if number == 0 { write!(text, "  {cell:<width$}") } else { write!(text, "  {cell:>width$}") };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_content() {
        let rows = [["a longer name".to_owned(), "1,000".to_owned()], ["b".to_owned(), "2".to_owned()]];
        assert_eq!(
            table(["name", "n"], &rows),
            "  name               n\n  a longer name  1,000\n  b                  2\n"
        );
    }
}
