//! Readers run on fixtures.

use crate::ingest::collect::feed::{Input, feed};
use crate::ingest::collect::found::{Found, Tally};
use crate::ingest::collect::written::{Kind, Origin};
use std::path::Path;

/// A text that was handed out.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ingest::collect) struct Text {
    pub(in crate::ingest::collect) kind: Kind,
    pub(in crate::ingest::collect) path: String,
    pub(in crate::ingest::collect) text: String,
    pub(in crate::ingest::collect) origin: Origin,
}

/// All of a run.
#[derive(Debug, Default)]
pub(in crate::ingest::collect) struct Taken {
    pub(in crate::ingest::collect) texts: Vec<Text>,
    pub(in crate::ingest::collect) tally: Tally,
    pub(in crate::ingest::collect) format: Option<&'static str>,
}

impl Taken {
    pub(in crate::ingest::collect) fn run(&mut self, read: impl FnOnce(&mut Found<'_>)) {
        let mut take = |text: super::super::written::Written<'_>| {
            let (text, path) = (text.text.to_owned(), (text.kind, text.path.to_owned(), text.origin.clone()));
            self.texts.push(Text { kind: path.0, path: path.1, text, origin: path.2 });
            Ok(())
        };
        let mut found = Found::new(&mut take);
        found.tally = std::mem::take(&mut self.tally);
        read(&mut found);
        self.tally = found.tally;
    }

    /// The kinds and texts, for comparison.
    pub(in crate::ingest::collect) fn pairs(&self) -> Vec<(&str, &str)> {
        self.texts.iter().map(|text| (text.kind.name(), text.text.as_str())).collect()
    }
}

/// Reads bytes as a file, with the reader that recognises them.
pub(in crate::ingest::collect) fn read(bytes: &[u8]) -> Taken {
    let mut taken = Taken::default();
    let mut format = None;
    taken.run(|found| {
        let mut bytes = bytes;
        format = feed(&mut Input { name: "test", bytes: &mut bytes }, &super::all(), found).unwrap();
    });
    taken.format = format;
    taken
}

/// Reads a file of `fixtures/logs`.
pub(in crate::ingest::collect) fn fixture(name: &str) -> Taken {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs").join(name);
    read(&std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}
