//! Chat data as data sets have it: `messages`, ShareGPT's `conversations`, Alpaca's `instruction` and `output`, `prompt` with
//! `response` or with `chosen` and `rejected`; also a message a record.

use super::{Head, Reader, Session};
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, list, text};
use crate::ingest::collect::openai;
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

const CHATS: [&str; 5] = ["messages", "conversations", "conversation", "chosen", "rejected"];
const PROMPTS: [&str; 4] = ["instruction", "prompt", "question", "query"];
const ANSWERS: [&str; 8] =
    ["output", "response", "completion", "answer", "generation", "chosen", "rejected", "responses"];
const MODEL: [&str; 8] = ["assistant", "gpt", "model", "bot", "chatgpt", "bing", "bard", "ai"];
const OTHERS: [&str; 12] = [
    "user",
    "human",
    "system",
    "tool",
    "function",
    "developer",
    "observation",
    "ipython",
    "environment",
    "prompter",
    "critic",
    "context",
];

pub(super) struct DataSet;

impl Reader for DataSet {
    fn name(&self) -> &'static str {
        "data-set"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let has = |names: &[&str]| names.iter().any(|name| record.get(name).is_some());
            let is_chat =
                CHATS.iter().any(|name| list(record, name).first().is_some_and(|turn| !role(turn).is_empty()));
            is_chat
                || (has(&PROMPTS) && has(&ANSWERS))
                || (!role(record).is_empty() && has(&["content", "message", "value"]))
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Rows)
    }

    fn is_log(&self) -> bool {
        false
    }
}

fn role(turn: &Value) -> &str {
    first_text(turn, &["role", "from", "author", "speaker"])
}

struct Rows;

impl Session for Rows {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let mut origin = Origin {
            vendor: first_text(record, &["vendor", "provider", "organization"]).to_owned(),
            model: first_text(record, &["model", "model_name", "generator", "model_id"]).to_owned(),
            session: first_text(record, &["id", "conversation_id", "uuid", "session_id"]).to_owned(),
            timestamp: time(
                ["timestamp", "created_at", "date", "created", "create_time"].iter().find_map(|name| record.get(name)),
            ),
            ..Origin::default()
        };
        origin.settle_vendor("");
        let mut known = false;
        for name in CHATS {
            for turn in list(record, name) {
                known = true;
                take(turn, &origin, found);
            }
        }
        if !known && !role(record).is_empty() {
            known = true;
            take(record, &origin, found);
        }
        if PROMPTS.iter().any(|name| record.get(name).is_some()) {
            for name in ANSWERS {
                known |= record.get(name).is_some();
                found.text(&origin, Kind::Chat, "", text(record, name));
                list(record, name)
                    .iter()
                    .filter_map(Value::as_str)
                    .for_each(|text| found.text(&origin, Kind::Chat, "", text));
            }
        }
        if !known {
            found.unknown("row of another shape");
        }
    }
}

/// Takes the texts of a turn, if the model spoke.
fn take(turn: &Value, origin: &Origin, found: &mut Found<'_>) {
    let role = role(turn).to_ascii_lowercase();
    if MODEL.contains(&role.as_str()) {
        found.text(origin, Kind::Chat, "", first_text(turn, &["value", "text"]));
        openai::message(turn.get("message").filter(|inner| inner.is_object()).unwrap_or(turn), origin, found);
    } else if !OTHERS.contains(&role.as_str()) {
        found.unknown(&format!("role {role}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::{fixture, read};

    #[test]
    fn all_shapes_are_read_and_prompts_are_not_taken() {
        let taken = fixture("data-set.jsonl");
        assert_eq!(taken.format, Some("data-set"));
        let expected = [
            ("chat", "It is Paris."),
            ("chat", "Second turn of the model."),
            ("chat", "Four."),
            ("chat", "An Alpaca answer."),
            ("chat", "The better answer."),
            ("chat", "The worse answer."),
            ("chat", "Chosen of a list."),
            ("chat", "Parts of text."),
        ];
        assert_eq!(taken.pairs(), expected);
        assert_eq!(taken.texts[0].origin.vendor, "openai");
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }

    #[test]
    fn lists_are_read_as_lines_are_and_strange_roles_are_counted() {
        let taken = read(br#"[{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"},{"from":"ghost","value":"boo"}]}]"#);
        assert_eq!((taken.format, taken.pairs()), (Some("data-set"), vec![("chat", "a")]));
        assert_eq!(taken.tally.unknown["role ghost"], 1);
    }
}
