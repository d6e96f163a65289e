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
