//! Pages that lose no row are copied as they are, and everything that is said of the chunk stays true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::serialized_reader::SerializedPageReader;
use ringfence::sink::rewrite::{Options, Selection, edit};

use crate::records::{File, Record};

const ROWS: usize = 2000;
const ROWS_OF_A_PAGE: usize = 50;

/// Columns: required, with nulls, with nulls on two levels, ascending, all null; texts of which no two are equal.
fn batch() -> RecordBatch {
    let mut state = 1_u64;
    let mut word = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x} ", state >> 33)
    };
    let mut text = |row: usize| format!("{}{row}", (0..5 + row % 30).map(|_| word()).collect::<String>());
    let required: StringArray = (0..ROWS).map(|row| Some(text(row))).collect();
    let mut with_nulls = || -> StringArray { (0..ROWS).map(|row| (row % 7 > 0).then(|| text(row))).collect() };
    let (optional, inner): (_, ArrayRef) = (with_nulls(), Arc::new(with_nulls()));
    let present = (0..ROWS).map(|row| row % 5 > 0).collect::<Vec<_>>().into();
    let field = Arc::new(Field::new("inner", DataType::Utf8, true));
    let nested = StructArray::new(vec![field].into(), vec![inner], Some(present));
    let ascending: StringArray = (0..ROWS).map(|row| Some(format!("{row:09} {}", text(row)))).collect();
    let nothing = StringArray::from(vec![None::<&str>; ROWS]);
    let columns: [(&str, ArrayRef, bool); 5] = [
        ("required", Arc::new(required), false),
        ("optional", Arc::new(optional), true),
        ("nested", Arc::new(nested), true),
        ("ascending", Arc::new(ascending), false),
        ("nothing", Arc::new(nothing), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn written(properties: WriterPropertiesBuilder) -> File {
    let properties = properties.set_data_page_row_count_limit(ROWS_OF_A_PAGE).set_write_batch_size(ROWS_OF_A_PAGE);
    let mut writer = ArrowWriter::try_new(Vec::new(), batch().schema(), Some(properties.build())).unwrap();
    writer.write(&batch()).unwrap();
    File::new(writer.into_inner().unwrap())
}

fn without(source: &File, dropped: &dyn Fn(usize) -> bool) -> File {
    let mut out = Vec::new();
    let select = |_| Selection::Rows((0..ROWS).map(|row| !dropped(row)).collect());
    let bytes = Arc::new(source.bytes.clone());
    edit(Path::new("x"), &bytes, &mut { select }, &mut out, &Options::default()).unwrap();
    File::new(out)
}

/// A name, and which rows are dropped.
type Case = (&'static str, fn(usize) -> bool);

/// A row here and there; a whole page; the first row, with the dictionary; nulls; the extremes of the ascending column.
const DROPPED: [Case; 5] = [
    ("scattered", |row| row % 371 == 370),
    ("a page", |row| (700..750).contains(&row)),
    ("the first rows", |row| row < 3),
    ("nulls and others", |row| (1120..1124).contains(&row) || row == 1505),
    ("both ends", |row| row == 0 || row == ROWS - 1),
];

fn chunk(file: &File, column: usize) -> &ColumnChunkMetaData {
    file.metadata.row_group(0).column(column)
}

fn pages(file: &File, column: usize) -> Vec<Page> {
    let bytes = Arc::new(file.bytes.clone());
    let mut reader = SerializedPageReader::new(bytes, chunk(file, column), ROWS, None).unwrap();
    std::iter::from_fn(|| reader.get_next_page().unwrap()).collect()
}

/// The bytes of the data pages by the offset index.
fn raw_pages(file: &File, column: usize) -> Vec<&[u8]> {
    let index = &file.metadata.offset_index().unwrap()[0][column];
    let at = |place: &parquet::file::page_index::offset_index::PageLocation| {
        &file.bytes[place.offset as usize..place.offset as usize + place.compressed_page_size as usize]
    };
    index.page_locations.iter().map(at).collect()
}

/// What is said of every column of the copy is true; returns how many of its pages are the source's, by column.
fn check(case: &str, source: &File, copy: &File, dropped: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let columns = 0..source.columns();
    let each = columns.map(|column| {
        let case = format!("{case}, column {column}");
        let mut expected = source.records(column);
        let mut rows = 0..;
        expected.retain(|_| !dropped(rows.next().unwrap()));
        assert!(copy.records(column) == expected, "{case}");
        check_chunk(&case, copy, column, &expected);
        if copy.metadata.offset_index().is_none() {
            return 0;
        }
        check_index(&case, copy, column, &expected);
        let (old, new): (BTreeSet<_>, _) = (raw_pages(source, column).into_iter().collect(), raw_pages(copy, column));
        new.iter().filter(|page| old.contains(*page)).count()
    });
    each.collect()
}

fn check_chunk(case: &str, copy: &File, column: usize, records: &[Record]) {
    let found = chunk(copy, column);
    let values: Vec<&[u8]> = records.iter().flatten().filter_map(|(_, _, value)| value.as_deref()).collect();
    assert_eq!(found.num_values() as usize, records.len(), "{case}");
    if let Some(bytes) = found.unencoded_byte_array_data_bytes() {
        assert_eq!(bytes as usize, values.iter().map(|value| value.len()).sum::<usize>(), "{case}");
    }
    if let Some(histogram) = found.definition_level_histogram() {
        let count = |level| records.iter().flatten().filter(|(def, _, _)| *def as usize == level).count() as i64;
        assert_eq!(histogram.values(), (0..histogram.len()).map(count).collect::<Vec<_>>(), "{case}");
    }
    if let Some(statistics) = found.statistics() {
        assert_eq!(statistics.null_count_opt(), Some((records.len() - values.len()) as u64), "{case}");
        let (min, max) = (statistics.min_bytes_opt(), statistics.max_bytes_opt());
        assert_eq!(min.is_some(), !values.is_empty(), "{case}");
        assert!(values.iter().all(|value| min <= Some(value) && max >= Some(value)), "{case}");
        assert!(!statistics.min_is_exact() || min == values.iter().min().copied(), "{case}");
        assert!(!statistics.max_is_exact() || max == values.iter().max().copied(), "{case}");
    }
    let mut counts: BTreeMap<(PageType, Encoding), i32> = BTreeMap::new();
    let (mut encodings, mut first_is_dictionary) = (BTreeSet::new(), false);
    for (nth, page) in pages(copy, column).iter().enumerate() {
        *counts.entry((page.page_type(), page.encoding())).or_default() += 1;
        encodings.insert(page.encoding());
        first_is_dictionary |= nth == 0 && page.is_dictionary_page();
    }
    let said = found.page_encoding_stats().unwrap().iter().map(|of| ((of.page_type, of.encoding), of.count));
    assert_eq!(said.collect::<BTreeMap<_, _>>(), counts, "{case}");
    assert_eq!(found.dictionary_page_offset().is_some(), first_is_dictionary, "{case}");
    encodings.insert(Encoding::RLE);
    assert_eq!(found.encodings().collect::<BTreeSet<_>>(), encodings, "{case}");
}

fn check_index(case: &str, copy: &File, column: usize, records: &[Record]) {
    let offsets = &copy.metadata.offset_index().unwrap()[0][column];
    let data: Vec<Page> = pages(copy, column).into_iter().filter(Page::is_data_page).collect();
    assert_eq!(offsets.page_locations.len(), data.len(), "{case}");
    let index = copy.metadata.column_index().map(|all| &all[0][column]);
    let (mut row, mut bounds) = (0, Vec::new());
    for (nth, page) in data.iter().enumerate() {
        assert_eq!(offsets.page_locations[nth].first_row_index as usize, row, "{case}, page {nth}");
        let of_page = &records[row..row + page.num_values() as usize];
        row += of_page.len();
        let values: Vec<&[u8]> = of_page.iter().flatten().filter_map(|(_, _, value)| value.as_deref()).collect();
        let texts = &offsets.unencoded_byte_array_data_bytes.as_ref().unwrap()[nth];
        assert_eq!(*texts as usize, values.iter().map(|value| value.len()).sum::<usize>(), "{case}, page {nth}");
        let Some(ColumnIndexMetaData::BYTE_ARRAY(index)) = index else { continue };
        assert_eq!(index.is_null_page(nth), values.is_empty(), "{case}, page {nth}");
        assert_eq!(index.null_count(nth), Some((of_page.len() - values.len()) as i64), "{case}, page {nth}");
        let (min, max) = (index.min_value(nth), index.max_value(nth));
        assert!(values.iter().all(|value| min <= Some(value) && max >= Some(value)), "{case}, page {nth}");
        bounds.extend(min.zip(max));
        if let Some(levels) = index.definition_level_histogram(nth) {
            let count = |level| of_page.iter().flatten().filter(|(def, _, _)| *def as usize == level).count() as i64;
            assert_eq!(levels, (0..levels.len()).map(count).collect::<Vec<_>>(), "{case}, page {nth}");
        }
    }
    assert_eq!(row, records.len(), "{case}");
    if index.and_then(ColumnIndexMetaData::get_boundary_order) == Some(BoundaryOrder::ASCENDING) {
        assert!(bounds.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1), "{case}");
    }
}

fn plain() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_dictionary_enabled(false).set_encoding(Encoding::PLAIN)
}

/// With a dictionary that is given up after some pages.
fn fallback() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_dictionary_page_size_limit(20_000).set_encoding(Encoding::PLAIN)
}

#[test]
fn pages_without_a_dropped_row_are_copied_under_every_codec() {
    use Compression::{BROTLI, GZIP, LZ4, LZ4_RAW, SNAPPY, UNCOMPRESSED, ZSTD};
    let codecs = [
        UNCOMPRESSED,
        SNAPPY,
        LZ4,
        LZ4_RAW,
        GZIP(Default::default()),
        BROTLI(Default::default()),
        ZSTD(Default::default()),
    ];
    for codec in codecs {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let source = written(plain().set_compression(codec).set_writer_version(version));
            for (what, dropped) in DROPPED {
                let case = format!("{codec:?}, {version:?}, {what}");
                let copy = without(&source, &dropped);
                let copied = check(&case, &source, &copy, &dropped);
                let touched: BTreeSet<_> =
                    (0..ROWS).filter(|&row| dropped(row)).map(|row| row / ROWS_OF_A_PAGE).collect();
                let expected = ROWS / ROWS_OF_A_PAGE - touched.len();
                assert_eq!(copied[..3], [expected; 3], "{case}");
                // Of an ascending column, the ends are the extremes: it is encoded anew.
                assert_eq!(copied[3], if dropped(0) { 0 } else { expected }, "{case}");
            }
        }
    }
}

#[test]
fn a_dictionary_goes_with_a_row_that_used_it_and_stays_otherwise() {
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let source = written(fallback().set_compression(Compression::UNCOMPRESSED).set_writer_version(version));
        for (what, dropped) in DROPPED {
            let case = format!("{version:?}, {what}");
            let copy = without(&source, &dropped);
            check(&case, &source, &copy, &dropped);
            for column in 0..2 {
                assert!(chunk(&source, column).dictionary_page_offset().is_some());
                let stays = !dropped(0);
                assert_eq!(chunk(&copy, column).dictionary_page_offset().is_some(), stays, "{case}");
            }
        }
    }
}

#[test]
fn nothing_of_a_dropped_text_is_left_anywhere_in_the_file() {
    for properties in [plain(), fallback(), WriterProperties::builder()] {
        let source = written(properties.set_compression(Compression::UNCOMPRESSED));
        for (what, dropped) in DROPPED {
            let copy = without(&source, &dropped);
            for column in 0..source.columns() {
                let records = source.records(column);
                let gone = records.iter().enumerate().filter(|(row, _)| dropped(*row));
                for text in gone.flat_map(|(_, record)| record).filter_map(|(_, _, value)| value.as_ref()) {
                    let start = &text[..text.len().min(40)];
                    let found = copy.bytes.windows(start.len()).any(|bytes| bytes == start);
                    assert!(!found, "{what}, column {column}: {}", String::from_utf8_lossy(text));
                }
            }
        }
    }
}

#[test]
fn other_encodings_and_less_statistics_are_kept_too() {
    let encoded = |encoding| plain().set_encoding(encoding).set_writer_version(WriterVersion::PARQUET_2_0);
    let cases = [
        ("delta length", encoded(Encoding::DELTA_LENGTH_BYTE_ARRAY)),
        ("delta", encoded(Encoding::DELTA_BYTE_ARRAY)),
        ("no statistics", plain().set_statistics_enabled(EnabledStatistics::None)),
        ("no page statistics", plain().set_statistics_enabled(EnabledStatistics::Chunk)),
        ("no page index", plain().set_statistics_enabled(EnabledStatistics::Chunk).set_offset_index_disabled(true)),
        ("Bloom filters", plain().set_bloom_filter_enabled(true)),
        ("statistics in pages", fallback().set_write_page_header_statistics(true)),
    ];
    for (how, properties) in cases {
        let source = written(properties.set_compression(Compression::ZSTD(Default::default())));
        for (what, dropped) in DROPPED {
            let copy = without(&source, &dropped);
            let copied = check(&format!("{how}, {what}"), &source, &copy, &dropped);
            assert!(how == "no page index" || copied[0] > 30, "{how}, {what}: {copied:?}");
            for column in 0..source.columns() {
                let (old, new) = (chunk(&source, column), chunk(&copy, column));
                assert_eq!(old.statistics().is_some(), new.statistics().is_some(), "{how}, {what}");
                assert_eq!(old.column_index_offset().is_some(), new.column_index_offset().is_some(), "{how}, {what}");
                assert_eq!(old.offset_index_offset().is_some(), new.offset_index_offset().is_some(), "{how}, {what}");
                assert_eq!(crate::bloom(&source, old).is_some(), crate::bloom(&copy, new).is_some(), "{how}, {what}");
            }
        }
    }
}

#[test]
fn a_chunk_that_changes_everywhere_is_encoded_anew() {
    let source = written(plain());
    let dropped = |row: usize| row % 30 == 7;
    let copy = without(&source, &dropped);
    assert_eq!(check("everywhere", &source, &copy, &dropped), [0; 5]);
    assert!(raw_pages(&copy, 0).len() < raw_pages(&source, 0).len());
}
