//! Collected references to a published index.

use super::background::{Background, Common};
use super::builtin;
use super::output::{make_readable, sync, write_synced};
use super::overlap::overlap;
use super::runs::Runs;
use super::segment::{Gathered, SegmentWriter, too_many};
use super::sketched::{Hand, Sheet, Sketching};
use super::spill::Budget;
use super::spool::Spool;
use super::table::Tables;
use super::{Built, check_free};
use crate::error::{Error, Result};
use crate::index::bits;
use crate::index::format::Kind;
use crate::index::manifest::{MANIFEST, Manifest, SegmentEntry, Vendors};
use crate::index::parameters::{Parameters, Profile};
use crate::index::sketcher;
use crate::text::Shingler;
use rayon::prelude::*;
use std::fs;
use std::path::Path;

/// The name of a segment's folder while it is written.
const NEW_SEGMENT: &str = "new-segment";

/// References that one thread sketches at a time.
const SHEET: usize = 32;

/// Writes an index, and publishes it.
pub(super) fn write(
    path: &Path,
    mut parameters: Parameters,
    budget: &Budget,
    runs: Runs,
    background: Background,
) -> Result<Built> {
    parameters.builtin_background = builtin::VERSION;
    parameters.background_documents = background.documents();
    let common = background.common()?;
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    let temporary = tempfile::Builder::new().prefix(".ringfence-index-").tempdir_in(parent);
    let temporary = temporary.map_err(Error::io("create a folder in", parent))?;
    let folder = temporary.path();
    let unnamed = folder.join(NEW_SEGMENT);
    fs::create_dir(&unnamed).map_err(Error::io("create", &unnamed))?;

    let (entry, vendors, built) = write_segment(&unnamed, &parameters, budget, runs, &common)?;
    let entry = entry.named();
    sync(&unnamed)?;
    let segment = folder.join(&entry.name);
    fs::rename(&unnamed, &segment).map_err(Error::io("rename", &unnamed))?;
    let manifest = Manifest { vendors, segments: vec![entry], ..Manifest::empty(parameters) }.signed()?;
    write_synced(&folder.join(MANIFEST), manifest.to_json()?.as_bytes())?;
    sync(folder)?;
    make_readable(folder, &segment)?;
    check_free(path)?;
    fs::rename(folder, path).map_err(Error::io("publish", path))?;
    sync(parent)?;
    Ok(built)
}

/// Texts in the order of their digests, some of them.
struct Batch {
    bytes: Vec<u8>,
    /// Where the records of each reference begin in the bytes.
    references: Vec<Vec<usize>>,
    /// The number of the first reference.
    first: u32,
}

fn write_segment(
    segment: &Path,
    parameters: &Parameters,
    budget: &Budget,
    runs: Runs,
    common: &Common,
) -> Result<(SegmentEntry, Vendors, Built)> {
    let shingler = Shingler::new(&parameters.key_bytes(Path::new(""))?);
    let sketcher = sketcher(parameters, Path::new(""))?;
    let sketching = Sketching {
        shingler: &shingler,
        sketcher: &sketcher,
        common,
        sampler: parameters.sampler(),
        filters_all: parameters.profile == Profile::Standard,
    };
    let mut collected = Collected::new(segment, budget)?;
    let (mut sorted, mut first) = (runs.sorted()?, 0);
    // Enough for all threads, and little enough for the caches.
    let batch_bytes = budget.part(128).min(rayon::current_num_threads() << 20);
    let next = || {
        let mut bytes = Vec::with_capacity(batch_bytes + batch_bytes / 4);
        let references = sorted.next_into(batch_bytes, &mut bytes)?;
        let batch = Batch { bytes, first, references };
        first =
            u32::try_from(batch.references.len()).ok().and_then(|more| first.checked_add(more)).ok_or_else(too_many)?;
        Ok((!batch.references.is_empty()).then_some(batch))
    };
    let sketch = |batch: Batch| batch.sketch(&sketching).map(|sheets| (batch, sheets));
    overlap(next, sketch, |(batch, sheets)| collected.take(&batch, &sheets))?;
    collected.finish()
}

impl Batch {
    /// Sketches the references, in parallel.
    fn sketch(&self, sketching: &Sketching<'_>) -> Result<Vec<Sheet>> {
        let sheet = |hand: &mut Hand<'_>, (number, chunk): (usize, &[Vec<usize>])| {
            let mut sheet = Sheet::default();
            for (places, reference) in chunk.iter().zip(self.first + (number * SHEET) as u32..) {
                hand.add(reference, &Gathered::of(&self.bytes, places)?, &mut sheet);
            }
            Ok(sheet)
        };
        self.references.par_chunks(SHEET).enumerate().map_init(|| Hand::new(sketching), sheet).collect()
    }
}

/// What has been computed of the references so far.
struct Collected<'a> {
    segment: &'a Path,
    budget: &'a Budget,
    references: SegmentWriter,
    shingles: Spool,
    bands: Spool,
    whole: Spool,
    posted: u64,
    empty: u64,
}

impl<'a> Collected<'a> {
    fn new(segment: &'a Path, budget: &'a Budget) -> Result<Self> {
        let references = SegmentWriter::create(segment, budget)?;
        // Vectors that grow take up to twice these shares.
        let [shingles, bands, whole] = [8, 32, 64].map(|one_in| Spool::new(budget, budget.part(one_in)));
        Ok(Self { segment, budget, references, shingles, bands, whole, posted: 0, empty: 0 })
    }

    fn take(&mut self, batch: &Batch, sheets: &[Sheet]) -> Result<()> {
        for (sheet, chunk) in sheets.iter().zip(batch.references.chunks(SHEET)) {
            let mut rare = &sheet.rare[..];
            for (counts, places) in sheet.counts.iter().zip(chunk) {
                let [.., starts] = *counts;
                let (bits, after) = rare.split_at_checked(bits::bytes(starts as usize)).unwrap_or_default();
                rare = after;
                self.references.write(&Gathered::of(&batch.bytes, places)?, *counts, bits)?;
            }
            self.shingles.extend(&sheet.shingles)?;
            self.bands.extend(&sheet.bands)?;
            self.whole.extend(&sheet.whole)?;
            self.posted += sheet.posted;
            self.empty += sheet.empty;
        }
        Ok(())
    }

    fn finish(self) -> Result<(SegmentEntry, Vendors, Built)> {
        let tables = Tables { segment: self.segment, budget: self.budget };
        let (mut entry, vendors) = self.references.finish()?;
        let built = Built {
            references: entry.references,
            provenances: entry.provenances,
            short: self.whole.len(),
            empty: self.empty,
        };
        entry.files.extend(tables.members(Kind::Bands, self.bands)?);
        entry.files.extend(tables.members(Kind::Whole, self.whole)?);
        entry.files.extend(tables.postings(self.shingles, self.posted)?);
        Ok((entry, vendors, built))
    }
}
