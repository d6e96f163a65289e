//! References in Parquet files.

use super::columns::{FIELDS, PROMPT_COLUMNS, References, Row, TEXT_COLUMNS};
use crate::error::{Error, Result};
use crate::shard::{ParquetShard, ShardFile, TextColumn};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::RowGroupReader;
use parquet::file::serialized_reader::SerializedRowGroupReader;
use parquet::record::Field;
use parquet::schema::types::Type;
use std::sync::Arc;

/// Hands out the texts of a file, row group by row group.
pub(super) fn read(file: &ShardFile, how: &References, take: &mut dyn FnMut(Row<'_>) -> Result<()>) -> Result<()> {
    let shard = ParquetShard::open(&file.path, how.io)?;
    let columns = text_columns(&shard, how)?;
    for group in 0..shard.row_groups() {
        let fields = read_fields(&shard, group)?;
        let prompts = read_prompts(&shard, group, how)?;
        for column in &columns {
            shard.read_texts(group, column, &mut |text| {
                let invalid = |e| {
                    let place = format!("row {}, column {}", text.row, column.path());
                    Error::content(&file.path, "UTF-8 text", format!("invalid bytes ({e})")).at(place)
                };
                let row = (text.row - shard.first_row(group)) as usize;
                let fields = fields.get(row).ok_or_else(|| short(&shard, group))?;
                let index = column.path().is_list().then_some(text.index);
                let prompt = prompts.get(row).map_or("", String::as_str);
                take(Row { text: simdutf8::basic::from_utf8(text.bytes).map_err(invalid)?, prompt, index, fields })
            })?;
        }
    }
    Ok(())
}

fn text_columns(shard: &ParquetShard, how: &References) -> Result<Vec<TextColumn>> {
    if !how.columns.is_empty() {
        return how.columns.iter().map(|path| shard.resolve(path)).collect();
    }
    let missing = || {
        let found = shard.text_columns().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let expected = format!("one of the text columns {}", TEXT_COLUMNS.join(", "));
        let found = if found.is_empty() { "no text column at all".to_owned() } else { found };
        Error::content(shard.path(), expected, found).at("schema").help("name the model's text with --column")
    };
    Ok(vec![shard.default_column(&TEXT_COLUMNS).ok_or_else(missing)?])
}

fn short(shard: &ParquetShard, group: usize) -> Error {
    Error::content(shard.path(), "as many values in every column", "fewer").at(format!("row group {group}"))
}

/// The provenance fields of every row of a row group; empty strings for columns that are not there.
fn read_fields(shard: &ParquetShard, group: usize) -> Result<Vec<[String; 7]>> {
    let root = shard.metadata().file_metadata().schema();
    let names = FIELDS.map(|(_, names)| names.iter().find_map(|n| root.get_fields().iter().find(|f| is_flat(f, n))));
    let wanted: Vec<Arc<Type>> = root.get_fields().iter().filter(|f| names.contains(&Some(f))).cloned().collect();
    let rows = shard.rows(group) as usize;
    if wanted.is_empty() {
        return Ok(vec![Default::default(); rows]);
    }
    let failed = |e| Error::content(shard.path(), "readable provenance columns", e).at(format!("row group {group}"));
    let projection = Type::group_type_builder(root.name()).with_fields(wanted).build().map_err(failed)?;
    let properties = Arc::new(ReaderProperties::builder().build());
    let metadata = shard.metadata().row_group(group);
    let reader = SerializedRowGroupReader::new(shard.data().clone(), metadata, None, properties).map_err(failed)?;
    let mut all = Vec::with_capacity(rows);
    for row in reader.get_row_iter(Some(projection)).map_err(failed)? {
        let mut fields: [String; 7] = Default::default();
        for (name, value) in row.map_err(failed)?.get_column_iter() {
            let slots = names.iter().zip(&mut fields).filter(|(n, _)| n.is_some_and(|f| f.name() == name));
            slots.for_each(|(_, slot)| *slot = display(value));
        }
        all.push(fields);
    }
    Ok(all)
}

/// The prompts of every row of a row group, joined where there are several; nothing where there are no such columns.
fn read_prompts(shard: &ParquetShard, group: usize, how: &References) -> Result<Vec<String>> {
    let columns: Vec<TextColumn> = match &how.prompt {
        Some(path) => vec![shard.resolve(path)?],
        None => PROMPT_COLUMNS.iter().filter_map(|name| shard.default_column(&[name])).collect(),
    };
    let mut prompts = vec![String::new(); if columns.is_empty() { 0 } else { shard.rows(group) as usize }];
    for column in &columns {
        shard.read_texts(group, column, &mut |text| {
            if let Some(prompt) = prompts.get_mut((text.row - shard.first_row(group)) as usize) {
                prompt.push_str(&String::from_utf8_lossy(text.bytes));
                prompt.push('\n');
            }
            Ok(())
        })?;
    }
    Ok(prompts)
}

fn is_flat(field: &Type, name: &str) -> bool {
    field.is_primitive() && field.name() == name
}

fn display(value: &Field) -> String {
    match value {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        other => other.to_string(),
    }
}
