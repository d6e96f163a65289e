//! Some of a column chunk's records, read and written by levels: no value changes its type, and any nesting will do.
//!
//! A column is three lists: values, definition levels (is there a value, and if not, where does it end?) and repetition
//! levels (0 begins a record). For each batch of whole records:
//!
//! 1. mark each level with whether its record is kept;
//! 2. keep the values whose level is marked and says "there is a value";
//! 3. keep the marked levels.

use std::io::Write;
use std::sync::Arc;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::DataType;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::writer::SerializedRowGroupWriter;

use super::original::Original;
use crate::error::Result;

/// A batch is bounded in bytes (as the average record goes) and in records.
const BATCH_BYTES: usize = 1 << 20;
const BATCH_RECORDS: usize = 8 << 10;

/// Writes the kept records of one column chunk as the next column of `out`.
pub(super) fn column<R: ChunkReader + 'static, W: Write + Send>(
    original: &Original<R>,
    (group, column): (usize, usize),
    keep: &[bool],
    out: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<()> {
    let chunk = original.chunk(group, column)?;
    filter_chunk(original, &chunk, keep, out).map_err(|e| original.damaged(group, column, e))
}

fn filter_chunk<R: ChunkReader + 'static, W: Write + Send>(
    original: &Original<R>,
    chunk: &ColumnChunkMetaData,
    keep: &[bool],
    out: &mut SerializedRowGroupWriter<'_, W>,
) -> ParquetResult<()> {
    let pages = SerializedPageReader::new(Arc::clone(original.reader()), chunk, keep.len(), None)?;
    let reader = get_column_reader(chunk.column_descr_ptr(), Box::new(pages));
    let mut column = out.next_column()?.ok_or_else(|| ParquetError::General("no column left to write".to_owned()))?;
    let job = Job::new(chunk, keep);
    match (reader, column.untyped()) {
        (ColumnReader::BoolColumnReader(r), ColumnWriter::BoolColumnWriter(w)) => job.run(r, w),
        (ColumnReader::Int32ColumnReader(r), ColumnWriter::Int32ColumnWriter(w)) => job.run(r, w),
        (ColumnReader::Int64ColumnReader(r), ColumnWriter::Int64ColumnWriter(w)) => job.run(r, w),
        (ColumnReader::Int96ColumnReader(r), ColumnWriter::Int96ColumnWriter(w)) => job.run(r, w),
        (ColumnReader::FloatColumnReader(r), ColumnWriter::FloatColumnWriter(w)) => job.run(r, w),
        (ColumnReader::DoubleColumnReader(r), ColumnWriter::DoubleColumnWriter(w)) => job.run(r, w),
        (ColumnReader::ByteArrayColumnReader(r), ColumnWriter::ByteArrayColumnWriter(w)) => job.run(r, w),
        (ColumnReader::FixedLenByteArrayColumnReader(r), ColumnWriter::FixedLenByteArrayColumnWriter(w)) => {
            job.run(r, w)
        }
        _ => Err(ParquetError::General("the column's type differs from its schema's".to_owned())),
    }?;
    column.close()
}

/// One column chunk's filtering.
struct Job<'a> {
    keep: &'a [bool],
    max_def: i16,
    max_rep: i16,
    batch: usize,
}

impl<'a> Job<'a> {
    fn new(chunk: &ColumnChunkMetaData, keep: &'a [bool]) -> Self {
        let bytes = usize::try_from(chunk.uncompressed_size()).unwrap_or_default();
        let record = (bytes / keep.len().max(1)).max(1);
        let descr = chunk.column_descr();
        let batch = (BATCH_BYTES / record).clamp(1, BATCH_RECORDS);
        Self { keep, max_def: descr.max_def_level(), max_rep: descr.max_rep_level(), batch }
    }

    fn run<T: DataType>(
        &self,
        mut reader: ColumnReaderImpl<T>,
        writer: &mut ColumnWriterImpl<'_, T>,
    ) -> ParquetResult<()> {
        let mut batch = Batch::<T::T>::default();
        let mut left = self.keep;
        loop {
            batch.clear();
            let (records, _, levels) =
                reader.read_records(self.batch, Some(&mut batch.def), Some(&mut batch.rep), &mut batch.values)?;
            if records == 0 && levels == 0 {
                break;
            }
            self.check_levels(&batch.def, &batch.rep)?;
            let (keep, rest) = left.split_at_checked(records).ok_or_else(|| self.miscounted("more"))?;
            left = rest;
            if keep.contains(&true) {
                batch.retain(self, keep)?;
                let def = (self.max_def > 0).then_some(batch.def.as_slice());
                let rep = (self.max_rep > 0).then_some(batch.rep.as_slice());
                writer.write_batch(&batch.values, def, rep)?;
            }
        }
        if left.is_empty() { Ok(()) } else { Err(self.miscounted("fewer")) }
    }

    /// Damaged levels may be larger than the schema allows.
    fn check_levels(&self, def: &[i16], rep: &[i16]) -> ParquetResult<()> {
        let fit = |levels: &[i16], max: i16| levels.iter().all(|level| (0..=max).contains(level));
        if fit(def, self.max_def) && fit(rep, self.max_rep) {
            return Ok(());
        }
        Err(ParquetError::General("levels that the schema does not have".to_owned()))
    }

    fn miscounted(&self, how: &str) -> ParquetError {
        ParquetError::General(format!("{how} records than the {} of the row group", self.keep.len()))
    }
}

/// Whole records of one column.
#[derive(Default)]
struct Batch<V> {
    values: Vec<V>,
    def: Vec<i16>,
    rep: Vec<i16>,
}

impl<V> Batch<V> {
    fn clear(&mut self) {
        self.values.clear();
        self.def.clear();
        self.rep.clear();
    }

    /// Leaves only the records that are kept.
    fn retain(&mut self, job: &Job<'_>, keep: &[bool]) -> ParquetResult<()> {
        let marks = if job.max_rep > 0 { mark(&self.rep, keep)? } else { keep.to_vec() };
        if job.max_def > 0 {
            let present = self.def.iter().zip(&marks).filter(|&(&def, _)| def == job.max_def);
            retain_marked(&mut self.values, present.map(|(_, &mark)| mark));
            retain_marked(&mut self.def, marks.iter().copied());
        } else {
            retain_marked(&mut self.values, marks.iter().copied());
        }
        retain_marked(&mut self.rep, marks.iter().copied());
        Ok(())
    }
}

/// For each level, whether its record is kept.
fn mark(rep: &[i16], keep: &[bool]) -> ParquetResult<Vec<bool>> {
    let mut records = keep.iter();
    let mut current = None;
    let marks = rep.iter().map(|&level| {
        if level == 0 {
            current = records.next().copied();
        }
        current.ok_or_else(|| ParquetError::General("levels that belong to no record".to_owned()))
    });
    marks.collect()
}

fn retain_marked<T>(list: &mut Vec<T>, mut marks: impl Iterator<Item = bool>) {
    list.retain(|_| marks.next().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_goes_with_all_its_levels_and_values() {
        // [[a, b], [], null, [c, null]] as an optional list of optional values: dropped are the first and the third.
        let mut batch = Batch { values: vec!['a', 'b', 'c'], def: vec![3, 3, 1, 0, 3, 2], rep: vec![0, 1, 0, 0, 0, 1] };
        let keep = [false, true, false, true];
        batch.retain(&Job { keep: &keep, max_def: 3, max_rep: 1, batch: 4 }, &keep).unwrap();
        assert_eq!((batch.values, batch.def, batch.rep), (vec!['c'], vec![1, 3, 2], vec![0, 0, 1]));
    }

    #[test]
    fn levels_before_the_first_record_are_an_error() {
        assert!(mark(&[1, 0], &[true]).is_err());
        assert!(mark(&[0, 0], &[true]).is_err());
    }
}
