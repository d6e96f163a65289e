//! Logs of assistants and interfaces: each reader by itself, whatever recognises a file, and the secrets in it.

use crate::Target;
use crate::scratch::Scratch;
use ringfence::ingest::collect::{Collected, Collector, Mapping, SourceFile};
use ringfence::report::collection_text;

/// Files that one collector reads here. It remembers what it has read, and takes some time to make.
const FILES: u32 = 2000;

/// A collector that is made anew after so many files.
struct Renewed {
    make: Box<dyn Fn() -> Collector>,
    collector: Collector,
    files: u32,
}

impl Renewed {
    fn new(make: impl Fn() -> Collector + 'static) -> Self {
        Self { collector: make(), make: Box::new(make), files: 0 }
    }

    /// What a file holds that was not read before.
    fn read(&mut self, source: &SourceFile) -> Vec<Collected> {
        self.files += 1;
        if self.files.is_multiple_of(FILES) {
            let done = std::mem::replace(&mut self.collector, (self.make)());
            let text = collection_text("out", &done.finish());
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        }
        let mut rows = Vec::new();
        let read = self.collector.read(source, &mut |row| {
            rows.push(row.clone());
            Ok(())
        });
        assert!(read.is_ok(), "a fault of a file must be in the report, not an error");
        rows
    }
}

/// A file of foreign bytes: every text that is taken has an id, and what is wrong with the file is in the report.
fn read(make: impl Fn() -> Collector + 'static, is_named: bool) -> Target {
    let (scratch, mut collector) = (Scratch::new(), Renewed::new(make));
    Box::new(move |data| {
        let path = scratch.put("log", data);
        for row in collector.read(&SourceFile { path, name: "log".to_owned(), is_named }) {
            assert!(!row.text.trim().is_empty() && row.id.len() == 16, "{row:?}");
        }
    })
}

/// The reader of a format, which is taken for granted.
pub fn reader(format: &'static str) -> Target {
    read(move || Collector::new(Some(format), "MIT").expect("a format"), true)
}

/// The reader that recognises a file, or the members of an archive.
pub fn any() -> Target {
    let mut read = read(|| Collector::new(None, "MIT").expect("rules"), false);
    let (scratch, collector) = (Scratch::new(), Collector::new(None, "MIT").expect("rules"));
    Box::new(move |data| {
        let path = scratch.put("log", data);
        let _ = collector.recognise(&SourceFile { path, name: "log".to_owned(), is_named: true });
        read(data);
    })
}

/// A file that says where everything stands in a gateway's logs.
pub fn mapping() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        if let Ok(mapping) = Mapping::read(&scratch.put("mapping.json", data)) {
            assert!(mapping.response.is_some() || mapping.text.is_some());
        }
    })
}

/// The logs of a gateway, by such a file.
pub fn mapped() -> Target {
    let pointer = |name: &str| Some(format!("/{name}"));
    let mapping = Mapping {
        response: pointer("r"),
        text: pointer("t"),
        model: pointer("m/0"),
        timestamp: pointer("time"),
        ..Mapping::default()
    };
    read(move || Collector::mapped(mapping.clone(), "MIT").expect("rules"), true)
}

/// A text without its secrets has none.
pub fn secrets() -> Target {
    let (scratch, mut collector) =
        (Scratch::new(), Renewed::new(|| Collector::new(Some("text"), "MIT").expect("a format")));
    let mut without = move |text: &[u8]| {
        let source = SourceFile { path: scratch.put("text", text), name: "text".to_owned(), is_named: true };
        collector.read(&source).pop().map(|row| row.text)
    };
    Box::new(move |data| {
        if let Some(once) = without(data)
            && let Some(twice) = without(once.as_bytes())
        {
            assert_eq!(once.trim(), twice.trim());
        }
    })
}
