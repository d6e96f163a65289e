//! A redacted shard differs from its source by the replaced texts, and by nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Type;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{WriterProperties, WriterVersion};
use ringfence::sink::rewrite::{Edit, Options, Place, Rewritten, Selection, edit};

use crate::records::{File, Record};
use crate::{assert_column, bloom, name, new_name, shapes};

/// What every third text becomes, in the row groups with an even number.
fn new_text(at: Place, text: &[u8]) -> Option<Vec<u8>> {
    (at.group.is_multiple_of(2) && (at.row + at.index as usize) % 3 == 1).then(|| {
        let (start, end) = text.split_at(text.len() / 2);
        [start, b"[REDACTED]", &end[end.len() / 2..]].concat()
    })
}

/// Replaces texts of some columns, and drops rows if it is told to.
struct Redact<'a> {
    columns: &'a [usize],
    drop: bool,
    source: &'a File,
}

impl Edit for Redact<'_> {
    fn rows(&mut self, group: usize) -> Selection {
        let keep = (0..self.source.rows(group)).map(|row| row % 5 != 3).collect();
        if self.drop { Selection::Rows(keep) } else { Selection::All }
    }

    fn touches(&self, group: usize, column: usize) -> bool {
        group.is_multiple_of(2) && self.columns.contains(&column)
    }

    fn replace(&mut self, place: Place, text: &[u8]) -> Option<Vec<u8>> {
        new_text(place, text)
    }
}

/// The columns whose values are texts or other bytes.
fn byte_columns(file: &File) -> Vec<usize> {
    let columns = file.metadata.file_metadata().schema_descr().columns().iter().enumerate();
    columns.filter(|(_, column)| column.physical_type() == Type::BYTE_ARRAY).map(|(column, _)| column).collect()
}

pub(crate) fn redact(path: &Path, source: &File, columns: &[usize], drop: bool) -> (File, Rewritten) {
    let (mut out, mut change) = (Vec::new(), Redact { columns, drop, source });
    let done = edit(path, &Arc::new(source.bytes.clone()), &mut change, &mut out, &Options::default());
    (File::new(out), done.unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// A column chunk's records with the texts replaced, by way of its levels.
pub(crate) fn expected(source: &File, group: usize, column: usize) -> Vec<Record> {
    let slot = source.metadata.file_metadata().schema_descr().column(column).repeated_ancestor_def_level();
    let mut records = source.records_of(group, column);
    for (row, record) in records.iter_mut().enumerate() {
        let slots = record.iter_mut().filter(|(def, _, _)| *def >= slot);
        for (index, (_, _, value)) in (0..).zip(slots) {
            if let Some(text) = value
                && let Some(new) = new_text(Place { group, column, row, index }, text)
            {
                *text = new;
            }
        }
    }
    records
}

#[test]
fn replaced_texts_are_all_that_changes() {
    let mut replaced = 0;
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        for column in byte_columns(&source) {
            let (copy, done) = redact(&path, &source, &[column], false);
            let case = format!("{}, column {column}", name(&path));
            assert_eq!((copy.groups(), done.rows_dropped), (source.groups(), 0), "{case}");
            let rewritten = (0..source.groups()).step_by(2).filter(|group| source.rows(*group) > 0).count();
            assert_eq!(done.groups_rewritten, rewritten as u64, "{case}");
            for group in 0..source.groups() {
                for other in (0..source.columns()).filter(|other| *other != column || group % 2 == 1) {
                    assert_column(&case, (&source, group), (&copy, group), other);
                }
                if group % 2 == 0 {
                    let records = expected(&source, group, column);
                    replaced += usize::from(records != source.records_of(group, column));
                    assert!(copy.records_of(group, column) == records, "{case}, group {group}");
                    assert_written_alike(&format!("{case}, group {group}"), &source, &copy, (group, column));
                }
            }
            let (old, new) = (source.metadata.file_metadata(), copy.metadata.file_metadata());
            assert_eq!(old.schema(), new.schema(), "{case}");
            assert_eq!(old.key_value_metadata(), new.key_value_metadata(), "{case}");
            assert_eq!((old.created_by(), old.version()), (new.created_by(), new.version()), "{case}");
        }
    }
    assert!(replaced > 100, "{replaced}");
}

/// Codec, pages, encodings, statistics, index and filter of a column with replaced texts are of the source's kind.
fn assert_written_alike(case: &str, source: &File, copy: &File, (group, column): (usize, usize)) {
    let chunk = |file: &File| file.metadata.row_group(group).column(column).clone();
    let (old, new) = (chunk(source), chunk(copy));
    assert_eq!(old.compression_codec(), new.compression_codec(), "{case}");
    assert_eq!(old.statistics().is_some(), new.statistics().is_some(), "{case}");
    assert_eq!(old.column_index_offset().is_some(), new.column_index_offset().is_some(), "{case}");
    assert_eq!(old.offset_index_offset().is_some(), new.offset_index_offset().is_some(), "{case}");
    assert_eq!(bloom(source, &old).is_some(), bloom(copy, &new).is_some(), "{case}");
    let (old, new) = (source.pages(group, column), copy.pages(group, column));
    assert_eq!((old.is_v2, old.has_dictionary), (new.is_v2, new.has_dictionary), "{case}");
    let names = |all: BTreeSet<_>| -> BTreeSet<_> { all.into_iter().map(new_name).collect() };
    assert!(names(new.encodings.clone()).is_subset(&names(old.encodings)), "{case}: {:?}", new.encodings);
}

#[test]
fn texts_are_replaced_in_several_columns_while_rows_go() {
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        let columns = byte_columns(&source);
        let (copy, _) = redact(&path, &source, &columns, true);
        for column in 0..source.columns() {
            let of_group = |group| {
                let touched = group % 2 == 0 && columns.contains(&column);
                let all = if touched { expected(&source, group, column) } else { source.records_of(group, column) };
                all.into_iter().enumerate().filter(|(row, _)| row % 5 != 3).map(|(_, record)| record)
            };
            let kept: Vec<Record> = (0..source.groups()).flat_map(of_group).collect();
            assert!(copy.records(column) == kept, "{}: column {column}", path.display());
        }
    }
}

#[test]
fn statistics_and_filters_know_the_new_texts() {
    let mut filters = 0;
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        let columns = byte_columns(&source);
        let (copy, _) = redact(&path, &source, &columns, false);
        for (group, column) in (0..copy.groups()).flat_map(|group| columns.iter().map(move |column| (group, *column))) {
            let chunk = copy.metadata.row_group(group).column(column);
            let filter = parquet::bloom_filter::Sbbf::read_from_column_chunk(chunk, &copy.bytes).unwrap();
            let Some(filter) = filter else { continue };
            filters += 1;
            let values = copy.records_of(group, column).into_iter().flatten().filter_map(|(_, _, value)| value);
            values.for_each(|value| assert!(filter.check(value.as_slice()), "{}: {value:?}", path.display()));
        }
    }
    assert!(filters > 0);
}

#[test]
fn rows_are_no_longer_said_to_be_sorted_by_replaced_texts() {
    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let batch =
        RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1, 1, 2])) as ArrayRef), ("t", texts)]);
    let by = |column_idx| SortingColumn { column_idx, descending: false, nulls_first: true };
    for (sorting, left) in
        [(vec![by(0), by(1)], Some(vec![by(0)])), (vec![by(1), by(0)], None), (vec![by(0)], Some(vec![by(0)]))]
    {
        let properties = WriterProperties::builder()
            .set_sorting_columns(Some(sorting))
            .set_writer_version(WriterVersion::PARQUET_2_0);
        let batch = batch.as_ref().unwrap();
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
        writer.write(batch).unwrap();
        let source = File::new(writer.into_inner().unwrap());
        let (copy, _) = redact(Path::new("x"), &source, &[1], false);
        let found = copy.metadata.row_group(0).sorting_columns().cloned().filter(|all| !all.is_empty());
        assert_eq!(found, left);
    }
}

#[test]
fn texts_of_another_type_are_an_error() {
    let path = shapes().into_iter().find(|path| name(path) == "numbers").unwrap();
    let source = File::new(fs::read(&path).unwrap());
    let number = (0..source.columns()).find(|column| !byte_columns(&source).contains(column)).unwrap();
    let columns = [number];
    let mut change = Redact { columns: &columns, drop: false, source: &source };
    let done = edit(&path, &Arc::new(source.bytes.clone()), &mut change, std::io::sink(), &Options::default());
    assert!(done.unwrap_err().to_string().contains("texts to be replaced"));
}
