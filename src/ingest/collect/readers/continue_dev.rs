//! Continue: `~/.continue/sessions/<session>.json`, a document with `history`.

use super::{Head, Reader, Session};
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, list, text};
use crate::ingest::collect::openai;
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::Origin;
use serde_json::Value;

pub(super) struct Continue;

impl Reader for Continue {
    fn name(&self) -> &'static str {
        "continue"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| list(record, "history").first().is_some_and(|item| item.pointer("/message/role").is_some()))
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Document)
    }
}

struct Document;

impl Session for Document {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let mut origin = Origin {
            model: first_text(record, &["chatModelTitle", "model"]).to_owned(),
            session: text(record, "sessionId").to_owned(),
            timestamp: time(record.get("dateCreated")),
            ..Origin::of("continue")
        };
        origin.settle_vendor("");
        for message in list(record, "history").iter().filter_map(|item| item.get("message")) {
            match text(message, "role") {
                "assistant" => openai::message(message, &origin, found),
                // What it thinks is a message of its own here.
                "thinking" => {
                    found.text(&origin, crate::ingest::collect::written::Kind::Thinking, "", text(message, "content"))
                }
                "user" | "system" | "tool" => {}
                other => found.unknown(&format!("role {other}")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn answers_and_calls_are_taken() {
        let taken = fixture("continue.json");
        assert_eq!(taken.format, Some("continue"));
        assert_eq!(taken.pairs(), [("chat", "I create the file."), ("code", "export {}\n")]);
        assert_eq!((taken.texts[1].path.as_str(), taken.texts[1].origin.session.as_str()), ("/w/a.ts", "k-1"));
    }
}
