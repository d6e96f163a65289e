//! `manifest.json`: what the index was built with, what it holds, and the digest of every file.

use crate::error::{Error, Result};
use crate::index::format::{FORMAT_VERSION, HEADER_BYTES};
use crate::index::parameters::Parameters;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::AddAssign;
use std::path::Path;

/// How the name of a segment's folder begins.
pub const SEGMENT: &str = "segment-";

/// The manifest's name in the index folder.
pub const MANIFEST: &str = "manifest.json";

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

impl SegmentEntry {
    /// Names a segment by what is in it: equal segments have equal names, and no name ever stands for something else.
    #[must_use]
    pub fn named(mut self) -> Self {
        self.files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let lines: String = self.files.iter().map(|file| format!("{} {}\n", file.name, file.blake3)).collect();
        let digest = blake3::hash(lines.as_bytes()).to_hex();
        self.name = format!("{SEGMENT}{}", digest.get(..16).unwrap_or_default());
        self
    }

    /// Its counts.
    #[must_use]
    pub fn sums(&self) -> Sums {
        let Self { references, provenances, text_bytes, shingles, rare_shingles, .. } = *self;
        Sums { references, provenances, text_bytes, shingles, rare_shingles }
    }
}

/// Counts of some references.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
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
}

impl AddAssign for Sums {
    fn add_assign(&mut self, more: Self) {
        self.references += more.references;
        self.provenances += more.provenances;
        self.text_bytes += more.text_bytes;
        self.shingles += more.shingles;
        self.rare_shingles += more.rare_shingles;
    }
}

/// References that stand in a segment and no longer count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedEntry {
    /// The file of their numbers.
    pub file: FileEntry,
    /// Their counts.
    pub sums: Sums,
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
    /// The file of the shingles that further background made common; none without such a background.
    pub background: Option<FileEntry>,
    /// Counts by vendor, then model, without what is removed.
    pub vendors: Vendors,
    /// The segments, in the order of reference numbers.
    pub segments: Vec<SegmentEntry>,
    /// What is removed from them; none where nothing is.
    pub removed: Option<RemovedEntry>,
}

/// Counts by vendor, then model.
pub type Vendors = BTreeMap<String, BTreeMap<String, Counts>>;

impl Manifest {
    /// The manifest of an index without references; it has no id yet.
    #[must_use]
    pub fn empty(parameters: Parameters) -> Self {
        Self {
            format: FORMAT_VERSION,
            index_id: String::new(),
            parameters,
            background: None,
            vendors: Vendors::new(),
            segments: Vec::new(),
            removed: None,
        }
    }

    /// The same with its id.
    ///
    /// # Errors
    /// Never in practice: when it cannot be written as JSON.
    pub fn signed(mut self) -> Result<Self> {
        self.index_id.clear();
        self.index_id = digest(&self.to_json()?);
        Ok(self)
    }

    /// Counts of all references that are not removed.
    #[must_use]
    pub fn live(&self) -> Sums {
        let removed = self.removed.as_ref().map(|removed| removed.sums).unwrap_or_default();
        let count = |field: fn(&Sums) -> u64| {
            let all = self.segments.iter().fold(0, |all: u64, segment| all.saturating_add(field(&segment.sums())));
            all.saturating_sub(field(&removed))
        };
        Sums {
            references: count(|sums| sums.references),
            provenances: count(|sums| sums.provenances),
            text_bytes: count(|sums| sums.text_bytes),
            shingles: count(|sums| sums.shingles),
            rare_shingles: count(|sums| sums.rare_shingles),
        }
    }

    /// The files beside the segments.
    pub fn files_beside(&self) -> impl Iterator<Item = &FileEntry> {
        self.background.iter().chain(self.removed.iter().map(|removed| &removed.file))
    }

    /// Every file that belongs to the index, by its path in the folder, but the manifest.
    pub fn files(&self) -> impl Iterator<Item = (String, &FileEntry)> {
        let of_segment = |segment: &SegmentEntry, file: &FileEntry| format!("{}/{}", segment.name, file.name);
        let segments = self.segments.iter();
        let in_segments = segments.flat_map(move |s| s.files.iter().map(move |file| (of_segment(s, file), file)));
        in_segments.chain(self.files_beside().map(|file| (file.name.clone(), file)))
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
        let beside = manifest.files_beside().map(|file| &file.name);
        let in_segments = manifest.segments.iter().flat_map(|s| s.files.iter().map(|f| &f.name).chain([&s.name]));
        let names = in_segments.chain(beside);
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
