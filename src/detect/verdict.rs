//! What happens to a record.

/// What happens to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found: it stays.
    Keep,
    /// Something was found: it stays, and is reported.
    Flag,
    /// Something was found: it is left out of the output.
    Drop,
    /// Something was found: it stays without that.
    Redact,
    /// It could not be examined: never passed as clean.
    Unexamined,
}

impl Verdict {
    /// Its name in reports and added columns.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Flag => "flag",
            Self::Drop => "drop",
            Self::Redact => "redact",
            Self::Unexamined => "unexamined",
        }
    }
}
