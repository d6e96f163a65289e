//! A segment: the immutable files that one build wrote.

use super::bits::Bits;
use super::filter::Filter;
use super::format::Kind;
use super::kernel::Kernel;
use super::manifest::{FileEntry, SegmentEntry};
use super::map::MappedFile;
use super::references::{Provenance, ProvenanceRow, Reference, ReferenceRow};
use super::secret::Secret;
use super::sequence::{Entry, Sequence};
use super::strings::Strings;
use super::table::Table;
use crate::error::{Error, Result};
use std::path::Path;
use zerocopy::FromBytes;

/// Bytes of a word of rare bits.
const WORD: u64 = size_of::<u64>() as u64;

/// An error where a file has not the size that the manifest says, or is none: a link could lead anywhere, and to open a pipe is to wait.
pub(super) fn check_size(folder: &Path, file: &FileEntry) -> Result<()> {
    let path = folder.join(&file.name);
    let facts = path.symlink_metadata().map_err(Error::io("open", &path))?;
    if !facts.is_file() {
        let found = if facts.is_symlink() { "a symbolic link" } else { "no regular file" };
        let help = "copy all of the index's folder, with what its links lead to";
        return Err(Error::content(path, "a file of an index", found).help(help));
    }
    let found = facts.len();
    if found == file.bytes {
        return Ok(());
    }
    let help = "the index is incomplete: copy all of its folder, or build it again";
    Err(Error::content(path, format!("{} bytes", file.bytes), found).help(help))
}

/// A segment's mapped files.
#[derive(Debug)]
pub struct Segment {
    /// Texts, or the sequences of a private index.
    texts: MappedFile,
    references: MappedFile,
    provenance: MappedFile,
    strings: Strings,
    rare: MappedFile,
    pub(super) bands: Table,
    pub(super) whole: Table,
    pub(super) postings: Table,
    pub(super) filter: Filter,
}

impl Segment {
    pub(super) fn open(index: &Path, entry: &SegmentEntry, secret: Option<&Secret>) -> Result<Self> {
        let folder = index.join(&entry.name);
        let path = |kind: Kind| folder.join(kind.file_name());
        entry.files.iter().try_for_each(|file| check_size(&folder, file))?;
        let mapped = |kind: Kind, row: usize| {
            let file = MappedFile::open(&path(kind), kind)?;
            let rows = file.shape().count;
            if rows.checked_mul(row as u64) == Some(file.payload().len() as u64) || kind == Kind::Texts {
                return Ok(file);
            }
            Err(Error::content(path(kind), format!("{rows} rows of {row} bytes"), file.payload().len()))
        };
        Ok(Self {
            texts: match secret {
                Some(_) => mapped(Kind::Sequences, size_of::<Entry>())?,
                None => mapped(Kind::Texts, 0)?,
            },
            references: mapped(Kind::References, size_of::<ReferenceRow>())?,
            provenance: mapped(Kind::Provenance, size_of::<ProvenanceRow>())?,
            strings: Strings::open(&path(Kind::Strings), secret)?,
            rare: mapped(Kind::Rare, size_of::<u64>())?,
            filter: Filter::open(&path(Kind::Filter))?,
            postings: Table::open(&path(Kind::Postings), Kind::Postings)?,
            bands: Table::open(&path(Kind::Bands), Kind::Bands)?,
            whole: Table::open(&path(Kind::Whole), Kind::Whole)?,
        })
    }

    /// All its files.
    pub(super) fn files(&self) -> [&MappedFile; 9] {
        let Self { texts, references, provenance, strings, rare, bands, whole, postings, filter } = self;
        let tables = [bands, whole, postings].map(Table::file);
        let [bands, whole, postings] = tables;
        [texts, references, provenance, strings.file(), rare, bands, whole, postings, filter.file()]
    }

    pub(super) fn with_kernel(self, kernel: Kernel) -> Self {
        Self { filter: self.filter.with_kernel(kernel), ..self }
    }

    /// How many references it holds.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.references.shape().count).unwrap_or(u32::MAX)
    }

    pub(super) fn reference(&self, row: u32) -> Option<Reference<'_>> {
        let rows = <[ReferenceRow]>::ref_from_bytes(self.references.payload()).unwrap_or_default();
        Some(Reference { segment: self, number: row, row: rows.get(row as usize)? })
    }

    /// The reference whose text begins with these bytes of the digest, and is this one.
    pub(super) fn find(&self, digest: u64, text: &str) -> Option<u32> {
        let rows = <[ReferenceRow]>::ref_from_bytes(self.references.payload()).unwrap_or_default();
        let first = rows.partition_point(|row| row.digest.get() < digest);
        let alike = rows.get(first..)?.iter().take_while(|row| row.digest.get() == digest);
        let at = alike.map(|row| self.text(row)).position(|other| other == text)?;
        u32::try_from(first + at).ok()
    }

    pub(super) fn text(&self, row: &ReferenceRow) -> &str {
        let start = row.text_start.get();
        let range = start as usize..start.saturating_add(row.text_bytes.get().into()) as usize;
        std::str::from_utf8(self.texts.payload().get(range).unwrap_or_default()).unwrap_or_default()
    }

    /// The sequence of a reference in a private index: its row names the first entry, and the next row the one behind the last.
    pub(super) fn sequence(&self, number: u32, row: &ReferenceRow) -> Option<Sequence<'_>> {
        let entries = <[Entry]>::ref_from_bytes(self.texts.payload()).ok()?;
        let end = self.reference(number.checked_add(1)?).map(|next| next.row.text_start.get() as usize);
        let (first, shingles) =
            entries.get(row.text_start.get() as usize..end.unwrap_or(entries.len()))?.split_first()?;
        Some(Sequence { whole: first.hash.get(), bytes: first.end.get(), shingles })
    }

    /// The bytes of the rare bits of a reference: up to those of the next.
    pub(super) fn marks(&self, number: u32, row: &ReferenceRow) -> &[u8] {
        let start = row.rare_start.get();
        let next = self.reference(number.saturating_add(1)).map(|next| next.row.rare_start.get());
        let end = next.unwrap_or(self.rare.payload().len() as u64 / WORD);
        self.rare
            .payload()
            .get(start.saturating_mul(WORD) as usize..end.saturating_mul(WORD) as usize)
            .unwrap_or_default()
    }

    pub(super) fn rare(&self, row: &ReferenceRow) -> Bits<'_> {
        Bits::at(self.rare.payload(), row.rare_start.get())
    }

    pub(super) fn provenance_rows(&self, row: &ReferenceRow) -> &[ProvenanceRow] {
        let rows = <[ProvenanceRow]>::ref_from_bytes(self.provenance.payload()).unwrap_or_default();
        let start = row.provenance_start.get() as usize;
        rows.get(start..start.saturating_add(row.provenance_count.get() as usize)).unwrap_or_default()
    }

    pub(super) fn provenance(&self, row: &ProvenanceRow) -> Provenance<'_> {
        Provenance::from_fields(row.fields.map(|number| self.strings.get(number.get())))
    }
}
