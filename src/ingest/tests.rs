//! References that change while they are read.

use super::References;
use crate::mapped::survive_lost_pages;
use crate::shard::{Io, discover};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use std::fs::{self, File};
use std::sync::Arc;

fn texts() -> Vec<String> {
    (0..4000).map(|number| format!("a text of its own, which is number {number}, {}", "and more ".repeat(10))).collect()
}

/// A file of two row groups.
fn parquet() -> Vec<u8> {
    let mut writer = None;
    for texts in texts().chunks(2000) {
        let column: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let batch = RecordBatch::try_from_iter([("text", column)]).unwrap();
        let writer = writer.get_or_insert_with(|| ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap());
        writer.write(&batch).unwrap();
        writer.flush().unwrap();
    }
    writer.unwrap().into_inner().unwrap()
}

#[test]
fn references_that_are_shortened_while_they_are_read_are_an_error() {
    survive_lost_pages();
    let lines: String = texts().iter().map(|text| format!("{{\"text\": \"{text}\"}}\n")).collect();
    for (name, content) in [("a.parquet", parquet()), ("a.jsonl", lines.into_bytes())] {
        for io in [Io::Map, Io::Read] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            fs::write(&path, &content).unwrap();
            let files = discover(&[path.display().to_string()], None).unwrap().shards;
            let references = References { io, ..References::default() };
            assert_eq!(references.read(&files, &mut |_| Ok(())).unwrap(), 4000, "{name} {io:?}");
            let half = || File::options().write(true).open(&path).unwrap().set_len(content.len() as u64 / 2);
            let mut read = 0;
            let error = references.read(&files, &mut |_| {
                read += 1;
                if read == 1 {
                    half().unwrap();
                }
                Ok(())
            });
            let error = error.unwrap_err().to_string();
            assert!(error.contains("changed while it was read") && read >= 1, "{name} {io:?}: {error}");
        }
    }
}
