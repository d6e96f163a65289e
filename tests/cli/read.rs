//! Parquet files read back, apart from the program's own code.

use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// The values of a flat column, as text; nulls as `null`.
pub(crate) fn column(path: &Path, name: &str) -> Vec<String> {
    let rows = reader(path).into_iter().map(Result::unwrap);
    rows.map(|row| row.get_column_iter().find(|(n, _)| *n == name).map(|(_, value)| text(value)).unwrap()).collect()
}

/// The names of the columns.
pub(crate) fn columns(path: &Path) -> Vec<String> {
    let reader = reader(path);
    let schema = reader.metadata().file_metadata().schema().get_fields();
    schema.iter().map(|field| field.name().to_owned()).collect()
}

fn reader(path: &Path) -> SerializedFileReader<File> {
    SerializedFileReader::new(File::open(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn text(value: &Field) -> String {
    match value {
        Field::Str(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The column `id` of a shard written by [`World`](crate::world::World).
pub(crate) fn ids(path: &Path) -> Vec<u64> {
    column(path, "id").iter().map(|id| id.parse().unwrap()).collect()
}
