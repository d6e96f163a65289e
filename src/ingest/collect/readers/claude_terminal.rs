//! What Claude Code showed in a terminal, copied to a file: sessions of which no log is left.
//!
//! `⏺` begins what the model says or a tool that it calls, `⎿` (indented) what the tool answered, `>` what a person typed; lines
//! that follow are indented by two. Of the calls only commands that stand there whole are taken: others are cut short. Neither model
//! nor times are known.

use super::{Head, Reader, Session};
use crate::ingest::collect::found::Found;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

/// Before what the model says.
const MODEL: &str = "⏺ ";
/// Before what a tool answers.
const ANSWER: char = '⎿';
/// Before what a person types.
const PERSON: &str = "> ";
/// Behind the name of a tool and before its arguments, and at the end of a call.
const CALL: (char, &str) = ('(', ")…");
/// What is shown of lists of tasks in place of a call.
const TASKS: [&str; 2] = ["Read Todos", "Update Todos"];

pub(super) struct ClaudeTerminal;

impl Reader for ClaudeTerminal {
    fn name(&self) -> &'static str {
        "claude-code-terminal"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any_line(|line| line.starts_with(MODEL) || line.contains("Welcome to Claude Code"))
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        let mut origin = Origin::of("claude-code");
        origin.settle_vendor("anthropic");
        Box::new(Screen { origin, speaker: Speaker::Nobody, lines: Vec::new() })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Model,
    /// A person, or a tool: what the model is shown.
    Others,
    /// The program, or a shell.
    Nobody,
}

struct Screen {
    origin: Origin,
    speaker: Speaker,
    /// What is being said.
    lines: Vec<String>,
}

impl Session for Screen {
    fn line(&mut self, line: &str, found: &mut Found<'_>) {
        if let Some(said) = line.strip_prefix(MODEL) {
            self.begin(Speaker::Model, said, found);
        } else if let Some(answer) = line.trim_start().strip_prefix(ANSWER) {
            self.begin(Speaker::Others, answer, found);
        } else if let Some(typed) = line.strip_prefix(PERSON) {
            self.begin(Speaker::Others, typed, found);
        } else if line.trim().is_empty() || line.starts_with("  ") {
            self.lines.push(line.strip_prefix("  ").unwrap_or_default().to_owned());
        } else {
            self.begin(Speaker::Nobody, line, found);
        }
    }

    fn finish(&mut self, found: &mut Found<'_>) {
        self.begin(Speaker::Nobody, "", found);
    }
}

impl Screen {
    /// Takes what was said, and begins the next.
    fn begin(&mut self, speaker: Speaker, first: &str, found: &mut Found<'_>) {
        let text = self.lines.join("\n");
        match self.speaker {
            Speaker::Model => self.take(text.trim_end(), found),
            Speaker::Others => found.shown(&Value::String(text)),
            Speaker::Nobody => {}
        }
        self.speaker = speaker;
        self.lines.clear();
        self.lines.push(first.to_owned());
    }

    fn take(&self, said: &str, found: &mut Found<'_>) {
        if TASKS.contains(&said) {
            return found.call_without_text(said);
        }
        let Some((tool, arguments)) = call(said) else {
            return found.text(&self.origin, Kind::Chat, "", said);
        };
        match arguments.strip_suffix(CALL.1) {
            Some(command) if tool == "Bash" => found.text(&self.origin, Kind::Command, "", command),
            _ => found.call_without_text(tool),
        }
    }
}

/// The tool and its arguments, if that is a call: `Bash(ls -la)…`, `Write(file_path: a.py)…`, or one that is cut short, at its
/// end or at that of its first line.
fn call(said: &str) -> Option<(&str, &str)> {
    let (tool, arguments) = said.split_once(CALL.0)?;
    let is_name = !tool.is_empty() && tool.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let is_cut = said.ends_with('…') || said.lines().next().is_some_and(|line| line.ends_with('…'));
    (is_name && is_cut).then_some((tool, arguments))
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn what_the_model_said_and_whole_commands_are_taken() {
        let taken = fixture("claude-code-terminal.md");
        assert_eq!(taken.format, Some("claude-code-terminal"));
        let expected = [
            ("chat", "I'll count the words of the report first."),
            ("command", "wc -w report.md"),
            (
                "chat",
                "The report has 812 words:\n\n1. Most of them are in the second part.\n2. The last part is short (see below).",
            ),
        ];
        assert_eq!(taken.pairs(), expected);
        let origin = &taken.texts[0].origin;
        assert_eq!(
            (origin.vendor.as_str(), origin.tool.as_str(), origin.model.as_str()),
            ("anthropic", "claude-code", "")
        );
    }
}
