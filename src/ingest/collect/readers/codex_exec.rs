//! `codex exec --json`: events of threads, turns and items. Of an item, only `item.completed` counts.

use super::{Head, Reader, Session};
use crate::ingest::collect::calls;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, text};
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::{Value, json};

pub(super) struct CodexExec;

impl Reader for CodexExec {
    fn name(&self) -> &'static str {
        "codex-exec"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| match text(record, "type") {
            "thread.started" => record.get("thread_id").is_some(),
            "item.completed" => record.get("item").is_some(),
            _ => false,
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Events(Origin { vendor: "openai".to_owned(), ..Origin::of("codex-exec") }))
    }
}

struct Events(Origin);

impl Session for Events {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        match text(record, "type") {
            "thread.started" => text(record, "thread_id").clone_into(&mut self.0.session),
            "item.completed" => self.item(record.get("item").unwrap_or(&Value::Null), found),
            "turn.started" | "turn.completed" | "turn.failed" | "item.started" | "item.updated" | "error" => {}
            other => found.unknown(if other.is_empty() { "(no type)" } else { other }),
        }
    }
}

impl Events {
    fn item(&self, item: &Value, found: &mut Found<'_>) {
        match first_text(item, &["type", "item_type"]) {
            "agent_message" | "assistant_message" => found.text(&self.0, Kind::Chat, "", text(item, "text")),
            "reasoning" => found.text(&self.0, Kind::Thinking, "", text(item, "text")),
            "command_execution" => calls::take("shell", &json!({ "command": item.get("command") }), &self.0, found),
            "mcp_tool_call" => {
                calls::take(text(item, "tool"), item.get("arguments").unwrap_or(&Value::Null), &self.0, found);
            }
            // It names the files of a patch, but not what it put in.
            "file_change" => found.call_without_text("file_change"),
            "web_search" | "todo_list" | "error" | "collab_tool_call" => {}
            other => found.unknown(&format!("item {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn completed_items_are_taken() {
        let taken = fixture("codex-exec.jsonl");
        assert_eq!(taken.format, Some("codex-exec"));
        let expected =
            [("thinking", "**Listing files**"), ("command", "bash -lc ls"), ("chat", "There are two files here.")];
        assert_eq!(taken.pairs(), expected);
        assert_eq!((taken.texts[0].origin.session.as_str(), taken.tally.not_understood), ("019a-2", 0));
    }
}
