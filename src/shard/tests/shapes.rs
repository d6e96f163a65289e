//! Column types, nestings, pages, codecs and row groups.

use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, BinaryArray, DictionaryArray, Int64Array, LargeBinaryArray, LargeStringArray, StringArray, StringViewArray,
    StructArray,
};
use arrow_schema::{DataType, Field, Fields};
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;

type Chat = Option<Vec<Option<Option<String>>>>;

fn builder() -> WriterPropertiesBuilder {
    WriterProperties::builder()
}

/// `list<struct<role, content>>`: a chat may be null, a turn may be null, a content may be null.
fn chats(records: &[Chat]) -> ArrayRef {
    let fields =
        Fields::from(vec![Field::new("role", DataType::Utf8, true), Field::new("content", DataType::Utf8, true)]);
    let mut list = ListBuilder::new(StructBuilder::from_fields(fields, 0));
    for record in records {
        for turn in record.iter().flatten() {
            let turns = list.values();
            turns.field_builder::<StringBuilder>(0).unwrap().append_option(turn.as_ref().map(|_| "user"));
            turns
                .field_builder::<StringBuilder>(1)
                .unwrap()
                .append_option(turn.as_ref().and_then(|text| text.as_deref()));
            turns.append(turn.is_some());
        }
        list.append(record.is_some());
    }
    Arc::new(list.finish())
}

/// The definition of what reading chats gives.
fn chat_texts(records: &[Chat], first_row: u64) -> Vec<Found> {
    let mut texts = Vec::new();
    for (row, record) in (first_row..).zip(records) {
        for (index, turn) in (0..).zip(record.iter().flatten()) {
            if let Some(Some(text)) = turn {
                texts.push(found(row, index, text));
            }
        }
    }
    texts
}

fn some_chats() -> Vec<Chat> {
    let text = |text: &str| Some(Some(text.to_owned()));
    vec![
        Some(vec![text("a"), None, Some(None), text("b")]),
        None,
        Some(vec![]),
        Some(vec![None]),
        Some(vec![text(""), text("c")]),
        None,
    ]
}

#[test]
fn flat_columns_of_every_text_type_are_read() {
    let texts = vec![None, Some("one"), Some(""), None, Some("a longer text, beyond twelve bytes"), None];
    let bytes: Vec<_> = texts.iter().map(|text| text.map(str::as_bytes)).collect();
    let dictionary: DictionaryArray<Int32Type> = texts.iter().copied().collect();
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(texts.clone())),
        Arc::new(LargeStringArray::from(texts.clone())),
        Arc::new(StringViewArray::from(texts.clone())),
        Arc::new(BinaryArray::from(bytes.clone())),
        Arc::new(LargeBinaryArray::from(bytes)),
        Arc::new(dictionary),
    ];
    let expected = [found(1, 0, "one"), found(2, 0, ""), found(4, 0, "a longer text, beyond twelve bytes")];
    for array in arrays {
        let kind = array.data_type().clone();
        assert_eq!(read_bytes(&written("text", &[array], builder().build()), "text"), expected, "{kind}");
    }
}

#[test]
fn a_column_without_nulls_is_read() {
    let field = Field::new("text", DataType::Utf8, false);
    let schema = Arc::new(arrow_schema::Schema::new(vec![field]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(StringArray::from(vec!["a", "b"]))]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    assert_eq!(read_bytes(&writer.into_inner().unwrap(), "text"), [found(0, 0, "a"), found(1, 0, "b")]);
}

#[test]
fn lists_of_texts_are_read_with_their_ordinals() {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("a"), None, Some("b")]);
    list.append_null();
    list.append_value(Vec::<Option<&str>>::new());
    list.append_value([None, Some("c")]);
    let bytes = written("texts", &[Arc::new(list.finish())], builder().build());
    assert_eq!(read_bytes(&bytes, "texts[]"), [found(0, 0, "a"), found(0, 2, "b"), found(3, 1, "c")]);
}

#[test]
fn lists_of_structs_are_read_with_nulls_at_every_level() {
    let records = some_chats();
    let bytes = written("messages", &[chats(&records)], builder().build());
    assert_eq!(read_bytes(&bytes, "messages[].content"), chat_texts(&records, 0));
}

#[test]
fn lists_of_structs_in_a_struct_are_read() {
    let records = some_chats();
    let list = chats(&records);
    let field = Arc::new(Field::new("turns", list.data_type().clone(), true));
    let bytes = written("chat", &[Arc::new(StructArray::from(vec![(field, list)]))], builder().build());
    assert_eq!(read_bytes(&bytes, "chat.turns[].content"), chat_texts(&records, 0));
}

#[test]
fn slots_of_lists_in_lists_are_counted_through_the_record() {
    let mut list = ListBuilder::new(ListBuilder::new(StringBuilder::new()));
    list.values().append_value([Some("a"), None]);
    list.values().append_value(Vec::<Option<&str>>::new());
    list.values().append_null();
    list.values().append_value([Some("b")]);
    list.append(true);
    list.append(false);
    list.values().append_value([Some("c")]);
    list.append(true);
    let bytes = written("l", &[Arc::new(list.finish())], builder().build());
    assert_eq!(read_bytes(&bytes, "l[][]"), [found(0, 0, "a"), found(0, 2, "b"), found(2, 0, "c")]);
}

#[test]
fn every_codec_page_version_and_encoding_gives_the_same_texts() {
    let records: Vec<Chat> = some_chats().into_iter().cycle().take(500).collect();
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let encodings =
        [None, Some(Encoding::PLAIN), Some(Encoding::DELTA_LENGTH_BYTE_ARRAY), Some(Encoding::DELTA_BYTE_ARRAY)];
    for codec in codecs {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for encoding in encodings {
                let plan =
                    builder().set_compression(codec).set_writer_version(version).set_data_page_row_count_limit(37);
                let plan = plan.set_write_batch_size(16);
                let plan = match encoding {
                    None => plan,
                    Some(encoding) => plan.set_dictionary_enabled(false).set_encoding(encoding),
                };
                let bytes = written("messages", &[chats(&records)], plan.build());
                let texts = read_bytes(&bytes, "messages[].content");
                assert_eq!(texts, chat_texts(&records, 0), "{codec} {version:?} {encoding:?}");
            }
        }
    }
}

#[test]
fn batches_end_between_records_and_lose_none() {
    // More records than one batch holds, and texts that make batches end by bytes.
    for (records, length) in [(20_000, 3), (600, 50_000)] {
        let texts: Vec<String> = (0..records).map(|n| format!("{n:0length$}")).collect();
        let array: ArrayRef = Arc::new(StringArray::from_iter_values(&texts));
        let plan = builder().set_compression(Compression::SNAPPY).set_dictionary_enabled(false);
        let expected: Vec<_> = (0..).zip(&texts).map(|(row, text)| found(row, 0, text)).collect();
        assert!(read_bytes(&written("text", &[array], plan.build()), "text") == expected, "{records} x {length}");
    }
}

#[test]
fn a_file_without_row_groups_has_no_rows() {
    let array: ArrayRef = Arc::new(StringArray::from(Vec::<&str>::new()));
    let file = stored(&written("text", &[array], builder().build()));
    let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
    assert_eq!((shard.row_groups(), shard.total_rows(), shard.first_row(0)), (0, 0, 0));
    assert!(shard.resolve(&"text".parse().unwrap()).is_ok());
}

#[test]
fn row_groups_without_rows_are_passed_over() {
    let schema = Arc::new(parse_message_type("message m { optional binary text (UTF8); }").unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(builder().build())).unwrap();
    for values in [vec![], vec!["a"], vec![], vec!["b", "c"], vec![]] {
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<_> = values.into_iter().map(Into::into).collect();
        let typed = column.typed::<parquet::data_type::ByteArrayType>();
        typed.write_batch(&values, Some(&vec![1; values.len()]), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    let bytes = writer.into_inner().unwrap();
    assert_eq!(read_bytes(&bytes, "text"), [found(0, 0, "a"), found(1, 0, "b"), found(2, 0, "c")]);
    let file = stored(&bytes);
    let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
    let groups: Vec<_> = (0..7).map(|group| (shard.first_row(group), shard.rows(group))).collect();
    assert_eq!(groups, [(0, 0), (0, 1), (1, 0), (1, 2), (3, 0), (3, 0), (3, 0)]);
}

#[test]
fn thousands_of_row_groups_keep_their_rows() {
    let arrays: Vec<ArrayRef> =
        (0..3000).map(|n| Arc::new(StringArray::from(vec![format!("text {n}")])) as ArrayRef).collect();
    let texts = read_bytes(&written("text", &arrays, builder().build()), "text");
    let expected: Vec<_> = (0..3000).map(|n| found(n, 0, &format!("text {n}"))).collect();
    assert_eq!(texts, expected);
}

#[test]
fn threads_that_share_a_shard_read_their_own_row_groups() {
    let arrays: Vec<ArrayRef> =
        (0..8).map(|n| Arc::new(StringArray::from(vec![format!("group {n}"); 5000])) as ArrayRef).collect();
    let file = stored(&written("text", &arrays, builder().build()));
    for io in [Io::Map, Io::Read] {
        let shard = ParquetShard::open(file.path(), io).unwrap();
        let column = shard.default_column(&["content", "text"]).unwrap();
        std::thread::scope(|scope| {
            for group in 0..8 {
                let (shard, column) = (&shard, &column);
                scope.spawn(move || {
                    let mut rows = 0;
                    let mut visit = |text: crate::shard::TextRef<'_>| {
                        assert_eq!(
                            (text.row, text.bytes),
                            (group as u64 * 5000 + rows, format!("group {group}").as_bytes())
                        );
                        rows += 1;
                        Ok(())
                    };
                    shard.read_texts(group, column, &mut visit).unwrap();
                    assert_eq!(rows, 5000);
                });
            }
        });
    }
}

#[test]
fn columns_that_are_missing_or_hold_no_text_are_errors_that_list_the_text_columns() {
    let records = some_chats();
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1; 6])) as ArrayRef),
        ("title", Arc::new(StringArray::from(vec!["t"; 6]))),
        ("messages", chats(&records)),
    ]);
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let file = stored(&writer.into_inner().unwrap());
    let shard = ParquetShard::open(file.path(), Io::Map).unwrap();

    let names: Vec<_> = shard.text_columns().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["title", "messages[].role", "messages[].content"]);
    for (path, message) in [
        ("text", "no such column"),
        ("messages", "no such column"),
        ("messages.list.element.content", "no such column"),
        ("id", "found INT64"),
    ] {
        let error = shard.resolve(&path.parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.advice().unwrap().contains("`title`, `messages[].role`, `messages[].content`"), "{error:?}");
    }
    let conventions = ["text", "id", "messages[].content", "title"];
    assert_eq!(shard.default_column(&conventions).unwrap().path().to_string(), "messages[].content");
    assert!(shard.default_column(&["text", "id"]).is_none());
}

#[test]
fn an_error_of_the_visitor_ends_the_reading() {
    let file = stored(&written("text", &[Arc::new(StringArray::from(vec!["a"; 10]))], builder().build()));
    let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
    let column = shard.default_column(&["text"]).unwrap();
    let mut visits = 0;
    let error = shard.read_texts(0, &column, &mut |_| {
        visits += 1;
        Err(crate::Error::request("enough", ""))
    });
    assert_eq!((visits, error.unwrap_err().to_string().as_str()), (1, "enough"));
}

/// Mapped file pages that are resident in this process, in bytes.
#[cfg(target_os = "linux")]
fn resident_file_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssFile:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
#[cfg(target_os = "linux")]
fn mapped_pages_are_let_go_after_each_row_group() {
    let text = "x".repeat(1 << 20);
    let arrays: Vec<ArrayRef> =
        (0..12).map(|_| Arc::new(StringArray::from(vec![text.as_str(); 8])) as ArrayRef).collect();
    let plan = builder().set_dictionary_enabled(false).set_compression(Compression::UNCOMPRESSED);
    let file = stored(&written("text", &arrays, plan.build()));
    let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
    let column = shard.default_column(&["text"]).unwrap();
    let before = resident_file_bytes();
    let mut sum = 0_u64;
    for group in 0..shard.row_groups() {
        let mut visit = |text: crate::shard::TextRef<'_>| {
            sum += text.bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
            Ok(())
        };
        shard.read_texts(group, &column, &mut visit).unwrap();
    }
    assert_eq!(sum, (96 << 20) * u64::from(b'x'));
    let growth = resident_file_bytes().saturating_sub(before);
    assert!(growth < 48 << 20, "{growth} bytes of 96 MiB are still resident");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_chats_in_any_row_groups_are_read_as_written(
        groups in prop::collection::vec(
            prop::collection::vec(
                prop::option::of(prop::collection::vec(prop::option::of(prop::option::of("[a-zé]{0,3}")), 0..5)),
                1..40,
            ),
            1..4,
        ),
        v2 in any::<bool>(),
        page_rows in 1_usize..20,
    ) {
        let arrays: Vec<_> = groups.iter().map(|records| chats(records)).collect();
        let version = if v2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
        let plan = builder().set_writer_version(version).set_data_page_row_count_limit(page_rows).set_write_batch_size(1);
        let expected = chat_texts(&groups.concat(), 0);
        prop_assert_eq!(read_bytes(&written("m", &arrays, plan.build()), "m[].content"), expected);
    }
}
