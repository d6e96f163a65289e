//! Files that hold nothing but what a model wrote: texts, or a folder of source code. Nothing says so in them, so these formats
//! are never recognised: they must be named.

use super::{Head, Reader, Session};
use crate::ingest::collect::feed::MAX_RECORD;
use crate::ingest::collect::found::Found;
use crate::ingest::collect::written::{Kind, Origin};
use serde_json::Value;

/// `text`: each file is an answer; `source`: each file is code, and the folders are those of a project.
pub(super) struct Plain {
    pub(super) is_source: bool,
}

impl Reader for Plain {
    fn name(&self) -> &'static str {
        if self.is_source { "source" } else { "text" }
    }

    fn recognises(&self, _head: &Head<'_>) -> bool {
        false
    }

    fn reads_lines(&self) -> bool {
        true
    }

    fn reads_trees(&self) -> bool {
        self.is_source
    }

    fn session(&self, name: &str) -> Box<dyn Session> {
        let path = if self.is_source { name.to_owned() } else { String::new() };
        Box::new(File { path, whole: String::new(), is_text: true })
    }
}

struct File {
    path: String,
    whole: String,
    is_text: bool,
}

impl Session for File {
    fn json(&mut self, _record: &Value, found: &mut Found<'_>) {
        found.unknown("JSON");
    }

    fn line(&mut self, line: &str, _found: &mut Found<'_>) {
        // A NUL or what is no UTF-8: an image, a program.
        self.is_text &= !line.contains(['\0', char::REPLACEMENT_CHARACTER]) && self.whole.len() < MAX_RECORD;
        if self.is_text {
            self.whole.push_str(line);
            self.whole.push('\n');
        }
    }

    fn finish(&mut self, found: &mut Found<'_>) {
        if self.is_text {
            let kind = if self.path.is_empty() { Kind::Chat } else { Kind::Code };
            found.text(&Origin::default(), kind, &self.path, &self.whole);
        } else {
            found.unknown("not text");
        }
    }
}
