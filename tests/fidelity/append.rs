//! An annotated shard has its source's columns as they were, and new ones behind them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{ArrayRef, StringArray};
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::records::File;
use crate::{assert_whole, name, shapes};
use bytes::Bytes;
use ringfence::Result;
use ringfence::sink::rewrite::{Options, Rewrite, Rewritten};

fn members() -> Fields {
    vec![Field::new("reference_id", DataType::Utf8, true), Field::new("shared", DataType::Int64, true)].into()
}

fn fields() -> Vec<Field> {
    let item = Field::new("element", DataType::Struct(members()), true);
    vec![
        Field::new("ringfence_verdict", DataType::Utf8, true),
        Field::new("ringfence_matches", DataType::List(Arc::new(item)), true),
    ]
}

pub(crate) fn names() -> Vec<String> {
    fields().iter().map(|field| field.name().clone()).collect()
}

fn columns(rows: usize) -> Vec<ArrayRef> {
    let verdicts: StringArray = (0..rows).map(|row| (row % 2 == 0).then_some("drop")).collect();
    let item = Field::new("element", DataType::Struct(members()), true);
    let mut matches = ListBuilder::new(StructBuilder::from_fields(members(), rows)).with_field(item);
    for row in 0..rows {
        for nth in 0..row % 3 {
            let one = matches.values();
            one.field_builder::<StringBuilder>(0).unwrap().append_value(format!("reference {row}"));
            one.field_builder::<Int64Builder>(1).unwrap().append_value(nth as i64);
            one.append(true);
        }
        matches.append(true);
    }
    vec![Arc::new(verdicts), Arc::new(matches.finish())]
}

/// A copy with the new columns; its row groups are made last to first.
fn append(path: &Path, bytes: &Bytes, give: &dyn Fn(usize) -> Vec<ArrayRef>) -> Result<(File, Rewritten)> {
    let rewrite = Rewrite::with_columns(path, &Arc::new(bytes.clone()), &fields(), Options::default())?;
    let made = (0..rewrite.groups()).rev().map(|group| rewrite.extended(group, &give(group)));
    let mut made = made.collect::<Result<Vec<_>>>()?;
    let mut out = Vec::new();
    let mut copy = rewrite.begin(&mut out)?;
    while let Some(group) = made.pop() {
        rewrite.append(&mut copy, group)?;
    }
    let done = rewrite.finish(copy)?;
    Ok((File::new(out), done))
}

pub(crate) fn annotate(path: &Path, source: &File) -> File {
    let (copy, done) = append(path, &source.bytes, &|group| columns(source.rows(group)))
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(done.rows_kept, source.all_rows() as u64);
    copy
}

#[test]
fn an_annotated_shard_has_its_columns_byte_for_byte_and_new_ones_behind() {
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        let copy = annotate(&path, &source);
        assert_eq!(copy.columns(), source.columns() + 3, "{}", path.display());
        assert_eq!(copy.groups(), source.groups(), "{}", path.display());
        for group in 0..source.groups() {
            assert_eq!(copy.rows(group), source.rows(group));
            assert_whole(name(&path), (&source, group), (&copy, group));
            for column in source.columns()..copy.columns() {
                assert_eq!(copy.records_of(group, column).len(), source.rows(group));
            }
        }
        let (old, new) = (source.metadata.file_metadata(), copy.metadata.file_metadata());
        assert_eq!(old.schema().get_fields(), &new.schema().get_fields()[..old.schema().get_fields().len()]);
        assert_eq!(old.schema().name(), new.schema().name());
        assert_eq!(old.created_by(), new.created_by());
        assert_eq!(old.version(), new.version());
        let keys = |file: &parquet::file::metadata::FileMetaData| {
            file.key_value_metadata().map(|pairs| pairs.iter().map(|pair| pair.key.clone()).collect::<Vec<_>>())
        };
        assert_eq!(keys(old), keys(new));
    }
}

#[test]
fn new_columns_read_back_as_they_were_given() {
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        let copy = annotate(&path, &source);
        for group in 0..source.groups() {
            let reader = ParquetRecordBatchReaderBuilder::try_new(copy.bytes.clone()).unwrap();
            let reader =
                reader.with_row_groups(vec![group]).with_batch_size(source.rows(group).max(1)).build().unwrap();
            for batch in reader {
                let batch = batch.unwrap();
                for (name, expected) in names().iter().zip(columns(source.rows(group))) {
                    assert_eq!(batch.column_by_name(name).unwrap(), &expected, "{}: {name}", path.display());
                }
            }
        }
    }
}

#[test]
fn a_column_that_exists_is_not_added_again() {
    let path = &shapes()[0];
    let source = File::new(fs::read(path).unwrap());
    let again = annotate(path, &source).bytes;
    let done = append(path, &again, &|_| Vec::new());
    assert!(done.err().unwrap().to_string().contains("ringfence_verdict exists already"));
}

#[test]
fn arrays_that_do_not_fit_are_an_error() {
    let path = &shapes()[0];
    let source = File::new(fs::read(path).unwrap());
    let done = append(path, &source.bytes, &|_| columns(3));
    assert!(done.err().unwrap().to_string().contains("2 new columns of "));
}
