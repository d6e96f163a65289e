//! `manifest.json`: what the index was built with, what it holds, and the digest of every file.

use crate::error::{Error, Result};
use crate::index::format::{FORMAT_VERSION, HEADER_BYTES};
use crate::sketch::{
    COMPACT_SELECTION, DEFAULT_COMMON_DOCUMENTS, DEFAULT_SELECTION, Lsh, PERMUTATIONS, SKETCH_ID, Sampler,
};
use crate::text::shingle::HASH_NAME;
use crate::text::{NORMALIZER, SHINGLE_BYTES};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The manifest's name in the index folder.
pub const MANIFEST: &str = "manifest.json";

/// Which shingles the filter holds, and which a scan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The filter holds every rare shingle, so that a scan may look at any of a text's.
    Standard,
    /// Both sides look at the sampled shingles alone: a fifteenth of the memory.
    Compact,
}

/// Everything that a scan must do as the build did. A scan has no options for any of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Version of the normaliser ([`crate::text::NORMALIZER`]).
    pub normalizer: u32,
    /// Normalised bytes of a shingle.
    pub shingle_bytes: u32,
    /// The name of the shingle hash.
    pub hash: String,
    /// The 32-byte key of the hash, in hexadecimal.
    pub key: String,
    /// The definition of permutations, signature and band keys ([`crate::sketch::SKETCH_ID`]).
    pub sketch: u32,
    /// MinHash values of a signature.
    pub permutations: u32,
    /// The Jaccard similarity that the index is built to find.
    pub threshold: f64,
    /// The probability, at least, of finding a pair at the threshold.
    pub recall: f64,
    /// LSH bands.
    pub bands: u32,
    /// Signature values in a band.
    pub rows: u32,
    /// Which shingles the filter holds.
    pub profile: Profile,
    /// One in so many shingles is sampled by its content; those of them that are rare are posted.
    pub selection: u32,
    /// The version of the built-in background; 0: none.
    pub builtin_background: u32,
    /// Documents of further background.
    pub background_documents: u64,
    /// Documents of it that must have a shingle for it to be common.
    pub common_documents: u32,
}

impl Parameters {
    /// Parameters of this version for a threshold (Jaccard) and the recall at it.
    ///
    /// # Errors
    /// Values out of range, or a recall that the permutations cannot reach.
    pub fn new(threshold: f64, recall: f64) -> Result<Self> {
        let lsh = Lsh::for_recall(threshold, recall)?;
        Ok(Self {
            normalizer: NORMALIZER,
            shingle_bytes: SHINGLE_BYTES as u32,
            hash: HASH_NAME.to_owned(),
            key: blake3::derive_key("ringfence 1 default key", &[]).iter().map(|byte| format!("{byte:02x}")).collect(),
            sketch: SKETCH_ID,
            permutations: PERMUTATIONS as u32,
            threshold,
            recall,
            bands: lsh.bands(),
            rows: lsh.rows(),
            profile: Profile::Standard,
            selection: DEFAULT_SELECTION,
            builtin_background: 0,
            background_documents: 0,
            common_documents: DEFAULT_COMMON_DOCUMENTS,
        })
    }

    /// The same for another profile, with its usual selection.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        let selection = match profile {
            Profile::Standard => DEFAULT_SELECTION,
            Profile::Compact => COMPACT_SELECTION,
        };
        Self { profile, selection, ..self }
    }

    /// What samples the shingles that are posted.
    #[must_use]
    pub fn sampler(&self) -> Sampler {
        Sampler::new(self.selection)
    }

    /// How signatures are cut into bands.
    ///
    /// # Errors
    /// Bands and rows that a signature does not have.
    pub fn lsh(&self) -> Result<Lsh> {
        Lsh::new(self.bands, self.rows)
    }

    /// The key as bytes.
    ///
    /// # Errors
    /// When it is not 64 hexadecimal digits.
    pub fn key_bytes(&self, path: &Path) -> Result<[u8; 32]> {
        let bad = || Error::content(path.join(MANIFEST), "a key of 64 hexadecimal digits", "another one");
        blake3::Hash::from_hex(&self.key).map(|hash| *hash.as_bytes()).map_err(|_| bad())
    }

    fn check(&self, path: &Path) -> Result<()> {
        let describe = |normalizer, shingle_bytes, hash: &str, sketch, permutations| {
            format!(
                "normalizer {normalizer}, shingles of {shingle_bytes} bytes, hash {hash}, sketch {sketch} of {permutations} values"
            )
        };
        let expected = describe(NORMALIZER, SHINGLE_BYTES as u32, HASH_NAME, SKETCH_ID, PERMUTATIONS as u32);
        let found = describe(self.normalizer, self.shingle_bytes, &self.hash, self.sketch, self.permutations);
        if expected == found {
            return Ok(());
        }
        let help = "build the index again with this version of ringfence, or scan with the version that built it";
        Err(Error::content(path.join(MANIFEST), expected, found).help(help))
    }
}

/// How many references and provenances a vendor or model has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Distinct texts.
    pub references: u64,
    /// Bytes of distinct texts.
    pub text_bytes: u64,
}

/// One file of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in the segment's folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of what is behind its header, and then the header; in hexadecimal.
    pub blake3: String,
}

/// One segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentEntry {
    /// Its folder in the index folder.
    pub name: String,
    /// Distinct texts.
    pub references: u64,
    /// References with their folded duplicates.
    pub provenances: u64,
    /// Bytes of distinct texts.
    pub text_bytes: u64,
    /// Distinct shingles, summed over the references.
    pub shingles: u64,
    /// Those of them that are rare.
    pub rare_shingles: u64,
    /// Its files, by name.
    pub files: Vec<FileEntry>,
}

/// The manifest of an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT_VERSION`].
    pub format: u32,
    /// BLAKE3 of the manifest with this field empty: equal for equal indexes.
    pub index_id: String,
    /// What the index was built with.
    pub parameters: Parameters,
    /// Counts by vendor, then model.
    pub vendors: BTreeMap<String, BTreeMap<String, Counts>>,
    /// The segments, in the order of reference numbers.
    pub segments: Vec<SegmentEntry>,
}

impl Manifest {
    /// A manifest with its id.
    ///
    /// # Errors
    /// Never in practice: when it cannot be written as JSON.
    pub fn new(
        parameters: Parameters,
        vendors: BTreeMap<String, BTreeMap<String, Counts>>,
        segments: Vec<SegmentEntry>,
    ) -> Result<Self> {
        let mut manifest = Self { format: FORMAT_VERSION, index_id: String::new(), parameters, vendors, segments };
        manifest.index_id = digest(&manifest.to_json()?);
        Ok(manifest)
    }

    /// The manifest's bytes.
    ///
    /// # Errors
    /// Never in practice: when it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String> {
        let json = serde_json::to_string_pretty(self);
        json.map(|json| json + "\n").map_err(|error| Error::request(format!("cannot write a manifest: {error}"), ""))
    }

    /// Reads and checks the manifest of an index folder.
    ///
    /// # Errors
    /// No manifest, another format version, an altered manifest, a name that leaves the folder.
    pub fn read(index: &Path) -> Result<Self> {
        let path = index.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::content(index, "the folder of an index", format!("no {MANIFEST}"))
                .help("build one: ringfence index build --out INDEX REFERENCES..."),
            _ => Error::io("read", &path)(error),
        })?;
        let format: Format = serde_json::from_str(&text).map_err(|e| Error::content(&path, "a JSON manifest", e))?;
        if format.format != FORMAT_VERSION {
            let help = "build the index again with this version of ringfence, or use the version that built it";
            let expected = format!("format version {FORMAT_VERSION}");
            return Err(Error::content(&path, expected, format!("version {}", format.format)).help(help));
        }
        let manifest: Self = serde_json::from_str(&text).map_err(|e| Error::content(&path, "a manifest", e))?;
        // The bytes as they are, so that a change of white space is one as well.
        let digest = digest(&text.replacen(&manifest.index_id, "", 1));
        if digest != manifest.index_id {
            let help = "the manifest was changed after the build: restore it, or build the index again";
            let expected = format!("a manifest with digest {}", manifest.index_id);
            return Err(Error::content(&path, expected, digest).help(help));
        }
        manifest.parameters.check(index)?;
        let names = manifest.segments.iter().flat_map(|s| s.files.iter().map(|f| &f.name).chain([&s.name]));
        for name in names {
            if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) || name.contains("..") {
                return Err(Error::content(&path, "plain file names", name.escape_debug()));
            }
        }
        Ok(manifest)
    }
}

fn digest(unsigned: &str) -> String {
    blake3::hash(unsigned.as_bytes()).to_hex().to_string()
}

/// The one field that every version's manifest has.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The digest of a file of a segment, in hexadecimal: BLAKE3 of what is behind the header, and then of the header, which is
/// written last.
///
/// # Errors
/// When it cannot be read.
pub fn digest_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut header = Vec::new();
    (&mut file).take(HEADER_BYTES as u64).read_to_end(&mut header).map_err(Error::io("read", path))?;
    let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if read == 0 {
            hasher.update(&header);
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}
