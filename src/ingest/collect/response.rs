//! Responses of models' interfaces, as logs of interfaces and gateways hold them.

use super::found::Found;
use super::json::{content_text, first_text, list, text};
use super::times::time;
use super::written::{Kind, Origin};
use super::{anthropic, calls, openai};
use serde_json::Value;

/// Where a log may keep the response in its record.
const PLACES: [&str; 9] = [
    "",
    "/response/body",
    "/response",
    "/result/message",
    "/output",
    "/body",
    "/response_body",
    "/response_json",
    "/data/response",
];

/// A response in a record, if there is one: the value itself, or what one of the usual members holds.
pub(super) fn find(record: &Value) -> Option<&Value> {
    PLACES.iter().filter_map(|place| record.pointer(place)).find(|value| is_response(value))
}

/// Whether a value is a response of a known form.
pub(super) fn is_response(value: &Value) -> bool {
    let is_list = |name: &str| value.get(name).is_some_and(Value::is_array);
    is_list("choices")
        || (is_list("output") && (text(value, "object") == "response" || value.get("model").is_some()))
        || is_list("candidates")
        || (text(value, "type") == "message" && text(value, "role") == "assistant" && value.get("content").is_some())
}

/// Takes the texts of a response. What `outer` says of it stands where the response itself says nothing.
pub(super) fn take(response: &Value, outer: &Origin, found: &mut Found<'_>) {
    let mut origin = outer.clone();
    let or = |inner: &str, outer: &str| if inner.is_empty() { outer.to_owned() } else { inner.to_owned() };
    origin.model = or(first_text(response, &["model", "modelVersion"]), &outer.model);
    origin.session = or(first_text(response, &["id", "responseId"]), &outer.session);
    let created = ["created", "created_at", "createTime"].iter().find_map(|name| response.get(name));
    origin.timestamp = or(&time(created), &outer.timestamp);
    let is = |name: &str| response.get(name).is_some_and(Value::is_array);
    if is("choices") {
        settle(&mut origin, "openai-api", "openai");
        list(response, "choices").iter().for_each(|choice| self::choice(choice, &origin, found));
    } else if is("output") {
        settle(&mut origin, "openai-api", "openai");
        list(response, "output").iter().for_each(|item| openai::item(item, &origin, found));
    } else if is("candidates") {
        settle(&mut origin, "gemini-api", "google");
        list(response, "candidates").iter().for_each(|candidate| parts(candidate.pointer("/content"), &origin, found));
    } else {
        settle(&mut origin, "anthropic-api", "anthropic");
        anthropic::content(response.get("content").unwrap_or(&Value::Null), &origin, found);
    }
}

fn settle(origin: &mut Origin, tool: &str, vendor: &str) {
    if origin.tool.is_empty() {
        tool.clone_into(&mut origin.tool);
    }
    origin.settle_vendor(vendor);
}

fn choice(choice: &Value, origin: &Origin, found: &mut Found<'_>) {
    found.text(origin, Kind::Chat, "", text(choice, "text"));
    if let Some(message) = choice.get("message") {
        openai::message(message, origin, found);
    }
}

/// Takes the texts of a turn of a model as Google's interfaces have it.
pub(super) fn parts(content: Option<&Value>, origin: &Origin, found: &mut Found<'_>) {
    for part in content.map(|content| list(content, "parts")).unwrap_or_default() {
        let is_thought = part.get("thought").and_then(Value::as_bool).unwrap_or(false);
        found.text(
            origin,
            if is_thought { Kind::Thinking } else { Kind::Chat },
            "",
            &content_text(part.get("text").unwrap_or(&Value::Null)),
        );
        if let Some(call) = part.get("functionCall") {
            calls::take(text(call, "name"), call.get("args").unwrap_or(&Value::Null), origin, found);
        }
    }
}
