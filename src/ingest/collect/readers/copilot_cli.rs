//! GitHub Copilot CLI: `~/.copilot/session-state/<session>/events.jsonl`. Of the model are `assistant.message` events: their
//! content, reasoning and tool requests; hooks and the execution of tools say the same again.

use super::{Head, Reader, Session};
use crate::ingest::collect::calls;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, list, text, text_at};
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

/// Families of events without texts of the model, or with what messages have.
const OTHERS: [&str; 14] = [
    "session.",
    "hook.",
    "user.",
    "tool.",
    "permission.",
    "system.",
    "subagent.",
    "skill.",
    "mcp.",
    "assistant.turn_",
    "assistant.usage",
    "assistant.message_delta",
    "assistant.intent",
    "external_tool.",
];

pub(super) struct CopilotCli;

impl Reader for CopilotCli {
    fn name(&self) -> &'static str {
        "copilot-cli"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let kind = text(record, "type");
            record.get("data").is_some()
                && (kind == "session.start" || kind.starts_with("assistant.") || kind == "user.message")
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Events(Origin::of("copilot-cli")))
    }
}

struct Events(Origin);

impl Session for Events {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let Some(data) = record.get("data") else { return found.unknown("no data") };
        match text(record, "type") {
            "session.start" | "session.resume" => {
                text(data, "sessionId").clone_into(&mut self.0.session);
                let version = text(data, "copilotVersion");
                version.clone_into(&mut self.0.tool_version);
                found.version(version);
                self.model(text(data, "selectedModel"));
            }
            "session.model_change" => self.model(text(data, "newModel")),
            "assistant.message" => self.message(record, data, found),
            "assistant.reasoning" => {
                self.0.timestamp = time(record.get("timestamp"));
                found.text(&self.settled(), Kind::Thinking, "", first_text(data, &["content", "text"]));
            }
            "user.message" | "tool.execution_complete" => found.shown(data),
            "abort" => {}
            other if OTHERS.iter().any(|family| other.starts_with(family)) => {}
            other => found.unknown(if other.is_empty() { "(no type)" } else { other }),
        }
    }
}

impl Events {
    fn model(&mut self, model: &str) {
        if !model.is_empty() {
            model.clone_into(&mut self.0.model);
        }
    }

    fn settled(&self) -> Origin {
        let mut origin = self.0.clone();
        origin.settle_vendor("");
        origin
    }

    fn message(&mut self, record: &Value, data: &Value, found: &mut Found<'_>) {
        self.model(first_text(data, &["model"]));
        self.0.timestamp = time(record.get("timestamp"));
        let origin = self.settled();
        found.text(&origin, Kind::Thinking, "", text(data, "reasoningText"));
        found.text(&origin, Kind::Chat, "", text_at(data, "/content"));
        for request in list(data, "toolRequests") {
            calls::take(text(request, "name"), request.get("arguments").unwrap_or(&Value::Null), &origin, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn messages_are_taken_and_hooks_are_not() {
        let taken = fixture("copilot-cli.jsonl");
        assert_eq!(taken.format, Some("copilot-cli"));
        let expected = [
            ("thinking", "I look at the hook first."),
            ("command", "cat .github/hooks/entire.json"),
            ("code", "print('made by the model')\n"),
            ("chat", "2 + 2 is **4**."),
        ];
        assert_eq!(taken.pairs(), expected);
        let (first, last) = (&taken.texts[0].origin, &taken.texts[3].origin);
        assert_eq!((first.model.as_str(), first.vendor.as_str()), ("claude-sonnet-4.6", "anthropic"));
        assert_eq!((last.model.as_str(), last.vendor.as_str()), ("gpt-5.3-codex-spark", "openai"));
        assert_eq!((last.session.as_str(), last.tool_version.as_str()), ("1afc-1", "1.0.64-1"));
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }
}
