//! Rows of a Parquet file, as JSON: data sets are stored so too.

use crate::error::{Error, Result};
use crate::shard::read_rows;
use parquet::record::{Field, Row};
use serde_json::{Number, Value};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Whether a file begins as Parquet does.
pub(super) fn is_parquet(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(Error::io("open", path))?;
    file.take(4).read_to_end(&mut start).map_err(Error::io("read", path))?;
    Ok(start == b"PAR1")
}

/// Hands out the rows of a file until `visit` is content.
///
/// # Errors
/// The system's, damaged files, and what `visit` returns.
pub(super) fn read(path: &Path, visit: &mut dyn FnMut(Value) -> Result<bool>) -> Result<()> {
    read_rows(path, &mut |row| visit(object(row)))
}

fn object(row: &Row) -> Value {
    Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect())
}

/// A field as JSON. What no reader looks at (decimals, times of day) is null.
fn value(field: &Field) -> Value {
    let float = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match field {
        Field::Bool(value) => Value::Bool(*value),
        Field::Byte(number) => Value::from(*number),
        Field::Short(number) => Value::from(*number),
        Field::Int(number) => Value::from(*number),
        Field::Long(number) | Field::TimestampMillis(number) => Value::from(*number),
        Field::TimestampMicros(number) => Value::from(*number / 1000),
        Field::UByte(number) => Value::from(*number),
        Field::UShort(number) => Value::from(*number),
        Field::UInt(number) => Value::from(*number),
        Field::ULong(number) => Value::from(*number),
        Field::Float(number) => float(f64::from(*number)),
        Field::Double(number) => float(*number),
        Field::Str(text) => Value::String(text.clone()),
        Field::Bytes(bytes) => Value::String(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Group(row) => object(row),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::MapInternal(map) => {
            let entry = |(key, field): &(Field, Field)| Some((value(key).as_str()?.to_owned(), value(field)));
            Value::Object(map.entries().iter().filter_map(entry).collect())
        }
        _ => Value::Null,
    }
}
