//! Reading `matches.parquet` back.

use super::matches::MatchRow;
use crate::error::{Error, Result};
use parquet::file::reader::{FileReader, SerializedFileReader};
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
        let json = row.map_err(|e| failed(e.to_string()))?.to_json_value();
        if !take(serde_json::from_value(json).map_err(|e| failed(e.to_string()))?) {
            break;
        }
    }
    Ok(())
}
