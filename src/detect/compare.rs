//! A text beside a reference: what they share, aligned and weighed. Nothing is decided here.

use super::anchors::{Anchor, Seed, anchors, chains};
use super::found::{Match, MatchKind};
use super::regions::{Region, regions};
use super::subject::Subject;
use crate::index::{Bits, ReferenceNumber};
use crate::text::SHINGLE_BYTES;
use std::cmp::Ordering;
use std::ops::Range;

/// Places of one shingle in a reference that become seeds; more are repetition. Of a record all do: each copy is to be found.
const MAX_REPEATS: usize = 8;

/// A region, and how much of it is evidence.
#[derive(Debug)]
pub(super) struct Weighed {
    pub region: Region,
    /// Words that agree, less those in common shingles: what is left says who wrote it.
    pub telling: usize,
    /// Rare shingles in its anchors.
    pub rare: usize,
}

/// A text and a reference, and what they share.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    number: ReferenceNumber,
    pub subject: &'a Subject,
    pub other: &'a Subject,
    seeds: Vec<Seed>,
    /// Distinct shingles that both have.
    shingles: usize,
    /// Those of them that are rare.
    pub rare: usize,
    /// Distinct shingles of the reference that are not rare.
    common_of_reference: usize,
    /// Places in the reference's bytes of rare seeds, ascending.
    rare_places: Vec<u32>,
    /// The same of seeds that are not rare.
    common_places: Vec<u32>,
}

impl<'a> Compared<'a> {
    /// Joins the shingles of two texts by their hashes.
    pub(super) fn new(number: ReferenceNumber, subject: &'a Subject, other: &'a Subject, rare: Bits<'_>) -> Self {
        let mut compared = Self {
            number,
            subject,
            other,
            seeds: Vec::new(),
            shingles: 0,
            rare: 0,
            common_of_reference: 0,
            rare_places: Vec::new(),
            common_places: Vec::new(),
        };
        let mut ours = subject.shingles.chunk_by(|a, b| a.0 == b.0).peekable();
        for theirs in other.shingles.chunk_by(|a, b| a.0 == b.0) {
            let is_rare = Subject::is_rare(theirs, rare);
            compared.common_of_reference += usize::from(!is_rare);
            let hash = theirs.first().map_or(0, |shingle| shingle.0);
            let order =
                |run: &&[(u64, u32, u32)]| run.first().map_or(Ordering::Greater, |shingle| shingle.0.cmp(&hash));
            while ours.next_if(|run| order(run) == Ordering::Less).is_some() {}
            if let Some(ours) = ours.next_if(|run| order(run) == Ordering::Equal) {
                compared.add(ours, theirs, is_rare);
            }
        }
        compared.rare_places.sort_unstable();
        compared.common_places.sort_unstable();
        compared
    }

    /// Adds a shingle that both have, with its places in each.
    fn add(&mut self, ours: &[(u64, u32, u32)], theirs: &[(u64, u32, u32)], is_rare: bool) {
        self.shingles += 1;
        self.rare += usize::from(is_rare);
        let places = if is_rare { &mut self.rare_places } else { &mut self.common_places };
        places.extend(theirs.iter().map(|&(_, place, _)| place));
        for &(_, record, _) in ours {
            let seed = |&(_, reference, _): &(u64, u32, u32)| Seed { record, reference };
            self.seeds.extend(theirs.iter().take(MAX_REPEATS).map(seed));
        }
    }

    /// The aligned regions, the one with the most shared text first.
    pub(super) fn regions(&mut self) -> Vec<Weighed> {
        let (ours, theirs) = (&self.subject.trace, &self.other.trace);
        let found = anchors(&mut self.seeds, &ours.bytes, &theirs.bytes);
        let regions = chains(&found).into_iter().flat_map(|chain| regions(&chain, ours, theirs));
        regions.map(|region| self.weigh(region)).collect()
    }

    fn weigh(&self, region: Region) -> Weighed {
        let rare = region.anchors.iter().map(|anchor| inside(&self.rare_places, anchor).len()).sum();
        let starts = &self.other.trace.starts;
        let words_before = |place: usize| starts.partition_point(|&start| (start as usize) < place);
        let (mut covered, mut from) = (0, region.reference.start);
        for &place in region.anchors.iter().flat_map(|anchor| inside(&self.common_places, anchor)) {
            let end = place as usize + SHINGLE_BYTES;
            covered += words_before(end).saturating_sub(words_before(from.max(place as usize)));
            from = from.max(end);
        }
        Weighed { telling: region.agreeing.saturating_sub(covered), rare, region }
    }

    /// Share of the shared shingles that are rare; 1 where there are none.
    pub(super) fn rare_share(&self) -> f64 {
        if self.shingles == 0 { 1.0 } else { ratio(self.rare, self.shingles) }
    }

    /// Jaccard similarity of the rare shingles: without those of the reference that are common.
    pub(super) fn rare_jaccard(&self) -> f64 {
        let union = self.subject.distinct + self.other.distinct - self.shingles;
        ratio(self.rare, union.saturating_sub(self.common_of_reference))
    }

    /// The match of two equal texts.
    pub(super) fn exact(&self) -> Match {
        let (ours, theirs) = (0..self.subject.trace.bytes.len(), 0..self.other.trace.bytes.len());
        Match {
            rare_shingles: self.rare as u32,
            words: self.subject.words() as u32,
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
            rare_shingles: self.rare as u32,
            words: words as u32,
            agreement: ratio(words, self.subject.words().max(self.other.words())).min(1.0),
            gaps: sum(|region| region.gaps) as u32,
            ..self.base(MatchKind::Resemblance, record, reference)
        }
    }

    /// The match of one region.
    pub(super) fn passage(&self, Weighed { region, rare, .. }: &Weighed) -> Match {
        Match {
            rare_shingles: *rare as u32,
            words: region.agreeing as u32,
            agreement: region.agreement(),
            gaps: region.gaps as u32,
            ..self.base(MatchKind::Containment, region.record.clone(), region.reference.clone())
        }
    }

    fn base(&self, kind: MatchKind, record: Range<usize>, reference: Range<usize>) -> Match {
        let (ours, theirs, shared) = (self.subject.distinct, self.other.distinct, self.shingles);
        let empty = kind == MatchKind::Exact && ours == 0;
        let of = |all: usize| if empty { 1.0 } else { ratio(shared, all) };
        Match {
            reference: self.number,
            kind,
            similarity: of(ours + theirs - shared),
            containment_record: of(ours),
            containment_reference: of(theirs),
            shared_shingles: shared as u32,
            rare_shingles: 0,
            words: 0,
            agreement: 0.0,
            gaps: 0,
            record_span: self.subject.trace.raw(record),
            reference_span: self.other.trace.raw(reference),
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
