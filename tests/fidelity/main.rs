//! A rewritten shard differs from its source by the dropped rows, and by nothing else.
//!
//! Each file of `fixtures/shapes` (made by `scripts/make_fixtures.py`) is rewritten by several patterns and compared
//! with its source. `cargo test --test fidelity -- --ignored` leaves the copies in `target/tmp/fidelity`, for
//! `scripts/check_fidelity.py` to open with other readers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests: a panic is how they fail"
)]

mod append;
mod damage;
mod large;
mod pages;
mod records;
mod redact;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Encoding, Type};
use parquet::file::metadata::ColumnChunkMetaData;
use records::File;
use ringfence::sink::rewrite::{Options, Rewritten, Selection, edit};

/// Which rows stay, by row group, row in the group, and rows of the group.
type Pattern = (&'static str, fn(usize, usize, usize) -> bool);

const PATTERNS: [Pattern; 8] = [
    ("everything", |_, _, _| true),
    ("nothing", |_, _, _| false),
    ("without_the_first_rows", |_, row, _| row > 1),
    ("without_the_last_row", |_, row, rows| row + 1 < rows),
    ("only_the_last_row", |_, row, rows| row + 1 == rows),
    ("every_third", |_, row, _| row % 3 == 0),
    ("without_the_first_group", |group, _, _| group > 0),
    ("two_of_the_second_group", |group, row, _| group != 1 || matches!(row, 3 | 7)),
];

fn shapes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shapes");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 40, "only {} fixtures", paths.len());
    paths
}

fn name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn marks(source: &File, group: usize, pattern: Pattern) -> Vec<bool> {
    let rows = source.rows(group);
    (0..rows).map(|row| pattern.1(group, row, rows)).collect()
}

fn rewrite(path: &Path, source: &File, pattern: Pattern) -> (File, Rewritten) {
    let mut out = Vec::new();
    let mut select = |group| match marks(source, group, pattern) {
        marks if marks.iter().all(|&mark| mark) => Selection::All,
        marks if marks.contains(&true) => Selection::Rows(marks),
        _ => Selection::None,
    };
    let done = edit(path, &Arc::new(source.bytes.clone()), &mut select, &mut out, &Options::default());
    (File::new(out), done.unwrap_or_else(|e| panic!("{} {}: {e}", path.display(), pattern.0)))
}

/// Calls `check` for each fixture and pattern, with the source's row groups that have a copy.
fn each(check: impl Fn(&str, &File, &File, &Rewritten, &[(usize, Vec<bool>)])) {
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        for pattern in PATTERNS {
            let (copy, done) = rewrite(&path, &source, pattern);
            let groups: Vec<_> = (0..source.groups())
                .map(|group| (group, marks(&source, group, pattern)))
                .filter(|(_, marks)| marks.is_empty() || marks.contains(&true))
                .collect();
            check(&format!("{} {}", name(&path), pattern.0), &source, &copy, &done, &groups);
        }
    }
}

#[test]
fn kept_records_are_the_sources_bit_by_bit_in_order() {
    each(|case, source, copy, done, groups| {
        for column in 0..source.columns() {
            let expected: Vec<_> = groups
                .iter()
                .flat_map(|(group, marks)| {
                    source.records_of(*group, column).into_iter().zip(marks).filter(|(_, mark)| **mark)
                })
                .map(|(record, _)| record)
                .collect();
            assert!(copy.records(column) == expected, "{case}: column {column}");
        }
        assert_eq!(copy.all_rows() as u64, done.rows_kept, "{case}");
        assert_eq!(source.all_rows() as u64, done.rows_kept + done.rows_dropped, "{case}");
    });
}

#[test]
fn row_group_boundaries_are_kept_and_emptied_groups_left_out() {
    each(|case, source, copy, done, groups| {
        let expected: Vec<_> = groups.iter().map(|(_, marks)| marks.iter().filter(|&&mark| mark).count()).collect();
        let found: Vec<_> = (0..copy.groups()).map(|group| copy.rows(group)).collect();
        assert_eq!(found, expected, "{case}");
        let whole = groups.iter().filter(|(_, marks)| marks.iter().all(|&mark| mark)).count();
        assert_eq!(done.groups_copied, whole as u64, "{case}");
        assert_eq!(done.groups_rewritten, (groups.len() - whole) as u64, "{case}");
        assert_eq!(done.groups_left_out, (source.groups() - groups.len()) as u64, "{case}");
    });
}

#[test]
fn schema_and_metadata_of_the_file_are_the_sources() {
    each(|case, source, copy, _, _| {
        let (old, new) = (source.metadata.file_metadata(), copy.metadata.file_metadata());
        assert_eq!(old.schema(), new.schema(), "{case}");
        assert_eq!(old.key_value_metadata(), new.key_value_metadata(), "{case}");
        assert_eq!(old.created_by(), new.created_by(), "{case}");
        assert_eq!(old.version(), new.version(), "{case}");
        assert_eq!(old.column_orders(), new.column_orders(), "{case}");
    });
}

/// A chunk's bytes in the file.
fn raw<'a>(file: &'a File, chunk: &ColumnChunkMetaData) -> &'a [u8] {
    let (start, length) = chunk.byte_range();
    &file.bytes[start as usize..(start + length) as usize]
}

#[test]
fn row_groups_that_lose_no_row_are_copied_byte_for_byte() {
    each(|case, source, copy, _, groups| {
        for (new_group, (group, _)) in
            groups.iter().enumerate().filter(|(_, (_, marks))| marks.iter().all(|&mark| mark))
        {
            assert_whole(case, (source, *group), (copy, new_group));
        }
    });
}

/// Everything about the source's columns is the same in the copy's row group, but for the places in the file.
fn assert_whole(case: &str, (source, group): (&File, usize), (copy, new_group): (&File, usize)) {
    let (old_group, copied) = (source.metadata.row_group(group), copy.metadata.row_group(new_group));
    assert_eq!(old_group.sorting_columns(), copied.sorting_columns(), "{case}");
    for column in 0..source.columns() {
        assert_column(case, (source, group), (copy, new_group), column);
    }
}

/// The same of one column.
fn assert_column(case: &str, (source, group): (&File, usize), (copy, new_group): (&File, usize), column: usize) {
    let (old_group, copied) = (source.metadata.row_group(group), copy.metadata.row_group(new_group));
    let (old, new) = (old_group.column(column), copied.column(column));
    let case = format!("{case}: group {group}, column {column}");
    assert!(raw(source, old) == raw(copy, new), "{case}");
    assert_eq!(old.statistics(), new.statistics(), "{case}");
    assert_eq!(old.page_encoding_stats(), new.page_encoding_stats(), "{case}");
    assert_eq!(old.encodings_mask(), new.encodings_mask(), "{case}");
    assert_eq!(old.compression_codec(), new.compression_codec(), "{case}");
    assert_eq!(old.num_values(), new.num_values(), "{case}");
    assert_eq!(old.uncompressed_size(), new.uncompressed_size(), "{case}");
    assert_eq!(old.definition_level_histogram(), new.definition_level_histogram(), "{case}");
    assert_eq!(old.repetition_level_histogram(), new.repetition_level_histogram(), "{case}");
    assert_eq!(old.unencoded_byte_array_data_bytes(), new.unencoded_byte_array_data_bytes(), "{case}");
    let index = |file: &File, group: usize| file.metadata.column_index().map(|all| all[group][column].clone());
    assert_eq!(index(source, group), index(copy, new_group), "{case}");
    let moved = new.byte_range().0 as i64 - old.byte_range().0 as i64;
    let places = |file: &File, group: usize, by: i64| {
        let index = file.metadata.offset_index()?[group][column].clone();
        let place = |p: &parquet::file::page_index::offset_index::PageLocation| {
            (p.offset + by, p.compressed_page_size, p.first_row_index)
        };
        Some((index.page_locations.iter().map(place).collect::<Vec<_>>(), index.unencoded_byte_array_data_bytes))
    };
    assert_eq!(places(source, group, moved), places(copy, new_group, 0), "{case}");
    assert_eq!(bloom(source, old), bloom(copy, new), "{case}");
}

fn bloom(file: &File, chunk: &ColumnChunkMetaData) -> Option<Vec<u8>> {
    let filter = parquet::bloom_filter::Sbbf::read_from_column_chunk(chunk, &file.bytes).unwrap()?;
    let mut bytes = Vec::new();
    filter.write(&mut bytes).unwrap();
    Some(bytes)
}

#[test]
fn rewritten_row_groups_are_written_as_the_source_was() {
    each(|case, source, copy, _, groups| {
        for (new_group, (group, _)) in groups.iter().enumerate().filter(|(_, (_, marks))| marks.contains(&false)) {
            let (old_group, rewritten) = (source.metadata.row_group(*group), copy.metadata.row_group(new_group));
            assert_eq!(old_group.sorting_columns(), rewritten.sorting_columns(), "{case}");
            for column in 0..source.columns() {
                let (old, new) = (old_group.column(column), rewritten.column(column));
                let case = format!("{case}: group {group}, column {column} ({})", old.column_path());
                assert_eq!(old.compression_codec(), new.compression_codec(), "{case}");
                assert_eq!(old.statistics().is_some(), new.statistics().is_some(), "{case}");
                // A page of nothing but NaN has no extremes, and then there can be no index of them.
                let extremes =
                    new.statistics().is_some_and(|s| s.min_bytes_opt().is_some() || s.null_count_opt() > Some(0));
                let indexed = old.column_index_offset().is_some() && extremes;
                assert_eq!(indexed, new.column_index_offset().is_some(), "{case}");
                assert_eq!(old.offset_index_offset().is_some(), new.offset_index_offset().is_some(), "{case}");
                assert_eq!(old.bloom_filter_offset().is_some(), new.bloom_filter_offset().is_some(), "{case}");
                let fixed = old.column_type() == Type::FIXED_LEN_BYTE_ARRAY;
                let (old, new) = (source.pages(*group, column), copy.pages(new_group, column));
                assert_eq!(old.is_v2, new.is_v2, "{case}");
                if fixed && old.is_v2.contains(&false) {
                    // The parquet crate writes no dictionary of fixed-length values with version 1 pages.
                    assert_eq!(new.encodings, BTreeSet::from([Encoding::PLAIN]), "{case}");
                    continue;
                }
                assert_eq!(old.has_dictionary, new.has_dictionary, "{case}");
                // Fewer values may fit the dictionary where more did not.
                let names = |all: &BTreeSet<Encoding>| -> BTreeSet<_> { all.iter().copied().map(new_name).collect() };
                assert!(names(&new.encodings).is_subset(&names(&old.encodings)), "{case}: {old:?} became {new:?}");
            }
        }
    });
}

fn new_name(encoding: Encoding) -> Encoding {
    if encoding == Encoding::PLAIN_DICTIONARY { Encoding::RLE_DICTIONARY } else { encoding }
}

#[test]
fn bloom_filters_know_every_kept_value() {
    let mut filters = 0;
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        let (copy, _) = rewrite(&path, &source, PATTERNS[5]);
        for group in 0..copy.groups() {
            for column in 0..copy.columns() {
                let chunk = copy.metadata.row_group(group).column(column);
                let filter = parquet::bloom_filter::Sbbf::read_from_column_chunk(chunk, &copy.bytes).unwrap();
                let Some(filter) = filter else { continue };
                filters += 1;
                let values = copy.records_of(group, column).into_iter().flatten().filter_map(|(_, _, value)| value);
                values.for_each(|value| assert!(filter.check(value.as_slice()), "{}: {value:?}", path.display()));
            }
        }
    }
    assert!(filters >= 3, "the fixtures have too few Bloom filters: {filters}");
}

#[test]
fn a_selection_that_does_not_fit_its_row_group_is_an_error() {
    let path = &shapes()[0];
    let source = Arc::new(bytes::Bytes::from(fs::read(path).unwrap()));
    let select = |_| Selection::Rows(vec![true]);
    let done = edit(path, &source, &mut { select }, std::io::sink(), &Options::default());
    assert!(done.unwrap_err().to_string().contains("row group 0: expected a selection of"));
}

#[test]
#[ignore = "leaves files for scripts/check_fidelity.py"]
fn copies_for_other_readers() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fidelity");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let leave = |path: &Path, kind: &str, copy: &[u8], kept: Vec<String>, added: &[String]| {
        let stem = format!("{}.{kind}", name(path));
        fs::write(folder.join(format!("{stem}.parquet")), copy).unwrap();
        let source = serde_json::json!(path);
        let json = format!(r#"{{"source":{source},"kept":[{}],"added":{added:?}}}"#, kept.join(","));
        fs::write(folder.join(format!("{stem}.json")), json).unwrap();
    };
    for path in shapes() {
        let source = File::new(fs::read(&path).unwrap());
        for pattern in PATTERNS {
            let all = (0..source.groups()).flat_map(|group| marks(&source, group, pattern));
            let kept = all.enumerate().filter(|(_, mark)| *mark).map(|(row, _)| row.to_string()).collect();
            leave(&path, pattern.0, &rewrite(&path, &source, pattern).0.bytes, kept, &[]);
        }
        let kept = (0..source.all_rows()).map(|row| row.to_string()).collect();
        leave(&path, "annotated", &append::annotate(&path, &source).bytes, kept, &append::names());
    }
}
