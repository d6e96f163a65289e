//! pi: `~/.pi/agent/sessions/<folder>/*.jsonl`. Messages of role `assistant` hold texts, thinking and tool calls.

use super::{Head, Reader, Session};
use crate::ingest::collect::calls;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, text};
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

const OTHERS: [&str; 9] = [
    "thinking_level_change",
    "model_change",
    "compaction",
    "branch_summary",
    "custom",
    "custom_message",
    "label",
    "session_info",
    "leaf",
];
const OTHER_ROLES: [&str; 8] =
    ["user", "toolResult", "bashExecution", "custom", "hookMessage", "branchSummary", "compactionSummary", "system"];

pub(super) struct Pi;

impl Reader for Pi {
    fn name(&self) -> &'static str {
        "pi"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| match text(record, "type") {
            "session" => record.get("id").is_some() && record.get("cwd").is_some(),
            "message" => record.get("timestamp").is_some() && record.pointer("/message/role").is_some(),
            _ => false,
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Lines(Origin::of("pi")))
    }
}

struct Lines(Origin);

impl Session for Lines {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        match text(record, "type") {
            "session" => {
                text(record, "id").clone_into(&mut self.0.session);
                first_text(record, &["modelId"]).clone_into(&mut self.0.model);
            }
            "message" => self.message(record, found),
            other if OTHERS.contains(&other) => {}
            other => found.unknown(if other.is_empty() { "(no type)" } else { other }),
        }
    }
}

impl Lines {
    fn message(&mut self, record: &Value, found: &mut Found<'_>) {
        let Some(message) = record.get("message") else { return found.unknown("message") };
        match text(message, "role") {
            "assistant" => {}
            other if OTHER_ROLES.contains(&other) => {
                return found.shown(message.get("content").unwrap_or(&Value::Null));
            }
            other => return found.unknown(&format!("message {other}")),
        }
        let mut origin = self.0.clone();
        origin.timestamp = time(record.get("timestamp"));
        let model = text(message, "model");
        if !model.is_empty() {
            model.clone_into(&mut origin.model);
        }
        origin.settle_vendor(text(message, "provider"));
        match message.get("content") {
            Some(Value::String(text)) => found.text(&origin, Kind::Chat, "", text),
            Some(Value::Array(blocks)) => blocks.iter().for_each(|block| take(block, &origin, found)),
            _ => {}
        }
    }
}

fn take(block: &Value, origin: &Origin, found: &mut Found<'_>) {
    match text(block, "type") {
        "text" => found.text(origin, Kind::Chat, "", text(block, "text")),
        "thinking" => found.text(origin, Kind::Thinking, "", text(block, "thinking")),
        "toolCall" => calls::take(text(block, "name"), block.get("arguments").unwrap_or(&Value::Null), origin, found),
        "image" => {}
        other => found.unknown(&format!("content {other}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn the_assistants_blocks_are_taken() {
        let taken = fixture("pi.jsonl");
        assert_eq!(taken.format, Some("pi"));
        let expected = [
            ("thinking", "The user wants a branch."),
            ("command", "git checkout -b refactor"),
            ("edit", "export const limit = 10;"),
            ("chat", "Done. On branch `refactor` now."),
        ];
        assert_eq!(taken.pairs(), expected);
        let origin = &taken.texts[3].origin;
        assert_eq!((origin.model.as_str(), origin.vendor.as_str()), ("claude-opus-4-5", "anthropic"));
        assert_eq!((origin.session.as_str(), origin.timestamp.as_str()), ("ffae-1", "2025-12-08T22:47:15.491Z"));
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }
}
