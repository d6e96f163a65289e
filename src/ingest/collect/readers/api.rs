//! Logs of interfaces: OpenAI chat completions (whole or streamed in pieces), responses and batches; Anthropic messages and
//! batches; Gemini; bare, or inside the `response`, `output` or `body` of a gateway's record.

use super::{Head, Reader, Session};
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, list, text};
use crate::ingest::collect::response;
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) struct Api;

impl Reader for Api {
    fn name(&self) -> &'static str {
        "api"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| is_chunk(record) || response::find(record).is_some())
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Log { pieces: BTreeMap::new() })
    }
}

fn is_chunk(record: &Value) -> bool {
    text(record, "object") == "chat.completion.chunk"
}

struct Log {
    /// Streamed answers that are not whole yet, by response and choice.
    pieces: BTreeMap<(String, u64), (Origin, String)>,
}

impl Session for Log {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        if is_chunk(record) {
            self.chunk(record, found);
        } else if let Some(body) = response::find(record) {
            response::take(body, &around(record), found);
        } else if ["error", "request", "method", "custom_id"].iter().all(|name| record.get(name).is_none()) {
            found.unknown(match text(record, "object") {
                "" => "record without a response",
                other => other,
            });
        }
    }

    fn finish(&mut self, found: &mut Found<'_>) {
        for (origin, text) in std::mem::take(&mut self.pieces).into_values() {
            found.text(&origin, Kind::Chat, "", &text);
        }
    }
}

impl Log {
    fn chunk(&mut self, record: &Value, found: &mut Found<'_>) {
        let model = text(record, "model").to_owned();
        let session = text(record, "id").to_owned();
        let mut origin = Origin { model, session, timestamp: time(record.get("created")), ..Origin::of("openai-api") };
        origin.settle_vendor("openai");
        for choice in list(record, "choices") {
            let number = choice.get("index").and_then(Value::as_u64).unwrap_or(0);
            let key = (origin.session.clone(), number);
            let (_, whole) = self.pieces.entry(key.clone()).or_insert_with(|| (origin.clone(), String::new()));
            whole.push_str(choice.get("delta").map(|delta| text(delta, "content")).unwrap_or_default());
            if choice.get("finish_reason").is_some_and(Value::is_string)
                && let Some((origin, whole)) = self.pieces.remove(&key)
            {
                found.text(&origin, Kind::Chat, "", &whole);
            }
        }
    }
}

/// What a record says around its response.
fn around(record: &Value) -> Origin {
    let times = ["timestamp", "created_at", "startTime", "start_time", "created", "time"];
    Origin {
        model: first_text(record, &["model", "model_name"]).to_owned(),
        session: first_text(record, &["custom_id", "session_id", "trace_id", "id", "request_id"]).to_owned(),
        timestamp: time(times.iter().find_map(|name| record.get(name))),
        ..Origin::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn responses_of_all_interfaces_are_taken() {
        let taken = fixture("api.jsonl");
        assert_eq!(taken.format, Some("api"));
        let expected = [
            ("chat", "A hash map keeps its entries in buckets."),
            ("code", "print('x')\n"),
            ("thinking", "The user greets."),
            ("chat", "Hello there."),
            ("chat", "A batch's answer."),
            ("thinking", "Short."),
            ("chat", "Bonjour."),
            ("chat", "An answer of a batch."),
            ("chat", "Through a gateway."),
            ("chat", "streamed in pieces"),
        ];
        assert_eq!(taken.pairs(), expected);
        let origins: Vec<_> = taken.texts.iter().map(|t| (t.origin.vendor.as_str(), t.origin.model.as_str())).collect();
        assert_eq!((origins[0], origins[5]), (("openai", "gpt-4o"), ("anthropic", "claude-3-opus")));
        assert_eq!(taken.texts[0].origin.timestamp, "2024-05-13T00:00:00.000Z");
        assert_eq!(taken.texts[8].origin.session, "trace-1");
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }
}
