//! OpenCode: `storage/message/<session>/<message>.json` says who wrote, `storage/part/<message>/<part>.json` what; or an export,
//! a document with both. Messages are read before their parts, since their paths come first. (Newer versions keep a database,
//! which is not read: export the session.)

use super::{Head, Reader, Session};
use crate::ingest::collect::calls;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, list, text};
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Parts without text of the model.
const OTHERS: [&str; 10] =
    ["step-start", "step-finish", "file", "snapshot", "patch", "agent", "retry", "compaction", "subtask", "image"];

/// What is known of messages by their ids; `None` if a person wrote them.
type Messages = Rc<RefCell<HashMap<String, Option<Origin>>>>;

#[derive(Default)]
pub(super) struct OpenCode(Messages);

impl Reader for OpenCode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let has = |name: &str| record.get(name).is_some();
            let is_export =
                has("info") && list(record, "messages").iter().any(|message| message.get("parts").is_some());
            is_export || (has("sessionID") && has("id") && (has("messageID") || has("role")))
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Files(Rc::clone(&self.0)))
    }
}

struct Files(Messages);

impl Session for Files {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        if let Some(export) = record.get("messages") {
            for message in export.as_array().into_iter().flatten() {
                let Some(info) = message.get("info") else { return found.unknown("message") };
                if let Some(origin) = origin(info, found) {
                    list(message, "parts").iter().for_each(|part| take(part, &origin, found));
                }
            }
        } else if record.get("messageID").is_some() {
            match self.0.borrow().get(text(record, "messageID")) {
                Some(Some(origin)) => take(record, origin, found),
                Some(None) => {}
                None => found.unknown("part without its message"),
            }
        } else {
            let origin = origin(record, found);
            self.0.borrow_mut().insert(text(record, "id").to_owned(), origin);
        }
    }
}

/// Of a message of the model, what is known of its parts.
fn origin(info: &Value, found: &mut Found<'_>) -> Option<Origin> {
    match text(info, "role") {
        "assistant" => {}
        "user" => return None,
        other => {
            found.unknown(&format!("role {other}"));
            return None;
        }
    }
    let version = text(info, "version");
    found.version(version);
    let mut origin = Origin {
        model: text(info, "modelID").to_owned(),
        tool_version: version.to_owned(),
        session: text(info, "sessionID").to_owned(),
        timestamp: time(info.pointer("/time/created")),
        ..Origin::of("opencode")
    };
    origin.settle_vendor(text(info, "providerID"));
    Some(origin)
}

fn take(part: &Value, origin: &Origin, found: &mut Found<'_>) {
    let is_synthetic = part.get("synthetic").and_then(Value::as_bool).unwrap_or(false);
    match text(part, "type") {
        _ if is_synthetic => {}
        "text" => found.text(origin, Kind::Chat, "", text(part, "text")),
        "reasoning" => found.text(origin, Kind::Thinking, "", text(part, "text")),
        "tool" | "tool-invocation" => {
            let input = ["/state/input", "/toolInvocation/args"].iter().find_map(|place| part.pointer(place));
            calls::take(first_text(part, &["tool", "name"]), input.unwrap_or(&Value::Null), origin, found);
        }
        other if OTHERS.contains(&other) => {}
        other => found.unknown(&format!("part {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::collect::readers::testing::{Taken, fixture};
    use serde_json::json;

    #[test]
    fn an_export_is_read() {
        let taken = fixture("opencode.json");
        assert_eq!(taken.format, Some("opencode"));
        assert_eq!(taken.pairs(), [("thinking", "A small change."), ("edit", "42"), ("chat", "The limit is 42 now.")]);
        let origin = &taken.texts[2].origin;
        assert_eq!((origin.model.as_str(), origin.vendor.as_str()), ("claude-sonnet-4-5", "anthropic"));
        assert_eq!(origin.timestamp, "2025-12-08T22:41:05.294Z");
    }

    #[test]
    fn parts_in_files_of_their_own_are_known_by_their_messages() {
        let reader = OpenCode::default();
        let mut taken = Taken::default();
        for record in [
            json!({"id": "m1", "sessionID": "s", "role": "user"}),
            json!({"id": "m2", "sessionID": "s", "role": "assistant", "modelID": "gpt-5", "providerID": "openai"}),
            json!({"id": "p1", "messageID": "m1", "sessionID": "s", "type": "text", "text": "a person's"}),
            json!({"id": "p2", "messageID": "m2", "sessionID": "s", "type": "text", "text": "the model's"}),
            json!({"id": "p3", "messageID": "m9", "sessionID": "s", "type": "text", "text": "nobody's"}),
        ] {
            assert!(reader.recognises(&Head::Json(&[&record])), "{record}");
            taken.run(|found| reader.session("").json(&record, found));
        }
        assert_eq!(taken.pairs(), [("chat", "the model's")]);
        assert_eq!(taken.tally.unknown["part without its message"], 1);
    }
}
