//! Codex: `~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl` and `archived_sessions/`, of all eras.
//!
//! Until September 2025 items stand bare in the lines, under a header with `id` and `timestamp`; since then in
//! `{timestamp, type, payload}`, with the model in `turn_context`. A `response_item` is what the model was sent or answered;
//! `event_msg` says the same again for the screen, and `compacted` repeats what was before: neither is taken.

use super::{Head, Reader, Session};
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, text};
use crate::ingest::collect::openai;
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::Origin;
use serde_json::Value;

/// Wrapped records without texts, or with those of others.
const OTHERS: [&str; 6] = [
    "event_msg",
    "compacted",
    "world_state",
    "inter_agent_communication",
    "inter_agent_communication_metadata",
    "session_state",
];

pub(super) struct Codex;

impl Reader for Codex {
    fn name(&self) -> &'static str {
        "codex"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let wrapped =
                ["session_meta", "response_item", "turn_context", "event_msg"].contains(&text(record, "type"));
            let header =
                record.get("instructions").is_some() && record.get("id").is_some() && record.get("type").is_none();
            (wrapped && record.get("payload").is_some())
                || text(record, "record_type") == "state"
                || (header && record.get("timestamp").is_some())
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Rollout(Origin { vendor: "openai".to_owned(), ..Origin::of("codex") }))
    }
}

struct Rollout(Origin);

impl Session for Rollout {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let Some(payload) = record.get("payload") else { return self.bare(record, found) };
        let timestamp = time(record.get("timestamp"));
        if !timestamp.is_empty() {
            self.0.timestamp = timestamp;
        }
        match text(record, "type") {
            "session_meta" => self.header(payload, found),
            "turn_context" => self.model(first_text(payload, &["model", "model_id", "modelId"])),
            "response_item" => openai::item(payload, &self.0, found),
            other if OTHERS.contains(&other) => {}
            other => found.unknown(if other.is_empty() { "(no type)" } else { other }),
        }
    }
}

impl Rollout {
    /// A line of the first era: the header, a mark, or an item.
    fn bare(&mut self, record: &Value, found: &mut Found<'_>) {
        if record.get("record_type").is_some() {
            return;
        }
        if record.get("type").is_some() {
            openai::item(record, &self.0, found);
        } else if record.get("id").is_some() {
            self.0.timestamp = time(record.get("timestamp"));
            self.header(record, found);
        } else {
            found.unknown("(no type)");
        }
    }

    fn header(&mut self, meta: &Value, found: &mut Found<'_>) {
        // A fork repeats its parent's lines, and with them the parent's header: the first one is the file's own.
        if !self.0.session.is_empty() {
            return;
        }
        first_text(meta, &["id", "session_id"]).clone_into(&mut self.0.session);
        let version = text(meta, "cli_version");
        version.clone_into(&mut self.0.tool_version);
        found.version(version);
        self.model(first_text(meta, &["model", "model_id", "modelId"]));
        let provider = text(meta, "model_provider");
        if !["", "openai", "azure"].contains(&provider) {
            self.0.vendor.clear();
        }
    }

    fn model(&mut self, model: &str) {
        if model.is_empty() || model == self.0.model {
            return;
        }
        model.clone_into(&mut self.0.model);
        self.0.vendor.clear();
        self.0.settle_vendor("");
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn a_turn_that_is_stored_twice_is_taken_once() {
        let taken = fixture("codex.jsonl");
        assert_eq!(taken.format, Some("codex"));
        let expected = [
            ("thinking", "**Planning the change**"),
            ("chat", "I move the greeting into a function."),
            ("patch", "fn greet() -> String {\n    String::from(\"hello from the model\")\n}"),
            ("command", "cargo test --quiet"),
            ("command", "ls -l src"),
            ("chat", "Done: `greet()` is tested."),
        ];
        assert_eq!(taken.pairs(), expected);
        let patch = &taken.texts[2];
        assert_eq!((patch.path.as_str(), patch.origin.model.as_str()), ("src/main.rs", "gpt-5-codex"));
        assert_eq!((patch.origin.session.as_str(), patch.origin.tool_version.as_str()), ("019c-1", "0.99.0"));
        assert_eq!(taken.texts[5].origin.model, "gpt-5.5");
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }

    #[test]
    fn the_bare_era_is_read() {
        let taken = fixture("codex-bare.jsonl");
        assert_eq!(taken.format, Some("codex"));
        assert_eq!(
            taken.pairs(),
            [("thinking", "Looking at the folder"), ("command", "ls"), ("chat", "There is one file.")]
        );
        assert_eq!(taken.texts[0].origin.timestamp, "2025-09-10T18:58:38.331Z");
        assert_eq!((taken.texts[0].origin.vendor.as_str(), taken.texts[0].origin.model.as_str()), ("openai", ""));
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }
}
