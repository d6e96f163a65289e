//! References in Parquet files.

use super::columns::{FIELDS, PROMPT_COLUMNS, References, Row, TEXT_COLUMNS};
use crate::error::{Error, Result};
use crate::index::PROVENANCE_FIELDS;
use crate::shard::{ParquetShard, Records, ShardFile, TextColumn};
use parquet::record::Field;
use parquet::schema::types::Type;
use std::sync::Arc;

/// Hands out the texts of a file, row group by row group.
pub(super) fn read(file: &ShardFile, how: &References, take: &mut dyn FnMut(Row<'_>) -> Result<()>) -> Result<()> {
    let shard = ParquetShard::open(&file.path, how.io)?;
    let read = read_shard(&shard, how, take);
    shard.data().check_unchanged().and(read)
}

fn read_shard(shard: &ParquetShard, how: &References, take: &mut dyn FnMut(Row<'_>) -> Result<()>) -> Result<()> {
    let columns = text_columns(shard, how)?;
    let known = Known::of(shard, how)?;
    for group in 0..shard.row_groups() {
        let nested = known.read_nested_prompts(shard, group)?;
        for column in &columns {
            let mut rows = known.rows(shard, group)?;
            shard.read_texts(group, column, &mut |text| {
                let invalid = |e| {
                    let place = format!("row {}, column {}", text.row, column.path());
                    Error::content(shard.path(), "UTF-8 text", format!("invalid bytes ({e})")).at(place)
                };
                let row = text.row - shard.first_row(group);
                rows.go_to(row)?;
                let index = column.path().is_list().then_some(text.index);
                let prompt = nested.get(row as usize).unwrap_or(&rows.prompt);
                let text = simdutf8::basic::from_utf8(text.bytes).map_err(invalid)?;
                take(Row { text, prompt, index, fields: &rows.fields })
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

/// The columns of a file that say what is known of its texts.
struct Known {
    /// What is read beside the texts, row by row, since a row group may be larger than the memory.
    columns: Vec<Arc<Type>>,
    /// The names of the columns of the fields, where there are any.
    fields: [Option<String>; PROVENANCE_FIELDS],
    /// The names of the columns of prompts among them, in their order.
    prompts: Vec<String>,
    /// All columns of prompts, if some are inside lists and structures: they are read for a whole row group.
    nested_prompts: Vec<TextColumn>,
}

impl Known {
    fn of(shard: &ParquetShard, how: &References) -> Result<Self> {
        let root = shard.metadata().file_metadata().schema();
        let flat = |name: &str| root.get_fields().iter().find(|column| is_flat(column, name)).cloned();
        let found = FIELDS.map(|(_, names)| names.iter().find_map(|name| flat(name)));
        let prompts: Vec<TextColumn> = match &how.prompt {
            Some(path) => vec![shard.resolve(path)?],
            None => PROMPT_COLUMNS.iter().filter_map(|name| shard.default_column(&[name])).collect(),
        };
        let is_flat_prompt = |column: &TextColumn| flat(&column.path().to_string()).is_some();
        let (flat_prompts, nested_prompts) =
            if prompts.iter().all(is_flat_prompt) { (prompts, Vec::new()) } else { (Vec::new(), prompts) };
        let prompts: Vec<String> = flat_prompts.iter().map(|column| column.path().to_string()).collect();
        let fields = found.each_ref().map(|column| column.as_ref().map(|column| column.name().to_owned()));
        let is_wanted = |column: &&Arc<Type>| fields.iter().flatten().chain(&prompts).any(|name| is_flat(column, name));
        let columns = root.get_fields().iter().filter(is_wanted).cloned().collect();
        Ok(Self { columns, fields, prompts, nested_prompts })
    }

    /// The rows of a row group, at the first one.
    fn rows<'r>(&'r self, shard: &'r ParquetShard, group: usize) -> Result<Rows<'r>> {
        let has_columns = !self.columns.is_empty();
        let records = has_columns.then(|| shard.read_records(group, self.columns.clone())).transpose()?;
        Ok(Rows { known: self, shard, group, records, read: 0, fields: Default::default(), prompt: String::new() })
    }

    /// The prompts of every row of a row group, joined where there are several, if some are nested; nothing otherwise.
    fn read_nested_prompts(&self, shard: &ParquetShard, group: usize) -> Result<Vec<String>> {
        let mut prompts = Vec::new();
        for column in &self.nested_prompts {
            shard.read_texts(group, column, &mut |text| {
                // Room for the rows that are there, not for those that the footer claims.
                let row = (text.row - shard.first_row(group)) as usize;
                prompts.resize(prompts.len().max(row + 1), String::new());
                if let Some(prompt) = prompts.get_mut(row) {
                    prompt.push_str(&String::from_utf8_lossy(text.bytes));
                    prompt.push('\n');
                }
                Ok(())
            })?;
        }
        Ok(prompts)
    }
}

/// The rows of a row group, one after the other.
struct Rows<'r> {
    known: &'r Known,
    shard: &'r ParquetShard,
    group: usize,
    /// None where there is nothing to read.
    records: Option<Records>,
    /// How many were read.
    read: u64,
    /// Of the last one that was read: its fields, empty where the file says nothing, and its prompts, joined.
    fields: [String; PROVENANCE_FIELDS],
    prompt: String,
}

impl Rows<'_> {
    /// Reads on to a row.
    fn go_to(&mut self, row: u64) -> Result<()> {
        while let Some(records) = self.records.as_mut().filter(|_| self.read <= row) {
            let short = || {
                let error = Error::content(self.shard.path(), "as many values in every column", "fewer");
                error.at(format!("row group {}", self.group))
            };
            let next = records.next().ok_or_else(short)??;
            self.read += 1;
            if self.read > row {
                self.take(&next);
            }
        }
        Ok(())
    }

    fn take(&mut self, row: &parquet::record::Row) {
        let value =
            |name: &str| row.get_column_iter().find(|(column, _)| *column == name).map(|(_, value)| display(value));
        for (slot, name) in self.fields.iter_mut().zip(&self.known.fields) {
            *slot = name.as_deref().and_then(value).unwrap_or_default();
        }
        self.prompt.clear();
        for prompt in self.known.prompts.iter().filter_map(|name| value(name)).filter(|prompt| !prompt.is_empty()) {
            self.prompt.push_str(&prompt);
            self.prompt.push('\n');
        }
    }
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
