//! The formats that are read: one file each, in the order in which they are asked.
//!
//! A new assistant is a file here with a [`Reader`] and its [`Session`], a line in [`all`], and a fixture.

mod aider;
mod api;
mod chatgpt;
mod claude_code;
mod claude_terminal;
mod cline;
mod codex;
mod codex_exec;
mod continue_dev;
mod copilot_chat;
mod copilot_cli;
mod data_set;
mod gemini_cli;
mod mapped;
mod opencode;
mod pi;
mod plain;
mod specstory;
#[cfg(test)]
pub(in crate::ingest::collect) mod testing;

pub use mapped::Mapping;

pub(super) use mapped::Mapped;

use super::found::Found;
use serde_json::Value;

/// The beginning of a file.
pub(super) enum Head<'a> {
    /// Its first records.
    Json(&'a [&'a Value]),
    /// Its first lines.
    Text(&'a [&'a str]),
}

impl Head<'_> {
    /// Whether one of the first records is so.
    fn any(&self, is: impl Fn(&Value) -> bool) -> bool {
        matches!(self, Head::Json(records) if records.iter().any(|record| is(record)))
    }

    /// Whether one of the first lines is so.
    fn any_line(&self, is: impl Fn(&str) -> bool) -> bool {
        matches!(self, Head::Text(lines) if lines.iter().any(|line| is(line)))
    }
}

/// A format.
pub(super) trait Reader {
    /// Its name: for `--format` and in reports.
    fn name(&self) -> &'static str;

    /// Whether a file that begins so is of this format.
    fn recognises(&self, head: &Head<'_>) -> bool;

    /// Begins a file, by its name.
    fn session(&self, name: &str) -> Box<dyn Session>;

    /// Whether it is a log: otherwise chat data, which may be a file of references in its own right.
    fn is_log(&self) -> bool {
        true
    }

    /// Whether it reads lines of text, whatever they hold.
    fn reads_lines(&self) -> bool {
        false
    }

    /// Whether it reads trees of source code.
    fn reads_trees(&self) -> bool {
        false
    }
}

/// One file while it is read. What is not known of a record goes to [`Found::unknown`].
pub(super) trait Session {
    /// A record of JSON.
    fn json(&mut self, _record: &Value, found: &mut Found<'_>) {
        found.unknown("JSON");
    }

    /// A line of text.
    fn line(&mut self, _line: &str, found: &mut Found<'_>) {
        found.unknown("text");
    }

    /// The file is over.
    fn finish(&mut self, _found: &mut Found<'_>) {}
}

/// A format that is taken for granted: `--format`.
pub(super) struct Forced(pub(super) Box<dyn Reader>);

impl Reader for Forced {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn recognises(&self, _head: &Head<'_>) -> bool {
        true
    }

    fn session(&self, name: &str) -> Box<dyn Session> {
        self.0.session(name)
    }

    fn reads_lines(&self) -> bool {
        self.0.reads_lines()
    }

    fn reads_trees(&self) -> bool {
        self.0.reads_trees()
    }
}

/// All formats, the most telling first.
pub(super) fn all() -> Vec<Box<dyn Reader>> {
    vec![
        Box::new(codex::Codex),
        Box::new(codex_exec::CodexExec),
        Box::new(gemini_cli::GeminiCli),
        Box::new(claude_code::ClaudeCode),
        Box::new(copilot_cli::CopilotCli),
        Box::new(pi::Pi),
        Box::new(aider::Aider),
        Box::new(claude_terminal::ClaudeTerminal),
        Box::new(specstory::SpecStory),
        Box::new(copilot_chat::CopilotChat),
        Box::new(continue_dev::Continue),
        Box::new(opencode::OpenCode::default()),
        Box::new(chatgpt::ChatGpt),
        Box::new(api::Api),
        Box::new(cline::Cline),
        Box::new(data_set::DataSet),
        Box::new(plain::Plain { is_source: false }),
        Box::new(plain::Plain { is_source: true }),
    ]
}
