//! Some of a column chunk's records, read and written by levels: no value changes its type, and any nesting will do.
//!
//! A column is three lists: values, definition levels (is there a value, and if not, where does it end?) and repetition
//! levels (0 begins a record). For each batch of whole records:
//!
//! 1. replace texts, if that is asked;
//! 2. mark each level with whether its record is kept;
//! 3. keep the values whose level is marked and says "there is a value";
//! 4. keep the marked levels.

use std::io::Write;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, ColumnWriterImpl, get_column_writer};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::reader::ChunkReader;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};

use super::original::Original;
use crate::shard::AtOnce;

/// A batch is bounded in bytes (as the average record goes) and in records.
const BATCH_BYTES: usize = 1 << 20;
const BATCH_RECORDS: usize = 8 << 10;

/// Memory for the two levels of an entry, and for a value of usual size.
const ENTRY_BYTES: usize = 2 * size_of::<i16>() + size_of::<u64>();

/// What stands in place of a text, by its row in the group and its place among the row's list elements; none: it stays.
pub(super) type Replace<'a> = dyn FnMut(usize, u32, &[u8]) -> Option<Vec<u8>> + 'a;

/// Writes the kept records of one column chunk, with their texts replaced, as a chunk of `out`.
pub(super) fn column<R: ChunkReader + 'static, W: Write + Send>(
    original: &Original<R>,
    chunk: &ColumnChunkMetaData,
    keep: &[bool],
    replace: Option<&mut Replace<'_>>,
    (properties, out): (WriterPropertiesPtr, &mut TrackedWrite<W>),
) -> ParquetResult<ColumnCloseResult> {
    let pages = original.pages(chunk, keep.len())?;
    let at_once = pages.at_once();
    let reader = get_column_reader(chunk.column_descr_ptr(), Box::new(pages));
    let mut writer = get_column_writer(chunk.column_descr_ptr(), properties, Box::new(SerializedPageWriter::new(out)));
    let job = Job::new(chunk, keep, at_once);
    match (reader, &mut writer) {
        (ColumnReader::ByteArrayColumnReader(r), ColumnWriter::ByteArrayColumnWriter(w)) => match replace {
            Some(replace) => job.run(r, w, &mut |batch, first| batch.replace(&job, first, replace)),
            None => job.run(r, w, &mut |_, _| {}),
        },
        _ if replace.is_some() => Err(ParquetError::General("texts to be replaced in a column of none".to_owned())),
        (ColumnReader::BoolColumnReader(r), ColumnWriter::BoolColumnWriter(w)) => job.run(r, w, &mut |_, _| {}),
        (ColumnReader::Int32ColumnReader(r), ColumnWriter::Int32ColumnWriter(w)) => job.run(r, w, &mut |_, _| {}),
        (ColumnReader::Int64ColumnReader(r), ColumnWriter::Int64ColumnWriter(w)) => job.run(r, w, &mut |_, _| {}),
        (ColumnReader::Int96ColumnReader(r), ColumnWriter::Int96ColumnWriter(w)) => job.run(r, w, &mut |_, _| {}),
        (ColumnReader::FloatColumnReader(r), ColumnWriter::FloatColumnWriter(w)) => job.run(r, w, &mut |_, _| {}),
        (ColumnReader::DoubleColumnReader(r), ColumnWriter::DoubleColumnWriter(w)) => job.run(r, w, &mut |_, _| {}),
        (ColumnReader::FixedLenByteArrayColumnReader(r), ColumnWriter::FixedLenByteArrayColumnWriter(w)) => {
            job.run(r, w, &mut |_, _| {})
        }
        _ => Err(ParquetError::General("the column's type differs from its schema's".to_owned())),
    }?;
    writer.close()
}

/// The rewriting of one column chunk.
struct Job<'a> {
    keep: &'a [bool],
    max_def: i16,
    max_rep: i16,
    /// From this definition level on, an element of the innermost list is there, if only as a null.
    slot_def: i16,
    batch: usize,
    at_once: AtOnce,
}

impl<'a> Job<'a> {
    fn new(chunk: &ColumnChunkMetaData, keep: &'a [bool], at_once: AtOnce) -> Self {
        let size = |number| usize::try_from(number).unwrap_or_default();
        let entries = size(chunk.num_values()).saturating_mul(ENTRY_BYTES);
        let bytes = size(chunk.uncompressed_size()).saturating_add(entries);
        let record = (bytes / keep.len().max(1)).max(1);
        let descr = chunk.column_descr();
        let batch = (BATCH_BYTES / record).clamp(1, BATCH_RECORDS);
        let slot_def = descr.repeated_ancestor_def_level();
        Self { keep, max_def: descr.max_def_level(), max_rep: descr.max_rep_level(), slot_def, batch, at_once }
    }

    /// `change` is given each batch with the number of its first record.
    fn run<T: DataType>(
        &self,
        mut reader: ColumnReaderImpl<T>,
        writer: &mut ColumnWriterImpl<'_, T>,
        change: &mut dyn FnMut(&mut Batch<T::T>, usize),
    ) -> ParquetResult<()> {
        let mut batch = Batch::<T::T>::default();
        let mut left = self.keep;
        loop {
            batch.clear();
            self.at_once.begin();
            let (records, _, levels) =
                reader.read_records(self.batch, Some(&mut batch.def), Some(&mut batch.rep), &mut batch.values)?;
            if records == 0 && levels == 0 {
                break;
            }
            self.check_levels(&batch.def, &batch.rep)?;
            let (keep, rest) = left.split_at_checked(records).ok_or_else(|| self.miscounted("more"))?;
            change(&mut batch, self.keep.len() - left.len());
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

impl Batch<ByteArray> {
    /// Replaces texts; `first` is the number of the first record.
    fn replace(&mut self, job: &Job<'_>, first: usize, replace: &mut Replace<'_>) {
        // A stream whose maximum is 0 is not stored: all its levels are 0.
        let (def, rep) = (&self.def, &self.rep);
        let level = |levels: &[i16], at: usize| levels.get(at).copied().unwrap_or(0);
        let levels = if job.max_def > 0 { def.len() } else { self.values.len() };
        let (mut values, mut begun, mut slot) = (self.values.iter_mut(), 0, 0);
        for at in 0..levels {
            if level(rep, at) == 0 {
                begun += 1;
                slot = 0;
            }
            if level(def, at) < job.slot_def {
                continue;
            }
            if level(def, at) == job.max_def
                && let Some(value) = values.next()
                && let Some(new) = replace((first + begun).saturating_sub(1), slot, value.data())
            {
                *value = new.into();
            }
            slot = u32::saturating_add(slot, 1);
        }
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
        batch
            .retain(
                &Job { keep: &keep, max_def: 3, max_rep: 1, slot_def: 2, batch: 4, at_once: AtOnce::default() },
                &keep,
            )
            .unwrap();
        assert_eq!((batch.values, batch.def, batch.rep), (vec!['c'], vec![1, 3, 2], vec![0, 0, 1]));
    }

    #[test]
    fn texts_are_visited_by_record_and_element() {
        // The same as above, but all kept: records 10 to 13.
        let values = ["a", "b", "c"].map(ByteArray::from).to_vec();
        let mut batch = Batch { values, def: vec![3, 3, 1, 0, 3, 2], rep: vec![0, 1, 0, 0, 0, 1] };
        let mut visited = Vec::new();
        let job = Job { keep: &[], max_def: 3, max_rep: 1, slot_def: 2, batch: 4, at_once: AtOnce::default() };
        batch.replace(&job, 10, &mut |row, index, text| {
            visited.push((row, index, text.to_vec()));
            (index == 1).then(|| b"new".to_vec())
        });
        assert_eq!(visited, [(10, 0, b"a".to_vec()), (10, 1, b"b".to_vec()), (13, 0, b"c".to_vec())]);
        assert_eq!(batch.values, ["a", "new", "c"].map(ByteArray::from));
    }

    #[test]
    fn levels_before_the_first_record_are_an_error() {
        assert!(mark(&[1, 0], &[true]).is_err());
        assert!(mark(&[0, 0], &[true]).is_err());
    }
}
