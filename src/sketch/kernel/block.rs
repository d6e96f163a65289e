//! The loop that all kernels share, and the kernel for any machine.

use crate::sketch::minhash::Permutations;
use crate::sketch::params::PERMUTATIONS;

/// The least value under each permutation, for any machine.
pub(super) fn scalar(permutations: &Permutations, shingles: &[u64]) -> [u32; PERMUTATIONS] {
    least_values::<32>(permutations, shingles)
}

/// The least value under each permutation, `N` permutations at a time.
///
/// `N` is a promise about registers: three vectors (multiplier, addend, least value) for each vector's width of
/// permutations must fit, or the least values are written to memory and read again for every shingle. The function is
/// inlined into callers that differ in their instruction set.
#[inline(always)]
pub(super) fn least_values<const N: usize>(permutations: &Permutations, shingles: &[u64]) -> [u32; PERMUTATIONS] {
    const { assert!(PERMUTATIONS.is_multiple_of(N)) };
    let mut values = [u32::MAX; PERMUTATIONS];
    let (multipliers, _) = permutations.multipliers.as_chunks::<N>();
    let (addends, _) = permutations.addends.as_chunks::<N>();
    let (blocks, _) = values.as_chunks_mut::<N>();
    for ((block, a), b) in blocks.iter_mut().zip(multipliers).zip(addends) {
        // A copy, since the compiler does not keep what a reference points to in registers.
        let mut least = *block;
        for &shingle in shingles {
            let folded = shingle as u32;
            for ((least, a), b) in least.iter_mut().zip(a).zip(b) {
                *least = (*least).min(a.wrapping_mul(folded).wrapping_add(*b));
            }
        }
        *block = least;
    }
    values
}
