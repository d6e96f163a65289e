//! References: one known text with all the places that it was found in.

use super::bits::Bits;
use super::manifest::Sums;
use super::segment::Segment;
use super::sequence::Sequence;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A reference's row on disk.
#[derive(Debug, Clone, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct ReferenceRow {
    /// Where its text begins in the texts.
    pub text_start: U64,
    /// Bytes of its text.
    pub text_bytes: U32,
    /// Distinct shingles of its text.
    pub shingles: U32,
    /// Those of them that are rare.
    pub rare_shingles: U32,
    /// Its first provenance row.
    pub provenance_start: U32,
    /// How many provenance rows it has.
    pub provenance_count: U32,
    /// Where its bits begin among the rare bits, in 64-bit words.
    pub rare_start: U64,
    /// The first eight bytes of the BLAKE3 digest of its text, as a number that compares as they do.
    pub digest: U64,
}

/// A provenance row on disk: numbers of strings, 0 where nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct ProvenanceRow {
    pub fields: [U32; PROVENANCE_FIELDS],
}

/// How many fields a provenance has.
pub const PROVENANCE_FIELDS: usize = 11;

/// The names of the fields, in their order.
pub const PROVENANCE_NAMES: [&str; PROVENANCE_FIELDS] =
    ["id", "vendor", "model", "source", "licence", "kind", "date", "tool", "tool_version", "session", "path"];

/// Where one copy of a reference's text is known from. Fields of which nothing is known are empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provenance<'a> {
    /// The reference's id.
    pub id: &'a str,
    /// Who offers the model.
    pub vendor: &'a str,
    /// The model that wrote the text.
    pub model: &'a str,
    /// The data set, repository or log that the text was found in.
    pub source: &'a str,
    /// The licence of the text.
    pub licence: &'a str,
    /// chat, code, ...
    pub kind: &'a str,
    /// When the text was written, as its source says it.
    pub date: &'a str,
    /// The program that the model was used through.
    pub tool: &'a str,
    /// That program's version.
    pub tool_version: &'a str,
    /// The session that the text was written in.
    pub session: &'a str,
    /// The file that the text was written to.
    pub path: &'a str,
}

impl<'a> Provenance<'a> {
    /// The fields in the order of the file.
    #[must_use]
    pub fn fields(&self) -> [&'a str; PROVENANCE_FIELDS] {
        let Self { id, vendor, model, source, licence, kind, date, tool, tool_version, session, path } = *self;
        [id, vendor, model, source, licence, kind, date, tool, tool_version, session, path]
    }

    /// A provenance of these fields, in the order of the file.
    #[must_use]
    pub fn from_fields(fields: [&'a str; PROVENANCE_FIELDS]) -> Self {
        let [id, vendor, model, source, licence, kind, date, tool, tool_version, session, path] = fields;
        Self { id, vendor, model, source, licence, kind, date, tool, tool_version, session, path }
    }
}

/// A reference in a mapped segment.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    pub(super) segment: &'a Segment,
    /// Its row in the segment.
    pub(super) number: u32,
    pub(super) row: &'a ReferenceRow,
}

impl<'a> Reference<'a> {
    /// Its text, as it was given; empty in a private index.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.segment.text(self.row)
    }

    /// Bytes of its text.
    #[must_use]
    pub fn text_bytes(&self) -> u64 {
        self.row.text_bytes.get().into()
    }

    /// What a private index has in place of the text.
    #[must_use]
    pub fn sequence(&self) -> Option<Sequence<'a>> {
        self.segment.sequence(self.number, self.row)
    }

    /// The first eight bytes of the BLAKE3 digest of its text. References are ordered by it, in whichever segment they are.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.row.digest.get()
    }

    /// How many distinct shingles it has.
    #[must_use]
    pub fn shingles(&self) -> u32 {
        self.row.shingles.get()
    }

    /// How many distinct rare shingles it has.
    #[must_use]
    pub fn rare_shingles(&self) -> u32 {
        self.row.rare_shingles.get()
    }

    /// For each of its word starts, whether the shingle there is rare.
    #[must_use]
    pub fn rare(&self) -> Bits<'a> {
        self.segment.rare(self.row)
    }

    /// The bytes of [`rare`](Self::rare).
    pub(super) fn marks(&self) -> &'a [u8] {
        self.segment.marks(self.number, self.row)
    }

    /// Its counts.
    pub(super) fn sums(&self) -> Sums {
        Sums {
            references: 1,
            provenances: u64::from(self.row.provenance_count.get()),
            text_bytes: u64::from(self.row.text_bytes.get()),
            shingles: u64::from(self.shingles()),
            rare_shingles: u64::from(self.rare_shingles()),
        }
    }

    /// Everywhere it was found, sorted.
    pub fn provenances(&self) -> impl Iterator<Item = Provenance<'a>> + use<'a> {
        let segment = self.segment;
        segment.provenance_rows(self.row).iter().map(move |row| segment.provenance(row))
    }

    /// The first of its provenances: the one that reports name.
    #[must_use]
    pub fn provenance(&self) -> Provenance<'a> {
        self.provenances().next().unwrap_or_default()
    }
}
