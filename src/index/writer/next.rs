//! The next state of an index, from what a writer has collected.

use super::publish::{publish, sweep, write_removed};
use super::{Changed, IndexWriter, ROW, size, tiers};
use crate::error::Result;
use crate::index::build::{Common, Intake, Standing, Written};
use crate::index::manifest::{Manifest, RemovedEntry, SegmentEntry, Sums, Vendors};
use crate::index::references::Reference;
use crate::index::{Index, ReferenceNumber, vendors};
use std::collections::BTreeSet;

/// Writes the next state, and publishes it; takes away what was begun, if that fails.
pub(super) fn write(writer: IndexWriter) -> Result<Changed> {
    let merged = to_merge(&writer);
    let IndexWriter { _lock, index, intake, leaving, is_fresh, changed, .. } = writer;
    let changed = state(&index, (intake, is_fresh), (merged, leaving), changed);
    if let (true, Ok(manifest)) = (changed.is_err(), Manifest::read(index.path())) {
        let _ = sweep(index.path(), &manifest);
    }
    changed
}

fn state(
    index: &Index,
    (mut intake, is_fresh): (Intake, bool),
    (merged, leaving): (BTreeSet<u32>, BTreeSet<ReferenceNumber>),
    mut changed: Changed,
) -> Result<Changed> {
    let mut vendors = index.manifest().vendors.clone();
    carry(index, &merged, &leaving, (&mut intake, &mut vendors))?;
    let standing = Standing::new(index, &merged, &leaving);
    let written = if intake.len() == 0 { None } else { Some(segment(index, intake, is_fresh, standing)?) };
    let manifest = manifest(index, (&merged, leaving), written, vendors)?;
    (changed.references, changed.segments) = (manifest.live().references, manifest.segments.len() as u64);
    changed.index_id.clone_from(&manifest.index_id);
    index.check_unchanged()?;
    let is_as_before = manifest.index_id == index.id();
    if is_as_before {
        sweep(index.path(), &manifest)?
    } else {
        publish(index.path(), &manifest)?
    }
    Ok(changed)
}

/// The segments that become part of the new one.
fn to_merge(writer: &IndexWriter) -> BTreeSet<u32> {
    let IndexWriter { index, intake, leaving, added, compacts, .. } = writer;
    let manifest = index.manifest();
    let is_one = manifest.segments.len() <= 1 && manifest.removed.is_none() && leaving.is_empty();
    if *compacts && !(is_one && intake.len() == 0) {
        return (0..).take(manifest.segments.len()).collect();
    }
    if *compacts || intake.len() == 0 {
        return BTreeSet::new();
    }
    let of_segment = |segment: &SegmentEntry| segment.text_bytes + ROW * segment.references;
    let mut sizes: Vec<u64> = manifest.segments.iter().map(of_segment).collect();
    for number in index.removed.iter().chain(leaving.iter().copied()) {
        if let (Some(sum), Some(gone)) = (sizes.get_mut(number.segment as usize), index.reference(number)) {
            *sum = sum.saturating_sub(size(&gone));
        }
    }
    tiers::merged(&sizes, *added)
}

/// Carries what stays of the merged segments into the new one, and takes it from the counts.
fn carry(
    index: &Index,
    merged: &BTreeSet<u32>,
    leaving: &BTreeSet<ReferenceNumber>,
    (intake, vendors): (&mut Intake, &mut Vendors),
) -> Result<()> {
    for segment in merged {
        for (_, reference) in index.in_segment(*segment).filter(|(number, _)| !leaving.contains(number)) {
            intake.carry(&reference, reference.provenances())?;
            discount(vendors, &reference);
        }
    }
    Ok(())
}

fn discount(vendors: &mut Vendors, reference: &Reference<'_>) {
    let models = reference.provenances().map(|provenance| (provenance.vendor, provenance.model));
    vendors::discount(vendors, models, reference.text_bytes());
}

/// Writes the new segment.
fn segment(index: &Index, intake: Intake, is_fresh: bool, standing: Standing<'_>) -> Result<Written> {
    // What is only carried over is known not to be rare, wherever it is not.
    let common = if is_fresh { Common::again(index.shingler(), index.further_common()?)? } else { Common::none() };
    intake.write(index.path(), index.parameters(), &common, Some(standing))
}

/// The manifest of the next state, whose files are all on the disk.
fn manifest(
    index: &Index,
    (merged, mut gone): (&BTreeSet<u32>, BTreeSet<ReferenceNumber>),
    written: Option<Written>,
    mut vendors: Vendors,
) -> Result<Manifest> {
    let now = index.manifest();
    gone.extend(written.iter().flat_map(|written| &written.superseded));
    for reference in gone.iter().filter_map(|number| index.reference(*number)) {
        discount(&mut vendors, &reference);
    }
    gone.extend(index.removed.iter());
    gone.retain(|number| !merged.contains(&number.segment));
    let (mut segments, mut removed, mut sums) = (Vec::new(), Vec::new(), Sums::default());
    for (number, entry) in (0..).zip(&now.segments).filter(|(number, _)| !merged.contains(number)) {
        let first = ReferenceNumber { segment: number, row: 0 };
        let rows: Vec<ReferenceNumber> =
            gone.range(first..=ReferenceNumber { row: u32::MAX, ..first }).copied().collect();
        if rows.len() as u64 == entry.references {
            continue;
        }
        rows.iter().filter_map(|number| index.reference(*number)).for_each(|reference| sums += reference.sums());
        let segment = segments.len() as u32;
        removed.extend(rows.into_iter().map(|number| ReferenceNumber { segment, ..number }));
        segments.push(entry.clone());
    }
    if let Some(written) = written.filter(|written| written.entry.references > 0) {
        vendors::join(&mut vendors, &written.vendors);
        segments.push(written.entry);
    }
    let removed = match removed.is_empty() {
        true => None,
        false => Some(RemovedEntry { file: write_removed(index.path(), &removed)?, sums }),
    };
    let (parameters, background) = (now.parameters.clone(), now.background.clone());
    Manifest { background, vendors, segments, removed, ..Manifest::empty(parameters) }.signed()
}
