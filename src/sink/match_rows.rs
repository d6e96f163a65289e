//! Reading `matches.parquet` back.

use super::matches::MatchRow;
use crate::error::{Error, Result};
use parquet::file::reader::SerializedFileReader;
use parquet::record::Field;
use parquet::record::reader::RowIter;
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The rows of a `matches.parquet`, in the order of the file.
pub struct MatchReader {
    path: PathBuf,
    rows: RowIter<'static>,
}

impl MatchReader {
    /// Opens a file.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not Parquet.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let reader = SerializedFileReader::new(file).map_err(|e| failed(path, e))?;
        Ok(Self { path: path.to_path_buf(), rows: reader.into_iter() })
    }
}

impl Iterator for MatchReader {
    type Item = Result<MatchRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?.map_err(|e| failed(&self.path, e));
        Some(row.and_then(|row| {
            let members = row.get_column_iter().map(|(name, value)| (name.clone(), to_json(value)));
            serde_json::from_value(Value::Object(members.collect())).map_err(|e| failed(&self.path, e))
        }))
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

fn failed(path: &Path, found: impl std::fmt::Display) -> Error {
    Error::content(path, "a matches.parquet of this version", found)
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
