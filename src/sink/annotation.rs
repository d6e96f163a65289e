//! The two columns of annotated shards: `ringfence_verdict`, and `ringfence_matches` as a list of structs.

use super::matches::{COLUMNS, Column, MatchRow};
use crate::detect::Verdict;
use crate::error::{Error, Result};
use arrow_array::{ArrayRef, ListArray, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields};
use std::path::Path;
use std::sync::Arc;

/// The column that says what became of the record.
pub const VERDICT: &str = "ringfence_verdict";
/// The column that says why: the record's matches.
pub const MATCHES: &str = "ringfence_matches";

/// Columns of `matches.parquet` that are clear from the annotated record itself.
const OWN: [&str; 3] = ["shard", "row", "verdict"];

/// What is said of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// What became of it.
    pub verdict: Verdict,
    /// Its matches.
    pub matches: Vec<MatchRow>,
}

fn columns() -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(|column| !OWN.contains(&column.name()))
}

fn match_fields() -> Fields {
    columns().map(Column::field).collect()
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Struct(match_fields()), false))
}

/// The fields of the two columns.
#[must_use]
pub fn fields() -> [Field; 2] {
    [Field::new(VERDICT, DataType::Utf8, false), Field::new(MATCHES, DataType::List(item()), false)]
}

/// The two columns of a row group, from the annotations of its rows. `path` is the shard's name in errors.
///
/// # Errors
/// More matches in one row group than a list array can number (2^31).
pub fn group_columns(rows: &[Annotation], path: &Path) -> Result<Vec<ArrayRef>> {
    let verdicts: StringArray = rows.iter().map(|row| Some(row.verdict.name())).collect();
    let matches: Vec<MatchRow> = rows.iter().flat_map(|row| row.matches.iter().cloned()).collect();
    let failed = |e| Error::content(path, "matches that fit a list column", e);
    let arrays = columns().map(|column| column.array(&matches)).collect();
    let structs = StructArray::try_new(match_fields(), arrays, None).map_err(failed)?;
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| row.matches.len()));
    let lists = ListArray::try_new(item(), offsets, Arc::new(structs), None).map_err(failed)?;
    Ok(vec![Arc::new(verdicts), Arc::new(lists)])
}

/// The two members of a JSON line.
///
/// # Errors
/// Never in practice: figures that JSON cannot hold.
pub fn line_fields(row: &Annotation, path: &Path) -> Result<String> {
    let failed = |e| Error::content(path, "matches that fit JSON", e);
    let mut matches = serde_json::to_value(&row.matches).map_err(failed)?;
    for object in matches.as_array_mut().into_iter().flatten().filter_map(|value| value.as_object_mut()) {
        OWN.iter().for_each(|name| {
            object.shift_remove(*name);
        });
    }
    Ok(format!("\"{VERDICT}\":\"{}\",\"{MATCHES}\":{matches}", row.verdict.name()))
}
