//! References in JSON Lines files.

use super::columns::{FIELDS, PROMPT_COLUMNS, References, Row, TEXT_COLUMNS};
use crate::error::{Error, Result};
use crate::index::PROVENANCE_FIELDS;
use crate::shard::{ColumnPath, Compression, JsonColumns, JsonLinesShard, LineProblem, ShardFile};
use serde_json::Value;

/// Hands out the texts of a file, line by line.
pub(super) fn read(
    file: &ShardFile,
    compression: Compression,
    how: &References,
    take: &mut dyn FnMut(Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut columns = (!how.columns.is_empty()).then(|| JsonColumns::new(how.columns.clone()));
    let shard = JsonLinesShard::open(&file.path, compression, how.io)?;
    let read = shard.read_lines(&mut |number, line| {
        let place = |error: Error| error.at(format!("line {number} (from 0)"));
        let bad = |problem: LineProblem| {
            place(Error::content(&file.path, "a JSON object with its text column", problem))
                .help("every line of a reference file counts: mend or remove this one, or name its text with --column")
        };
        if columns.is_none() {
            let Some(found) = JsonColumns::default_column(&TEXT_COLUMNS, line) else {
                let expected = format!("one of the text fields {}", TEXT_COLUMNS.join(", "));
                let error = Error::content(&file.path, expected, "none of them");
                return Err(place(error).help("name the model's text with --column"));
            };
            columns = Some(JsonColumns::new(vec![found]));
        }
        let fields = read_fields(line).map_err(bad)?;
        let prompt = read_prompt(line, how);
        let mut taken = Ok(());
        if let Some(columns) = &columns {
            let visit = &mut |column: usize, index, text: &str| {
                let list = columns.paths().get(column).is_some_and(|path| path.is_list());
                if taken.is_ok() {
                    taken = take(Row { text, prompt: &prompt, index: list.then_some(index), fields: &fields });
                }
            };
            columns.texts(line, visit).map_err(bad)?;
        }
        taken
    });
    shard.data().check_unchanged().and(read)
}

/// What the line says was asked, joined where there are several texts; empty where it says nothing.
fn read_prompt(line: &[u8], how: &References) -> String {
    let known = PROMPT_COLUMNS.iter().filter_map(|name| name.parse().ok());
    let paths: Vec<ColumnPath> = how.prompt.as_ref().map_or_else(|| known.collect(), |path| vec![path.clone()]);
    let mut prompt = String::new();
    for path in paths {
        // A line without a prompt, or with something else than text in its place, has none.
        let _ = JsonColumns::new(vec![path]).texts(line, &mut |_, _, text| {
            prompt.push_str(text);
            prompt.push('\n');
        });
    }
    prompt
}

fn read_fields(line: &[u8]) -> std::result::Result<[String; PROVENANCE_FIELDS], LineProblem> {
    let line: Value = serde_json::from_slice(line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line))
        .map_err(|e| LineProblem::Json(e.to_string()))?;
    Ok(FIELDS.map(|(_, names)| match names.iter().find_map(|name| line.get(name)) {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        _ => String::new(),
    }))
}
