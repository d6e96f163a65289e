//! Short ways through JSON of which nothing is certain.

use serde_json::Value;

/// A text member; empty if there is none.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The first of some members that is a text and not empty; empty if none is.
pub(super) fn first_text<'v>(value: &'v Value, names: &[&str]) -> &'v str {
    names.iter().map(|name| text(value, name)).find(|text| !text.is_empty()).unwrap_or_default()
}

/// A text at a JSON pointer; empty if there is none.
pub(super) fn text_at<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of a list member; none if there is no list.
pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A content that is a text, or a list of parts with texts: these joined by a blank line.
pub(super) fn content_text(content: &Value) -> String {
    let part = |part: &'_ Value| part.as_str().map_or_else(|| text(part, "text").to_owned(), str::to_owned);
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(part).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n"),
        _ => String::new(),
    }
}
