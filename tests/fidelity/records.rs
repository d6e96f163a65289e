//! What a Parquet file holds, record by record and bit by bit, and how its pages are written.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes, DataType};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;

/// One level: definition, repetition, and the value's bytes where there is one.
pub(crate) type Level = (i16, i16, Option<Vec<u8>>);
/// The levels of one record in one column.
pub(crate) type Record = Vec<Level>;

pub(crate) struct File {
    pub(crate) bytes: Bytes,
    pub(crate) metadata: Arc<ParquetMetaData>,
    reader: SerializedFileReader<Bytes>,
}

/// How the pages of a column chunk are written.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Pages {
    pub(crate) has_dictionary: bool,
    pub(crate) is_v2: BTreeSet<bool>,
    pub(crate) encodings: BTreeSet<Encoding>,
}

impl File {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let bytes = Bytes::from(bytes);
        let metadata = ParquetMetaDataReader::new()
            .with_metadata_options(Some(ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false)))
            .with_page_index_policy(PageIndexPolicy::Optional)
            .parse_and_finish(&bytes)
            .unwrap();
        Self { reader: SerializedFileReader::new(bytes.clone()).unwrap(), metadata: Arc::new(metadata), bytes }
    }

    pub(crate) fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    pub(crate) fn columns(&self) -> usize {
        self.metadata.file_metadata().schema_descr().num_columns()
    }

    pub(crate) fn rows(&self, group: usize) -> usize {
        self.metadata.row_group(group).num_rows() as usize
    }

    pub(crate) fn all_rows(&self) -> usize {
        (0..self.groups()).map(|group| self.rows(group)).sum()
    }

    pub(crate) fn group(&self, group: usize) -> Box<dyn RowGroupReader + '_> {
        self.reader.get_row_group(group).unwrap()
    }

    /// All records of a column, in order.
    pub(crate) fn records(&self, column: usize) -> Vec<Record> {
        (0..self.groups()).flat_map(|group| self.records_of(group, column)).collect()
    }

    pub(crate) fn records_of(&self, group: usize, column: usize) -> Vec<Record> {
        let descr = self.metadata.file_metadata().schema_descr().column(column);
        let max = (descr.max_def_level(), descr.max_rep_level());
        match self.group(group).get_column_reader(column).unwrap() {
            ColumnReader::BoolColumnReader(reader) => all(reader, max),
            ColumnReader::Int32ColumnReader(reader) => all(reader, max),
            ColumnReader::Int64ColumnReader(reader) => all(reader, max),
            ColumnReader::Int96ColumnReader(reader) => all(reader, max),
            ColumnReader::FloatColumnReader(reader) => all(reader, max),
            ColumnReader::DoubleColumnReader(reader) => all(reader, max),
            ColumnReader::ByteArrayColumnReader(reader) => all(reader, max),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => all(reader, max),
        }
    }

    pub(crate) fn pages(&self, group: usize, column: usize) -> Pages {
        let mut pages = Pages::default();
        for page in self.group(group).get_column_page_reader(column).unwrap() {
            let (is_v2, encoding) = match page.unwrap() {
                Page::DictionaryPage { .. } => {
                    pages.has_dictionary = true;
                    continue;
                }
                Page::DataPage { encoding, .. } => (false, encoding),
                Page::DataPageV2 { encoding, .. } => (true, encoding),
            };
            pages.is_v2.insert(is_v2);
            pages.encodings.insert(encoding);
        }
        pages
    }
}

fn all<T: DataType>(mut reader: ColumnReaderImpl<T>, (max_def, max_rep): (i16, i16)) -> Vec<Record> {
    let (mut values, mut def, mut rep) = (Vec::new(), Vec::new(), Vec::new());
    let (_, _, levels) = reader.read_records(usize::MAX >> 1, Some(&mut def), Some(&mut rep), &mut values).unwrap();
    let mut values = values.iter().map(|value| value.as_bytes().to_vec());
    let mut records: Vec<Record> = Vec::new();
    for level in 0..levels {
        let def = if max_def > 0 { def[level] } else { 0 };
        let rep = if max_rep > 0 { rep[level] } else { 0 };
        if rep == 0 {
            records.push(Vec::new());
        }
        let value = (def == max_def).then(|| values.next().unwrap());
        records.last_mut().unwrap().push((def, rep, value));
    }
    assert_eq!(values.next(), None, "values that no level speaks of");
    records
}
