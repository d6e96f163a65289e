//! Proof: the exact comparison of a text with a candidate's own text. All threshold comparisons of the crate are here.
//!
//! 1. The shingles that both have are counted, all and rare ones, and are the seeds of the alignment.
//! 2. Seeds become anchors, chains and aligned regions ([`anchors`](super::anchors), [`regions`](super::regions)).
//! 3. The [`Rules`] decide: equal texts; texts that resemble each other as a whole; regions that are long and alike enough;
//!    regions that hold nearly all of a short reference or record; many regions that together hold much of one.
//!
//! Only rare shingles are evidence. Text that is common, or that a reference took from its prompt, is aligned and reported like
//! any other where it lies in a match, but it makes none.

use super::anchors::{Seed, anchors, chains};
use super::candidates::Candidate;
use super::regions::{Region, regions};
use super::rules::{Detect, Rules};
use super::subject::Subject;
use crate::index::{Bits, Index, ReferenceNumber};
use crate::text::SHINGLE_BYTES;
use std::cmp::Ordering;
use std::ops::Range;

/// How a record matches a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchKind {
    /// Their normalised texts are equal.
    Exact,
    /// The Jaccard similarity of their rare shingles is at or over the threshold.
    Resemblance,
    /// A passage of one stands in the other.
    Containment,
}

impl MatchKind {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Resemblance => "resemblance",
            Self::Containment => "containment",
        }
    }
}

/// A proven match of one text with one reference. All figures are exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The reference.
    pub reference: ReferenceNumber,
    /// How it matches.
    pub kind: MatchKind,
    /// Jaccard similarity of the shingle sets; 1 for equal texts.
    pub similarity: f64,
    /// Share of the record's distinct shingles that the reference has.
    pub containment_record: f64,
    /// Share of the reference's distinct shingles that the record has.
    pub containment_reference: f64,
    /// Distinct shingles that both have; 0 for texts too short for a shingle.
    pub shared_shingles: u32,
    /// Those of the shared shingles that are rare; in a containment, those inside the passage.
    pub rare_shingles: u32,
    /// Words that agree, in order.
    pub words: u32,
    /// Share of the words of the longer span that agree.
    pub agreement: f64,
    /// Stretches of disagreeing words inside the spans.
    pub gaps: u32,
    /// Raw bytes of the record's text from the first shared byte to the last.
    pub record_span: Range<usize>,
    /// The same in the reference's text.
    pub reference_span: Range<usize>,
    /// Matches of the same text with other references that are not reported one by one.
    pub others: u32,
}

/// Compares texts with candidates.
#[derive(Debug, Clone)]
pub struct Verifier {
    threshold: f64,
    rules: Rules,
    detect: Detect,
}

/// What the verification of one text yields, over all candidates.
#[derive(Debug, Default)]
pub struct Verified {
    /// What is proven.
    pub matches: Vec<Match>,
    /// Short passages of references, too little by themselves.
    pub fragments: Vec<Match>,
}

/// What two texts share, counted.
#[derive(Debug, Default)]
struct Shared {
    seeds: Vec<Seed>,
    shingles: usize,
    rare: usize,
    /// Distinct shingles of the reference that are not rare.
    common_of_reference: usize,
    /// Places in the reference's bytes of rare seeds.
    rare_places: Vec<u32>,
    /// The same of seeds that are not rare.
    common_places: Vec<u32>,
}

/// Places of one shingle in one text that become seeds; more are repetition.
const MAX_REPEATS: usize = 8;

impl Verifier {
    /// A verifier.
    #[must_use]
    pub fn new(threshold: f64, rules: Rules, detect: Detect) -> Self {
        Self { threshold, rules, detect }
    }

    /// Appends the matches of a text with a candidate (one, or one for each passage), and its fragments that are none.
    pub fn verify(&self, index: &Index, subject: &Subject, candidate: Candidate, verified: &mut Verified) {
        let Some(reference) = index.reference(candidate.0) else { return };
        let other = Subject::new(index.shingler(), reference.text());
        let shared = share(subject, &other, reference.rare());
        let compared = Compared { number: candidate.0, subject, other: &other, shared: &shared };
        let regions = compared.regions();
        if std::env::var("RFDBG").is_ok() {
            for region in &regions {
                eprintln!(
                    "DBG {:?} J {:.2} shared {} rare {} words {}/{} | {:?} {:?} w {} {} agreeing {} telling {} rare {} agr {:.2}",
                    index.reference(candidate.0).map(|r| r.provenance().id.to_owned()),
                    compared.rare_jaccard(),
                    shared.shingles,
                    shared.rare,
                    subject.words(),
                    other.words(),
                    region.record,
                    region.reference,
                    region.record_words,
                    region.reference_words,
                    region.agreeing,
                    compared.telling_words(region),
                    compared.rare_in(region),
                    region.agreement()
                );
            }
        }
        let Verified { matches, fragments } = verified;
        let as_whole = self.detect != Detect::Containment;
        if subject.trace.bytes == other.trace.bytes {
            // A text of nothing but common shingles is everybody's; one too short for a shingle is judged as a whole.
            if as_whole && (shared.rare > 0 || other.distinct == 0) {
                matches.push(compared.whole(MatchKind::Exact, &regions));
            }
        } else if as_whole && self.resembles(&compared) {
            matches.push(compared.whole(MatchKind::Resemblance, &regions));
        } else if self.detect != Detect::Resemblance {
            let passages = regions.iter().filter(|region| self.is_passage(&compared, region));
            let before = matches.len();
            matches.extend(passages.map(|region| compared.passage(region)));
            if matches.len() == before {
                matches.extend(self.scattered(&compared, &regions));
            }
            if matches.len() == before {
                let parts = regions.iter().filter(|region| self.is_fragment(&compared, region));
                fragments.extend(parts.map(|region| compared.passage(region)));
            }
        }
    }

    fn resembles(&self, compared: &Compared<'_>) -> bool {
        compared.shared.rare >= self.rules.resemblance_shingles && compared.rare_jaccard() >= self.threshold
    }

    /// Whether one region is evidence enough.
    fn is_passage(&self, compared: &Compared<'_>, region: &Region) -> bool {
        let rules = &self.rules;
        let (words, telling, rare) = (region.agreeing, compared.telling_words(region), compared.rare_in(region));
        let holds = |least: usize, of: usize| {
            words >= least
                && words as f64 >= rules.whole * of as f64
                && telling as f64 >= rules.telling * least as f64
                && region.agreement() >= rules.whole
        };
        let shorter = compared.subject.words().min(compared.other.words());
        let agreement =
            if words as f64 >= rules.most * shorter as f64 { rules.agreement } else { rules.part_agreement };
        let passage = words >= rules.passage_words
            && telling as f64 >= rules.telling * rules.passage_words as f64
            && region.agreement() >= agreement
            && rare >= rules.passage_shingles
            && rare as f64 >= rules.density * telling as f64;
        let longer = compared.subject.words().max(compared.other.words());
        let alike = words >= rules.alike_words
            && words as f64 >= rules.alike * longer as f64
            && telling as f64 >= rules.telling * rules.alike_words as f64
            && region.agreement() >= rules.alike_agreement
            && rare >= rules.alike_shingles;
        passage
            || alike
            || holds(rules.reference_words, compared.other.words()) && rare >= rules.reference_shingles
            || holds(rules.record_words, compared.subject.words()) && rare >= rules.record_shingles
    }

    fn is_fragment(&self, compared: &Compared<'_>, region: &Region) -> bool {
        compared.telling_words(region) >= self.rules.scattered_words
            && compared.rare_in(region) >= 1
            && region.agreement() >= self.rules.whole
    }

    /// Of the fragments of several references those that together make up a whole record, if they do.
    #[must_use]
    pub fn spliced(&self, subject: &Subject, mut fragments: Vec<Match>) -> Vec<Match> {
        fragments.sort_by(|a, b| b.words.cmp(&a.words).then(a.reference.cmp(&b.reference)));
        let mut parts: Vec<Match> = Vec::new();
        let apart = |a: &Range<usize>, b: &Range<usize>| a.end <= b.start || b.end <= a.start;
        for fragment in fragments {
            if parts.iter().all(|part| apart(&part.record_span, &fragment.record_span)) {
                parts.push(fragment);
            }
        }
        let sum = |count: fn(&Match) -> u32| parts.iter().map(count).sum::<u32>() as usize;
        let enough = parts.len() > 1
            && sum(|part| part.words) >= self.rules.reference_words
            && sum(|part| part.words) as f64 >= self.rules.spliced * subject.words() as f64
            && sum(|part| part.rare_shingles) >= self.rules.spliced_shingles;
        if enough { parts } else { Vec::new() }
    }

    /// The regions of a copy with its parts in another order, if together they are evidence enough.
    fn scattered(&self, compared: &Compared<'_>, regions: &[Region]) -> Vec<Match> {
        let mut parts: Vec<&Region> = Vec::new();
        let apart = |a: &Range<usize>, b: &Range<usize>| a.end <= b.start || b.end <= a.start;
        for region in regions {
            // A stretch of the reference counts once, however often the record repeats it.
            let new = parts
                .iter()
                .all(|part| apart(&part.reference, &region.reference) && apart(&part.record, &region.record));
            let clear = region.agreement() >= self.rules.agreement && compared.rare_in(region) > 0;
            if new && clear && compared.telling_words(region) >= self.rules.scattered_words {
                parts.push(region);
            }
        }
        let words: usize = parts.iter().map(|region| compared.telling_words(region)).sum();
        let rare: usize = parts.iter().map(|region| compared.rare_in(region)).sum();
        let smaller = compared.subject.words().min(compared.other.words());
        let enough = parts.len() > 1
            && words >= self.rules.reference_words
            && words as f64 >= self.rules.scattered * smaller as f64
            && rare >= self.rules.passage_shingles
            && rare as f64 >= self.rules.density * words as f64;
        if enough { parts.into_iter().map(|region| compared.passage(region)).collect() } else { Vec::new() }
    }
}

/// A text and a reference, and what they share.
struct Compared<'a> {
    number: ReferenceNumber,
    subject: &'a Subject,
    other: &'a Subject,
    shared: &'a Shared,
}

impl Compared<'_> {
    /// The aligned regions, the one with the most shared text first.
    fn regions(&self) -> Vec<Region> {
        let (ours, theirs) = (&self.subject.trace, &self.other.trace);
        let found = anchors(&mut self.shared.seeds.clone(), &ours.bytes, &theirs.bytes);
        chains(&found).iter().flat_map(|chain| regions(chain, ours, theirs)).collect()
    }

    /// Distinct places of rare shared shingles in the anchors of a region.
    fn rare_in(&self, region: &Region) -> usize {
        let in_anchor = |anchor: &super::anchors::Anchor| {
            let (start, end) = (anchor.reference, anchor.reference + anchor.len);
            let first = self.shared.rare_places.partition_point(|&place| (place as usize) < start);
            let behind = self.shared.rare_places.partition_point(|&place| place as usize + SHINGLE_BYTES <= end);
            behind.saturating_sub(first)
        };
        region.anchors.iter().map(in_anchor).sum()
    }

    /// Words of a region that agree, less those in common shingles: what is left says who wrote it.
    fn telling_words(&self, region: &Region) -> usize {
        let starts = &self.other.trace.starts;
        let words_before = |place: usize| starts.partition_point(|&start| (start as usize) < place);
        let (mut covered, mut from) = (0, region.reference.start);
        let inside = |place: u32| {
            region.anchors.iter().any(|anchor| {
                let place = place as usize;
                anchor.reference <= place && place + SHINGLE_BYTES <= anchor.reference + anchor.len
            })
        };
        for &place in self.shared.common_places.iter().filter(|&&place| inside(place)) {
            let end = place as usize + SHINGLE_BYTES;
            covered += words_before(end).saturating_sub(words_before(from.max(place as usize)));
            from = from.max(end);
        }
        region.agreeing.saturating_sub(covered)
    }

    fn rare_jaccard(&self) -> f64 {
        let union = self.subject.distinct + self.other.distinct - self.shared.shingles;
        ratio(self.shared.rare, union.saturating_sub(self.shared.common_of_reference))
    }

    /// The match of the two texts as wholes.
    fn whole(&self, kind: MatchKind, regions: &[Region]) -> Match {
        let sum = |count: fn(&Region) -> usize| regions.iter().map(count).sum::<usize>();
        let (all, theirs) = (self.subject.words(), self.other.words());
        let (words, gaps) =
            if kind == MatchKind::Exact { (all, 0) } else { (sum(|r| r.agreeing).min(all), sum(|r| r.gaps)) };
        let (record, reference) = if kind == MatchKind::Exact {
            (0..self.subject.trace.bytes.len(), 0..self.other.trace.bytes.len())
        } else {
            (extent(regions.iter().map(|r| &r.record)), extent(regions.iter().map(|r| &r.reference)))
        };
        Match {
            rare_shingles: self.shared.rare as u32,
            words: words as u32,
            agreement: ratio(words, all.max(theirs)).min(1.0),
            gaps: gaps as u32,
            ..self.base(kind, record, reference)
        }
    }

    /// The match of one region.
    fn passage(&self, region: &Region) -> Match {
        Match {
            rare_shingles: self.rare_in(region) as u32,
            words: region.agreeing as u32,
            agreement: region.agreement(),
            gaps: region.gaps as u32,
            ..self.base(MatchKind::Containment, region.record.clone(), region.reference.clone())
        }
    }

    fn base(&self, kind: MatchKind, record: Range<usize>, reference: Range<usize>) -> Match {
        let (ours, theirs, shared) = (self.subject.distinct, self.other.distinct, self.shared.shingles);
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

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn extent<'r>(ranges: impl Iterator<Item = &'r Range<usize>>) -> Range<usize> {
    let join = |all: Range<usize>, range: &Range<usize>| all.start.min(range.start)..all.end.max(range.end);
    let all = ranges.fold(usize::MAX..0, join);
    if all.start > all.end { 0..0 } else { all }
}

/// Joins the shingles of two texts by their hashes.
fn share(subject: &Subject, other: &Subject, rare: Bits<'_>) -> Shared {
    let mut shared = Shared::default();
    let mut ours = subject.shingles.chunk_by(|a, b| a.0 == b.0).peekable();
    for theirs in other.shingles.chunk_by(|a, b| a.0 == b.0) {
        let is_rare = Subject::is_rare(theirs, rare);
        shared.common_of_reference += usize::from(!is_rare);
        let hash = theirs.first().map_or(0, |shingle| shingle.0);
        let order = |run: &&[(u64, u32, u32)]| run.first().map_or(Ordering::Greater, |shingle| shingle.0.cmp(&hash));
        while ours.next_if(|run| order(run) == Ordering::Less).is_some() {}
        let Some(ours) = ours.next_if(|run| order(run) == Ordering::Equal) else { continue };
        shared.shingles += 1;
        shared.rare += usize::from(is_rare);
        let places = if is_rare { &mut shared.rare_places } else { &mut shared.common_places };
        places.extend(theirs.iter().map(|&(_, place, _)| place));
        for &(_, record, _) in ours.iter().take(MAX_REPEATS) {
            let seed = |&(_, reference, _): &(u64, u32, u32)| Seed { record, reference };
            shared.seeds.extend(theirs.iter().take(MAX_REPEATS).map(seed));
        }
    }
    shared.rare_places.sort_unstable();
    shared.common_places.sort_unstable();
    shared
}
