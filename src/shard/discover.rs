//! From what a person typed to the shards it means.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::error::{Error, Result};
use crate::shard::files::is_binary;
use crate::shard::naming::{clean, common_parent, glob_base, name_shards, parent};
use crate::shard::source_tree::{self, is_source, is_text, is_working_copy};
use crate::shard::walk::{Entry, Links, is_left, walk};
use crate::shard::{Compression, Format, Part, ShardFile, ShardList};

/// How many bytes are looked at to recognise a file without a known extension.
const SNIFF_BYTES: u64 = 4096;

/// What [`discover`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovered {
    /// The shards, ordered by relative path, bytewise.
    pub shards: Vec<ShardFile>,
    /// Files in folders and globs that were not taken: their extension is not known. Sorted.
    pub ignored: Vec<PathBuf>,
    /// Symbolic links in folders and globs that were not followed. Sorted.
    pub links: Vec<PathBuf>,
    /// All shards that were meant, those of other parts included.
    pub all: ShardList,
    /// Which part of them is in `shards`.
    pub part: Part,
}

impl Discovered {
    /// The shards of one part of them.
    #[must_use]
    pub fn part(self, part: Part) -> Self {
        Self { shards: part.select(self.shards), part, ..self }
    }
}

/// [`discover_with`] symbolic links left where they are.
///
/// # Errors
/// The same.
pub fn discover(inputs: &[String], root: Option<&Path>) -> Result<Discovered> {
    discover_with(inputs, root, Links::Leave)
}

/// Finds the shards that are meant by `inputs`: files, folders (with all that is in them, hidden files included, and what `links`
/// says of symbolic links) and glob patterns, for those who quote them.
///
/// In folders and globs a file is a shard by its extension: `.parquet`, `.pq`, `.jsonl`, `.ndjson` and `.tar`, these three alone
/// or with `.gz` or `.zst`, and `.tgz`. A file that is named itself is always a shard; its content decides if its extension does
/// not.
///
/// A folder that is a working copy of git, or that has source files and no shard, is a folder of source code: each of its text
/// files is a shard of one record, but for what its `.gitignore` files name.
///
/// A shard's relative path starts at `root`, if that is given. Otherwise it starts at the folder that was named, or
/// that a named file is in, or in which a glob begins; at their closest common parent if there are several. It thus
/// depends on what was typed, not on what is there.
///
/// # Errors
/// An input that is not there or means no shard at all, a file outside `root`, two shards with one relative path, a
/// folder that cannot be read.
pub fn discover_with(inputs: &[String], root: Option<&Path>, links: Links) -> Result<Discovered> {
    let mut found = Found { follow: links, ..Found::default() };
    for input in inputs {
        found.add_input(input)?;
    }
    if found.files.is_empty() {
        let (ignored, links) = (found.ignored.len(), found.links.len());
        return Err(Error::request(
            format!(
                "no shard in {} ({ignored} other files ignored, {links} symbolic links not followed)",
                quoted(inputs)
            ),
            "shards are .parquet, .pq, .jsonl, .ndjson and .tar (also .gz, .zst), and all text files in folders of source code; symbolic links in folders are followed with --follow; name files of other extensions one by one",
        ));
    }
    let base = match root {
        Some(root) => clean(root)?,
        None => common_parent(&found.bases),
    };
    let shards = name_shards(found.files, &base)?;
    for list in [&mut found.ignored, &mut found.links] {
        list.sort();
        list.dedup();
    }
    let all = ShardList::of(&shards);
    Ok(Discovered { shards, ignored: found.ignored, links: found.links, all, part: Part::ALL })
}

/// What the inputs have brought so far.
#[derive(Default)]
struct Found {
    files: Vec<(PathBuf, Format)>,
    ignored: Vec<PathBuf>,
    links: Vec<PathBuf>,
    follow: Links,
    /// For each input, the folder in which its relative paths start, as a clean path.
    bases: Vec<PathBuf>,
}

impl Found {
    fn add_input(&mut self, input: &str) -> Result<()> {
        let path = Path::new(input);
        // A file whose name looks like a pattern is meant as that file.
        match std::fs::metadata(path) {
            Ok(facts) if facts.is_dir() => {
                self.bases.push(clean(path)?);
                self.add_folder(path)
            }
            Ok(facts) if !facts.is_file() => {
                let help = "write it to a file first: shards are mapped, and read more than once";
                Err(Error::content(path, "a file or folder", "a pipe or device").help(help))
            }
            Ok(_) => {
                self.bases.push(parent(&clean(path)?));
                self.files.push((path.to_path_buf(), format_of(path)?));
                Ok(())
            }
            Err(_) if input.contains(['*', '?', '[']) => self.add_glob(input),
            Err(error) => Err(Error::io("open", path)(error)),
        }
    }

    fn add_folder(&mut self, folder: &Path) -> Result<()> {
        if is_working_copy(folder) {
            return self.add_source(folder);
        }
        let before = (self.files.len(), self.ignored.len(), self.links.len());
        self.add_data(folder)?;
        let ignored = self.ignored.get(before.1..).unwrap_or_default();
        if self.files.len() == before.0 && ignored.iter().any(|path| is_source(path)) {
            self.ignored.truncate(before.1);
            self.links.truncate(before.2);
            return self.add_source(folder);
        }
        Ok(())
    }

    /// Takes the text files of a folder of source code.
    fn add_source(&mut self, folder: &Path) -> Result<()> {
        for entry in walk(&mut source_tree::how(folder), folder, self.follow)? {
            let Some(path) = self.file(entry) else { continue };
            match format_by_name(&path).filter(|format| !matches!(format, Format::JsonLines(_))) {
                Some(format) => self.files.push((path, format)),
                None if is_text(&path)? => self.files.push((path, Format::Text)),
                None => self.ignored.push(path),
            }
        }
        Ok(())
    }

    /// Takes what is a shard by its extension.
    fn add_data(&mut self, folder: &Path) -> Result<()> {
        // Data folders are not source trees: nothing is filtered.
        let mut how = WalkBuilder::new(folder);
        how.standard_filters(false);
        for entry in walk(&mut how, folder, self.follow)? {
            self.add_found(entry);
        }
        Ok(())
    }

    /// The path of a regular file; what is none is listed.
    fn file(&mut self, entry: Entry) -> Option<PathBuf> {
        match entry {
            Entry::File(path) => return Some(path),
            Entry::Link(path) => self.links.push(path),
            Entry::Other(path) => self.ignored.push(path),
        }
        None
    }

    fn add_glob(&mut self, pattern: &str) -> Result<()> {
        let bad = |why: String| Error::request(why, "quote the pattern; * matches in one folder, ** through folders");
        let paths = glob::glob(pattern).map_err(|error| bad(format!("glob `{pattern}`: {error}")))?;
        let (mut matched, base) = (false, glob_base(pattern));
        for path in paths {
            let path = path.map_err(|error| {
                let (path, why) = (error.path().to_path_buf(), error.error().to_string());
                Error::io("read", path)(std::io::Error::other(why))
            })?;
            matched = true;
            match () {
                () if is_left(&path, &base, self.follow) => self.links.push(path),
                () if path.is_dir() => self.add_folder(&path)?,
                () if path.is_file() => self.add_found(Entry::File(path)),
                () => self.add_found(Entry::Other(path)),
            }
        }
        self.bases.push(clean(&base)?);
        if matched { Ok(()) } else { Err(bad(format!("no file or folder matches `{pattern}`"))) }
    }

    /// Takes a file that was not named itself, if it is one and has a known extension.
    fn add_found(&mut self, entry: Entry) {
        let Some(path) = self.file(entry) else { return };
        match format_by_name(&path) {
            Some(format) => self.files.push((path, format)),
            None => self.ignored.push(path),
        }
    }
}

/// The format of a file that was named itself.
pub(super) fn format_of(path: &Path) -> Result<Format> {
    format_by_name(path).map_or_else(|| format_by_content(path), Ok)
}

/// The format by extension; upper and lower case are the same.
fn format_by_name(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    if name.ends_with(".parquet") || name.ends_with(".pq") {
        return Some(Format::Parquet);
    }
    let (name, compression) = match (name.strip_suffix(".gz"), name.strip_suffix(".zst")) {
        (Some(name), _) => (name, Compression::Gzip),
        (_, Some(name)) => (name, Compression::Zstd),
        _ => (name.as_str(), Compression::None),
    };
    match name.rsplit_once('.')?.1 {
        "jsonl" | "ndjson" => Some(Format::JsonLines(compression)),
        "tar" => Some(Format::Archive(compression)),
        "tgz" => Some(Format::Archive(Compression::Gzip)),
        _ => None,
    }
}

/// The format by the first bytes. What is neither recognised nor a text goes for Parquet: opening it says what was found instead.
fn format_by_content(path: &Path) -> Result<Format> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(Error::io("open", path))?;
    file.take(SNIFF_BYTES).read_to_end(&mut start).map_err(Error::io("read", path))?;
    Ok(match start.as_slice() {
        [b'P', b'A', b'R', b'1', ..] => Format::Parquet,
        [0x1f, 0x8b, ..] => Format::JsonLines(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Format::JsonLines(Compression::Zstd),
        text if text.trim_ascii_start().starts_with(b"{") && !is_source(path) => Format::JsonLines(Compression::None),
        text if !text.is_empty() && !is_binary(text) => Format::Text,
        _ => Format::Parquet,
    })
}

fn quoted(inputs: &[String]) -> String {
    if inputs.is_empty() { "an empty list of inputs".to_owned() } else { inputs.join(", ") }
}
