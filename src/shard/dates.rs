//! The dates of records: a column of times, days, numbers or texts, read for the rows that are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::RowGroupReader;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::Value;

use crate::date::{Dated, When};
use crate::error::{Error, Result};
use crate::shard::column::{ColumnPath, Step};
use crate::shard::foreign_pages::ForeignGroup;
use crate::shard::parquet::{ParquetShard, guarded};

/// A column of dates in one shard.
#[derive(Debug, Clone)]
pub struct DateColumn {
    path: ColumnPath,
    /// The field of the record that it is, or is in.
    root: Arc<Type>,
    /// Times are in UTC, not of a clock somewhere.
    is_utc: bool,
    /// Numbers are nanoseconds.
    is_nanos: bool,
}

/// The names on the way to a value that is in no list.
fn names(path: &ColumnPath) -> Option<Vec<&str>> {
    fn name(step: &Step) -> Option<&str> {
        match step {
            Step::Elements => None,
            Step::Field(name) => Some(name),
        }
    }
    path.steps().iter().map(name).collect()
}

impl ParquetShard {
    /// The column of dates that a logical path means in this file.
    ///
    /// # Errors
    /// No such column, or one inside a list.
    pub fn date_column(&self, path: &ColumnPath) -> Result<DateColumn> {
        let bad = |found: String| {
            let help = "name the column that says when a record was written, or leave --record-date away";
            Error::content(&self.path, format!("a column of dates `{path}`"), found).at("schema").help(help)
        };
        let names = names(path).ok_or_else(|| bad("a list".to_owned()))?;
        let descriptor = self.metadata.file_metadata().schema_descr();
        let column =
            self.leaf(path).map(|leaf| descriptor.column(leaf)).ok_or_else(|| bad("no such column".to_owned()))?;
        let fields = descriptor.root_schema().get_fields();
        let root = fields.iter().find(|field| Some(&field.name()) == names.first());
        let root = root.ok_or_else(|| bad("no such column".to_owned()))?.clone();
        let (is_utc, is_nanos) = match column.logical_type_ref() {
            Some(LogicalType::Timestamp(time)) => (time.is_adjusted_to_u_t_c, time.unit == TimeUnit::NANOS),
            _ => (true, false),
        };
        Ok(DateColumn { path: path.clone(), root, is_utc, is_nanos })
    }

    /// The dates of some rows of a row group; rows are those of the shard.
    ///
    /// # Errors
    /// A column that cannot be read.
    pub fn read_dates(&self, group: usize, column: &DateColumn, rows: &BTreeSet<u64>) -> Result<BTreeMap<u64, Dated>> {
        let failed = |found: String| {
            let place = format!("row group {group}, column {}", column.path);
            Error::content(&self.path, "readable dates", found).at(place)
        };
        let names = names(&column.path).unwrap_or_default();
        let read = guarded(|| {
            let reader = ForeignGroup::new(&self.data, self.metadata.row_group(group), self.largest_page);
            let name = self.metadata.file_metadata().schema().name();
            let projection = Type::group_type_builder(name).with_fields(vec![column.root.clone()]).build()?;
            let mut dates = BTreeMap::new();
            for (row, values) in (self.first_row(group)..).zip(reader.get_row_iter(Some(projection))?) {
                let values = values?;
                if rows.contains(&row) {
                    dates.insert(row, value(&values, &names).map(|value| column.dated(value)).unwrap_or_default());
                }
            }
            Ok(dates)
        });
        read.map_err(failed)
    }
}

/// The value under some names.
fn value<'r>(row: &'r Row, names: &[&str]) -> Option<&'r Field> {
    let (first, rest) = names.split_first()?;
    let (_, field) = row.get_column_iter().find(|(name, _)| name == first)?;
    match field {
        Field::Group(inner) if !rest.is_empty() => value(inner, rest),
        field => rest.is_empty().then_some(field),
    }
}

impl DateColumn {
    fn dated(&self, value: &Field) -> Dated {
        match value {
            Field::Str(text) => Dated::written(text),
            Field::Date(day) => Dated { written: value.to_string(), when: When::day(*day) },
            Field::TimestampMillis(millis) => Dated::time(millis.saturating_mul(1000), self.is_utc),
            Field::TimestampMicros(micros) => Dated::time(*micros, self.is_utc),
            Field::Long(number) if self.is_nanos => Dated::time(number / 1000, self.is_utc),
            Field::Long(number) => Dated::number(*number),
            Field::Int(number) => Dated::number((*number).into()),
            Field::UInt(number) => Dated::number((*number).into()),
            Field::Null => Dated::default(),
            other => Dated { written: other.to_string(), when: None },
        }
    }
}

/// The date of a JSON line; unknown if it has none there.
#[must_use]
pub fn json_date(path: &ColumnPath, line: &[u8]) -> Dated {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let Ok(object) = serde_json::from_slice::<Value>(line) else { return Dated::default() };
    let names = names(path).unwrap_or_default();
    match names.iter().try_fold(&object, |value, name| value.get(name)) {
        Some(Value::String(text)) => Dated::written(text),
        Some(Value::Number(number)) => {
            let whole = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64));
            whole.map(Dated::number).unwrap_or_default()
        }
        _ => Dated::default(),
    }
}
