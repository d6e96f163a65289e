//! What a reader finds in one file.

use super::shown::Shown;
use super::written::{Kind, Origin, Written};
use crate::error::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a foreign name (a record type, a tool) that are kept.
const LONGEST_NAME: usize = 60;

/// Where a reader hands out texts, and says what it did not understand.
pub(super) struct Found<'a> {
    take: &'a mut dyn FnMut(Written<'_>) -> Result<()>,
    /// What was counted so far.
    pub(super) tally: Tally,
    shown: Shown,
    unknown_here: bool,
    failed: Option<Error>,
}

/// Counts of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Records read: lines, elements of a list, or messages.
    pub records: u64,
    /// Those of them that were not understood, or not wholly.
    pub not_understood: u64,
    /// Types of which that is.
    pub unknown: BTreeMap<String, u64>,
    /// Tool calls from which no text was taken, by tool: those that read, search or list, and tools that are not known.
    pub calls_without_text: BTreeMap<String, u64>,
    /// Versions of the tool.
    pub versions: BTreeSet<String>,
    /// Whether the file ends within a record, as the log of a running session may.
    pub cut_off: bool,
}

impl<'a> Found<'a> {
    pub(super) fn new(take: &'a mut dyn FnMut(Written<'_>) -> Result<()>) -> Self {
        Self { take, tally: Tally::default(), shown: Shown::default(), unknown_here: false, failed: None }
    }

    /// A text that the model wrote; blank ones are none. What it quotes of what it was shown is cut.
    pub(super) fn text(&mut self, origin: &Origin, kind: Kind, path: &str, text: &str) {
        if self.failed.is_none() && !text.trim().is_empty() {
            let whole_bytes = text.len();
            let text = &self.shown.cut(text);
            self.failed = (self.take)(Written { text, whole_bytes, kind, path, origin }).err();
        }
    }

    /// What others wrote and the model was shown: every text in a value.
    pub(super) fn shown(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.shown.show(text),
            Value::Array(values) => values.iter().for_each(|value| self.shown(value)),
            Value::Object(members) => members.values().for_each(|value| self.shown(value)),
            _ => {}
        }
    }

    /// An edit: its old text is others', unless the model wrote it before; what is new in the other is the model's.
    pub(super) fn edited(&mut self, old: &str, new: &str) {
        self.shown.show(old);
        self.shown.write(new);
    }

    /// Something of the current record that is not known.
    pub(super) fn unknown(&mut self, what: &str) {
        *self.tally.unknown.entry(short(what)).or_default() += 1;
        self.unknown_here = true;
    }

    /// A tool call without a text.
    pub(super) fn call_without_text(&mut self, tool: &str) {
        *self.tally.calls_without_text.entry(short(tool)).or_default() += 1;
    }

    pub(super) fn version(&mut self, version: &str) {
        if !version.is_empty() && !self.tally.versions.contains(version) {
            self.tally.versions.insert(short(version));
        }
    }

    /// Ends the file, behind its last record.
    pub(super) fn end_file(&mut self) -> Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Ends a record.
    pub(super) fn end_record(&mut self) -> Result<()> {
        self.tally.records += 1;
        self.tally.not_understood += u64::from(std::mem::take(&mut self.unknown_here));
        self.end_file()
    }
}

fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => name.get(..end).unwrap_or_default().to_owned() + "...",
        None => name.to_owned(),
    }
}
