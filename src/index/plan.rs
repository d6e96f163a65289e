//! How large an index of so many references would be, from what references take on average.

use super::filter::{Block, blocks};
use super::format::{HEADER_BYTES, Kind};
use super::parameters::Profile;
use super::references::{ProvenanceRow, ReferenceRow};
use super::table::{Member, bucket_bits};
use super::{Index, Parameters};
use crate::error::Result;

/// What one reference has, on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Means {
    /// Bytes of its text.
    pub text_bytes: f64,
    /// Rare shingles; one that it has at several places counts at each.
    pub rare_shingles: f64,
    /// Places that it was found in.
    pub provenances: f64,
    /// Bytes of names, with where they end.
    pub string_bytes: f64,
    /// Bytes of its rare bits.
    pub rare_bytes: f64,
    /// Entries under bands.
    pub bands: f64,
    /// Entries under whole texts.
    pub whole: f64,
}

impl Means {
    /// What references are taken to have where no index says it: 4,200 bytes of text, with 500 shingles that are all rare, each in
    /// one place of its own.
    ///
    /// # Errors
    /// Parameters whose bands cannot be.
    pub fn usual(parameters: &Parameters) -> Result<Self> {
        Ok(Self {
            text_bytes: 4200.0,
            rare_shingles: 500.0,
            provenances: 1.0,
            string_bytes: 16.0 + 8.0,
            rare_bytes: 500.0 / 8.0 + 4.0,
            bands: f64::from(parameters.lsh()?.bands()),
            whole: 0.0,
        })
    }

    /// What the references of an index have; `None` without references.
    #[must_use]
    pub fn of(index: &Index) -> Option<Self> {
        let segments = &index.manifest.segments;
        let references = segments.iter().map(|segment| segment.references).sum::<u64>();
        let mean = |sum: u64| sum as f64 / references as f64;
        let bytes = |kind: Kind| {
            let files = segments.iter().flat_map(|segment| &segment.files).filter(|file| file.name == kind.file_name());
            mean(files.map(|file| file.bytes.saturating_sub(HEADER_BYTES as u64)).sum())
        };
        let table = |len: fn(&super::Segment) -> u64| mean(index.segments.iter().map(len).sum());
        let share = match index.parameters().profile {
            Profile::Standard => 1.0,
            Profile::Compact => sampled_share(index.parameters().selection),
        };
        (references > 0).then(|| Self {
            text_bytes: bytes(Kind::Texts),
            // The filter has as many bits for each.
            rare_shingles: bytes(Kind::Filter) * 8.0 / super::filter::BITS_PER_SHINGLE as f64 / share,
            provenances: mean(segments.iter().map(|segment| segment.provenances).sum()),
            string_bytes: bytes(Kind::Strings),
            rare_bytes: bytes(Kind::Rare),
            bands: table(|segment| segment.bands.len()),
            whole: table(|segment| segment.whole.len()),
        })
    }
}

/// The share of shingles that are sampled: one in so many, and the least of the gaps between these, which add some 8 %.
fn sampled_share(selection: u32) -> f64 {
    if selection <= 1 { 1.0 } else { 1.08 / f64::from(selection) }
}

/// Sizes of an index that there might be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which shingles its filter holds.
    pub profile: Profile,
    /// References.
    pub references: u64,
    /// The files of its segment and their bytes, by name.
    pub files: Vec<(&'static str, u64)>,
}

impl Plan {
    /// An index of so many references under some parameters.
    #[must_use]
    pub fn new(means: &Means, references: u64, parameters: &Parameters) -> Self {
        let many = |mean: f64| (mean * references as f64).round() as u64;
        let posted = sampled_share(parameters.selection) * means.rare_shingles;
        let filtered = match parameters.profile {
            Profile::Standard => means.rare_shingles,
            Profile::Compact => posted,
        };
        let table = |entries: u64| {
            let directory = (1_u64 << bucket_bits(entries)) + 1;
            entries * size_of::<Member>() as u64 + directory * size_of::<u64>() as u64
        };
        let bytes = |kind| match kind {
            Kind::Texts => many(means.text_bytes),
            Kind::References => references * size_of::<ReferenceRow>() as u64,
            Kind::Provenance => many(means.provenances * size_of::<ProvenanceRow>() as f64),
            Kind::Strings => many(means.string_bytes),
            Kind::Rare => many(means.rare_bytes),
            Kind::Bands => table(many(means.bands)),
            Kind::Whole => table(many(means.whole)),
            Kind::Postings => table(many(posted)),
            Kind::Filter => blocks(many(filtered)) * size_of::<Block>() as u64,
            // Not of a segment.
            Kind::Common | Kind::Removed | Kind::Sequences => 0,
        };
        let file = |kind: Kind| (kind.file_name(), HEADER_BYTES as u64 + bytes(kind));
        Self { profile: parameters.profile, references, files: Kind::ALL.map(file).to_vec() }
    }

    /// Bytes of all files.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.files.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Bytes of the filter: what a scan always has in memory. Of the other files it has what it looks up.
    #[must_use]
    pub fn filter(&self) -> u64 {
        let is_filter = |(name, _): &&(&str, u64)| *name == Kind::Filter.file_name();
        self.files.iter().find(is_filter).map_or(0, |(_, bytes)| *bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Provenance;
    use std::path::Path;

    /// References of some 4,200 bytes and 500 shingles, in words of seven letters.
    fn build(path: &Path, references: u64, profile: Profile) -> Index {
        let word = |number: u64| -> String {
            let random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (0..7).map(|at| char::from(b'a' + (random >> (8 * at + 3)) as u8 % 26)).collect()
        };
        let text = |number: u64| (0..525).map(|at| word(number * 1000 + at) + " ").collect::<String>();
        let texts: Vec<(String, String)> = (0..references).map(|n| (text(n), format!("id-{n:013}"))).collect();
        let rows = texts.iter().map(|(text, id)| (text.as_str(), Provenance { id, ..Provenance::default() }));
        Index::build(path, Parameters::new(0.5, 0.99).unwrap().with_profile(profile), rows).unwrap()
    }

    #[test]
    fn sizes_are_foreseen_from_a_smaller_index_of_either_profile_and_from_the_usual_means() {
        let folder = tempfile::tempdir().unwrap();
        let built =
            |references, profile| build(&folder.path().join(format!("{references}-{profile:?}")), references, profile);
        for profile in [Profile::Standard, Profile::Compact] {
            let large = built(1000, profile);
            let files = &large.manifest().segments[0].files;
            let foreseen = [Profile::Standard, Profile::Compact].map(|from| Means::of(&built(150, from)).unwrap());
            for means in foreseen.into_iter().chain([Means::usual(large.parameters()).unwrap()]) {
                let plan = Plan::new(&means, 1000, large.parameters());
                let (total, found) = (plan.total() as f64, files.iter().map(|file| file.bytes).sum::<u64>() as f64);
                assert!((total / found - 1.0).abs() < 0.15, "{profile:?}: {total}, not {found}");
                for (file, (name, bytes)) in files.iter().zip(&plan.files) {
                    assert_eq!(file.name, *name);
                    let off = *bytes as f64 / file.bytes as f64 - 1.0;
                    assert!(off.abs() < 0.15, "{profile:?}, {name}: {bytes}, not {}", file.bytes);
                }
            }
            std::fs::remove_dir_all(folder.path()).unwrap();
            std::fs::create_dir(folder.path()).unwrap();
        }
    }
}
