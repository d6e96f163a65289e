//! A text that a model wrote, and what a log says of it.

use super::vendors::vendor_of;
use serde::Serialize;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Prose for a person: an answer, a plan, instructions for another agent.
    Chat,
    /// A file, or a cell of a notebook, written as a whole.
    Code,
    /// What an edit put in beyond the text that it replaced.
    Edit,
    /// What a patch added to one file.
    Patch,
    /// A command line, with the files that it may hold.
    Command,
    /// Reasoning that the log holds in clear.
    Thinking,
}

impl Kind {
    /// Its name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Code => "code",
            Self::Edit => "edit",
            Self::Patch => "patch",
            Self::Command => "command",
            Self::Thinking => "thinking",
        }
    }
}

/// What is known of the texts that follow in a log; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Who offers the model, where the log says so; otherwise it is told from the model's name.
    pub vendor: String,
    /// The model that wrote the text.
    pub model: String,
    /// The assistant or interface that the model worked in.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// The session, conversation or response.
    pub session: String,
    /// When the text was written: RFC 3339 in UTC, or without a zone where the log has none.
    pub timestamp: String,
}

impl Origin {
    /// Of a tool of which nothing else is known yet.
    pub(super) fn of(tool: &str) -> Self {
        Self { tool: tool.to_owned(), ..Self::default() }
    }

    /// Who offers the model: as the log says, as the model's name says, or else `usual`.
    pub(super) fn settle_vendor(&mut self, usual: &str) {
        if self.vendor.is_empty() {
            vendor_of(&self.model).unwrap_or(usual).clone_into(&mut self.vendor);
        }
    }
}

/// A text as a reader hands it out.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// The text, without what it quotes; empty if it quotes only.
    pub text: &'a str,
    /// Bytes of the text before that was cut.
    pub whole_bytes: usize,
    /// What it is.
    pub kind: Kind,
    /// The file that it was written to; empty if to none.
    pub path: &'a str,
    /// What the log says of it.
    pub origin: &'a Origin,
}
