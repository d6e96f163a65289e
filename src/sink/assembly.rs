//! A Parquet file put together from row groups that differ in how they are written.
//!
//! `SerializedFileWriter` has one set of properties for a whole file, and a version and creator of its own. A copy has
//! those of its source, group by group, so the row groups are collected here and the footer is written over them.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{
    FileMetaData, KeyValue, ParquetColumnIndex, ParquetMetaDataBuilder, ParquetMetaDataWriter, ParquetOffsetIndex,
    RowGroupMetaData,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::SchemaDescPtr;

const MAGIC: &[u8] = b"PAR1";
/// Copying is fastest with few, large writes.
const BUFFER: usize = 1 << 20;

/// The output, which remembers its first failure: the parquet crate flushes in a destructor, where an error is lost.
pub(super) struct Steady<W: Write> {
    inner: BufWriter<W>,
    failure: Option<io::Error>,
}

impl<W: Write> Steady<W> {
    pub(super) fn new(out: W) -> Self {
        Self { inner: BufWriter::with_capacity(BUFFER, out), failure: None }
    }

    /// Ends the output: an error if anything at all could not be written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        self.failure.map_or(flushed, Err)
    }

    /// The failure, when writing was what failed.
    pub(super) fn failure(self) -> Option<io::Error> {
        // No flush: the output is given up. (A buffer's destructor would flush it.)
        let _ = self.inner.into_parts();
        self.failure
    }

    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            // Interrupted is not a failure: the caller repeats the call.
            if error.kind() != io::ErrorKind::Interrupted && self.failure.is_none() {
                let copy = error
                    .raw_os_error()
                    .map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error);
                self.failure = Some(copy);
            }
        })
    }
}

impl<W: Write> Write for Steady<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        // Each row group asks for a flush; only the last one matters.
        Ok(())
    }
}

/// A file that grows by row groups.
pub(super) struct Assembly<W: Write> {
    out: TrackedWrite<W>,
    schema: SchemaDescPtr,
    groups: Vec<RowGroupMetaData>,
    column_index: ParquetColumnIndex,
    offset_index: ParquetOffsetIndex,
}

impl<W: Write + Send> Assembly<W> {
    pub(super) fn start(out: W, schema: SchemaDescPtr) -> ParquetResult<Self> {
        let mut out = TrackedWrite::new(out);
        out.write_all(MAGIC)?;
        Ok(Self { out, schema, groups: Vec::new(), column_index: Vec::new(), offset_index: Vec::new() })
    }

    /// The next row group, to be filled and closed.
    pub(super) fn next(&mut self, properties: WriterProperties) -> ParquetResult<SerializedRowGroupWriter<'_, W>> {
        let Self { out, schema, groups, column_index, offset_index } = self;
        let ordinal = i16::try_from(groups.len())
            .map_err(|_| ParquetError::General(format!("more than {} row groups", i16::MAX)))?;
        let close = move |out: &mut TrackedWrite<W>, group: RowGroupMetaData, filters, columns, offsets| {
            groups.push(write_bloom_filters(out, group, filters)?);
            column_index.push(or_none(columns));
            // Offsets are there for all columns or for none; an empty list stands for none.
            offset_index.push(Vec::<Option<OffsetIndexMetaData>>::into_iter(offsets).flatten().collect());
            Ok(())
        };
        let schema = Arc::clone(schema);
        Ok(SerializedRowGroupWriter::new(schema, Arc::new(properties), out, ordinal, Some(Box::new(close))))
    }

    /// The footer: as in `source`, but for the row groups, and for schema and key-value metadata where they changed.
    pub(super) fn finish(self, source: &FileMetaData, pairs: Option<Vec<KeyValue>>) -> ParquetResult<()> {
        let Self { mut out, schema, groups, column_index, offset_index } = self;
        out.flush()?;
        let file = FileMetaData::new(
            source.version(),
            groups.iter().map(RowGroupMetaData::num_rows).sum(),
            source.created_by().map(str::to_owned),
            pairs,
            schema,
            None,
        );
        let complete = groups.iter().zip(&offset_index).all(|(group, offsets)| group.num_columns() == offsets.len());
        let metadata = ParquetMetaDataBuilder::new(file)
            .set_row_groups(groups)
            .set_column_index(complete.then_some(column_index))
            .set_offset_index(complete.then_some(offset_index))
            .build();
        ParquetMetaDataWriter::new_with_tracked(out, &metadata).finish()
    }
}

fn or_none(columns: Vec<Option<ColumnIndexMetaData>>) -> Vec<ColumnIndexMetaData> {
    columns.into_iter().map(|index| index.unwrap_or(ColumnIndexMetaData::NONE)).collect()
}

/// Writes a row group's Bloom filters behind it, and their places into its metadata.
fn write_bloom_filters<W: Write + Send>(
    out: &mut TrackedWrite<W>,
    mut group: RowGroupMetaData,
    filters: Vec<Option<parquet::bloom_filter::Sbbf>>,
) -> ParquetResult<RowGroupMetaData> {
    for (chunk, filter) in group.columns_mut().iter_mut().zip(filters) {
        let Some(filter) = filter else { continue };
        let begin = out.bytes_written();
        filter.write(&mut *out)?;
        let length = out.bytes_written() - begin;
        *chunk = chunk
            .clone()
            .into_builder()
            .set_bloom_filter_offset(Some(i64::try_from(begin)?))
            .set_bloom_filter_length(Some(i32::try_from(length)?))
            .build()?;
    }
    Ok(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a number of bytes, then is full.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_failure_inside_a_destructor_is_not_lost() {
        for room in [0, 10, BUFFER + 1] {
            let mut out = Steady::new(Disk(room));
            let mut lossy = BufWriter::new(&mut out);
            lossy.write_all(&vec![0; BUFFER + 2]).ok();
            drop(lossy);
            assert_eq!(out.finish().unwrap_err().kind(), io::ErrorKind::StorageFull, "room for {room}");
        }
    }
}
