#![doc = include_str!("FORMAT.md")]

mod bits;
mod build;
pub mod filter;
pub mod format;
mod kernel;
mod kernels;
mod lookup;
pub mod manifest;
pub mod map;
mod merge;
mod parameters;
mod plan;
pub mod references;
mod removed;
mod secret;
pub mod segment;
mod select;
mod sequence;
pub mod strings;
pub mod table;
mod vendors;
mod writer;

use crate::error::{Error, Result};
use crate::sketch::Sketcher;
use crate::text::{self, Shingler};
use format::Kind;
use manifest::Manifest;
use map::MappedFile;

use removed::Removed;
use segment::Segment;
use std::path::{Path, PathBuf};

pub use bits::Bits;
pub use build::{Background, Built, DEFAULT_MEMORY, IndexBuilder, LEAST_MEMORY, Resources};
pub use kernel::Kernel;
pub use manifest::Counts;
pub use merge::merge;
pub use parameters::{Parameters, Profile};
pub use plan::{Means, Plan};
pub use references::{PROVENANCE_FIELDS, PROVENANCE_NAMES, Provenance, Reference};
pub use secret::Secret;
pub use select::{Condition, Selection};
pub use sequence::{Entry, Sequence};
pub use writer::{Changed, IndexWriter};

/// The number of a reference inside one index: a segment and a row of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferenceNumber {
    /// The segment's place in the manifest.
    pub segment: u32,
    /// The reference's place in the segment.
    pub row: u32,
}

impl ReferenceNumber {
    /// The same as one number that compares alike.
    fn key(self) -> u64 {
        u64::from(self.segment) << 32 | u64::from(self.row)
    }

    fn from_key(key: u64) -> Self {
        Self { segment: (key >> 32) as u32, row: key as u32 }
    }
}

/// An index that is open for reading: mapped files, nothing loaded.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    manifest: Manifest,
    segments: Vec<Segment>,
    removed: Removed,
    shingler: Shingler,
    sketcher: Sketcher,
    /// What texts are normalised and hashed with.
    text: text::Kernel,
}

/// Shingle hashes to band keys, as the parameters say.
fn sketcher(parameters: &Parameters, path: &Path) -> Result<Sketcher> {
    let [a, b, c, d, e, f, g, h, ..] = blake3::derive_key("ringfence 1 sketch key", &parameters.key_bytes(path)?);
    Ok(Sketcher::new(u64::from_le_bytes([a, b, c, d, e, f, g, h]), parameters.lsh()?))
}

impl Index {
    /// Opens an index folder. Checks the manifest's digest, every file's size and header; not the bytes behind them, which
    /// [`Index::verify`] does. What is open stays as it is, whatever a writer does meanwhile.
    ///
    /// # Errors
    /// A missing or altered manifest, another format version, a missing file, one of another size or kind.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, None)
    }

    /// The same of an index that may be private: its secret is asked for.
    ///
    /// # Errors
    /// As [`Index::open`]; a private index without its secret.
    pub fn open_with(path: &Path, secret: Option<&Secret>) -> Result<Self> {
        Self::open_from(path, Manifest::read(path)?, secret)
    }

    /// Opens the state of a manifest that was just read, or the one that has come since.
    fn open_from(path: &Path, mut manifest: Manifest, secret: Option<&Secret>) -> Result<Self> {
        loop {
            manifest.parameters.unlock(secret, path)?;
            match Self::open_state(path, &manifest) {
                Ok(index) => return Ok(index),
                // Its files may have gone because a writer has published another state.
                Err(error) => match Manifest::read(path)? {
                    now if now.index_id == manifest.index_id => return Err(error),
                    now => manifest = now,
                },
            }
        }
    }

    fn open_state(path: &Path, manifest: &Manifest) -> Result<Self> {
        let open = |segment| Segment::open(path, segment, manifest.parameters.secret.as_ref());
        let segments = manifest.segments.iter().map(open).collect::<Result<Vec<_>>>()?;
        manifest.files_beside().try_for_each(|file| segment::check_size(path, file))?;
        let removed = Removed::open(path, manifest.removed.as_ref())?;
        let shingler = manifest.parameters.shingler(path)?;
        let sketcher = sketcher(&manifest.parameters, path)?;
        let (path, manifest, text) = (path.to_path_buf(), manifest.clone(), text::Kernel::best());
        Ok(Self { path, manifest, segments, removed, shingler, sketcher, text })
    }

    /// Reads every byte of every file and compares it with the manifest's digests.
    ///
    /// # Errors
    /// The first file that differs, by name.
    pub fn verify(&self) -> Result<()> {
        for (name, file) in self.manifest.files() {
            let path = self.path.join(name);
            let found = manifest::digest_file(&path)?;
            if found != file.blake3 {
                let expected = format!("BLAKE3 digest {}", file.blake3);
                let help = "the index is damaged: build it again from its references, or restore it from a copy";
                return Err(Error::content(path, expected, found).help(help));
            }
        }
        Ok(())
    }

    /// An error if a page of a file could not be read since the index was opened: the file was shortened, or the disk failed.
    /// Zeros were then read in its place, so that nothing may be concluded from what was found or not found. Takes no time worth
    /// counting.
    pub(crate) fn check_pages(&self) -> Result<()> {
        self.files().try_for_each(MappedFile::check_pages)
    }

    /// An error if somebody wrote to a file of the index since it was opened, or a part of one could not be read. Nothing may
    /// then be concluded from what was found or not found; so whoever works with an index asks this at the end, as
    /// [`Scanner`](crate::Scanner) does. It asks the system about each file.
    ///
    /// # Errors
    /// The file, by name.
    pub fn check_unchanged(&self) -> Result<()> {
        self.files().try_for_each(MappedFile::check_unchanged)
    }

    fn files(&self) -> impl Iterator<Item = &MappedFile> {
        self.segments.iter().flat_map(Segment::files).chain(self.removed.file())
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it holds no texts, only keyed hashes.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.manifest.parameters.private.is_some()
    }

    /// The digest of the manifest: equal for equal indexes.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.index_id
    }

    /// The hashes of the shingles that further background made common.
    fn further_common(&self) -> Result<Vec<u64>> {
        let Some(file) = &self.manifest.background else { return Ok(Vec::new()) };
        let file = MappedFile::open(&self.path.join(&file.name), Kind::Common)?;
        let hashes = file.payload().chunks_exact(size_of::<u64>());
        let hashes = hashes.filter_map(|hash| Some(u64::from_le_bytes(*hash.first_chunk()?))).collect();
        file.check_unchanged().map(|()| hashes)
    }

    /// What the index was built with; a scan takes all of it from here.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.manifest.parameters
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Text to shingle hashes, under this index's key.
    #[must_use]
    pub fn shingler(&self) -> &Shingler {
        &self.shingler
    }

    /// Shingle hashes to band keys, under this index's key and cut.
    #[must_use]
    pub fn sketcher(&self) -> &Sketcher {
        &self.sketcher
    }

    /// A reference by its number, if there is one.
    #[must_use]
    pub fn reference(&self, number: ReferenceNumber) -> Option<Reference<'_>> {
        self.segments.get(number.segment as usize)?.reference(number.row)
    }

    /// The number of the reference with a text, given the first bytes of its digest.
    fn number_of(&self, digest: u64, text: &str) -> Option<ReferenceNumber> {
        let in_segment = |(number, segment): (u32, &Segment)| {
            Some(ReferenceNumber { segment: number, row: segment.find(digest, text)? })
        };
        let mut found = (0..).zip(&self.segments).filter_map(in_segment);
        found.find(|number| !self.removed.contains(*number))
    }

    /// The references of a segment that are not removed.
    fn in_segment(&self, segment: u32) -> impl Iterator<Item = (ReferenceNumber, Reference<'_>)> {
        let rows = self.segments.get(segment as usize).map_or(0, Segment::len);
        let numbers = (0..rows).map(move |row| ReferenceNumber { segment, row });
        let numbers = numbers.filter(|number| !self.removed.contains(*number));
        numbers.filter_map(|number| Some((number, self.reference(number)?)))
    }

    /// All references with their numbers, segment by segment.
    fn numbered(&self) -> impl Iterator<Item = (ReferenceNumber, Reference<'_>)> {
        (0..self.segments.len() as u32).flat_map(|segment| self.in_segment(segment))
    }

    /// All references, in the order of the digests of their texts, whichever segments they are in.
    pub fn references(&self) -> impl Iterator<Item = Reference<'_>> {
        let mut segments: Vec<_> = (0..self.segments.len() as u32).map(|n| self.in_segment(n).peekable()).collect();
        std::iter::from_fn(move || {
            let heads = segments.iter_mut().filter_map(|rest| Some((rest.peek()?.1.digest(), rest)));
            heads.min_by_key(|(digest, _)| *digest)?.1.next().map(|(_, reference)| reference)
        })
    }
}
