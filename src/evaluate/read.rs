//! The rows of a file of labels, from Parquet and from JSON Lines.

use super::labels::{COLUMNS, Row};
use crate::error::{Error, Result};
use crate::shard::{
    ForeignGroup, Format, Io, JsonLinesShard, LARGEST_PAGE, ParquetShard, ShardFile, discover, guarded,
};
use parquet::file::reader::RowGroupReader;
use parquet::record::Field;
use parquet::schema::types::Type;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// What every error about the content of labels advises.
pub(super) const HELP: &str = "docs/evaluate.md has the columns of labels";

/// Hands out each row with its number; in JSON Lines, that of its line.
pub(super) fn read_rows(path: &Path, take: &mut dyn FnMut(u64, Row) -> Result<()>) -> Result<()> {
    let files = discover(&[path.display().to_string()], None)?.shards;
    let [ShardFile { path, format, .. }] = files.as_slice() else {
        return Err(Error::content(path, "one file of labels", format!("{} files", files.len())));
    };
    let bad = |number, e: serde_json::Error| {
        Error::content(path, "a label", e).at(format!("row {number} (from 0)")).help(HELP)
    };
    match format {
        Format::Parquet => read_parquet(path, &mut |number, row| {
            take(number, serde_json::from_value(row).map_err(|e| bad(number, e))?)
        }),
        Format::Text | Format::Archive(_) => {
            Err(Error::content(path, "a table of labels (Parquet, JSON Lines)", "a text file or an archive"))
        }
        Format::JsonLines(compression) => {
            JsonLinesShard::open(path, *compression, Io::Map)?.read_lines(&mut |number, line| {
                let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
                take(number, serde_json::from_slice(line).map_err(|e| bad(number, e))?)
            })
        }
    }
}

fn read_parquet(path: &Path, take: &mut dyn FnMut(u64, Value) -> Result<()>) -> Result<()> {
    let shard = ParquetShard::open(path, Io::Map)?;
    let root = shard.metadata().file_metadata().schema();
    let wanted: Vec<Arc<Type>> = root.get_fields().iter().filter(|f| COLUMNS.contains(&f.name())).cloned().collect();
    if wanted.is_empty() {
        let found = root.get_fields().iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
        return Err(Error::content(path, "columns of labels", found).at("schema").help(HELP));
    }
    let failed = |group, e: String| Error::content(path, "readable labels", e).at(format!("row group {group}"));
    let projection = Type::group_type_builder(root.name()).with_fields(wanted).build();
    let projection = projection.map_err(|e| failed(0, e.to_string()))?;
    for group in 0..shard.row_groups() {
        let decoded = |e: parquet::errors::ParquetError| failed(group, e.to_string());
        let panicked = |e| failed(group, e);
        let reader = ForeignGroup::new(shard.data(), shard.metadata().row_group(group), LARGEST_PAGE);
        let rows = guarded(|| reader.get_row_iter(Some(projection.clone()))).map_err(panicked)?;
        let mut rows = rows.map_err(decoded)?;
        let mut number = shard.first_row(group);
        while let Some(row) = guarded(|| rows.next()).map_err(panicked)? {
            let row = row.map_err(decoded)?;
            let members = row.get_column_iter().map(|(name, value)| (name.clone(), to_json(value)));
            take(number, Value::Object(members.collect()))?;
            number += 1;
        }
    }
    Ok(())
}

/// Values of the types that labels have; all others become null.
fn to_json(value: &Field) -> Value {
    match value {
        Field::Str(text) => text.as_str().into(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into(),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        Field::Group(row) => {
            Value::Object(row.get_column_iter().map(|(name, value)| (name.clone(), to_json(value))).collect())
        }
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(to_json).collect()),
        _ => Value::Null,
    }
}
