//! Units of work: a row group of an open Parquet shard, a whole file, or a shard that could not be opened.

use super::redactor::Redactions;
use super::rewriting::Rewriting;
use super::{Action, SCANNED_COLUMNS, ScanOptions};
use crate::date::Dated;
use crate::detect::Match;
use crate::error::{Error, Result};
use crate::shard::{
    ColumnPath, Compression, DateColumn, FilesShard, Format, Identity, JsonLinesShard, ParquetShard, ShardData,
    ShardFile, TextColumn,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An open shard, shared by the workers on its units.
pub(super) struct OpenShard<'a> {
    pub file: &'a ShardFile,
    /// The file as it was before it was opened.
    pub identity: Identity,
    pub content: Content,
    /// Its copy, if it is Parquet.
    pub rewriting: Rewriting,
}

impl OpenShard<'_> {
    /// Whether a unit is the shard's last.
    pub(super) fn ends_with(&self, group: Option<usize>) -> bool {
        match (&self.content, group) {
            (Content::Parquet { shard, .. }, Some(group)) => group + 1 == shard.row_groups(),
            _ => true,
        }
    }

    /// The bytes of the file.
    pub(super) fn data(&self) -> &ShardData {
        match &self.content {
            Content::Parquet { shard, .. } => shard.data(),
            Content::JsonLines { shard, .. } => shard.data(),
            Content::Files(shard) => shard.data(),
        }
    }
}

/// How an open shard is read.
pub(super) enum Content {
    Parquet {
        shard: Box<ParquetShard>,
        columns: Vec<TextColumn>,
        date: Option<DateColumn>,
    },
    /// Without columns the first line decides.
    JsonLines {
        shard: JsonLinesShard,
        compression: Compression,
        columns: Vec<ColumnPath>,
    },
    /// A text file, or an archive of them.
    Files(FilesShard),
}

/// What was found in a unit that the output depends on.
pub(super) struct Findings {
    /// Rows with a match.
    pub matched: BTreeSet<u64>,
    /// Rows that could not be examined.
    pub unexamined: BTreeSet<u64>,
    /// All matches, by row; kept for the annotation only.
    pub matches: Vec<Found>,
    /// The spans that are to be replaced; kept for that only.
    pub redactions: Redactions,
    /// The columns that were read.
    pub columns: Vec<String>,
}

/// A match and where it was found in its shard.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub row: u64,
    /// The logical path of its column.
    pub column: Arc<str>,
    pub text_index: u32,
    /// The file's path in its archive; empty elsewhere.
    pub member: Arc<str>,
    /// The line of the text in which the match begins, from 1.
    pub line: u64,
    /// When the record was written.
    pub date: Dated,
    pub found: Match,
}

/// One unit of work.
pub(super) enum Unit<'a> {
    /// A row group of a Parquet shard.
    RowGroup(Arc<OpenShard<'a>>, usize),
    /// A JSON Lines file, text files, or a Parquet file without row groups.
    Whole(Arc<OpenShard<'a>>),
    /// A shard that could not be opened, or that lacks its column.
    Unopened(&'a ShardFile, Error),
}

/// The units of all shards, in order; each shard is opened when its first unit is drawn.
pub(super) fn units<'a>(
    shards: &'a [ShardFile],
    options: &'a ScanOptions,
) -> impl Iterator<Item = Unit<'a>> + Send + 'a {
    shards.iter().flat_map(move |file| -> Box<dyn Iterator<Item = Unit<'a>> + Send + 'a> {
        let opened = Identity::of(&file.path).and_then(|identity| Ok((identity, open(file, options)?)));
        let (identity, content) = match opened {
            Ok(opened) => opened,
            Err(error) => return Box::new(std::iter::once(Unit::Unopened(file, error))),
        };
        let groups = match &content {
            Content::Parquet { shard, .. } => shard.row_groups(),
            Content::JsonLines { .. } | Content::Files(_) => 0,
        };
        let shard = Arc::new(OpenShard { file, identity, content, rewriting: Rewriting::default() });
        if groups == 0 {
            return Box::new(std::iter::once(Unit::Whole(shard)));
        }
        Box::new((0..groups).map(move |group| Unit::RowGroup(shard.clone(), group)))
    })
}

fn open(file: &ShardFile, options: &ScanOptions) -> Result<Content> {
    match file.format {
        Format::Parquet => {
            let shard = ParquetShard::open(&file.path, options.io)?.limit_pages(options.largest_piece());
            let shard = Box::new(shard);
            let columns = if options.columns.is_empty() {
                vec![shard.default_column(&SCANNED_COLUMNS).ok_or_else(|| no_column(&shard))?]
            } else {
                options.columns.iter().map(|path| shard.resolve(path)).collect::<Result<_>>()?
            };
            let date = options.record_date.as_ref().map(|path| shard.date_column(path)).transpose()?;
            Ok(Content::Parquet { shard, columns, date })
        }
        Format::Text => open_files(file, None, options),
        Format::Archive(compression) => open_files(file, Some(compression), options),
        Format::JsonLines(compression) => {
            let shard = JsonLinesShard::open(&file.path, compression, options.io)?.limit_lines(options.largest_piece());
            Ok(Content::JsonLines { shard, compression, columns: options.columns.clone() })
        }
    }
}

fn open_files(file: &ShardFile, archive: Option<Compression>, options: &ScanOptions) -> Result<Content> {
    if options.action != Action::Flag {
        let (expected, found) =
            (format!("Parquet or JSON Lines, for --action {}", options.action.name()), "a text file or an archive");
        return Err(Error::content(&file.path, expected, found).help("text files and archives can only be flagged"));
    }
    Ok(Content::Files(FilesShard::open(&file.path, archive, options.io)?.limit_files(options.largest_piece())))
}

fn no_column(shard: &ParquetShard) -> Error {
    let columns: Vec<_> = shard.text_columns().iter().map(ToString::to_string).collect();
    let (found, help) = match columns.first() {
        None => ("no text column at all".to_owned(), "leave this file out: it holds no text to scan".to_owned()),
        Some(first) => {
            (format!("only {}", columns.join(", ")), format!("name what is to be scanned: --columns '{first}'"))
        }
    };
    Error::content(shard.path(), "a text column of a usual name (text, content, messages[].content ...)", found)
        .at("schema")
        .help(help)
}
