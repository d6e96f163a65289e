//! The files of a segment that hold references one after the other: texts, rows, provenance, strings, rare bits.

use super::output::FileWriter;
use super::record::{self, Digest, Record};
use super::sequencer::Sequencer;
use super::spill::Budget;
use super::strings::StringsWriter;
use crate::error::{Error, Result};
use crate::index::format::{Kind, Shape};
use crate::index::manifest::{SegmentEntry, Vendors};
use crate::index::parameters::Parameters;
use crate::index::references::{PROVENANCE_FIELDS, ProvenanceRow, ReferenceRow};
use crate::index::sequence::Entry;
use crate::index::vendors;
use std::path::Path;
use zerocopy::IntoBytes;

/// A text with all that is known of it.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    pub text: &'a str,
    /// The digest of the text.
    pub digest: Digest,
    /// What people asked when a model wrote it.
    pub prompts: Vec<&'a str>,
    /// What is known already of its rare shingles, once for each place that it comes from.
    pub marks: Vec<&'a [u8]>,
    /// Whether it comes for the first time from some place.
    pub is_fresh: bool,
    /// Everywhere it was found, sorted.
    pub found_in: Vec<[&'a str; PROVENANCE_FIELDS]>,
}

impl<'a> Gathered<'a> {
    /// The records that begin at these places, all of one text.
    pub(super) fn of(bytes: &'a [u8], places: &[usize]) -> Result<Self> {
        let mut gathered = Self::default();
        for &place in places {
            let Record { text, digest, prompt, marks, fields } =
                record::decode(bytes.get(place..).unwrap_or_default())?;
            (gathered.text, gathered.digest) = (text, digest);
            gathered.prompts.extend(Some(prompt).filter(|prompt| !prompt.is_empty()));
            gathered.is_fresh |= marks.is_empty();
            if !marks.is_empty() && !gathered.marks.contains(&marks) {
                gathered.marks.push(marks);
            }
            gathered.found_in.push(fields);
        }
        gathered.found_in.sort_unstable();
        gathered.found_in.dedup();
        Ok(gathered)
    }
}

/// Writes references in their order.
#[derive(Debug)]
pub(super) struct SegmentWriter {
    /// Texts, or the sequences of a private index.
    texts: FileWriter,
    sequencer: Option<Sequencer>,
    references: FileWriter,
    provenance: FileWriter,
    rare: FileWriter,
    strings: StringsWriter,
    /// Counts so far; the files come at the end.
    entry: SegmentEntry,
    /// Distinct texts by vendor and model; a text that several models wrote counts under each.
    vendors: Vendors,
}

impl SegmentWriter {
    pub(super) fn create(segment: &Path, budget: &Budget, parameters: &Parameters) -> Result<Self> {
        let secret = parameters.secret.clone();
        let create = |kind| FileWriter::create(segment, kind);
        Ok(Self {
            texts: create(if secret.is_some() { Kind::Sequences } else { Kind::Texts })?,
            sequencer: secret.as_ref().map(Sequencer::new),
            references: create(Kind::References)?,
            provenance: create(Kind::Provenance)?,
            rare: create(Kind::Rare)?,
            strings: StringsWriter::new(create(Kind::Strings)?, budget, secret)?,
            entry: SegmentEntry::default(),
            vendors: Vendors::new(),
        })
    }

    /// Writes the next reference: its shingles, those that are rare, its word starts with a shingle, and their bits.
    pub(super) fn write(&mut self, gathered: &Gathered<'_>, counts: [u32; 3], rare: &[u8]) -> Result<()> {
        let [shingles, rare_shingles, _] = counts;
        let row = ReferenceRow {
            text_start: match self.sequencer {
                Some(_) => self.texts.len() / size_of::<Entry>() as u64,
                None => self.texts.len(),
            }
            .into(),
            text_bytes: (gathered.text.len() as u32).into(),
            shingles: shingles.into(),
            rare_shingles: rare_shingles.into(),
            provenance_start: u32::try_from(self.entry.provenances).map_err(|_| too_many())?.into(),
            provenance_count: (gathered.found_in.len() as u32).into(),
            rare_start: (self.rare.len() / 8).into(),
            digest: record::beginning(&gathered.digest).into(),
        };
        self.references.write(row.as_bytes())?;
        match &mut self.sequencer {
            Some(sequencer) => self.texts.write(sequencer.entries(gathered.text).as_bytes())?,
            None => self.texts.write(gathered.text.as_bytes())?,
        }
        self.rare.write(rare)?;
        for fields in &gathered.found_in {
            self.write_provenance(fields)?;
        }
        if self.sequencer.is_none() {
            self.count(gathered); // the names of a private index are not for the manifest
        }
        self.entry.references += 1;
        self.entry.provenances += gathered.found_in.len() as u64;
        self.entry.text_bytes += gathered.text.len() as u64;
        self.entry.shingles += u64::from(shingles);
        self.entry.rare_shingles += u64::from(rare_shingles);
        Ok(())
    }

    fn write_provenance(&mut self, [id, fields @ ..]: &[&str; PROVENANCE_FIELDS]) -> Result<()> {
        let mut row = ProvenanceRow { fields: Default::default() };
        let [id_slot, slots @ ..] = &mut row.fields;
        *id_slot = self.strings.push(id)?.into();
        for (slot, field) in slots.iter_mut().zip(fields) {
            *slot = self.strings.number(field)?.into();
        }
        self.provenance.write(row.as_bytes())
    }

    fn count(&mut self, gathered: &Gathered<'_>) {
        let models = gathered.found_in.iter().map(|[_, vendor, model, ..]| (*vendor, *model));
        vendors::count(&mut self.vendors, models, gathered.text.len() as u64);
    }

    /// Finishes the files; what the manifest says of the segment, with these files alone.
    pub(super) fn finish(mut self) -> Result<(SegmentEntry, Vendors)> {
        let shape = |count| Shape { count, bucket_bits: 0 };
        let words = self.rare.len() / 8;
        let entries = self.texts.len() / size_of::<Entry>() as u64;
        let texts = if self.sequencer.is_some() { entries } else { self.entry.references };
        self.entry.files = vec![
            self.texts.finish(shape(texts))?,
            self.references.finish(shape(self.entry.references))?,
            self.provenance.finish(shape(self.entry.provenances))?,
            self.rare.finish(shape(words))?,
            self.strings.finish()?,
        ];
        Ok((self.entry, self.vendors))
    }
}

pub(super) fn too_many() -> Error {
    Error::request("more than 2^32 references in one index", "build several indexes")
}
