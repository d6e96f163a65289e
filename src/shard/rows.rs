//! A Parquet file row by row, for tables that are small or read once.

use std::path::Path;

use parquet::file::reader::RowGroupReader;
use parquet::record::Row;

use crate::error::{Error, Result};
use crate::shard::foreign_pages::ForeignGroup;
use crate::shard::{Io, ParquetShard, guarded};

/// Hands out the rows of a file until `visit` is content.
///
/// # Errors
/// The system's, damaged files, and what `visit` returns.
pub(crate) fn read_rows(path: &Path, visit: &mut dyn FnMut(&Row) -> Result<bool>) -> Result<()> {
    let damaged = |why: String| {
        Error::content(path, "whole Parquet data", why).help("the file is damaged: fetch or write it again")
    };
    let shard = ParquetShard::open(path, Io::Read)?;
    for group in shard.metadata().row_groups() {
        let group = ForeignGroup::new(shard.data(), group, shard.largest_page);
        let rows = guarded(|| group.get_row_iter(None)).map_err(damaged)?;
        let mut rows = rows.map_err(|e| damaged(e.to_string()))?;
        while let Some(row) = guarded(|| rows.next()).map_err(damaged)? {
            if visit(&row.map_err(|e| damaged(e.to_string()))?)? {
                return Ok(());
            }
        }
    }
    Ok(())
}
