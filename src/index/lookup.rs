//! What an index knows of a hash. Removed references are never among it.

use super::segment::Segment;
use super::table::Table;
use super::{Index, Profile, ReferenceNumber};
use crate::sketch::Sampler;

impl Index {
    /// How many segments it has.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.segments.len()
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
                let reference = ReferenceNumber { segment: number, row: member.reference.get() };
                found.extend(Some(reference).filter(|reference| !self.removed.contains(*reference)));
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
            let references = rows.map(move |row| ReferenceNumber { segment: number, row });
            references.filter(|reference| !self.removed.contains(*reference))
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
                if let Some(number) = numbers.get(at)
                    && !self.removed.contains(reference)
                {
                    found(*number, reference);
                }
            });
        }
    }

    /// Whether a reference has this hash among its posted shingles.
    #[must_use]
    pub fn is_posted(&self, hash: u64) -> bool {
        self.has(hash, |segment| &segment.postings)
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
        self.has(whole, |segment| &segment.whole)
    }

    fn has(&self, key: u64, table: impl Fn(&Segment) -> &Table) -> bool {
        let lives = |segment: u32, row: u32| !self.removed.contains(ReferenceNumber { segment, row });
        let mut segments = (0..).zip(&self.segments);
        segments.any(|(number, segment)| table(segment).get(key).any(|entry| lives(number, entry.reference.get())))
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
}
