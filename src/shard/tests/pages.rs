//! Pages: places in a dictionary, and sizes that are refused.

use arrow_array::StringArray;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterPropertiesBuilder, WriterVersion};
use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn builder() -> WriterPropertiesBuilder {
    WriterProperties::builder()
}

#[test]
fn texts_of_a_dictionary_have_its_places_and_others_have_none() {
    let words: Vec<String> = (0..3000).map(|n| format!("word {}", n * n % 700)).collect();
    let array: ArrayRef = Arc::new(StringArray::from(words));
    // The second file's dictionary is full after some values; what follows stands in plain pages.
    for (dictionary, limit) in [(true, 1 << 20), (true, 100), (false, 1 << 20)] {
        let plan = builder().set_dictionary_enabled(dictionary).set_dictionary_page_size_limit(limit);
        let file = stored(&written("text", std::slice::from_ref(&array), plan.set_write_batch_size(10).build()));
        let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
        let (mut places, mut plain) = (BTreeMap::<u32, Vec<u8>>::new(), 0);
        let mut visit = |text: crate::shard::TextRef<'_>| {
            match text.entry {
                Some(entry) => assert_eq!(places.entry(entry).or_insert(text.bytes.to_vec()), text.bytes),
                None => plain += 1,
            }
            Ok(())
        };
        shard.read_texts(0, &shard.default_column(&["text"]).unwrap(), &mut visit).unwrap();
        let distinct: BTreeSet<_> = places.values().collect();
        assert_eq!(distinct.len(), places.len(), "each text has one place");
        match (dictionary, limit) {
            (false, _) => assert_eq!((places.len(), plain), (0, 3000)),
            (true, 100) => assert!(!places.is_empty() && plain > 1000, "{} and {plain}", places.len()),
            (true, _) => assert_eq!((places.len(), plain), (distinct_words(), 0)),
        }
    }
}

/// How many words the test above has.
fn distinct_words() -> usize {
    (0..3000_u64).map(|n| n * n % 700).collect::<BTreeSet<_>>().len()
}

#[test]
fn pages_that_take_too_much_memory_are_refused_before_they_are_decompressed() {
    let mut lines = vec!["a line ".repeat(20); 500];
    lines[321] = "x".repeat(70_000);
    let array: ArrayRef = Arc::new(StringArray::from(lines));
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let plan = builder().set_dictionary_enabled(false).set_encoding(Encoding::PLAIN).set_write_batch_size(1);
        let plan = plan.set_writer_version(version);
        let plan = plan.set_data_page_size_limit(2000).set_compression(Compression::SNAPPY);
        let file = stored(&written("text", std::slice::from_ref(&array), plan.build()));
        for io in [Io::Map, Io::Read] {
            let read = |limit| {
                let (shard, mut texts) = (ParquetShard::open(file.path(), io).unwrap().limit_pages(limit), 0);
                let column = shard.default_column(&["text"]).unwrap();
                let read = shard.read_texts(0, &column, &mut |_| {
                    texts += 1;
                    Ok(())
                });
                (texts, read)
            };
            let (texts, error) = read(60_000);
            let error = error.unwrap_err();
            assert_eq!(texts, 0, "nothing is decoded");
            assert!(error.to_string().contains("pages of at most 60000 bytes"), "{error}");
            assert!(error.advice().unwrap().contains("--memory"), "{error:?}");
            // Less than the chunk, more than the page.
            let (texts, read) = read(80_000);
            assert_eq!((texts, read.is_ok()), (500, true));
        }
    }
}

#[test]
fn levels_that_the_schema_does_not_have_are_an_error_and_no_nulls() {
    // An optional column of levels 0 and 1: that of the last sixteen rows becomes 3.
    let array: ArrayRef = Arc::new(StringArray::from([vec![Some("a"); 16], vec![None; 16]].concat()));
    let plain = builder().set_dictionary_enabled(false).set_compression(Compression::UNCOMPRESSED).build();
    let mut bytes = written("text", &[array], plain);
    // Levels in a page: their length, then two runs, of ones and of zeros.
    let levels = [4, 0, 0, 0, 16 << 1, 1, 16 << 1, 0];
    let at = bytes.windows(levels.len()).position(|window| window == levels).unwrap();
    bytes[at + 7] = 3;
    let file = stored(&bytes);
    let shard = ParquetShard::open(file.path(), Io::Map).unwrap();
    let column = shard.default_column(&["text"]).unwrap();
    let error = shard.read_texts(0, &column, &mut |_| Ok(())).unwrap_err().to_string();
    assert!(error.contains("levels that the schema has"), "{error}");
}
