//! Row groups of many pages and many batches, which the small fixtures do not have.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterVersion};
use ringfence::sink::rewrite::{Options, Selection, edit};

use crate::records::File;
use crate::redact::{expected, redact};

/// `rows` records in one row group; texts of `words` words.
fn source(rows: usize, words: usize, version: WriterVersion) -> File {
    let text = |row: usize| format!("{row} {}", "kettle ".repeat(words));
    let texts: StringArray = (0..rows).map(|row| (row % 7 != 0).then(|| text(row))).collect();
    let numbers: Int64Array = (0..rows as i64).collect();
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..rows {
        (0..row % 4).for_each(|nth| lists.values().append_option((nth != 1).then(|| text(row))));
        lists.append(row % 5 != 0);
    }
    let columns: [(&str, ArrayRef, bool); 3] = [
        ("text", Arc::new(texts), true),
        ("number", Arc::new(numbers), false),
        ("list", Arc::new(lists.finish()), true),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_data_page_size_limit(4096)
        .set_data_page_row_count_limit(777)
        .set_dictionary_page_size_limit(1 << 16)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    File::new(writer.into_inner().unwrap())
}

#[test]
fn records_are_kept_across_pages_and_batches() {
    for (rows, words) in [(30_000, 2), (3_000, 1_000)] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let source = source(rows, words, version);
            // Long runs of both, and single rows.
            let keep: Vec<bool> =
                (0..rows).map(|row| (row / 9_000) % 2 == 0 && row % 11 != 3 || row % 997 == 0).collect();
            let mut out = Vec::new();
            let bytes: Arc<Bytes> = Arc::new(source.bytes.clone());
            let select = |_| Selection::Rows(keep.clone());
            edit(Path::new("x"), &bytes, &mut { select }, &mut out, &Options::default()).unwrap();
            let copy = File::new(out);
            for column in 0..source.columns() {
                let mut expected = source.records(column);
                let mut marks = keep.iter();
                expected.retain(|_| *marks.next().unwrap());
                assert!(copy.records(column) == expected, "{rows} rows, {words} words, {version:?}, column {column}");
                let (old, new) = (source.pages(0, column), copy.pages(0, column));
                assert_eq!(old.is_v2, new.is_v2, "{rows} rows, {version:?}, column {column}");
                assert!(new.encodings.is_subset(&old.encodings), "{rows} rows, {version:?}: {old:?} became {new:?}");
            }
        }
    }
}

#[test]
fn texts_are_replaced_across_pages_and_batches() {
    for (rows, words) in [(30_000, 2), (3_000, 1_000)] {
        let source = source(rows, words, WriterVersion::PARQUET_2_0);
        for column in [0, 2] {
            let (copy, _) = redact(Path::new("x"), &source, &[column], false);
            assert!(copy.records(column) == expected(&source, 0, column), "{rows} rows, column {column}");
        }
    }
}
