//! A text beside a reference: what they share, aligned and weighed. Nothing is decided here.

use super::anchors::{Anchor, anchors, chains};
use super::found::{Match, MatchKind};
use super::places::Places;
use super::regions::{Region, regions};
use super::shared::Shared;
use super::subject::Subject;
use crate::index::{Bits, Reference, ReferenceNumber};
use crate::text::SHINGLE_BYTES;
use std::ops::Range;

/// A region, and how much of it is evidence.
#[derive(Debug)]
pub(super) struct Weighed {
    pub region: Region,
    /// Words of the reference's stretch that lie in common shingles.
    common: usize,
    /// Rare shingles in its anchors.
    pub rare: usize,
}

/// Figures of a region, or the best that can become of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    /// Words that agree.
    pub words: usize,
    /// Those of them that say who wrote it, and how many they are at least.
    pub telling: [usize; 2],
    /// Share of the longer side's words that agree.
    pub agreement: f64,
    /// Rare shingles.
    pub rare: usize,
}

impl Weighed {
    /// Words that agree, less those in common shingles: what is left says who wrote it.
    pub(super) fn telling(&self) -> usize {
        self.region.agreeing.saturating_sub(self.common)
    }

    /// Its figures as it is.
    pub(super) fn figures(&self) -> Figures {
        let telling = self.telling();
        Figures {
            words: self.region.agreeing,
            telling: [telling; 2],
            agreement: self.region.agreement(),
            rare: self.rare,
        }
    }

    /// The best that extending it can make of it.
    pub(super) fn hopes(&self, ours: Subject<'_>, theirs: Subject<'_>) -> Figures {
        let words = self.region.agreeing + self.region.room(ours, theirs);
        let most = words.saturating_sub(self.common);
        Figures { words, telling: [most, self.telling()], agreement: 1.0, rare: self.rare }
    }
}

/// A record, prepared for all of its candidates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub subject: Subject<'a>,
    pub places: &'a Places,
}

/// A record and a reference, and what they share.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    pub ours: Subject<'a>,
    pub theirs: Subject<'a>,
    number: ReferenceNumber,
    digest: u64,
    /// Distinct shingles of either.
    distinct: [usize; 2],
    rare_bits: Bits<'a>,
    shared: &'a mut Shared,
}

impl<'a> Compared<'a> {
    /// Joins the shingles of a record and a reference.
    pub(super) fn new(
        record: Record<'a>,
        theirs: Subject<'a>,
        (number, reference): (ReferenceNumber, &Reference<'a>),
        shared: &'a mut Shared,
    ) -> Self {
        let (ours, rare_bits) = (record.subject, reference.rare());
        shared.join(ours, record.places, theirs, rare_bits);
        let distinct = [record.places.distinct(), reference.shingles() as usize];
        Self { ours, theirs, number, digest: reference.digest(), distinct, rare_bits, shared }
    }

    /// Whether the normalised texts are equal.
    pub(super) fn is_equal(&self) -> bool {
        self.ours.bytes == self.theirs.bytes
    }

    /// Distinct rare shingles that both have.
    pub(super) fn rare(&self) -> usize {
        self.shared.rare
    }

    /// Places in the record and the reference at which the same shingle begins.
    pub(super) fn places(&self) -> impl Iterator<Item = (u32, u32)> {
        self.shared.seeds.iter().map(|seed| (seed.record, seed.reference))
    }

    /// The aligned regions, not yet extended, the one with the most shared text first.
    pub(super) fn regions(&mut self) -> Vec<Weighed> {
        let found = anchors(&mut self.shared.seeds, self.ours.bytes, self.theirs.bytes);
        let mut all = Vec::new();
        chains(&found).iter().for_each(|chain| regions(chain, self.ours, self.theirs, &mut all));
        all.into_iter().map(|region| self.weigh(region)).collect()
    }

    fn weigh(&self, region: Region) -> Weighed {
        let rare = region.anchors.iter().map(|anchor| inside(&self.shared.rare_places, anchor).len()).sum();
        let (mut common, mut from) = (0, 0);
        for &place in region.anchors.iter().flat_map(|anchor| inside(&self.shared.common_places, anchor)) {
            let end = place as usize + SHINGLE_BYTES;
            common += self.theirs.words_before(end).saturating_sub(self.theirs.words_before(from.max(place as usize)));
            from = from.max(end);
        }
        Weighed { region, common, rare }
    }

    /// Share of the shared shingles that are rare; 1 where there are none.
    pub(super) fn rare_share(&self) -> f64 {
        if self.shared.shingles == 0 { 1.0 } else { ratio(self.rare(), self.shared.shingles) }
    }

    /// Whether the Jaccard similarity of the rare shingles, without those of the reference that are common, reaches a threshold.
    pub(super) fn resembles(&self, threshold: f64) -> bool {
        let [ours, theirs] = self.distinct;
        // All rare shingles that the record has are among those of the reference.
        let fewest = ours - self.shared.shingles + self.rare();
        let union = || (ours + theirs - self.shared.shingles).saturating_sub(self.common_of_reference());
        ratio(self.rare(), fewest) >= threshold && ratio(self.rare(), union()) >= threshold
    }

    /// Distinct shingles of the reference that are not rare.
    fn common_of_reference(&self) -> usize {
        let shingles = self.theirs.shingles.iter().enumerate();
        let mut common: Vec<u64> =
            shingles.filter(|(word, _)| !self.rare_bits.get(*word)).map(|(_, hash)| *hash).collect();
        common.sort_unstable();
        common.dedup();
        common.len()
    }

    /// The match of two equal texts. Spans of matches are of normalised bytes here.
    pub(super) fn exact(&self) -> Match {
        let (ours, theirs) = (0..self.ours.bytes.len(), 0..self.theirs.bytes.len());
        Match {
            rare_shingles: self.rare() as u32,
            words: self.ours.words() as u32,
            agreement: 1.0,
            ..self.base(MatchKind::Exact, ours, theirs)
        }
    }

    /// The match of two texts that resemble each other as wholes.
    pub(super) fn resemblance(&self, regions: &[Weighed]) -> Match {
        let parts = apart(regions.iter());
        let sum = |count: fn(&Region) -> usize| parts.iter().map(|part| count(&part.region)).sum::<usize>();
        let words = sum(|region| region.agreeing);
        let record = extent(parts.iter().map(|part| &part.region.record));
        let reference = extent(parts.iter().map(|part| &part.region.reference));
        Match {
            rare_shingles: self.rare() as u32,
            words: words as u32,
            agreement: ratio(words, self.ours.words().max(self.theirs.words())).min(1.0),
            gaps: sum(|region| region.gaps) as u32,
            ..self.base(MatchKind::Resemblance, self.ours.place(&record), self.theirs.place(&reference))
        }
    }

    /// The match of one region.
    pub(super) fn passage(&self, Weighed { region, rare, .. }: &Weighed) -> Match {
        let (record, reference) = (self.ours.place(&region.record), self.theirs.place(&region.reference));
        Match {
            rare_shingles: *rare as u32,
            words: region.agreeing as u32,
            agreement: region.agreement(),
            gaps: region.gaps as u32,
            ..self.base(MatchKind::Containment, record, reference)
        }
    }

    pub(super) fn base(&self, kind: MatchKind, record: Range<usize>, reference: Range<usize>) -> Match {
        let ([ours, theirs], shared) = (self.distinct, self.shared.shingles);
        let empty = kind == MatchKind::Exact && ours == 0;
        let of = |all: usize| if empty { 1.0 } else { ratio(shared, all) };
        Match {
            reference: self.number,
            digest: self.digest,
            kind,
            similarity: of(ours + theirs - shared),
            containment_record: of(ours),
            containment_reference: of(theirs),
            shared_shingles: shared as u32,
            rare_shingles: 0,
            words: 0,
            agreement: 0.0,
            gaps: 0,
            record_span: record,
            reference_span: reference,
            others: 0,
        }
    }
}

/// Of regions those that overlap none before them, in neither text: each stretch of text counts once.
pub(super) fn apart<'w>(regions: impl Iterator<Item = &'w Weighed>) -> Vec<&'w Weighed> {
    let mut parts: Vec<&Weighed> = Vec::new();
    for weighed in regions {
        let is_new = |part: &&Weighed| {
            are_apart(&part.region.reference, &weighed.region.reference)
                && are_apart(&part.region.record, &weighed.region.record)
        };
        if parts.iter().all(is_new) {
            parts.push(weighed);
        }
    }
    parts
}

/// Whether two ranges have nothing in common.
pub(super) fn are_apart(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.end <= b.start || b.end <= a.start
}

/// Those of ascending places whose shingles lie in an anchor.
fn inside<'p>(places: &'p [u32], anchor: &Anchor) -> &'p [u32] {
    let first = places.partition_point(|&place| (place as usize) < anchor.reference);
    let end = anchor.reference + anchor.len;
    let behind = places.partition_point(|&place| place as usize + SHINGLE_BYTES <= end);
    places.get(first..behind).unwrap_or_default()
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn extent<'r>(ranges: impl Iterator<Item = &'r Range<usize>>) -> Range<usize> {
    let first_and_last = ranges.fold(None, |all: Option<Range<usize>>, range| {
        Some(all.map_or(range.clone(), |all| all.start.min(range.start)..all.end.max(range.end)))
    });
    first_and_last.unwrap_or(0..0)
}
