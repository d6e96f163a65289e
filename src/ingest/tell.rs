//! Files of references and logs, told apart.

use super::collect::{Collector, Recognised, SourceFile, find_sources};
use super::columns::TEXT_COLUMNS;
use crate::error::{Error, Result};
use crate::shard::{Format, Io, JsonColumns, JsonLinesShard, Links, ParquetShard, ShardFile, discover};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What a build reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Parquet and JSON Lines with a column of texts.
    pub references: Vec<ShardFile>,
    /// Everything that a [`Collector`] reads.
    pub logs: Vec<SourceFile>,
}

/// Tells what is meant by files, folders and globs. `has_columns` says that the column of texts is named: then chat data is
/// taken for files of references too.
///
/// 1. Assistants' logs, and archives that hold some, are logs, whatever their names are.
/// 2. Parquet and JSON Lines with a column that holds texts by convention are files of references.
/// 3. Other chat data is read as logs are.
///
/// # Errors
/// An input that is not there, or means no file of either kind.
pub fn tell(inputs: &[String], has_columns: bool) -> Result<Told> {
    let sources = find_sources(inputs, false, Links::Leave)?.files;
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut by_path: HashMap<PathBuf, &SourceFile> =
        sources.iter().map(|source| (whole(&source.path), source)).collect();
    let collector = Collector::new(None, "")?;
    let found = discover(inputs, None);
    let mut told = Told::default();
    for shard in found.as_ref().map(|found| found.shards.as_slice()).unwrap_or_default() {
        let source = by_path.remove(&whole(&shard.path));
        let has_texts = has_text_column(shard);
        let is_table = shard.format == Format::Parquet && has_texts;
        // What cannot be read even so far is reported by who reads it as a file of references.
        let known = source.filter(|_| !is_table).and_then(|source| Some((source, collector.recognise(source).ok()??)));
        match known {
            Some((source, Recognised::Log)) => told.logs.push(source.clone()),
            Some((source, Recognised::Data)) if !has_columns && !has_texts => told.logs.push(source.clone()),
            _ => told.references.push(shard.clone()),
        }
    }
    let others = by_path.into_values().filter(|source| collector.recognise(source).is_ok_and(|known| known.is_some()));
    told.logs.extend(others.cloned());
    told.logs.sort_by(|a, b| a.name.cmp(&b.name));
    match found {
        Err(error) if told.logs.is_empty() => Err(error),
        _ => Ok(told),
    }
}

/// Whether Parquet, or the first line of JSON, has one of the columns that hold texts by convention; what is neither has none.
fn has_text_column(shard: &ShardFile) -> bool {
    let Format::JsonLines(compression) = shard.format else {
        let opened = ParquetShard::open(&shard.path, Io::Map);
        return opened.is_ok_and(|shard| shard.default_column(&TEXT_COLUMNS).is_some());
    };
    let mut has = false;
    let mut first = |_, line: &[u8]| {
        has = JsonColumns::default_column(&TEXT_COLUMNS, line).is_some();
        // One line is enough.
        Err(Error::request("known", ""))
    };
    let _ = JsonLinesShard::open(&shard.path, compression, Io::Map).and_then(|lines| lines.read_lines(&mut first));
    has
}
