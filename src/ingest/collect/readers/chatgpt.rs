//! ChatGPT's export: `conversations.json`, a list of conversations, each a tree of messages.

use super::{Head, Reader, Session};
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, list, text, text_at};
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

/// Contents that are no text of the model.
const OTHERS: [&str; 7] = [
    "execution_output",
    "tether_browsing_display",
    "tether_quote",
    "system_error",
    "user_editable_context",
    "model_editable_context",
    "app_pairing_content",
];

pub(super) struct ChatGpt;

impl Reader for ChatGpt {
    fn name(&self) -> &'static str {
        "chatgpt"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| record.get("mapping").is_some_and(Value::is_object) && record.get("title").is_some())
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Conversations)
    }
}

struct Conversations;

impl Session for Conversations {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let session = first_text(record, &["conversation_id", "id"]).to_owned();
        let origin = Origin { session, ..Origin::of("chatgpt") };
        let Some(nodes) = record.get("mapping").and_then(Value::as_object) else {
            return found.unknown("conversation");
        };
        for message in nodes.values().filter_map(|node| node.get("message")) {
            if text_at(message, "/author/role") == "assistant" {
                self::message(message, &origin, found);
            }
        }
    }
}

fn message(message: &Value, origin: &Origin, found: &mut Found<'_>) {
    let model = text_at(message, "/metadata/model_slug").to_owned();
    let mut origin = Origin { model, timestamp: time(message.get("create_time")), ..origin.clone() };
    origin.settle_vendor("openai");
    let Some(content) = message.get("content") else { return };
    match text(content, "content_type") {
        "text" | "multimodal_text" => {
            for part in list(content, "parts").iter().filter_map(Value::as_str) {
                found.text(&origin, Kind::Chat, "", part);
            }
        }
        "code" => found.text(&origin, Kind::Code, "", text(content, "text")),
        "thoughts" => {
            for thought in list(content, "thoughts") {
                found.text(&origin, Kind::Thinking, "", text(thought, "content"));
            }
        }
        "reasoning_recap" => {}
        other if OTHERS.contains(&other) => {}
        other => found.unknown(&format!("content {other}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn the_assistants_messages_are_taken() {
        let taken = fixture("chatgpt.json");
        assert_eq!(taken.format, Some("chatgpt"));
        assert_eq!(taken.pairs(), [("chat", "A haiku of the model."), ("code", "print(1 + 1)")]);
        let origin = &taken.texts[0].origin;
        assert_eq!(
            (origin.model.as_str(), origin.vendor.as_str(), origin.session.as_str()),
            ("gpt-4o", "openai", "c-1")
        );
        assert_eq!(origin.timestamp, "2024-05-13T00:00:00.500Z");
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }
}
