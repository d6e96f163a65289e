//! The content of an assistant's message as Anthropic's interface has it.

use super::calls;
use super::found::Found;
use super::json::text;
use super::written::{Kind, Origin};
use serde_json::Value;

/// Blocks without text of the model: results of tools, what is encrypted, what is no text.
const OTHERS: [&str; 9] = [
    "tool_result",
    "redacted_thinking",
    "image",
    "document",
    "server_tool_use",
    "container_upload",
    "search_result",
    "fallback",
    "compaction",
];

/// Takes the texts of a content: a text, or a list of blocks.
pub(super) fn content(content: &Value, origin: &Origin, found: &mut Found<'_>) {
    match content {
        Value::String(text) => found.text(origin, Kind::Chat, "", text),
        Value::Array(blocks) => blocks.iter().for_each(|block| take(block, origin, found)),
        Value::Null => {}
        _ => found.unknown("assistant content"),
    }
}

fn take(block: &Value, origin: &Origin, found: &mut Found<'_>) {
    match text(block, "type") {
        "text" | "output_text" => found.text(origin, Kind::Chat, "", text(block, "text")),
        "thinking" => found.text(origin, Kind::Thinking, "", text(block, "thinking")),
        "tool_use" | "mcp_tool_use" => {
            calls::take(text(block, "name"), block.get("input").unwrap_or(&Value::Null), origin, found);
        }
        other if OTHERS.contains(&other) || other.ends_with("_tool_result") => {}
        other => found.unknown(&format!("assistant content {other}")),
    }
}
