//! GitHub Copilot Chat in VS Code: `chatSessions/<session>.json`, a document with `requests`, each with the parts of its response.

use super::{Head, Reader, Session};
use crate::ingest::collect::calls;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{first_text, list, text, text_at};
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

/// Parts of a response without text of the model: signs of progress, and what tools did.
const OTHERS: [&str; 24] = [
    "inlineReference",
    "codeblockUri",
    "undoStop",
    "prepareToolInvocation",
    "toolInvocationSerialized",
    "toolInvocation",
    "mcpServersStarting",
    "progressTaskSerialized",
    "progressTask",
    "progressMessage",
    "confirmation",
    "warning",
    "command",
    "reference",
    "elicitation",
    "elicitationSerialized",
    "extensions",
    "pullRequest",
    "multiDiffData",
    "notebookEditGroup",
    "treeData",
    "move",
    "hook",
    "questionCarousel",
];

pub(super) struct CopilotChat;

impl Reader for CopilotChat {
    fn name(&self) -> &'static str {
        "copilot-chat"
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.any(|record| {
            let is_chat = list(record, "requests").first().is_some_and(|request| request.get("response").is_some());
            is_chat || (record.get("requesterUsername").is_some() && record.get("requests").is_some())
        })
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Document)
    }
}

struct Document;

impl Session for Document {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let session = text(record, "sessionId").to_owned();
        for request in list(record, "requests") {
            let model = first_text(request, &["modelId"]).trim_start_matches("copilot/").to_owned();
            let timestamp = time(request.get("timestamp"));
            let mut origin = Origin { model, session: session.clone(), timestamp, ..Origin::of("copilot-chat") };
            origin.settle_vendor("");
            list(request, "response").iter().for_each(|part| take(part, &origin, found));
            let rounds = request.pointer("/result/metadata/toolCallRounds").and_then(Value::as_array);
            for call in rounds.into_iter().flatten().flat_map(|round| list(round, "toolCalls")) {
                calls::take(text(call, "name"), call.get("arguments").unwrap_or(&Value::Null), &origin, found);
            }
        }
    }
}

fn take(part: &Value, origin: &Origin, found: &mut Found<'_>) {
    let said = || first_text(part, &["value"]).to_owned() + text_at(part, "/content/value");
    match text(part, "kind") {
        "" | "markdownContent" | "markdownVuln" => found.text(origin, Kind::Chat, "", &said()),
        "thinking" => found.text(origin, Kind::Thinking, "", &said()),
        "textEditGroup" => {
            let path =
                ["/uri/path", "/uri/fsPath"].iter().map(|place| text_at(part, place)).find(|path| !path.is_empty());
            for edits in list(part, "edits").iter().filter_map(Value::as_array) {
                // The edits of one step: ranges that were replaced, each by a text of the model.
                let texts: Vec<&str> =
                    edits.iter().map(|edit| text(edit, "text")).filter(|text| !text.is_empty()).collect();
                found.text(origin, Kind::Edit, path.unwrap_or_default(), &texts.join("\n"));
            }
        }
        other if OTHERS.contains(&other) => {}
        other => found.unknown(&format!("part {other}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::collect::readers::testing::fixture;

    #[test]
    fn markdown_edits_and_calls_are_taken() {
        let taken = fixture("copilot-chat.json");
        assert_eq!(taken.format, Some("copilot-chat"));
        let expected = [("chat", "I add a check."), ("edit", "if (!user) return;"), ("command", "npm run lint")];
        assert_eq!(taken.pairs(), expected);
        let edit = &taken.texts[1];
        assert_eq!(
            (edit.path.as_str(), edit.origin.model.as_str(), edit.origin.vendor.as_str()),
            ("/w/a.ts", "gpt-4.1", "openai")
        );
        assert_eq!(taken.tally.not_understood, 0, "{:?}", taken.tally.unknown);
    }
}
