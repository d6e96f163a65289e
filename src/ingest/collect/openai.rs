//! Items and messages as OpenAI's interfaces have them; Codex stores the same items in its logs.

use super::calls;
use super::found::Found;
use super::json::{content_text, list, text};
use super::written::{Kind, Origin};
use serde_json::{Value, json};

/// Items without text of the model: what tools answered, what is encrypted, what is no text.
const OTHERS: [&str; 9] = [
    "web_search_call",
    "tool_search_call",
    "image_generation_call",
    "file_search_call",
    "computer_call",
    "ghost_snapshot",
    "compaction",
    "compaction_summary",
    "context_compaction",
];

/// Takes the texts of an item of a response. Whether its type is known.
pub(super) fn item(item: &Value, origin: &Origin, found: &mut Found<'_>) {
    let kind = text(item, "type");
    match kind {
        "message" if text(item, "role") == "assistant" => {
            for part in list(item, "content") {
                found.text(origin, Kind::Chat, "", text(part, "text"));
            }
            found.text(origin, Kind::Chat, "", text(item, "content"));
        }
        "message" => found.shown(item.get("content").unwrap_or(&Value::Null)),
        "reasoning" => {
            for part in list(item, "summary").iter().chain(list(item, "content")) {
                found.text(origin, Kind::Thinking, "", text(part, "text"));
            }
        }
        "function_call" | "custom_tool_call" | "mcp_call" => {
            let arguments = item.get("arguments").or_else(|| item.get("input")).unwrap_or(&Value::Null);
            calls::take(text(item, "name"), arguments, origin, found);
        }
        "local_shell_call" | "shell_call" => {
            let command = item.pointer("/action/command").or_else(|| item.pointer("/action/commands"));
            calls::take(kind, &json!({ "command": command }), origin, found);
        }
        "code_interpreter_call" => calls::take(kind, &json!({ "code": item.get("code") }), origin, found),
        "agent_message" => {
            found.text(origin, Kind::Chat, "", &item.get("content").map(content_text).unwrap_or_default())
        }
        other if other.ends_with("_output") => found.shown(item.get("output").unwrap_or(&Value::Null)),
        other if OTHERS.contains(&other) => {}
        other => found.unknown(&format!("item {other}")),
    }
}

/// Takes the texts of an assistant's message: `content`, reasoning, and calls of tools in any of the forms in use.
pub(super) fn message(message: &Value, origin: &Origin, found: &mut Found<'_>) {
    for name in ["reasoning_content", "reasoning", "thinking"] {
        found.text(origin, Kind::Thinking, "", text(message, name));
    }
    match message.get("content") {
        Some(Value::String(text)) => found.text(origin, Kind::Chat, "", text),
        Some(Value::Array(parts)) => parts.iter().for_each(|part| content_part(part, origin, found)),
        _ => {}
    }
    for call in list(message, "tool_calls").iter().chain(list(message, "toolCalls")).chain(message.get("function_call"))
    {
        let function = call.get("function").unwrap_or(call);
        let arguments = function.get("arguments").unwrap_or(&Value::Null);
        calls::take(text(function, "name"), arguments, origin, found);
    }
}

fn content_part(part: &Value, origin: &Origin, found: &mut Found<'_>) {
    match (part, text(part, "type")) {
        (Value::String(text), _) => found.text(origin, Kind::Chat, "", text),
        (_, "" | "text" | "output_text") => found.text(origin, Kind::Chat, "", text(part, "text")),
        (_, "thinking" | "reasoning") => {
            found.text(origin, Kind::Thinking, "", super::json::first_text(part, &["thinking", "text"]))
        }
        (_, "tool_use" | "tool-call" | "toolCall") => {
            let arguments =
                ["input", "args", "arguments"].iter().find_map(|name| part.get(name)).unwrap_or(&Value::Null);
            calls::take(super::json::first_text(part, &["name", "toolName"]), arguments, origin, found);
        }
        (
            _,
            "refusal" | "image_url" | "image" | "tool_result" | "tool-result" | "redacted_thinking" | "audio" | "file",
        ) => {}
        (_, other) => found.unknown(&format!("content {other}")),
    }
}
