//! The shared loop, compiled for AVX2 and for AVX-512.
//!
//! Blocks are chosen by measurement (ns a shingle, Zen 4): AVX2 has 16 registers, and 32 permutations use 12 of them
//! for 4.0, where 16 take 9 and 64 between 5 and 9; AVX-512 has 32, and 64 permutations use 12 for 3.7, like 32 or 128.

use super::block::least_values;
use crate::sketch::minhash::Permutations;
use crate::sketch::params::PERMUTATIONS;

/// The least value under each permutation, 8 values an instruction.
#[target_feature(enable = "avx2")]
pub(super) fn avx2(permutations: &Permutations, shingles: &[u64]) -> [u32; PERMUTATIONS] {
    least_values::<32>(permutations, shingles)
}

/// The least value under each permutation, 16 values an instruction.
#[target_feature(enable = "avx512f")]
pub(super) fn avx512(permutations: &Permutations, shingles: &[u64]) -> [u32; PERMUTATIONS] {
    least_values::<64>(permutations, shingles)
}
