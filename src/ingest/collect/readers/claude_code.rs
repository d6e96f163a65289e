//! Claude Code: `~/.claude/projects/<folder>/<session>.jsonl`, versions 1.0 to 2.1, and `claude -p --output-format stream-json`.
//!
//! One object a line. A message is spread over lines, a block each; resumed sessions repeat those of earlier files. Of the
//! model are `message.content[]` of the lines of type `assistant`, and the same inside the `progress` of an agent. Titles and
//! summaries of sessions are not taken.

use super::{Head, Reader, Session};
use crate::ingest::collect::anthropic;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, text};
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::Origin;
use serde_json::Value;

/// Lines in which nothing was written by the model, or nothing that other lines do not have.
const OTHERS: [&str; 27] = [
    "system",
    "summary",
    "progress",
    "attachment",
    "file-history-snapshot",
    "queue-operation",
    "result",
    "ai-title",
    "custom-title",
    "last-prompt",
    "mode",
    "permission-mode",
    "agent-name",
    "agent-color",
    "agent-setting",
    "pr-link",
    "tag",
    "stream_event",
    "control_request",
    "control_response",
    "rate_limit_event",
    "content-replacement",
    "worktree-state",
    "saved_hook_context",
    "file-history-delta",
    "bridge-session",
    "relocated",
];

pub(super) struct ClaudeCode;

impl Reader for ClaudeCode {
    fn name(&self) -> &'static str {
        "claude-code"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let has = |name: &str| record.get(name).is_some();
            let kind = text(record, "type");
            (has("sessionId") && (has("parentUuid") || has("uuid") || OTHERS.contains(&kind)) && !has("data"))
                || (has("parentUuid") && has("sessionId"))
                || (kind == "summary" && has("leafUuid"))
                || (kind == "file-history-snapshot" && has("snapshot"))
                || (has("session_id") && (text(record, "subtype") == "init" || (kind == "assistant" && has("message"))))
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Lines(Origin::of("claude-code")))
    }
}

struct Lines(Origin);

impl Session for Lines {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let version = first_text(record, &["version", "claude_code_version"]);
        if !version.is_empty() {
            found.version(version);
            version.clone_into(&mut self.0.tool_version);
        }
        match text(record, "type") {
            "assistant" => self.message(record, found),
            "progress" => {
                // What an agent says, where its own log is not kept.
                if let Some(inner) = record.pointer("/data/message").filter(|inner| text(inner, "type") == "assistant")
                {
                    self.message(&with_session(inner, record), found);
                }
            }
            "user" => {
                for shown in ["message", "toolUseResult"].iter().filter_map(|name| record.get(name)) {
                    found.shown(shown);
                }
            }
            other if OTHERS.contains(&other) => {}
            other => found.unknown(if other.is_empty() { "(no type)" } else { other }),
        }
    }
}

fn with_session(inner: &Value, outer: &Value) -> Value {
    let mut inner = inner.clone();
    if let Some(members) = inner.as_object_mut() {
        for name in ["sessionId", "timestamp"] {
            if let (false, Some(value)) = (members.contains_key(name), outer.get(name)) {
                members.insert(name.to_owned(), value.clone());
            }
        }
    }
    inner
}

impl Lines {
    fn message(&mut self, record: &Value, found: &mut Found<'_>) {
        let is_error = record.get("isApiErrorMessage").and_then(Value::as_bool).unwrap_or(false);
        let Some(message) = record.get("message").filter(|_| !is_error) else { return };
        let model = text(message, "model");
        if model == "<synthetic>" {
            return;
        }
        model.clone_into(&mut self.0.model);
        first_text(record, &["sessionId", "session_id"]).clone_into(&mut self.0.session);
        self.0.timestamp = time(record.get("timestamp"));
        let mut origin = self.0.clone();
        origin.settle_vendor("anthropic");
        anthropic::content(message.get("content").unwrap_or(&Value::Null), &origin, found);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::{fixture, read};

    #[test]
    fn what_the_model_wrote_is_taken_and_nothing_else() {
        let taken = fixture("claude-code.jsonl");
        assert_eq!(taken.format, Some("claude-code"));
        let expected = [
            ("thinking", "I log the call before the error is returned."),
            ("chat", "I'll log the call and add a test."),
            ("edit", "\t\tlog.Printf(\"reset was called outside of a repository\")"),
            ("code", "package cli\n\nfunc TestReset(t *testing.T) {}\n"),
            ("command", "go test ./..."),
            ("chat", "Both tests pass now."),
            ("chat", "The agent found two callers."),
        ];
        assert_eq!(taken.pairs(), expected);
        let first = &taken.texts[2];
        assert_eq!(first.path, "/w/reset.go");
        let origin = &first.origin;
        assert_eq!((origin.vendor.as_str(), origin.model.as_str()), ("anthropic", "claude-sonnet-4-5-20250929"));
        assert_eq!((origin.session.as_str(), origin.tool_version.as_str()), ("5e55-0001", "2.1.29"));
        assert_eq!(origin.timestamp, "2026-02-03T00:28:33.488Z");
        assert_eq!((taken.tally.records, taken.tally.not_understood), (15, 0));
    }

    #[test]
    fn what_is_not_known_is_counted_by_type() {
        let line = r#"{"type":"assistant","sessionId":"s","uuid":"u","message":{"model":"claude-x","content":[{"type":"hologram"}]}}"#;
        let taken =
            read(format!("{line}\n{{\"type\":\"weather\",\"sessionId\":\"s\"}}\nnot json\n{{\"type\":\"us").as_bytes());
        let unknown: Vec<_> = taken.tally.unknown.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(unknown, [("assistant content hologram", 1), ("not JSON", 1), ("weather", 1)]);
        assert_eq!((taken.tally.records, taken.tally.not_understood, taken.tally.cut_off), (3, 3, true));
    }
}
