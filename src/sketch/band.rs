//! Signature -> band keys.
//!
//! 1. Cut the signature's values, in their order, into bands of `rows` values; those beyond the last band are not used.
//! 2. The key of band `n` (from 0) is XXH3-64, seeded with the index's key, of `n` and then its values, each as 4
//!    bytes, little-endian.
//!
//! The band's number is part of what is hashed, so that equal rows in different bands do not meet, and all bands can
//! share one table. Two bands that differ have the same key with probability 2^-64: a needless candidate, no error.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::minhash::Signature;
use super::params::Lsh;

impl Signature {
    /// The keys of this signature's bands, `lsh.bands()` of them, from band 0 on.
    pub fn band_keys(&self, lsh: Lsh, key: u64) -> impl Iterator<Item = u64> {
        let mut bytes = Vec::with_capacity(4 * (lsh.rows() as usize + 1));
        (0..lsh.bands()).zip(self.values().chunks_exact(lsh.rows() as usize)).map(move |(band, rows)| {
            bytes.clear();
            bytes.extend_from_slice(&band.to_le_bytes());
            for row in rows {
                bytes.extend_from_slice(&row.to_le_bytes());
            }
            xxh3_64_with_seed(&bytes, key)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::Permutations;

    fn signature(shingles: &[u64]) -> Signature {
        Permutations::new(11).signature_by_definition(shingles).unwrap()
    }

    #[test]
    fn there_is_one_key_a_band_for_every_cut() {
        let signature = signature(&[1, 2, 3]);
        for rows in 1..=128 {
            for bands in [1, 128 / rows] {
                let lsh = Lsh::new(bands, rows).unwrap();
                assert_eq!(signature.band_keys(lsh, 0).count(), bands as usize, "{bands} bands of {rows} rows");
            }
        }
    }

    #[test]
    fn a_key_depends_on_its_own_rows_its_number_and_the_seed_only() {
        let lsh = Lsh::new(42, 3).unwrap();
        let mut changed = Signature { values: [9; 128] };
        let before: Vec<u64> = changed.band_keys(lsh, 5).collect();
        let mut distinct = before.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 42, "equal rows in different bands have different keys");
        assert!(changed.band_keys(lsh, 6).zip(&before).all(|(a, &b)| a != b), "another seed, other keys");
        changed.values[3 * 7 + 1] += 1;
        changed.values[127] += 1;
        let differs: Vec<usize> =
            (0..42).zip(changed.band_keys(lsh, 5)).filter(|&(n, k)| k != before[n]).map(|(n, _)| n).collect();
        assert_eq!(differs, [7], "row 22 belongs to band 7, row 127 to none");
    }
}
