//! Reading `matches.parquet` back.

use super::matches::MatchRow;
use crate::error::{Error, Result};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use std::fs::File;
use std::path::Path;

/// Hands out the rows of a `matches.parquet`, in the order of the file, until `take` returns false.
///
/// # Errors
/// A file that cannot be read, or that is not a `matches.parquet`.
pub fn read_matches(path: &Path, take: &mut dyn FnMut(MatchRow) -> bool) -> Result<()> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let failed = |e: String| Error::content(path, "a matches.parquet of this version", e);
    let reader = SerializedFileReader::new(file).map_err(|e| failed(e.to_string()))?;
    for row in reader.get_row_iter(None).map_err(|e| failed(e.to_string()))? {
        let row = row.map_err(|e| failed(e.to_string()))?;
        let members = row.get_column_iter().map(|(name, value)| (name.clone(), to_json(value)));
        let row = serde_json::from_value(Value::Object(members.collect())).map_err(|e| failed(e.to_string()))?;
        if !take(row) {
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
