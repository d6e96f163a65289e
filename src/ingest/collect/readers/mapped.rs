//! Logs of a gateway of which a file says where everything stands, as JSON pointers: `--mapping`.

use super::{Head, Reader, Session};
use crate::error::{Error, Result};
use crate::ingest::collect::found::Found;
use crate::ingest::collect::json::{content_text, text_at};
use crate::ingest::collect::response;
use crate::ingest::collect::times::time;
use crate::ingest::collect::written::{Kind, Origin};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// Where the parts of a record stand. `response` is a response of a known interface, as JSON or as a text with JSON in it; `text`
/// is a text of the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// A whole response of a known interface.
    pub response: Option<String>,
    /// A text, or a list of parts with texts.
    pub text: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Who offers it.
    pub vendor: Option<String>,
    /// The tool or interface.
    pub tool: Option<String>,
    /// Its version.
    pub tool_version: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The time.
    pub timestamp: Option<String>,
}

impl Mapping {
    /// Reads a mapping: a JSON object of JSON pointers, such as `{"response": "/payload/output", "model": "/payload/model"}`.
    ///
    /// # Errors
    /// A file that is no such object, or names neither `response` nor `text`, or has a pointer without its `/`.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let expected = "a JSON object of JSON pointers: response or text, and model, vendor, tool, tool_version, session, timestamp";
        let mapping: Self = serde_json::from_slice(&bytes).map_err(|e| Error::content(path, expected, e))?;
        let Self { response, text, model, vendor, tool, tool_version, session, timestamp } = &mapping;
        if response.is_none() && text.is_none() {
            return Err(Error::content(path, expected, "neither response nor text"));
        }
        let all = [response, text, model, vendor, tool, tool_version, session, timestamp];
        let bad = all.into_iter().flatten().find(|pointer| !pointer.is_empty() && !pointer.starts_with('/'));
        if let Some(bad) = bad {
            return Err(Error::content(path, "pointers that begin with /", bad.escape_debug()));
        }
        Ok(mapping)
    }
}

pub(in crate::ingest::collect) struct Mapped(pub(in crate::ingest::collect) Mapping);

impl Reader for Mapped {
    fn name(&self) -> &'static str {
        "mapping"
    }

    fn recognises(&self, _head: &Head<'_>) -> bool {
        true
    }

    fn session(&self, _name: &str) -> Box<dyn Session> {
        Box::new(Records(self.0.clone()))
    }
}

struct Records(Mapping);

impl Session for Records {
    fn json(&mut self, record: &Value, found: &mut Found<'_>) {
        let mapping = &self.0;
        let at =
            |pointer: &Option<String>| pointer.as_deref().map(|p| text_at(record, p)).unwrap_or_default().to_owned();
        let mut origin = Origin {
            vendor: at(&mapping.vendor),
            model: at(&mapping.model),
            tool: at(&mapping.tool),
            tool_version: at(&mapping.tool_version),
            session: at(&mapping.session),
            timestamp: time(mapping.timestamp.as_deref().and_then(|pointer| record.pointer(pointer))),
        };
        found.version(&origin.tool_version);
        let mut known = false;
        if let Some(body) = mapping.response.as_deref().and_then(|pointer| record.pointer(pointer)) {
            let parsed = body.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
            let body = parsed.as_ref().unwrap_or(body);
            known = response::is_response(body);
            if known {
                response::take(body, &origin, found);
            }
        }
        if let Some(text) = mapping.text.as_deref().and_then(|pointer| record.pointer(pointer)) {
            known = true;
            origin.settle_vendor("");
            found.text(&origin, Kind::Chat, "", &content_text(text));
        }
        if !known {
            found.unknown("record without what the mapping names");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::collect::readers::testing::Taken;
    use serde_json::json;

    fn mapping(json: &Value) -> Result<Mapping> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.json");
        std::fs::write(&path, json.to_string()).unwrap();
        Mapping::read(&path)
    }

    #[test]
    fn pointers_lead_to_responses_and_texts() {
        let pointers =
            json!({"response": "/log/raw", "text": "/log/say", "model": "/m", "timestamp": "/at", "session": "/s"});
        let mut session = Records(mapping(&pointers).unwrap());
        let mut taken = Taken::default();
        let raw = json!({"choices": [{"message": {"role": "assistant", "content": "inside a text"}}]}).to_string();
        for record in [
            json!({"m": "gpt-4o", "at": 1_715_558_400, "s": "x", "log": {"raw": raw}}),
            json!({"m": "claude-3", "log": {"say": [{"text": "said"}]}}),
            json!({"m": "none"}),
        ] {
            taken.run(|found| session.json(&record, found));
        }
        assert_eq!(taken.pairs(), [("chat", "inside a text"), ("chat", "said")]);
        let origins: Vec<_> = taken.texts.iter().map(|t| (t.origin.vendor.as_str(), t.origin.model.as_str())).collect();
        assert_eq!(origins, [("openai", "gpt-4o"), ("anthropic", "claude-3")]);
        assert_eq!(taken.texts[0].origin.timestamp, "2024-05-13T00:00:00.000Z");
        assert_eq!(taken.tally.unknown["record without what the mapping names"], 1);
    }

    #[test]
    fn a_mapping_that_means_nothing_is_refused() {
        for bad in [
            json!({}),
            json!({"model": "/m"}),
            json!({"text": "no/slash"}),
            json!({"text": "/t", "txt": "/t"}),
            json!([]),
        ] {
            assert!(mapping(&bad).is_err(), "{bad}");
        }
    }
}
