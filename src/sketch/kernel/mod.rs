//! MinHash, fast: the definition's loops in another order, compiled once for each instruction set.
//!
//! 1. Cut the 128 permutations into blocks that fit in registers (`block.rs`).
//! 2. For each block, read all shingles, and hold multipliers, addends and least values in registers meanwhile.
//! 3. Which instruction set compiles that loop is chosen at run time, from what the machine has.
//!
//! The loop is plain array code: the compiler turns it into `vpmulld`, `vpaddd` and `vpminud`, one of each for 8
//! values (AVX2) or 16 (AVX-512), and intrinsics were not faster. It does so from `opt-level = 2` on: with the dev
//! profile the kernels are right and slow, and tests meet vector instructions with `cargo test --release` only.
//! `benches/minhash.rs` measures all of them, after comparing their answers with the definition.

mod block;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::minhash::{Permutations, Signature};
use super::params::PERMUTATIONS;
use crate::kernel::{self, Functions};

/// What a kernel computes: the least value under each permutation, all `u32::MAX` without shingles.
type Run = unsafe fn(&Permutations, &[u64]) -> [u32; PERMUTATIONS];

/// The loop of one instruction set.
#[derive(Clone, Copy)]
pub struct Signing {
    /// Sound to call on this machine: see `signature`.
    run: Run,
}

/// A way to compute signatures on this machine. All of them give the same values as
/// [`Permutations::signature_by_definition`].
pub type Kernel = kernel::Kernel<Signing>;

impl Kernel {
    /// The signature of a set of shingle hashes; order and repetition do not matter. `None` for an empty set.
    #[must_use]
    pub fn signature(&self, permutations: &Permutations, shingles: &[u64]) -> Option<Signature> {
        if shingles.is_empty() {
            return None;
        }
        #[expect(unsafe_code, reason = "only an unsafe pointer can hold functions of several instruction sets")]
        // SAFETY: what `run` may ask of the machine is its instruction set alone, and functions with one are handed
        // out by `vectorised` alone, after the machine was found to have it.
        let values = unsafe { (self.functions().run)(permutations, shingles) };
        Some(Signature { values })
    }
}

impl Functions for Signing {
    const NAMES: &'static [&'static str] = &["avx512", "avx2", "scalar"];

    fn scalar() -> Self {
        Self { run: block::scalar }
    }

    #[cfg(target_arch = "x86_64")]
    fn vectorised() -> Vec<(&'static str, Self)> {
        let avx512 = is_x86_feature_detected!("avx512f").then_some(("avx512", Self { run: x86::avx512 }));
        let avx2 = is_x86_feature_detected!("avx2").then_some(("avx2", Self { run: x86::avx2 }));
        [avx512, avx2].into_iter().flatten().collect()
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn vectorised() -> Vec<(&'static str, Self)> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::sketch::testing::Random;

    #[test]
    fn kernels_are_listed_fastest_first_and_end_with_scalar() {
        kernel::assert_listed::<Signing>();
    }

    #[test]
    fn every_kernel_equals_the_definition_at_every_length_and_alignment() {
        let (key, seed) = (17, 1);
        let permutations = Permutations::new(key);
        let hashes = Random::new(seed).hashes(220);
        for kernel in Kernel::available() {
            for length in 0..=200 {
                for start in 0..9 {
                    let shingles = &hashes[start..start + length];
                    let expected = permutations.signature_by_definition(shingles);
                    let name = kernel.name();
                    let found = kernel.signature(&permutations, shingles);
                    assert!(found == expected, "{name}: key {key}, seed {seed}, length {length}, start {start}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_kernel_equals_the_definition_for_any_set(
            key in any::<u64>(),
            shingles in vec(prop_oneof![any::<u64>(), 0..4_u64, Just(u64::MAX), Just(u64::from(u32::MAX))], 0..200),
        ) {
            let permutations = Permutations::new(key);
            let expected = permutations.signature_by_definition(&shingles);
            for kernel in Kernel::available() {
                prop_assert_eq!(&kernel.signature(&permutations, &shingles), &expected, "{}", kernel.name());
            }
        }
    }
}
