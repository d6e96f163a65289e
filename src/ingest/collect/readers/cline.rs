//! Cline and its kin: `tasks/<id>/api_conversation_history.json`, a list of messages as Anthropic's interface has them, with
//! `ts` and `modelInfo` in newer versions. Tools are called as the interface has it, or by tags in the text:
//! `<write_to_file>`, `<replace_in_file>`, `<execute_command>`, `<attempt_completion>`.

use super::{Head, Reader, Session};
use crate::ingest::collect::anthropic;
use crate::ingest::collect::calls;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{content_text, list, text, text_at};
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::{Value, json};

/// Tags of tools, each with the tags of its arguments.
const TOOLS: [(&str, &[&str]); 14] = [
    ("write_to_file", &["path", "content"]),
    ("replace_in_file", &["path", "diff"]),
    ("apply_diff", &["path", "diff"]),
    ("execute_command", &["command"]),
    ("attempt_completion", &["result", "command"]),
    ("plan_mode_respond", &["response"]),
    ("new_task", &["message"]),
    ("ask_followup_question", &["question"]),
    ("read_file", &[]),
    ("list_files", &[]),
    ("search_files", &[]),
    ("list_code_definition_names", &[]),
    ("use_mcp_tool", &[]),
    ("browser_action", &[]),
];

pub(super) struct Cline;

impl Reader for Cline {
    fn name(&self) -> &'static str {
        "cline"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let is_message = ["user", "assistant"].contains(&text(record, "role")) && record.get("content").is_some();
            let said = record.get("content").map(content_text).unwrap_or_default();
            let tags = said.contains("<environment_details>") || said.trim_start().starts_with("<task>");
            is_message
                && (tags
                    || record.get("modelInfo").is_some()
                    || (record.get("ts").is_some() && !list(record, "content").is_empty()))
        })
    }

    fn session(&self, name: &str) -> Box<dyn Session> {
        // The task is the folder.
        let session = name.rsplit('/').nth(1).unwrap_or_default().to_owned();
        Box::new(Task(Origin { session, ..Origin::of("cline") }))
    }
}

struct Task(Origin);

impl Session for Task {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        match text(record, "role") {
            "assistant" => {}
            "user" | "system" => return,
            other => return found.unknown(&format!("role {other}")),
        }
        let model = text_at(record, "/modelInfo/modelId");
        if !model.is_empty() {
            model.clone_into(&mut self.0.model);
        }
        let mut origin = Origin { timestamp: time(record.get("ts")), ..self.0.clone() };
        origin.settle_vendor("");
        match record.get("content") {
            Some(Value::String(said)) => tagged(said, &origin, found),
            Some(Value::Array(blocks)) => {
                for block in blocks {
                    match text(block, "type") {
                        "text" => tagged(text(block, "text"), &origin, found),
                        _ => anthropic::content(&json!([block]), &origin, found),
                    }
                }
            }
            _ => {}
        }
    }
}

/// A text with calls of tools in tags: the calls, and the text without them.
fn tagged(said: &str, origin: &Origin, found: &mut Found<'_>) {
    let (mut rest, mut prose) = (said, String::new());
    while let Some((before, thought, after)) = element(rest, "thinking") {
        found.text(origin, Kind::Thinking, "", thought.trim());
        prose.push_str(before);
        rest = after;
    }
    prose.push_str(rest);
    for (tool, names) in TOOLS {
        while let Some((before, call, after)) = element(&prose, tool) {
            let value = |name: &str| element(call, name).map(|(_, value, _)| value.trim_matches('\n').to_owned());
            let arguments: Value = names
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), Value::String(value(name)?))))
                .collect::<serde_json::Map<_, _>>()
                .into();
            match tool {
                "attempt_completion" | "plan_mode_respond" | "new_task" | "ask_followup_question" => {
                    for name in names {
                        let kind = if *name == "command" { Kind::Command } else { Kind::Chat };
                        found.text(origin, kind, "", text(&arguments, name));
                    }
                }
                _ => calls::take(tool, &arguments, origin, found),
            }
            prose = [before, after].concat();
        }
    }
    found.text(origin, Kind::Chat, "", prose.trim());
}

/// What stands before an element, in it and behind it.
fn element<'t>(said: &'t str, name: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (before, rest) = said.split_once(&format!("<{name}>"))?;
    let end = format!("</{name}>");
    let (inside, after) = rest.split_once(end.as_str())?;
    Some((before, inside, after))
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn tags_and_blocks_are_calls() {
        let taken = fixture("cline.json");
        assert_eq!(taken.format, Some("cline"));
        let expected = [
            ("thinking", "A page is wanted."),
            ("code", "<h1>Made by the model</h1>"),
            ("chat", "I write the page."),
            ("edit", "Welcome"),
            ("command", "npm test"),
            ("chat", "The page is done."),
        ];
        assert_eq!(taken.pairs(), expected);
        assert_eq!(taken.texts[1].path, "index.html");
        let origin = &taken.texts[4].origin;
        assert_eq!((origin.model.as_str(), origin.timestamp.as_str()), ("claude-sonnet-4", "2025-12-08T22:41:05.294Z"));
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }
}
