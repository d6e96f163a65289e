//! A Parquet shard: opened once, its footer checked, its text columns found.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};

use crate::error::{Error, Result};
use crate::shard::Io;
use crate::shard::column::ColumnPath;
use crate::shard::footer;
use crate::shard::guard;
use crate::shard::map::ShardData;
use crate::shard::schema::{self, Leaf, TextColumn};

/// The largest page that is read, in bytes, decompressed: it is held in memory as a whole, and no writer makes one near this.
pub(crate) const LARGEST_PAGE: u64 = 1 << 30;

/// Rows of a file from which it is taken to be lying, so that those of many files can be added up.
const MOST_ROWS: u64 = 1 << 40;

/// An open Parquet file. Threads may share it and read different row groups at the same time.
#[derive(Debug)]
pub struct ParquetShard {
    pub(super) path: PathBuf,
    pub(super) data: Arc<ShardData>,
    pub(super) metadata: ParquetMetaData,
    /// The shard row with which each row group starts, and at the end the number of all rows.
    starts: Vec<u64>,
    leaves: Vec<Leaf>,
    /// Bytes of a decompressed page at most.
    pub(super) largest_page: u64,
}

impl ParquetShard {
    /// Opens a file and reads its footer: the schema, the row groups and where their columns are. No page is read, so
    /// damage inside a column only shows when that is read.
    ///
    /// # Errors
    /// The system's refusal; a file that is empty, encrypted, truncated or not Parquet; a footer that contradicts
    /// itself.
    pub fn open(path: &Path, io: Io) -> Result<Self> {
        let data = Arc::new(ShardData::open(path, io)?);
        let read = Self::read_footer(path, &data);
        data.check_unchanged().and(read)
    }

    fn read_footer(path: &Path, data: &Arc<ShardData>) -> Result<Self> {
        footer::check(path, data)?;
        let metadata = guarded(|| ParquetMetaDataReader::new().parse_and_finish(data.as_ref())).map_err(|found| {
            Error::content(path, "Parquet metadata", found)
                .at("footer")
                .help("the file is damaged; fetch or write it again, or leave it out")
        })?;
        let starts = row_starts(path, &metadata)?;
        let leaves = schema::leaves(metadata.file_metadata().schema_descr());
        let (path, data) = (path.to_path_buf(), Arc::clone(data));
        Ok(Self { path, data, metadata, starts, leaves, largest_page: LARGEST_PAGE })
    }

    /// Refuses column chunks with a page of more decompressed bytes: a page is held in memory as a whole.
    #[must_use]
    pub fn limit_pages(self, bytes: u64) -> Self {
        Self { largest_page: bytes.min(LARGEST_PAGE), ..self }
    }

    /// The file, as it was named to [`ParquetShard::open`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many row groups there are; they are known by 0 to this.
    #[must_use]
    pub fn row_groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// How many rows a row group has; 0 for one that is not there.
    #[must_use]
    pub fn rows(&self, group: usize) -> u64 {
        match (self.starts.get(group), self.starts.get(group.saturating_add(1))) {
            (Some(start), Some(end)) => end - start,
            _ => 0,
        }
    }

    /// The row of the shard with which a row group starts; the number of all rows for one that is not there.
    #[must_use]
    pub fn first_row(&self, group: usize) -> u64 {
        self.starts.get(group).or(self.starts.last()).copied().unwrap_or(0)
    }

    /// How many rows the whole shard has.
    #[must_use]
    pub fn total_rows(&self) -> u64 {
        self.first_row(usize::MAX)
    }

    /// The footer, with statistics, without page indexes.
    #[must_use]
    pub fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    /// The bytes of the file, for readers of other columns and for copying column chunks.
    #[must_use]
    pub fn data(&self) -> &Arc<ShardData> {
        &self.data
    }

    /// Asks the kernel to read these columns of a row group while others are scanned.
    pub fn read_ahead(&self, group: usize, columns: &[TextColumn]) {
        let chunks = self.metadata.row_groups().get(group).map(|group| group.columns()).unwrap_or_default();
        for chunk in columns.iter().filter_map(|column| chunks.get(column.leaf)) {
            if let Some(bytes) = bytes_of(chunk) {
                self.data.read_ahead(bytes);
            }
        }
    }

    /// Lets the kernel drop the mapped pages of a row group from the process. They stay readable: who copies a shard group by
    /// group calls this behind itself, so that resident memory does not grow with the file. Without a map, nothing.
    pub fn release(&self, group: usize) {
        for chunk in self.metadata.row_groups().get(group).into_iter().flat_map(|group| group.columns()) {
            if let Some(bytes) = bytes_of(chunk) {
                self.data.release(bytes);
            }
        }
    }

    /// The logical paths of all text columns: string and binary leaves, in the order of the schema.
    #[must_use]
    pub fn text_columns(&self) -> Vec<ColumnPath> {
        self.leaves.iter().filter(|leaf| leaf.text.is_ok()).map(|leaf| leaf.path.clone()).collect()
    }

    /// The leaf column that a logical path means in this file.
    ///
    /// # Errors
    /// No such column (the message lists the text columns there are), several of this name, or one that holds no text
    /// (the message says what it holds).
    pub fn resolve(&self, path: &ColumnPath) -> Result<TextColumn> {
        let mut named = self.leaves.iter().filter(|leaf| leaf.path == *path);
        let problem = |expected: String, found: String| {
            Err(Error::content(&self.path, expected, found).at("schema").help(self.advice_on_columns()))
        };
        match (named.next(), named.next()) {
            (None, _) => problem(format!("a text column `{path}`"), "no such column".to_owned()),
            (Some(_), Some(_)) => problem(format!("one column `{path}`"), "several of that name".to_owned()),
            (Some(Leaf { text: Err(held), .. }), None) => {
                problem(format!("text (BYTE_ARRAY) in column `{path}`"), held.clone())
            }
            (Some(Leaf { text: Ok(column), .. }), None) => Ok(column.clone()),
        }
    }

    /// Which of the leaves a logical path means.
    pub(super) fn leaf(&self, path: &ColumnPath) -> Option<usize> {
        self.leaves.iter().position(|leaf| leaf.path == *path)
    }

    /// The first of these logical paths that is a text column of this file.
    #[must_use]
    pub fn default_column(&self, names: &[&str]) -> Option<TextColumn> {
        names.iter().find_map(|name| self.resolve(&name.parse().ok()?).ok())
    }

    fn advice_on_columns(&self) -> String {
        let names: Vec<_> = self.text_columns().iter().map(|path| format!("`{path}`")).collect();
        match names.as_slice() {
            [] => "the file has no text column at all".to_owned(),
            names => format!("name one of the text columns of this file: {}", names.join(", ")),
        }
    }
}

/// Where a column chunk lies in the file, as the footer claims.
fn bytes_of(chunk: &ColumnChunkMetaData) -> Option<Range<u64>> {
    let start = u64::try_from(chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset())).ok()?;
    Some(start..start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?)
}

/// Where each row group starts, from row counts that are checked against each other.
fn row_starts(path: &Path, metadata: &ParquetMetaData) -> Result<Vec<u64>> {
    let bad = |expected: &str, found: String| Error::content(path, expected, found).at("footer");
    let mut starts = vec![0];
    let mut rows: u64 = 0;
    for (group, facts) in metadata.row_groups().iter().enumerate() {
        rows = u64::try_from(facts.num_rows())
            .ok()
            .and_then(|more| rows.checked_add(more))
            .filter(|rows| *rows <= MOST_ROWS)
            .ok_or_else(|| bad("a row count", format!("{} rows in row group {group}", facts.num_rows())))?;
        starts.push(rows);
    }
    let claimed = metadata.file_metadata().num_rows();
    if u64::try_from(claimed) != Ok(rows) {
        return Err(bad(&format!("{claimed} rows"), format!("row groups that have {rows}")));
    }
    Ok(starts)
}

/// Runs the decoder on foreign bytes. Its errors come back as words, and so does a panic, of which it has some left
/// for files that lie: one bad shard must not end a run over thousands.
pub(super) fn guarded<T>(work: impl FnOnce() -> parquet::errors::Result<T>) -> std::result::Result<T, String> {
    // What the closure was changing is dropped by every caller after an error, so no broken state is seen.
    match guard::guarded(work) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(format!("data on which the Parquet decoder gave up ({panic})")),
    }
}
