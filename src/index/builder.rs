//! References to the files of an index.
//!
//! 1. [`IndexBuilder::add`] folds texts that are equal byte for byte; every place they were found in is kept.
//! 2. [`IndexBuilder::write`] orders the references by the digest of their text, so that the bytes of an index depend
//!    on its references alone, not on their files, their order, or the number of threads.
//! 3. Each reference is normalised, shingled and sketched, in parallel.
//! 4. The files are written to a temporary folder, synced, and published by one rename.

use super::background::Background;
use super::bits;
use super::filter;
use super::format::{Kind, Shape};
use super::manifest::{Counts, FileEntry, MANIFEST, Manifest, Parameters, SegmentEntry};
use super::references::{Provenance, ProvenanceRow, ReferenceRow};
use super::sketched::{Sketched, Sketching};
use super::strings::StringsBuilder;
use super::table::{Member, Posting, encode};
use super::write::{make_readable, sync, write_file, write_synced};
use super::{Index, builtin, sketcher};
use crate::error::{Error, Result};
use crate::text::{Normalized, Shingler};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use zerocopy::IntoBytes;

/// The name of a new index's one segment.
const SEGMENT: &str = "segment-0";

/// Collects references and writes an index.
#[derive(Debug)]
pub struct IndexBuilder {
    parameters: Parameters,
    /// By the first bytes of the BLAKE3 digest of the text.
    texts: BTreeMap<[u8; 32], Gathered>,
}

#[derive(Debug)]
struct Gathered {
    text: String,
    /// What people asked when a model wrote it.
    prompts: BTreeSet<String>,
    found_in: BTreeSet<[String; 7]>,
}

/// What a build did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Built {
    /// Distinct texts.
    pub references: u64,
    /// Texts with all their provenances: what was added, less what was added twice in every field.
    pub provenances: u64,
    /// Texts too short for a shingle: found only as whole records.
    pub short: u64,
    /// Texts without letters and digits: never found.
    pub empty: u64,
}

impl IndexBuilder {
    /// A builder without references.
    #[must_use]
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters, texts: BTreeMap::new() }
    }

    /// Adds a text, the prompt that it answers (empty: none is known) and where it was found. What a text repeats of its
    /// prompt is a person's and will be no evidence. An id that is not known becomes the beginning of the text's digest.
    ///
    /// # Errors
    /// A text of over 4 GiB.
    pub fn add(&mut self, text: &str, prompt: &str, provenance: Provenance<'_>) -> Result<()> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::request("a reference of over 4 GiB", "split it"));
        }
        let digest = blake3::hash(text.as_bytes());
        let mut fields = provenance.fields().map(str::to_owned);
        if let [id, ..] = &mut fields
            && id.is_empty()
        {
            *id = digest.to_hex().chars().take(16).collect();
        }
        let new = || Gathered { text: text.to_owned(), prompts: BTreeSet::new(), found_in: BTreeSet::new() };
        let gathered = self.texts.entry(*digest.as_bytes()).or_insert_with(new);
        gathered.found_in.insert(fields);
        if !prompt.is_empty() {
            gathered.prompts.insert(prompt.to_owned());
        }
        Ok(())
    }

    /// A background for the references that were added so far, which must be all: it counts their shingles only. The
    /// built-in background is in it already.
    ///
    /// # Errors
    /// A key that is none.
    pub fn background(&self) -> Result<Background> {
        let shingler = Shingler::new(&self.parameters.key_bytes(Path::new(""))?);
        let (mut text, mut hashes) = (Normalized::default(), Vec::new());
        for gathered in self.texts.values() {
            text.set(&gathered.text);
            shingler.hashes_into(&text, &mut hashes);
        }
        let mut background = Background::new(shingler, hashes.into_iter(), self.parameters.common_documents);
        builtin::texts()?.iter().for_each(|text| background.add_known(text));
        Ok(background)
    }

    /// Writes the index to a folder that must not exist yet, and publishes it by a rename. `threads` 0: one a core.
    ///
    /// # Errors
    /// No references, an existing folder, more than 2^32 references, or what the system says.
    pub fn write(&mut self, path: &Path, background: &Background, threads: usize) -> Result<Built> {
        self.parameters.builtin_background = builtin::VERSION;
        self.parameters.background_documents = background.documents();
        if self.texts.is_empty() {
            return Err(Error::request("there are no references to index", "name files that hold some text"));
        }
        if path.exists() {
            let help = "name another folder, or remove this one first";
            return Err(Error::content(path, "a folder that does not exist yet", "an existing one").help(help));
        }
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        let temporary = tempfile::Builder::new().prefix(".ringfence-index-").tempdir_in(parent);
        let temporary = temporary.map_err(Error::io("create a folder in", parent))?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| Error::request(format!("cannot start {threads} threads: {e}"), "ask for fewer"))?;
        let built = pool.install(|| self.write_into(temporary.path(), background))?;
        make_readable(temporary.path(), &temporary.path().join(SEGMENT))?;
        fs::rename(temporary.path(), path).map_err(Error::io("publish", path))?;
        sync(parent)?;
        Ok(built)
    }

    fn write_into(&self, folder: &Path, background: &Background) -> Result<Built> {
        let sketched = self.sketch_all(background)?;
        let segment = folder.join(SEGMENT);
        fs::create_dir(&segment).map_err(Error::io("create", &segment))?;
        let mut files = Vec::new();
        for kind in Kind::ALL {
            let (shape, payload) = self.payload(kind, &sketched)?;
            files.push(write_file(&segment, kind, shape, &payload)?);
        }
        sync(&segment)?;
        let entry = self.segment_entry(&sketched, files);
        let built = Built {
            references: entry.references,
            provenances: entry.provenances,
            short: sketched.iter().filter(|s| s.whole.is_some()).count() as u64,
            empty: sketched.iter().filter(|s| s.whole.is_none() && s.bands.is_empty()).count() as u64,
        };
        let manifest = Manifest::new(self.parameters.clone(), self.count_by_model(), vec![entry])?;
        write_synced(&folder.join(MANIFEST), &[manifest.to_json()?.as_bytes()])?;
        sync(folder)?;
        Ok(built)
    }

    fn sketch_all(&self, background: &Background) -> Result<Vec<Sketched>> {
        let shingler = Shingler::new(&self.parameters.key_bytes(Path::new(""))?);
        let sketcher = sketcher(&self.parameters, Path::new(""))?;
        let selection = self.parameters.selection;
        let sketching = Sketching { shingler: &shingler, sketcher: &sketcher, background, selection };
        let texts: Vec<&Gathered> = self.texts.values().collect();
        let sketch =
            |gathered: &&Gathered| sketching.sketch(&gathered.text, gathered.prompts.iter().map(String::as_str));
        Ok(texts.par_iter().map(sketch).collect())
    }

    /// The shape and the bytes of one file.
    fn payload(&self, kind: Kind, sketched: &[Sketched]) -> Result<(Shape, Vec<u8>)> {
        let count = |count: usize| Shape { count: count as u64, bucket_bits: 0 };
        let members = |keys: fn(&Sketched) -> &[u64]| {
            let of_one =
                |(sketched, row): (_, u32)| keys(sketched).iter().map(move |&key| (key, Member::new(key, row)));
            encode(&mut sketched.iter().zip(0..).flat_map(of_one).collect())
        };
        Ok(match kind {
            Kind::Texts => {
                let texts: Vec<&str> = self.texts.values().map(|gathered| gathered.text.as_str()).collect();
                (count(texts.len()), texts.concat().into_bytes())
            }
            Kind::References => (count(sketched.len()), self.reference_rows(sketched)?),
            Kind::Provenance => {
                let rows = self.provenance_rows();
                (count(rows.len() / size_of::<ProvenanceRow>()), rows)
            }
            Kind::Strings => self.strings().encode(),
            Kind::Bands => members(|sketched| &sketched.bands),
            Kind::Whole => members(|sketched| sketched.whole.as_slice()),
            Kind::Postings => {
                let of_one = |(sketched, row): (&Sketched, u32)| {
                    let posting = move |&(hash, start): &(u64, u32)| (hash, Posting::new(hash, row, start));
                    sketched.postings.iter().map(posting).collect::<Vec<_>>()
                };
                encode(&mut sketched.iter().zip(0..).flat_map(of_one).collect())
            }
            Kind::Filter => {
                let posted = sketched.iter().flat_map(|sketched| sketched.postings.iter().map(|&(hash, _)| hash));
                filter::encode(posted.clone(), posted.count())
            }
            Kind::Rare => {
                let mut payload = Vec::new();
                sketched.iter().for_each(|sketched| bits::encode(sketched.rare.iter().copied(), &mut payload));
                (count(payload.len() / size_of::<u64>()), payload)
            }
        })
    }

    fn reference_rows(&self, sketched: &[Sketched]) -> Result<Vec<u8>> {
        let mut rows = Vec::new();
        let (mut text_start, mut provenance_start, mut rare_start) = (0_u64, 0_u32, 0_u64);
        let too_many = |_| Error::request("more than 2^32 references in one index", "build several indexes");
        u32::try_from(self.texts.values().map(|t| t.found_in.len()).sum::<usize>()).map_err(too_many)?;
        for (gathered, sketched) in self.texts.values().zip(sketched) {
            let row = ReferenceRow {
                text_start: text_start.into(),
                text_bytes: (gathered.text.len() as u32).into(),
                shingles: sketched.shingles.into(),
                rare_shingles: sketched.rare_shingles.into(),
                provenance_start: provenance_start.into(),
                provenance_count: (gathered.found_in.len() as u32).into(),
                rare_start: rare_start.into(),
            };
            rows.extend_from_slice(row.as_bytes());
            text_start += gathered.text.len() as u64;
            provenance_start += gathered.found_in.len() as u32;
            rare_start += sketched.rare.len().div_ceil(64) as u64;
        }
        Ok(rows)
    }

    fn provenance_rows(&self) -> Vec<u8> {
        let strings = self.strings();
        let places = self.texts.values().flat_map(|gathered| &gathered.found_in);
        let row = |fields: &[String; 7]| ProvenanceRow { fields: fields.each_ref().map(|s| strings.number(s).into()) };
        places.flat_map(|fields| row(fields).as_bytes().to_vec()).collect()
    }

    fn strings(&self) -> StringsBuilder {
        let mut strings = StringsBuilder::default();
        self.texts.values().flat_map(|gathered| &gathered.found_in).flatten().for_each(|s| strings.add(s));
        strings.finish();
        strings
    }

    fn segment_entry(&self, sketched: &[Sketched], files: Vec<FileEntry>) -> SegmentEntry {
        SegmentEntry {
            name: SEGMENT.to_owned(),
            references: self.texts.len() as u64,
            provenances: self.texts.values().map(|t| t.found_in.len() as u64).sum(),
            text_bytes: self.texts.values().map(|t| t.text.len() as u64).sum(),
            shingles: sketched.iter().map(|s| u64::from(s.shingles)).sum(),
            rare_shingles: sketched.iter().map(|s| u64::from(s.rare_shingles)).sum(),
            files,
        }
    }

    /// Distinct texts by vendor and model; a text that several models wrote counts under each.
    fn count_by_model(&self) -> BTreeMap<String, BTreeMap<String, Counts>> {
        let mut vendors = BTreeMap::<String, BTreeMap<String, Counts>>::new();
        for gathered in self.texts.values() {
            let models: BTreeSet<(&str, &str)> =
                gathered.found_in.iter().map(|[_, vendor, model, ..]| (vendor.as_str(), model.as_str())).collect();
            for (vendor, model) in models {
                let models = vendors.entry(vendor.to_owned()).or_default();
                let counts = models.entry(model.to_owned()).or_default();
                counts.references += 1;
                counts.text_bytes += gathered.text.len() as u64;
            }
        }
        vendors
    }
}

impl Index {
    /// Builds an index of these references in a folder, and opens it.
    ///
    /// # Errors
    /// As [`IndexBuilder::write`] and [`Index::open`].
    pub fn build<'a>(
        path: &Path,
        parameters: Parameters,
        references: impl IntoIterator<Item = (&'a str, Provenance<'a>)>,
    ) -> Result<Self> {
        let mut builder = IndexBuilder::new(parameters);
        references.into_iter().try_for_each(|(text, provenance)| builder.add(text, "", provenance))?;
        let background = builder.background()?;
        builder.write(path, &background, 0)?;
        Self::open(path)
    }
}
