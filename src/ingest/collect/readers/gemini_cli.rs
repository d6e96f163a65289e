//! Gemini CLI: `~/.gemini/tmp/<project>/chats/session-*.json`, a document, or `.jsonl`, a message a line; and its checkpoints,
//! lists of `{role, parts}`.
//!
//! The `.jsonl` form repeats a message while it grows: the last of its states counts.

use super::{Head, Reader, Session};
use crate::ingest::collect::calls;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{content_text, list, text};
use crate::ingest::collect::response::parts;
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

/// Messages of people and of the program.
const OTHERS: [&str; 9] = ["user", "info", "error", "warning", "system", "about", "help", "quit", "tool"];

pub(super) struct GeminiCli;

impl Reader for GeminiCli {
    fn name(&self) -> &'static str {
        "gemini-cli"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let is_content =
                record.get("parts").is_some_and(Value::is_array) && ["user", "model"].contains(&text(record, "role"));
            let is_session = record.get("sessionId").is_some() && record.get("projectHash").is_some();
            let is_log = record.get("sessionId").is_some()
                && record.get("messageId").is_some()
                && text(record, "type") == "user";
            is_session || is_content || is_log
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Chat { origin: Origin { vendor: "google".to_owned(), ..Origin::of("gemini-cli") }, last: Value::Null })
    }
}

struct Chat {
    origin: Origin,
    /// A message that may come again.
    last: Value,
}

impl Session for Chat {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        if record.get("projectHash").is_some() || record.get("$set").is_some() || record.get("$rewindTo").is_some() {
            let session = text(record, "sessionId");
            if !session.is_empty() {
                session.clone_into(&mut self.origin.session);
            }
            list(record, "messages").iter().for_each(|message| self.message(message, found));
        } else if record.get("parts").is_some() {
            self.content(record, found);
        } else {
            let is_same = !text(record, "id").is_empty() && text(record, "id") == text(&self.last, "id");
            let before = std::mem::replace(&mut self.last, record.clone());
            if !is_same {
                self.message(&before, found);
            }
        }
    }

    fn finish(&mut self, found: &mut Found<'_>) {
        let last = std::mem::take(&mut self.last);
        self.message(&last, found);
    }
}

impl Chat {
    fn message(&mut self, message: &Value, found: &mut Found<'_>) {
        match text(message, "type") {
            "gemini" | "model" | "assistant" => {}
            other => {
                if OTHERS.contains(&other) {
                    found.shown(message.get("content").unwrap_or(&Value::Null));
                } else if !message.is_null() {
                    found.unknown(&format!("message {other}"));
                }
                return;
            }
        }
        let model = text(message, "model");
        if !model.is_empty() {
            model.clone_into(&mut self.origin.model);
        }
        self.origin.timestamp = time(message.get("timestamp"));
        for thought in list(message, "thoughts") {
            let (subject, description) = (text(thought, "subject"), text(thought, "description"));
            found.text(&self.origin, Kind::Thinking, "", format!("{subject}\n{description}").trim());
        }
        let content = message.get("content").map(content_text).unwrap_or_default();
        found.text(&self.origin, Kind::Chat, "", &content);
        for call in list(message, "toolCalls") {
            calls::take(text(call, "name"), call.get("args").unwrap_or(&Value::Null), &self.origin, found);
            found.shown(call.get("result").unwrap_or(&Value::Null));
        }
    }

    /// A turn as the interface has it.
    fn content(&self, content: &Value, found: &mut Found<'_>) {
        if text(content, "role") != "model" {
            return;
        }
        parts(Some(content), &self.origin, found);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::{fixture, read};

    const EXPECTED: [(&str, &str); 4] = [
        ("thinking", "Planning the edit\nI'm going to replace the greeting in the file."),
        ("edit", "Goodbye"),
        ("code", "a new file\n"),
        ("chat", "Done."),
    ];

    #[test]
    fn a_document_is_read() {
        let taken = fixture("gemini-cli.json");
        assert_eq!(taken.format, Some("gemini-cli"));
        assert_eq!(taken.pairs(), EXPECTED);
        let edit = &taken.texts[1];
        assert_eq!((edit.path.as_str(), edit.origin.model.as_str()), ("/tmp/created.txt", "gemini-2.5-pro"));
        assert_eq!(
            (edit.origin.session.as_str(), edit.origin.timestamp.as_str()),
            ("453a-1", "2025-10-29T10:37:08.914Z")
        );
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }

    #[test]
    fn a_message_that_grows_counts_once() {
        let lines = [
            r#"{"sessionId":"s","projectHash":"p","startTime":"2026-01-01T00:00:00.000Z"}"#,
            r#"{"id":"1","timestamp":"2026-01-01T00:00:01.000Z","type":"user","content":"hello"}"#,
            r#"{"id":"2","timestamp":"2026-01-01T00:00:02.000Z","type":"gemini","content":[{"text":"Hel"}],"model":"gemini-3-pro"}"#,
            r#"{"id":"2","timestamp":"2026-01-01T00:00:03.000Z","type":"gemini","content":[{"text":"Hello."}],"model":"gemini-3-pro"}"#,
            r#"{"$set":{"lastUpdated":"2026-01-01T00:00:03.000Z"}}"#,
        ];
        let taken = read(lines.join("\n").as_bytes());
        assert_eq!((taken.format, taken.pairs()), (Some("gemini-cli"), vec![("chat", "Hello.")]));
        let checkpoint = r#"[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"text":"a"},{"functionCall":{"name":"run_shell_command","args":{"command":"ls"}}}]}]"#;
        assert_eq!(read(checkpoint.as_bytes()).pairs(), [("chat", "a"), ("command", "ls")]);
    }
}
