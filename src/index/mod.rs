#![doc = include_str!("FORMAT.md")]

mod bits;
mod build;
pub mod filter;
pub mod format;
mod kernel;
mod kernels;
pub mod manifest;
pub mod map;
mod parameters;
mod plan;
pub mod references;
pub mod segment;
pub mod strings;
pub mod table;

use crate::error::{Error, Result};
use crate::sketch::{Sampler, Sketcher};
use crate::text::{self, Shingler};
use manifest::Manifest;

use segment::Segment;
use std::path::{Path, PathBuf};
use table::Table;

pub use bits::Bits;
pub use build::{Background, Built, DEFAULT_MEMORY, IndexBuilder, LEAST_MEMORY, Resources};
pub use kernel::Kernel;
pub use manifest::Counts;
pub use parameters::{Parameters, Profile};
pub use plan::{Means, Plan};
pub use references::{PROVENANCE_FIELDS, Provenance, Reference};

/// The number of a reference inside one index: a segment and a row of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferenceNumber {
    /// The segment's place in the manifest.
    pub segment: u32,
    /// The reference's place in the segment.
    pub row: u32,
}

/// An index that is open for reading: mapped files, nothing loaded.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    manifest: Manifest,
    segments: Vec<Segment>,
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
    /// [`Index::verify`] does.
    ///
    /// # Errors
    /// A missing or altered manifest, another format version, a missing file, one of another size or kind.
    pub fn open(path: &Path) -> Result<Self> {
        let manifest = Manifest::read(path)?;
        let open = |segment| Segment::open(path, segment);
        let segments = manifest.segments.iter().map(open).collect::<Result<Vec<_>>>()?;
        let shingler = Shingler::new(&manifest.parameters.key_bytes(path)?);
        let sketcher = sketcher(&manifest.parameters, path)?;
        Ok(Self { path: path.to_path_buf(), manifest, segments, shingler, sketcher, text: text::Kernel::best() })
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

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The digest of the manifest: equal for equal indexes.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.index_id
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

    /// Appends the references that share one of the band keys, each once, ascending.
    pub fn probe_into(&self, band_keys: &[u64], found: &mut Vec<ReferenceNumber>) {
        self.probe(band_keys, |segment| &segment.bands, found);
    }

    /// Appends the references too short for a shingle whose whole text has this hash.
    pub fn probe_whole_into(&self, whole: u64, found: &mut Vec<ReferenceNumber>) {
        self.probe(&[whole], |segment| &segment.whole, found);
    }

    fn probe(&self, keys: &[u64], table: impl Fn(&Segment) -> &Table, found: &mut Vec<ReferenceNumber>) {
        let before = found.len();
        for (number, segment) in (0..).zip(&self.segments) {
            table(segment).get_each(keys.iter().copied(), |_, member| {
                found.push(ReferenceNumber { segment: number, row: member.reference.get() });
            });
        }
        let mut tail = found.split_off(before);
        tail.sort_unstable();
        tail.dedup();
        found.append(&mut tail);
    }

    /// The references that have a rare shingle with this hash, once for each place in them, in their order; where not all
    /// shingles are posted, only those of them in which it was selected.
    pub fn postings(&self, hash: u64) -> impl Iterator<Item = ReferenceNumber> {
        let segments = (0..).zip(&self.segments).filter(move |(_, segment)| segment.filter.contains(hash));
        segments.flat_map(move |(number, segment)| {
            let rows = segment.postings.get(hash).map(|posting| posting.reference.get());
            rows.map(move |row| ReferenceNumber { segment: number, row })
        })
    }

    /// Calls `found` with the number of each hash (of at most 2^32) and each of its [`postings`](Self::postings), in the order
    /// of segments, then of hashes: quicker than one by one. `numbers` is a buffer.
    pub fn postings_each(&self, hashes: &[u64], numbers: &mut Vec<u32>, mut found: impl FnMut(u32, ReferenceNumber)) {
        let hash = |number: &u32| hashes.get(*number as usize).copied().unwrap_or(0);
        for (segment_number, segment) in (0..).zip(&self.segments) {
            numbers.clear();
            segment.filter.hits_into(hashes, numbers);
            segment.postings.get_each(numbers.iter().map(hash), |at, posting| {
                let reference = ReferenceNumber { segment: segment_number, row: posting.reference.get() };
                numbers.get(at).into_iter().for_each(|number| found(*number, reference));
            });
        }
    }

    /// Whether a reference has this hash among its posted shingles.
    #[must_use]
    pub fn is_posted(&self, hash: u64) -> bool {
        self.segments.iter().any(|segment| segment.postings.get(hash).next().is_some())
    }

    /// How a scan samples the shingles that it looks at, if the index holds no others.
    #[must_use]
    pub fn sampler(&self) -> Option<Sampler> {
        let parameters = &self.manifest.parameters;
        (parameters.profile == Profile::Compact).then(|| parameters.sampler())
    }

    /// Whether every shingle in the filter is posted.
    #[must_use]
    pub fn posts_all(&self) -> bool {
        self.manifest.parameters.selection == 1 || self.sampler().is_some()
    }

    /// Whether a reference too short for a shingle has this hash.
    #[must_use]
    pub fn has_whole(&self, whole: u64) -> bool {
        self.segments.iter().any(|segment| segment.whole.get(whole).next().is_some())
    }

    /// Whether the filter of any segment has this hash.
    #[must_use]
    pub fn is_in_filter(&self, hash: u64) -> bool {
        self.segments.iter().any(|segment| segment.filter.contains(hash))
    }

    /// Appends the numbers of the hashes (at most 2^32) that may be posted, in any segment, ascending. A few that are not seem to
    /// be: some 4 in 1,000, for each segment.
    pub fn filter_hits(&self, hashes: &[u64], hits: &mut Vec<u32>) {
        let before = hits.len();
        self.segments.iter().for_each(|segment| segment.filter.hits_into(hashes, hits));
        if self.segments.len() > 1 {
            let mut tail = hits.split_off(before);
            tail.sort_unstable();
            tail.dedup();
            hits.append(&mut tail);
        }
    }

    /// A reference by its number, if there is one.
    #[must_use]
    pub fn reference(&self, number: ReferenceNumber) -> Option<Reference<'_>> {
        self.segments.get(number.segment as usize)?.reference(number.row)
    }

    /// All references, in the order of their numbers.
    pub fn references(&self) -> impl Iterator<Item = Reference<'_>> {
        self.segments.iter().flat_map(|segment| (0..segment.len()).filter_map(|row| segment.reference(row)))
    }
}
