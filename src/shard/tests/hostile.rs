//! Files that are damaged or lie: an error that says so, never a panic, never a shorter result.

use std::sync::LazyLock;

use arrow_array::StringArray;
use arrow_array::builder::{ListBuilder, StringBuilder};
use parquet::basic::Compression;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::properties::WriterVersion;
use proptest::prelude::*;

use super::*;

fn sample() -> Vec<u8> {
    let texts: Vec<_> = (0..50).map(|n| format!("text {}", n % 7)).collect();
    written("text", &[Arc::new(StringArray::from(texts))], WriterProperties::builder().build())
}

fn failure(bytes: &[u8]) -> String {
    let file = stored(bytes);
    let errors = [Io::Map, Io::Read].map(|io| read(file.path(), "text", io).expect_err("an error").to_string());
    assert_eq!(errors[0], errors[1]);
    assert!(errors[0].contains(&file.path().display().to_string()), "{}", errors[0]);
    errors[0].clone()
}

fn footer_length(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize
}

/// The same file with another footer.
fn with_footer(bytes: &[u8], change: impl Fn(ParquetMetaData) -> ParquetMetaData) -> Vec<u8> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let mut out = bytes[..bytes.len() - 8 - footer_length(bytes)].to_vec();
    ParquetMetaDataWriter::new(&mut out, &change(metadata)).finish().unwrap();
    out
}

fn with_rows(bytes: &[u8], rows: i64) -> Vec<u8> {
    with_footer(bytes, |metadata| {
        let facts = metadata.file_metadata();
        let file = FileMetaData::new(facts.version(), rows, None, None, facts.schema_descr_ptr(), None);
        let group = metadata.row_group(0).clone().into_builder().set_num_rows(rows).build().unwrap();
        ParquetMetaData::new(file, vec![group])
    })
}

fn with_chunk(bytes: &[u8], change: impl Fn(ColumnChunkMetaData) -> ColumnChunkMetaData) -> Vec<u8> {
    with_footer(bytes, |metadata| {
        let chunk = change(metadata.row_group(0).column(0).clone());
        let group: RowGroupMetaData =
            metadata.row_group(0).clone().into_builder().set_column_metadata(vec![chunk]).build().unwrap();
        ParquetMetaData::new(metadata.file_metadata().clone(), vec![group])
    })
}

#[test]
fn files_that_are_not_parquet_are_told_apart() {
    let good = sample();
    let mut encrypted = good.clone();
    let end = encrypted.len();
    encrypted[end - 4..].copy_from_slice(b"PARE");
    let mut lying = good.clone();
    lying[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut garbled = good.clone();
    garbled[end - 8..end - 4].copy_from_slice(&9_u32.to_le_bytes());
    let cases: [(&[u8], &str); 9] = [
        (b"", "empty file"),
        (b"{\"text\": \"JSON\"}\n", "starts with \"{\\\"te\""),
        (b"PA", "starts with \"PA\""),
        (b"PAR1", "the start of one (4 bytes)"),
        (b"PAR1PAR1", "the start of one (8 bytes)"),
        (&good[..end - 1], "without an end"),
        (&encrypted, "encrypted footer"),
        (&lying, "claims 4294967295 bytes"),
        (&garbled, "footer"),
    ];
    for (bytes, message) in cases {
        let error = failure(bytes);
        assert!(error.contains(message), "{message}: {error}");
    }
    let whole = [b"PARE".as_slice(), &good[4..]].concat();
    assert!(failure(&whole).contains("an encrypted file"));
}

#[test]
fn encrypted_columns_under_a_plain_footer_are_refused() {
    let good = sample();
    let (body, footer) = good.split_at(good.len() - 8 - footer_length(&good));
    // The footer ends with field 7 and a 0. Field 8, encryption_algorithm, comes between them.
    let footer = [&footer[..footer.len() - 9], &[0x1c, 0, 0]].concat();
    let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
    let encrypted = [body, &footer, &length, b"PAR1"].concat();
    assert!(failure(&encrypted).contains("encrypted columns"));
}

#[test]
fn a_folder_is_not_a_shard() {
    let folder = tempfile::tempdir().unwrap();
    let error = ParquetShard::open(folder.path(), Io::Map).unwrap_err().to_string();
    assert!(error.contains("a folder"), "{error}");
    let error = ParquetShard::open(&folder.path().join("none"), Io::Map).unwrap_err().to_string();
    assert!(error.contains("cannot open"), "{error}");
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let good = sample();
    for cut in 0..good.len() {
        failure(&good[..cut]);
    }
}

#[test]
fn a_wrong_row_count_is_an_error() {
    let good = sample();
    assert_eq!(read_bytes(&with_rows(&good, 50), "text").len(), 50, "the footer is rewritten faithfully");
    for rows in [0, 1, 49, 51, 1 << 31] {
        let error = failure(&with_rows(&good, rows));
        assert!(error.contains("row group 0, column text") && error.contains("records"), "{error}");
    }
    for rows in [-1, i64::MAX] {
        assert!(failure(&with_rows(&good, rows)).contains("footer: expected a row count"));
    }
}

#[test]
fn a_wrong_row_count_of_a_list_column_is_an_error() {
    let mut list = ListBuilder::new(StringBuilder::new());
    for _ in 0..20 {
        list.append_value([Some("a"), Some("b")]);
    }
    let good = written("texts", &[Arc::new(list.finish())], WriterProperties::builder().build());
    for (rows, found) in [(19, "more records"), (21, "found 20 records"), (40, "found 20 records")] {
        let file = stored(&with_rows(&good, rows));
        let error = read(file.path(), "texts[]", Io::Map).unwrap_err().to_string();
        assert!(error.contains(&format!("expected {rows} records")) && error.contains(found), "{error}");
    }
}

#[test]
fn records_that_only_the_footer_knows_of_are_an_error() {
    let mut list = ListBuilder::new(StringBuilder::new());
    for _ in 0..20 {
        list.append_value([Some("a"), Some("b")]);
    }
    let good = written("texts", &[Arc::new(list.finish())], WriterProperties::builder().build());
    let records = |bytes: &[u8]| {
        let file = stored(bytes);
        let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
        let fields = shard.metadata().file_metadata().schema().get_fields().to_vec();
        let count = shard.read_records(0, fields)?.try_fold(0, |count, row| row.map(|_| count + 1));
        // What is no row group, and no columns, are errors as well.
        assert!(shard.read_records(1, Vec::new()).is_err() && shard.read_records(0, Vec::new()).is_err());
        count
    };
    assert_eq!(records(&good).unwrap(), 20);
    let many = 1 << 40;
    for values in [40, many] {
        let claim = |chunk: ColumnChunkMetaData| chunk.into_builder().set_num_values(values).build().unwrap();
        let error = records(&with_chunk(&with_rows(&good, many), claim)).unwrap_err().to_string();
        assert!(error.contains("row group 0: expected readable columns"), "{error}");
    }
}

#[test]
fn a_row_count_of_the_file_that_is_not_the_sum_is_an_error() {
    let mut lying = sample();
    // In the footer's encoding 50 and 49 are 0x64 and 0x62, after 0x16 for "the next field, 64 bits"; the file's row
    // count comes before those of the row groups.
    let footer = lying.len() - 8 - footer_length(&lying);
    let count = footer + lying[footer..].windows(2).position(|pair| pair == [0x16, 0x64]).unwrap();
    lying[count + 1] = 0x62;
    assert!(failure(&lying).contains("expected 49 rows, found row groups that have 50"));
}

#[test]
fn column_chunks_outside_the_file_are_errors() {
    let good = sample();
    let changes: [fn(ColumnChunkMetaData) -> ColumnChunkMetaData; 8] = [
        |chunk| chunk.into_builder().set_dictionary_page_offset(Some(1 << 40)).build().unwrap(),
        |chunk| chunk.into_builder().set_dictionary_page_offset(Some(-5)).build().unwrap(),
        |chunk| chunk.into_builder().set_total_compressed_size(1 << 40).build().unwrap(),
        |chunk| chunk.into_builder().set_total_compressed_size(-1).build().unwrap(),
        |chunk| chunk.into_builder().set_total_compressed_size(i64::MAX).build().unwrap(),
        |chunk| chunk.into_builder().set_num_values(51).build().unwrap(),
        |chunk| chunk.into_builder().set_num_values(-1).build().unwrap(),
        |chunk| chunk.into_builder().set_total_uncompressed_size(-1).build().unwrap(),
    ];
    for (case, change) in changes.into_iter().enumerate() {
        let error = failure(&with_chunk(&good, change));
        assert!(error.contains("row group 0, column text: expected a column chunk that fits"), "{case}: {error}");
    }
}

#[test]
fn a_dictionary_that_is_hidden_by_the_footer_is_an_error() {
    let hidden = with_chunk(&sample(), |chunk| {
        let (data, all) = (chunk.data_page_offset(), chunk.compressed_size());
        let dictionary = data - chunk.dictionary_page_offset().unwrap();
        let chunk = chunk.into_builder().set_dictionary_page_offset(None);
        chunk.set_total_compressed_size(all - dictionary).build().unwrap()
    });
    assert!(failure(&hidden).contains("without a dictionary"));
}

#[test]
fn a_wrong_codec_is_an_error() {
    let good = sample();
    for codec in [Compression::SNAPPY, Compression::LZ4_RAW, Compression::ZSTD(Default::default()), Compression::LZO] {
        let lying = with_chunk(&good, |chunk| chunk.into_builder().set_compression(codec).build().unwrap());
        assert!(failure(&lying).contains("row group 0, column text"), "{codec}");
    }
}

/// Files of other encodings, each with 50 records in column `text` or `text[]`.
fn samples() -> Vec<(Vec<u8>, &'static str)> {
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..50).map(|n| format!("text {n}"))));
    let mut list = ListBuilder::new(StringBuilder::new());
    for n in 0..50 {
        list.append_value((0..n % 4).map(|m| (m != 1).then(|| format!("text {n} {m}"))));
    }
    let list: ArrayRef = Arc::new(list.finish());
    let v2 = || WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0);
    let delta = v2().set_dictionary_enabled(false).set_data_page_row_count_limit(9).set_write_batch_size(3);
    vec![
        (sample(), "text"),
        (written("text", &[texts], delta.build()), "text"),
        (written("text", &[Arc::clone(&list)], v2().set_compression(Compression::SNAPPY).build()), "text[]"),
        (written("text", &[list], WriterProperties::builder().build()), "text[]"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn changed_bytes_never_panic_and_never_add_records(
        which in 0_usize..4,
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 1..5),
    ) {
        static SAMPLES: LazyLock<Vec<(Vec<u8>, &str)>> = LazyLock::new(samples);
        let (good, column) = &SAMPLES[which];
        let mut bytes = good.clone();
        let start = at.index(bytes.len() - with.len());
        bytes[start..start + with.len()].copy_from_slice(&with);
        let file = stored(&bytes);
        // A changed definition level turns a text into a null, which nothing but a page checksum can tell: so only
        // the row numbers are checked here.
        if let Ok(texts) = read(file.path(), column, Io::Map) {
            prop_assert!(texts.iter().all(|(row, _, _)| *row < 50));
        }
    }
}
