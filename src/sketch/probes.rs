//! Which shingles of a text the stream looks at: some, at jittered distances.
//!
//! With a fixed distance, edits at that distance would hide any copy. The distances come from a keyed sequence instead: who does
//! not know the index cannot know which shingles are looked at. Of a short text more are looked at, so that each text has
//! some [`Probing::at_least`].
//!
//! A mean distance `m` gives distances from `3m/4` to `5m/4`, rounded so that their sum is exact: 12 to 20 for 16. The first
//! shingle is one of the first `5m/4`, so that `5m/4` shingles in a row always hold one that is looked at.

/// How densely a text is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probing {
    /// The mean distance in long texts, in shingles; at most 64.
    pub distance: u8,
    /// About how many shingles of a text are looked at, at least; all of them, if it has no more.
    pub at_least: u16,
}

impl Probing {
    /// Every shingle.
    pub const EVERY: Self = Self { distance: 1, at_least: 1 };
}

/// Distances in a table; then they repeat.
const STEPS: usize = 512;

/// Tables of distances for texts of every length.
#[derive(Debug, Clone)]
pub struct Probes {
    probing: Probing,
    /// For mean distances of 1, 1 1/4, 1 1/2 and so on.
    tables: Vec<Vec<u8>>,
}

impl Probes {
    /// The distances under a key.
    #[must_use]
    pub fn new(key: &[u8; 32], probing: Probing) -> Self {
        let mut random = [0; 2 * STEPS];
        blake3::Hasher::new_derive_key("ringfence 1 probe distances").update(key).finalize_xof().fill(&mut random);
        let random: Vec<u64> = random
            .chunks_exact(2)
            .filter_map(|pair| pair.try_into().ok())
            .map(u16::from_le_bytes)
            .map(u64::from)
            .collect();
        let most = u64::from(probing.distance.clamp(1, 64)) * 4;
        let tables = (4..=most).map(|quarters| if quarters == 4 { vec![0, 1] } else { table(quarters, &random) });
        Self { probing, tables: tables.collect() }
    }

    /// The distances for a text of so many shingles: the number of the first that is looked at, then from each to the next.
    #[must_use]
    pub fn steps(&self, shingles: usize) -> &[u8] {
        let quarters = 4 * shingles / usize::from(self.probing.at_least.max(1));
        let at = quarters.saturating_sub(4).min(self.tables.len() - 1);
        self.tables.get(at).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Probes {
    /// The numbers of the shingles that are looked at, in a text of so many: what the steps mean.
    pub fn numbers(&self, shingles: usize) -> impl Iterator<Item = usize> {
        let steps = self.steps(shingles).iter().cycle().enumerate();
        let next = |at: &mut usize, (number, &step): (usize, &u8)| {
            *at += usize::from(if number == 0 { step } else { step.max(1) });
            Some(*at)
        };
        steps.scan(0, next).take_while(move |&at| at < shingles)
    }
}

/// Distances with a mean of so many quarters, from random numbers of 16 bits; places are in units of `2^-18`.
fn table(quarters: u64, random: &[u64]) -> Vec<u8> {
    let (mut place, mut before) = (0, 0);
    let step = |(number, random): (usize, &u64)| {
        place += quarters * if number == 0 { random * 5 / 4 } else { 49_152 + random / 2 };
        let step = (place >> 18) - before;
        before = place >> 18;
        step as u8
    };
    random.iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_within_a_quarter_of_their_mean() {
        for key in 0..20 {
            let probes = Probes::new(&[key; 32], Probing { distance: 16, at_least: 32 });
            let steps = probes.steps(1_000_000);
            assert!(steps[0] < 20 && steps[1..].iter().all(|step| (12..=20).contains(step)), "{steps:?}");
            let mean = steps[1..].iter().map(|&step| f64::from(step)).sum::<f64>() / (steps.len() - 1) as f64;
            assert!((mean - 16.0).abs() < 0.5, "{mean}");
            assert!(steps.iter().collect::<std::collections::BTreeSet<_>>().len() >= 9, "all of 12 to 20 occur");
        }
        assert_ne!(
            Probes::new(&[0; 32], Probing { distance: 16, at_least: 32 }).steps(9999),
            Probes::new(&[1; 32], Probing { distance: 16, at_least: 32 }).steps(9999)
        );
    }

    #[test]
    fn every_text_has_about_as_many_probes_as_asked_for() {
        let probing = Probing { distance: 16, at_least: 32 };
        for key in 0..20 {
            let probes = Probes::new(&[key; 32], probing);
            for shingles in 1..3000 {
                let count = probes.numbers(shingles).count();
                let (least, most) =
                    if shingles <= 32 { (shingles, shingles) } else { (28, (shingles / 16 + 3).max(42)) };
                assert!((least..=most).contains(&count), "{count} of {shingles} under key {key}");
            }
        }
    }

    #[test]
    fn every_shingle_is_every_shingle() {
        assert_eq!(Probes::new(&[3; 32], Probing::EVERY).steps(123_456), [0, 1]);
    }
}
