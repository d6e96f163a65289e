//! Parquet shards of every shape, written here and read back; and files that lie.

mod changed;
mod discovery;
mod hostile;
mod pages;
mod shapes;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use crate::error::Result;
use crate::shard::{Io, ParquetShard};

/// A text as it was found: row, index, bytes.
type Found = (u64, u32, Vec<u8>);

fn found(row: u64, index: u32, text: &str) -> Found {
    (row, index, text.as_bytes().to_vec())
}

/// A Parquet file of one column, a row group for each array.
fn written(column: &str, arrays: &[ArrayRef], properties: WriterProperties) -> Vec<u8> {
    // Nullable whatever the first array holds: the writer does not compare later batches with the schema.
    let batch = |array| RecordBatch::try_from_iter_with_nullable([(column, Arc::clone(array), true)]).unwrap();
    let batches: Vec<_> = arrays.iter().map(batch).collect();
    let mut writer = ArrowWriter::try_new(Vec::new(), batches[0].schema(), Some(properties)).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
        writer.flush().unwrap();
    }
    writer.into_inner().unwrap()
}

fn stored(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// All texts of a column, row group by row group.
fn read(path: &Path, column: &str, io: Io) -> Result<Vec<Found>> {
    let shard = ParquetShard::open(path, io)?;
    let column = shard.resolve(&column.parse()?)?;
    let mut texts = Vec::new();
    for group in 0..shard.row_groups() {
        shard.read_texts(group, &column, &mut |text| {
            texts.push((text.row, text.index, text.bytes.to_vec()));
            Ok(())
        })?;
    }
    Ok(texts)
}

/// All texts by either way of reading, which must agree.
fn read_bytes(bytes: &[u8], column: &str) -> Vec<Found> {
    let file = stored(bytes);
    let mapped = read(file.path(), column, Io::Map).unwrap();
    assert_eq!(read(file.path(), column, Io::Read).unwrap(), mapped);
    mapped
}
