//! What can be wrong with a line.

use std::fmt;

/// Why a line could not be examined. Columns are positions in the list given to [`JsonColumns::new`](super::JsonColumns::new).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineProblem {
    /// The line is not one JSON value in UTF-8; in the parser's words.
    Json(String),
    /// The line lacks the field of this column.
    Missing(usize),
    /// There is something else than text, or than the list or object in which the text should be.
    NotText {
        /// The column.
        column: usize,
        /// What was there: `a number`, `a list` ...
        found: &'static str,
    },
}

impl LineProblem {
    /// A short name, the same for all lines with this problem.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(_) => "bad JSON line",
            Self::Missing(_) => "missing column",
            Self::NotText { .. } => "not text",
        }
    }

    /// The column that it concerns; none if it is the whole line.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::Json(_) => None,
            Self::Missing(column) | Self::NotText { column, .. } => Some(*column),
        }
    }
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(reason) => write!(f, "not a JSON value ({reason})"),
            Self::Missing(_) => f.write_str("the line lacks the text field"),
            Self::NotText { found, .. } => write!(f, "the text field holds {found}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ColumnPath, JsonColumns};

    #[test]
    fn a_problem_says_what_is_wrong_and_where() {
        let columns = JsonColumns::new(["a", "m[].c"].iter().map(|p| p.parse::<ColumnPath>().unwrap()).collect());
        for (line, reason, column, words) in [
            (r#"{"m": []}"#, "missing column", Some(0), "the line lacks the text field"),
            (r#"{"a": "", "m": [{"c": 1}]}"#, "not text", Some(1), "the text field holds a number"),
            ("{", "bad JSON line", None, "not a JSON value (EOF while parsing an object at byte 1)"),
        ] {
            let problem = columns.texts(line.as_bytes(), &mut |_, _, _| {}).unwrap_err();
            assert_eq!((problem.reason(), problem.column(), problem.to_string().as_str()), (reason, column, words));
        }
    }
}
