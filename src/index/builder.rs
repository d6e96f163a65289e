//! References to the files of an index.
//!
//! 1. [`IndexBuilder::add`] folds texts that are equal byte for byte; every place they were found in is kept.
//! 2. [`IndexBuilder::write`] orders the references by the digest of their text, so that the bytes of an index depend
//!    on its references alone, not on their files, their order, or the number of threads.
//! 3. Each reference is normalised, shingled and sketched, in parallel.
//! 4. The files are written to a temporary folder, synced, and published by one rename.

use super::format::{Kind, Shape, encode_header};
use super::manifest::{Counts, FileEntry, MANIFEST, Manifest, Parameters, SegmentEntry};
use super::references::{Provenance, ProvenanceRow, ReferenceRow};
use super::strings::StringsBuilder;
use super::{Index, sketcher, table};
use crate::error::{Error, Result};
use crate::text::{Normalized, Shingler};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
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

/// What the sketching of one reference yields.
struct Sketched {
    shingles: u32,
    bands: Vec<u64>,
    whole: Option<u64>,
}

impl IndexBuilder {
    /// A builder without references.
    #[must_use]
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters, texts: BTreeMap::new() }
    }

    /// Adds a text and where it was found. An id that is not known becomes the beginning of the text's digest.
    ///
    /// # Errors
    /// A text of over 4 GiB.
    pub fn add(&mut self, text: &str, provenance: Provenance<'_>) -> Result<()> {
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
        let new = || Gathered { text: text.to_owned(), found_in: BTreeSet::new() };
        self.texts.entry(*digest.as_bytes()).or_insert_with(new).found_in.insert(fields);
        Ok(())
    }

    /// Writes the index to a folder that must not exist yet, and publishes it by a rename. `threads` 0: one a core.
    ///
    /// # Errors
    /// No references, an existing folder, more than 2^32 references, or what the system says.
    pub fn write(&self, path: &Path, threads: usize) -> Result<Built> {
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
        let built = pool.install(|| self.write_into(temporary.path()))?;
        make_readable(temporary.path())?;
        fs::rename(temporary.path(), path).map_err(Error::io("publish", path))?;
        sync(parent)?;
        Ok(built)
    }

    fn write_into(&self, folder: &Path) -> Result<Built> {
        let sketched = self.sketch_all()?;
        let segment = folder.join(SEGMENT);
        fs::create_dir(&segment).map_err(Error::io("create", &segment))?;
        let mut strings = StringsBuilder::default();
        self.texts.values().flat_map(|t| &t.found_in).flatten().for_each(|s| strings.add(s));
        strings.finish();
        let (references, provenance) = self.encode_rows(&sketched, &strings)?;
        let pairs = |keys: &dyn Fn(&Sketched) -> Vec<u64>| {
            let keys = sketched.iter().zip(0..).flat_map(|(s, n)| keys(s).into_iter().map(move |key| (key, n)));
            table::encode(&mut keys.collect())
        };
        let (bands, whole) = (pairs(&|s| s.bands.clone()), pairs(&|s| s.whole.into_iter().collect()));
        let texts: Vec<&[u8]> = self.texts.values().map(|t| t.text.as_bytes()).collect();
        let count = |count: usize| Shape { count: count as u64, bucket_bits: 0 };
        let strings = strings.encode();
        let mut files = Vec::new();
        for kind in Kind::ALL {
            let (shape, parts): (Shape, Vec<&[u8]>) = match kind {
                Kind::Texts => (count(texts.len()), texts.clone()),
                Kind::References => (count(sketched.len()), vec![&references]),
                Kind::Provenance => (count(provenance.len() / size_of::<ProvenanceRow>()), vec![&provenance]),
                Kind::Strings => (strings.0, vec![&strings.1]),
                Kind::Bands => (bands.0, vec![&bands.1]),
                Kind::Whole => (whole.0, vec![&whole.1]),
            };
            files.push(write_file(&segment, kind, shape, &parts)?);
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

    fn sketch_all(&self) -> Result<Vec<Sketched>> {
        let shingler = Shingler::new(&self.parameters.key_bytes(Path::new(""))?);
        let sketcher = sketcher(&self.parameters, Path::new(""))?;
        let texts: Vec<&Gathered> = self.texts.values().collect();
        let sketch = |(normalized, hashes): &mut (Normalized, Vec<u64>), gathered: &&Gathered| {
            normalized.set(&gathered.text);
            hashes.clear();
            shingler.hashes_into(normalized, hashes);
            hashes.sort_unstable();
            hashes.dedup();
            let signature = sketcher.signature(hashes);
            Sketched {
                shingles: hashes.len() as u32,
                bands: signature.map(|s| sketcher.band_keys(&s).collect()).unwrap_or_default(),
                whole: (hashes.is_empty() && !normalized.bytes().is_empty()).then(|| shingler.whole(normalized)),
            }
        };
        Ok(texts.par_iter().map_init(Default::default, sketch).collect())
    }

    fn encode_rows(&self, sketched: &[Sketched], strings: &StringsBuilder) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mut references, mut provenance) = (Vec::new(), Vec::new());
        let (mut text_start, mut provenance_start) = (0_u64, 0_u32);
        let too_many = |_| Error::request("more than 2^32 references in one index", "build several indexes");
        u32::try_from(self.texts.values().map(|t| t.found_in.len()).sum::<usize>()).map_err(too_many)?;
        for (gathered, sketched) in self.texts.values().zip(sketched) {
            let row = ReferenceRow {
                text_start: text_start.into(),
                text_bytes: (gathered.text.len() as u32).into(),
                shingles: sketched.shingles.into(),
                provenance_start: provenance_start.into(),
                provenance_count: (gathered.found_in.len() as u32).into(),
            };
            references.extend_from_slice(row.as_bytes());
            for fields in &gathered.found_in {
                let row = ProvenanceRow { fields: fields.each_ref().map(|s| strings.number(s).into()) };
                provenance.extend_from_slice(row.as_bytes());
            }
            text_start += gathered.text.len() as u64;
            provenance_start += gathered.found_in.len() as u32;
        }
        Ok((references, provenance))
    }

    fn segment_entry(&self, sketched: &[Sketched], files: Vec<FileEntry>) -> SegmentEntry {
        SegmentEntry {
            name: SEGMENT.to_owned(),
            references: self.texts.len() as u64,
            provenances: self.texts.values().map(|t| t.found_in.len() as u64).sum(),
            text_bytes: self.texts.values().map(|t| t.text.len() as u64).sum(),
            shingles: sketched.iter().map(|s| u64::from(s.shingles)).sum(),
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
        references.into_iter().try_for_each(|(text, provenance)| builder.add(text, provenance))?;
        builder.write(path, 0)?;
        Self::open(path)
    }
}

fn write_file(segment: &Path, kind: Kind, shape: Shape, parts: &[&[u8]]) -> Result<FileEntry> {
    let payload: u64 = parts.iter().map(|part| part.len() as u64).sum();
    let header = encode_header(kind, shape, payload);
    let parts: Vec<&[u8]> = std::iter::once(&header[..]).chain(parts.iter().copied()).collect();
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| {
        hasher.update(part);
    });
    write_synced(&segment.join(kind.file_name()), &parts)?;
    let blake3 = hasher.finalize().to_hex().to_string();
    Ok(FileEntry { name: kind.file_name().to_owned(), bytes: payload + header.len() as u64, blake3 })
}

fn write_synced(path: &Path, parts: &[&[u8]]) -> Result<()> {
    let file = File::create_new(path).map_err(Error::io("create", path))?;
    let mut out = std::io::BufWriter::with_capacity(1 << 20, file);
    parts.iter().try_for_each(|part| out.write_all(part)).map_err(Error::io("write", path))?;
    let file = out.into_inner().map_err(|e| Error::io("write", path)(e.into_error()))?;
    file.sync_all().map_err(Error::io("sync", path))
}

fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::io("sync", folder))
}

/// Temporary folders are private to their user; an index is as readable as other new folders are.
fn make_readable(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let ordinary = folder.join(SEGMENT).metadata().map_err(Error::io("read", folder))?.permissions().mode();
        fs::set_permissions(folder, fs::Permissions::from_mode(ordinary)).map_err(Error::io("publish", folder))?;
    }
    Ok(())
}
