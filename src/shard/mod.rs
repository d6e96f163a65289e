//! The way in: from the paths that a person names to the texts of each shard, one by one.
//!
//! 1. [`discover`] turns files, folders and globs into [`ShardFile`]s: each a path, a format and the relative path by
//!    which the shard is known from then on.
//! 2. A Parquet shard is opened by [`ParquetShard::open`]: the footer is read and checked, nothing else.
//!    [`ParquetShard::resolve`] finds the leaf that a logical path such as `messages[].content` means in this file.
//! 3. [`ParquetShard::read_batches`] decodes that one column of one row group, about a MiB at a time, and hands out a
//!    [`TextRef`] for each text. Row groups are independent: many threads may read one shard.
//! 4. A JSON Lines shard is opened by [`JsonLinesShard::open`] and read from its first line to its last;
//!    [`JsonColumns::texts`] takes the texts out of one line, [`JsonColumns::places`] says where they are written.
//!
//! 5. A text file, or a tar archive of them, is opened by [`FilesShard::open`]: each file is a record.
//!
//! Reading fails closed. What the file claims (row counts, sizes, offsets) is checked against what is found, and a
//! difference is an error that names the path and the place, never a shorter result. Texts are bytes here: whether
//! those of Parquet are UTF-8 is for the caller to check, for invalid text concerns one record, not the shard.
//!
//! The Parquet decoder panics on some damaged files. Such a panic is caught and becomes an error like any other, so the
//! crate must be built with unwinding panics, and a panic hook should say nothing where [`is_guarded`].
//!
//! Input files are only ever opened for reading. That they stay as they are meanwhile is not for us to enforce, but to check:
//! [`ShardData::check_unchanged`] is asked after the reading. With [`Io::Map`], a file that is shortened meanwhile ends the
//! process, unless [`survive_lost_pages`](crate::mapped::survive_lost_pages) was called; and nobody may write over the bytes
//! of a mapped file in place. [`Io::Read`] has neither condition.

mod chunk;
mod column;
mod dates;
mod delta;
mod discover;
mod expansion;
mod files;
mod footer;
mod foreign_pages;
mod guard;
mod identity;
mod json_places;
mod json_text;
mod json_walk;
mod jsonl;
mod line_problem;
mod listed;
mod map;
mod naming;
mod opened;
mod page_data;
mod page_sizes;
mod pages;
mod parquet;
mod part;
mod records;
mod roles;
mod schema;
mod source_tree;
mod tar_members;
#[cfg(test)]
mod tests;
mod texts;
mod walk;

use std::path::PathBuf;

pub use self::column::{ColumnPath, Step};
pub use self::dates::{DateColumn, json_date};
pub use self::discover::{Discovered, discover, discover_with};
pub use self::files::{FileText, FilesShard};
pub(crate) use self::foreign_pages::{ForeignPages, foreign_pages};
pub use self::guard::{guarded, is_guarded};
pub use self::identity::Identity;
pub use self::json_places::written_ranges;
pub use self::json_text::JsonColumns;
pub use self::jsonl::JsonLinesShard;
pub use self::line_problem::LineProblem;
pub use self::listed::discover_listed;
pub use self::map::{DataReader, ShardData};
pub(crate) use self::naming::{clean, common_parent, glob_base, parent};
pub(crate) use self::pages::AtOnce;
pub(crate) use self::parquet::LARGEST_PAGE;
pub use self::parquet::ParquetShard;
pub use self::part::{Part, ShardList};
pub use self::records::Records;
pub use self::roles::{JsonRoles, Roles};
pub use self::schema::TextColumn;
pub use self::tar_members::{MAX_HEADER, TarMember, tar_members};
pub use self::walk::Links;
pub(crate) use self::walk::{Entry, is_left, walk};

/// One input file and the name by which it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardFile {
    /// Where to open it: as typed, or as found under what was typed.
    pub path: PathBuf,
    /// The shard's identity in every output: its path below the input root, with `/` between the parts.
    pub relative: String,
    /// How to read it.
    pub format: Format,
}

impl ShardFile {
    /// Bytes of the file; 0 if it cannot be asked.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.path.metadata().map_or(0, |facts| facts.len())
    }
}

/// How a shard's bytes are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// One JSON object a line.
    JsonLines(Compression),
    /// A file that is a text itself, such as source code.
    Text,
    /// A tar archive of such files.
    Archive(Compression),
}

/// What a file of JSON Lines or an archive is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Nothing.
    None,
    /// gzip, of one or more members.
    Gzip,
    /// Zstandard, of one or more frames.
    Zstd,
}

/// How the bytes of a file come into memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Io {
    /// By a read-only memory map: no copy, and the page cache is the only buffer.
    #[default]
    Map,
    /// By positioned reads: for file systems on which maps are slow, and files that somebody may write over in place.
    Read,
}

/// One text of a record, borrowed for the length of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRef<'a> {
    /// The record: its row in the shard, from 0.
    pub row: u64,
    /// Which of the record's list elements the text is, from 0; null elements are counted. 0 in a flat column.
    pub index: u32,
    /// The text, not yet known to be UTF-8.
    pub bytes: &'a [u8],
    /// Where the text stands in the dictionary of its column chunk, if it is from there: the same place, the same text.
    pub entry: Option<u32>,
}
