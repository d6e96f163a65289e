//! A row of references: a text with all that is known of it.

use super::written::Written;
use crate::index::Provenance;

/// One text that a model wrote. Fields of which nothing is known are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// Follows from the text and what is known of it, not from the file: 16 hexadecimal digits.
    pub id: String,
    /// The text, with its secrets replaced.
    pub text: String,
    /// Who offers the model.
    pub vendor: String,
    /// The model.
    pub model: String,
    /// The assistant or interface.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// chat, code, edit, patch, command, thinking
    pub kind: String,
    /// The file that the text was written to.
    pub path: String,
    /// The session, conversation or response.
    pub session: String,
    /// When the text was written.
    pub timestamp: String,
    /// The file that the text was read from.
    pub source: String,
    /// The licence of the text.
    pub licence: String,
}

/// The columns of a row in their order.
pub const COLUMNS: [&str; 12] = [
    "id",
    "text",
    "vendor",
    "model",
    "tool",
    "tool_version",
    "kind",
    "path",
    "session",
    "timestamp",
    "source",
    "licence",
];

impl Collected {
    /// A row without its id, source and licence.
    pub(super) fn of(written: Written<'_>) -> Self {
        let origin = written.origin.clone();
        Self {
            text: written.text.to_owned(),
            vendor: origin.vendor,
            model: origin.model,
            tool: origin.tool,
            tool_version: origin.tool_version,
            kind: written.kind.name().to_owned(),
            path: written.path.to_owned(),
            session: origin.session,
            timestamp: origin.timestamp,
            ..Self::default()
        }
    }

    /// The row's values in the order of [`COLUMNS`].
    #[must_use]
    pub fn values(&self) -> [&str; 12] {
        [
            &self.id,
            &self.text,
            &self.vendor,
            &self.model,
            &self.tool,
            &self.tool_version,
            &self.kind,
            &self.path,
            &self.session,
            &self.timestamp,
            &self.source,
            &self.licence,
        ]
    }

    /// The same as an index has it.
    #[must_use]
    pub fn provenance(&self) -> Provenance<'_> {
        Provenance {
            id: &self.id,
            vendor: &self.vendor,
            model: &self.model,
            source: &self.source,
            licence: &self.licence,
            kind: &self.kind,
            date: &self.timestamp,
            tool: &self.tool,
            tool_version: &self.tool_version,
            session: &self.session,
            path: &self.path,
        }
    }

    /// What the id is made of.
    pub(super) fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for value in [&self.tool, &self.session, &self.model, &self.kind, &self.path, &self.text] {
            hasher.update(&(value.len() as u64).to_le_bytes());
            hasher.update(value.as_bytes());
        }
        hasher.finalize()
    }

    /// The same of what makes a text a repetition: who wrote it, and the text.
    pub(super) fn identity(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        for value in [&self.vendor, &self.model, &self.text] {
            hasher.update(&(value.len() as u64).to_le_bytes());
            hasher.update(value.as_bytes());
        }
        let mut identity = [0; 16];
        hasher.finalize_xof().fill(&mut identity);
        identity
    }
}
