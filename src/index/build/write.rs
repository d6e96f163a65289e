//! Collected texts to a segment.

use super::Built;
use super::background::Common;
use super::output::sync;
use super::overlap::overlap;
use super::runs::{Runs, Sorted};
use super::segment::{Gathered, SegmentWriter, too_many};
use super::sketched::{Hand, Sheet, Sketching};
use super::spill::Budget;
use super::spool::Spool;
use super::standing::Standing;
use super::table::Tables;
use crate::error::{Error, Result};
use crate::index::format::Kind;
use crate::index::manifest::{SegmentEntry, Vendors};
use crate::index::parameters::{Parameters, Profile};
use crate::index::{ReferenceNumber, bits, sketcher};
use rayon::prelude::*;
use std::fs;
use std::path::Path;

/// The name of a segment's folder while it is written.
const NEW_SEGMENT: &str = "new-segment";

/// References that one thread sketches at a time.
const SHEET: usize = 32;

/// What a segment that was written is.
#[derive(Debug)]
pub(in crate::index) struct Written {
    /// Its place in a manifest; without references there is no segment.
    pub entry: SegmentEntry,
    /// Its references by vendor and model.
    pub vendors: Vendors,
    /// What was done.
    pub built: Built,
    /// References of the index whose texts it has now.
    pub superseded: Vec<ReferenceNumber>,
}

/// Writes a segment into a folder, and gives it its name there.
pub(super) fn write_segment(
    folder: &Path,
    parameters: &Parameters,
    budget: &Budget,
    runs: Runs,
    (common, standing): (&Common, Option<Standing<'_>>),
) -> Result<Written> {
    let unnamed = folder.join(NEW_SEGMENT);
    fs::create_dir(&unnamed).map_err(Error::io("create", &unnamed))?;
    let sketching = Sketching {
        shingler: &parameters.shingler(Path::new(""))?,
        sketcher: &sketcher(parameters, Path::new(""))?,
        common,
        sampler: parameters.sampler(),
        filters_all: parameters.profile == Profile::Standard,
    };
    let mut batches = Batches { sorted: runs.sorted()?, standing, first: 0 };
    let mut collected = Collected::new(&unnamed, budget, parameters)?;
    // Enough for all threads, and little enough for the caches.
    let batch_bytes = budget.part(128).min(rayon::current_num_threads() << 20);
    let sketch = |batch: Batch| batch.sketch(&sketching).map(|sheets| (batch, sheets));
    overlap(|| batches.next(batch_bytes, &sketching), sketch, |(batch, sheets)| collected.take(&batch, &sheets))?;
    let (entry, vendors, built) = collected.finish()?;
    sync(&unnamed)?;
    let entry = entry.named();
    let named = folder.join(&entry.name);
    if built.references == 0 || named.exists() {
        // Nothing new; or the same segment stands there already: its name says what is in it.
        fs::remove_dir_all(&unnamed).map_err(Error::io("remove", &unnamed))?;
    } else {
        fs::rename(&unnamed, &named).map_err(Error::io("rename", &unnamed))?;
    }
    sync(folder)?;
    let superseded = batches.standing.map(|standing| standing.superseded).unwrap_or_default();
    Ok(Written { entry, vendors, built, superseded })
}

/// Texts in the order of their digests, with what stands already.
struct Batches<'a> {
    sorted: Sorted,
    standing: Option<Standing<'a>>,
    /// The number of the next reference.
    first: u32,
}

impl Batches<'_> {
    /// The next texts, of about so many bytes; none at the end.
    fn next(&mut self, batch_bytes: usize, sketching: &Sketching<'_>) -> Result<Option<Batch>> {
        loop {
            let mut bytes = Vec::with_capacity(batch_bytes + batch_bytes / 4);
            let mut references = self.sorted.next_into(batch_bytes, &mut bytes)?;
            if references.is_empty() {
                return Ok(None);
            }
            if let Some(standing) = &mut self.standing {
                standing.join(sketching, &mut bytes, &mut references)?;
            }
            let batch = Batch { bytes, first: self.first, references };
            let more = u32::try_from(batch.references.len()).ok();
            self.first = more.and_then(|more| self.first.checked_add(more)).ok_or_else(too_many)?;
            if !batch.references.is_empty() {
                return Ok(Some(batch));
            }
        }
    }
}

/// Texts in the order of their digests, some of them.
struct Batch {
    bytes: Vec<u8>,
    /// Where the records of each reference begin in the bytes.
    references: Vec<Vec<usize>>,
    /// The number of the first reference.
    first: u32,
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
    fn new(segment: &'a Path, budget: &'a Budget, parameters: &Parameters) -> Result<Self> {
        let references = SegmentWriter::create(segment, budget, parameters)?;
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
