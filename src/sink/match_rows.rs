//! Reading `matches.parquet` back.

use super::matches::MatchRow;
use crate::error::{Error, Result};
use crate::shard::{Io, ParquetShard, Records};
use parquet::record::{Field, Row};
use serde_json::Value;
use std::path::Path;

/// The rows of a `matches.parquet`, in the order of the file. After an error there are no more.
pub struct MatchReader {
    shard: ParquetShard,
    /// The row group that comes next.
    group: usize,
    records: Option<Records>,
}

impl MatchReader {
    /// Opens a file.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not Parquet.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { shard: ParquetShard::open(path, Io::Map)?, group: 0, records: None })
    }

    fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.records.as_mut().and_then(Iterator::next) {
                return row.map(Some);
            }
            if self.group == self.shard.row_groups() {
                return Ok(None);
            }
            let fields = self.shard.metadata().file_metadata().schema().get_fields();
            self.records = Some(self.shard.read_records(self.group, fields.to_vec())?);
            self.group += 1;
        }
    }

    fn parse(&self, row: &Row) -> Result<MatchRow> {
        let members = row.get_column_iter().map(|(name, value)| (name.clone(), to_json(value)));
        let parsed = serde_json::from_value(Value::Object(members.collect()));
        parsed.map_err(|e| Error::content(self.shard.path(), "a matches.parquet of this version", e))
    }
}

impl Iterator for MatchReader {
    type Item = Result<MatchRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.next_row().transpose()?.and_then(|row| self.parse(&row));
        if row.is_err() {
            (self.records, self.group) = (None, self.shard.row_groups());
        }
        Some(row)
    }
}

/// Hands out the rows of a `matches.parquet`, in the order of the file, until `take` returns false.
///
/// # Errors
/// A file that cannot be read, or that is not a `matches.parquet`.
pub fn read_matches(path: &Path, take: &mut dyn FnMut(MatchRow) -> bool) -> Result<()> {
    for row in MatchReader::open(path)? {
        if !take(row?) {
            break;
        }
    }
    Ok(())
}

fn to_json(value: &Field) -> Value {
    match value {
        Field::Str(text) => text.as_str().into(),
        Field::ULong(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::Double(number) => (*number).into(),
        Field::Bool(is_so) => (*is_so).into(),
        _ => Value::Null, // no column of ours; refused by the row's type
    }
}
