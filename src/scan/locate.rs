//! One text of one shard, for people who look at a match.

use super::examine_files::WHOLE;
use crate::error::{Error, Result};
use crate::shard::{ColumnPath, FilesShard, Format, Io, JsonColumns, JsonLinesShard, ParquetShard, discover};
use std::path::Path;

/// Where a text stands in its shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextAddress<'a> {
    /// The row; in JSON Lines, the line. From 0.
    pub row: u64,
    /// The logical path of its column.
    pub column: &'a str,
    /// Which of the row's texts.
    pub index: u32,
}

/// Reads one text of a shard.
///
/// # Errors
/// A shard that cannot be read, or that has no such text (it has changed since the scan).
pub fn read_text(path: &Path, address: &TextAddress<'_>) -> Result<String> {
    let file = discover(&[path.display().to_string()], None)?.shards;
    let format = file.first().map(|file| match file.format {
        Format::Archive(compression) => Format::Archive(compression),
        // A file without a column is the text, whatever else it could be read as.
        _ if address.column == WHOLE => Format::Text,
        format => format,
    });
    let column = || address.column.parse::<ColumnPath>();
    let mut found = None;
    match format {
        Some(Format::JsonLines(compression)) => {
            let columns = JsonColumns::new(vec![column()?]);
            JsonLinesShard::open(path, compression, Io::Map)?.read_lines(&mut |row, line| {
                if row == address.row {
                    let _ = columns.texts(line, &mut |_, index, text| {
                        if index == address.index {
                            found = Some(text.to_owned());
                        }
                    });
                }
                Ok(())
            })?;
        }
        Some(format @ (Format::Text | Format::Archive(_))) => {
            let archive = if let Format::Archive(compression) = format { Some(compression) } else { None };
            FilesShard::open(path, archive, Io::Map)?.read(&mut |file| {
                if file.number == address.row {
                    found = String::from_utf8(file.bytes.to_vec()).ok();
                }
                Ok(())
            })?;
        }
        _ => {
            let shard = ParquetShard::open(path, Io::Map)?;
            let column = shard.resolve(&column()?)?;
            let holds = |group: &usize| (shard.first_row(*group)..shard.first_row(group + 1)).contains(&address.row);
            for group in (0..shard.row_groups()).filter(holds) {
                shard.read_texts(group, &column, &mut |text| {
                    if (text.row, text.index) == (address.row, address.index) {
                        found = String::from_utf8(text.bytes.to_vec()).ok();
                    }
                    Ok(())
                })?;
            }
        }
    }
    let expected = format!("a text in row {}, column {}", address.row, address.column);
    found.ok_or_else(|| Error::content(path, expected, "none").help("the shard has changed since the scan"))
}
