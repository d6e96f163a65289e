//! Reading `matches.parquet` back.

use super::matches::MatchRow;
use crate::error::{Error, Result};
use crate::shard::read_rows;
use parquet::record::Field;
use serde_json::Value;
use std::path::Path;

/// Hands out the rows of a `matches.parquet`, in the order of the file, until `take` returns false.
///
/// # Errors
/// A file that cannot be read, or that is not a `matches.parquet`.
pub fn read_matches(path: &Path, take: &mut dyn FnMut(MatchRow) -> bool) -> Result<()> {
    let failed = |e: String| Error::content(path, "a matches.parquet of this version", e);
    read_rows(path, &mut |row| {
        let members = row.get_column_iter().map(|(name, value)| (name.clone(), to_json(value)));
        let row = serde_json::from_value(Value::Object(members.collect())).map_err(|e| failed(e.to_string()))?;
        Ok(!take(row))
    })
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
