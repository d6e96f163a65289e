//! Mutated Parquet through our readers.

use crate::Target;
use crate::scratch::Scratch;
use ringfence::ingest::References;
use ringfence::shard::{ColumnPath, Format, Io, ParquetShard, Roles, ShardFile};
use std::collections::BTreeSet;
use std::path::Path;

/// Bytes that a page may have here; what needs more is an error.
pub const LARGEST_PAGE: u64 = 16 << 20;

/// Rows and columns that are looked at: a footer may claim millions.
const MOST: usize = 100;

/// A text as it was read: row, index, bytes.
pub type Text = (u64, u32, Vec<u8>);

/// The texts of one column, or what is wrong with it.
pub type Column = Result<Vec<Text>, String>;

/// All texts of all text columns of a file, or why it cannot be opened.
pub fn read(path: &Path, io: Io) -> Result<Vec<(ColumnPath, Column)>, String> {
    let shard = ParquetShard::open(path, io).map_err(|e| e.to_string())?.limit_pages(LARGEST_PAGE);
    let column = |path: ColumnPath| (path.clone(), column(&shard, &path));
    Ok(shard.text_columns().into_iter().take(MOST).map(column).collect())
}

fn column(shard: &ParquetShard, path: &ColumnPath) -> Column {
    let column = shard.resolve(path).map_err(|e| e.to_string())?;
    let mut texts = Vec::new();
    for group in 0..shard.row_groups() {
        let rows = shard.first_row(group)..shard.first_row(group) + shard.rows(group);
        let read = shard.read_texts(group, &column, &mut |text| {
            assert!(rows.contains(&text.row), "row {} of {rows:?}", text.row);
            texts.push((text.row, text.index, text.bytes.to_vec()));
            Ok(())
        });
        read.map_err(|e| e.to_string())?;
    }
    assert!(texts.is_sorted_by_key(|(row, index, _)| (*row, *index)), "texts out of order");
    Ok(texts)
}

/// What is read by a map is what is read by reads; a text that is there can be asked for by its place.
pub fn texts() -> Target {
    let (scratch, roles) = (Scratch::new(), Roles::new(&["assistant".to_owned()]));
    Box::new(move |data| {
        let path = scratch.put("shard.parquet", data);
        let mapped = read(&path, Io::Map);
        assert_eq!(mapped, read(&path, Io::Read));
        if mapped.is_ok()
            && let Ok(shard) = ParquetShard::open(&path, Io::Map)
        {
            let shard = shard.limit_pages(LARGEST_PAGE);
            let columns = shard.text_columns().into_iter().take(MOST);
            for column in columns.filter_map(|path| shard.resolve(&path).ok()) {
                for group in 0..shard.row_groups().min(MOST) {
                    let _ = shard.other_roles(group, &column, &roles);
                    shard.read_ahead(group, std::slice::from_ref(&column));
                    shard.release(group);
                }
            }
        }
    })
}

/// Columns of dates, of every type that a leaf can have.
pub fn dates() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("shard.parquet", data);
        let Ok(shard) = ParquetShard::open(&path, Io::Map) else { return };
        let shard = shard.limit_pages(LARGEST_PAGE);
        let leaves = shard.metadata().file_metadata().schema_descr().columns().iter();
        let paths: Vec<String> = leaves.take(MOST).map(|leaf| leaf.path().parts().join(".")).collect();
        let columns = paths.iter().filter_map(|path| shard.date_column(&path.parse().ok()?).ok());
        for column in columns {
            for group in 0..shard.row_groups().min(MOST) {
                let first = shard.first_row(group);
                let rows: BTreeSet<u64> = (first..first + shard.rows(group).min(5)).collect();
                if let Ok(dates) = shard.read_dates(group, &column, &rows) {
                    assert!(dates.keys().all(|row| rows.contains(row)), "{dates:?}");
                }
            }
        }
    })
}

/// References: texts with their provenance.
pub fn references() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("references.parquet", data);
        let file = ShardFile { path, relative: "references.parquet".to_owned(), format: Format::Parquet };
        let all = [Io::Map, Io::Read].map(|io| {
            let (mut texts, references) = (Vec::new(), References { io, ..References::default() });
            let read = references.read(std::slice::from_ref(&file), &mut |reference| {
                texts.push((reference.text.to_owned(), reference.provenance.id.to_owned()));
                Ok(())
            });
            (read.map_err(|e| e.to_string()), texts)
        });
        assert_eq!(all[0], all[1]);
        if let (Ok(count), texts) = &all[0] {
            assert_eq!(*count, texts.len() as u64);
        }
    })
}
