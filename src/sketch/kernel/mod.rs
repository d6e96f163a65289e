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

use std::fmt;

use super::minhash::{Permutations, Signature};
use super::params::PERMUTATIONS;

/// What a kernel computes: the least value under each permutation, all `u32::MAX` without shingles.
type Run = unsafe fn(&Permutations, &[u64]) -> [u32; PERMUTATIONS];

/// A way to compute signatures on this machine. All of them give the same values as
/// [`Permutations::signature_by_definition`].
#[derive(Clone, Copy)]
pub struct Kernel {
    name: &'static str,
    /// Sound to call on this machine: see `signature`.
    run: Run,
}

impl Kernel {
    /// The names of all kernels, the fastest first, whether this machine has them or not.
    pub const NAMES: [&str; 3] = ["avx512", "avx2", "scalar"];

    /// The kernels that this machine can run, the fastest first; `scalar` is always the last of them.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut found = Self::vectorised();
        found.push(Self::scalar());
        found
    }

    /// The fastest kernel of this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().first().copied().unwrap_or_else(Self::scalar)
    }

    /// The kernel's instruction set: one of [`Kernel::NAMES`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The signature of a set of shingle hashes; order and repetition do not matter. `None` for an empty set.
    #[must_use]
    pub fn signature(&self, permutations: &Permutations, shingles: &[u64]) -> Option<Signature> {
        if shingles.is_empty() {
            return None;
        }
        #[expect(unsafe_code, reason = "only an unsafe pointer can hold functions of several instruction sets")]
        // SAFETY: what `run` may ask of the machine is its instruction set alone, and kernels with one are handed
        // out by `vectorised` alone, after the machine was found to have it.
        let values = unsafe { (self.run)(permutations, shingles) };
        Some(Signature { values })
    }

    fn scalar() -> Self {
        Self { name: "scalar", run: block::scalar }
    }

    #[cfg(target_arch = "x86_64")]
    fn vectorised() -> Vec<Self> {
        let avx512 = is_x86_feature_detected!("avx512f").then_some(Self { name: "avx512", run: x86::avx512 });
        let avx2 = is_x86_feature_detected!("avx2").then_some(Self { name: "avx2", run: x86::avx2 });
        [avx512, avx2].into_iter().flatten().collect()
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn vectorised() -> Vec<Self> {
        Vec::new()
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kernel").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::sketch::testing::Random;

    #[test]
    #[expect(clippy::print_stderr, reason = "a kernel that is not tested here must be known")]
    fn kernels_are_listed_fastest_first_and_end_with_scalar() {
        let found: Vec<&str> = Kernel::available().iter().map(Kernel::name).collect();
        let known: Vec<&str> = Kernel::NAMES.into_iter().filter(|name| found.contains(name)).collect();
        assert_eq!(found, known);
        assert_eq!(found.last(), Some(&"scalar"));
        assert_eq!(Kernel::best().name(), found[0]);
        for missing in Kernel::NAMES.iter().filter(|name| !found.contains(name)) {
            eprintln!("not tested: this machine has no {missing}");
        }
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
