//! Normalisation and hashing, fast: the definition's results by another way, for each instruction set.
//!
//! 1. A [`Cursor`](cursor::Cursor) moves through the text; what is kept goes through a [`Writer`](writer::Writer) into packed
//!    bytes and a bitmap of starts, in a buffer that is large enough from the beginning.
//! 2. ASCII goes through the loop of the kernel ([`avx512`], [`avx2`], [`scalar`]), by [`classes`] of bytes; escapes and other
//!    characters through the loops in [`drive`].
//! 3. Which kernel is used is chosen at run time, from what the machine has.
//!
//! `benches/normalize` measures all of them, after comparing their answers with the definition.
#![expect(
    clippy::indexing_slicing,
    reason = "of tables by numbers that they are as long as, and of blocks by places in them"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_mixed;
#[cfg(target_arch = "x86_64")]
mod classes;
mod cursor;
mod drive;
mod hashing;
mod scalar;
mod writer;

use super::Normalized;
use super::starts::Starts;
use super::xxh3::ShingleHash;
use crate::kernel::{self, Functions};

/// Writes the kept bytes and their starts over what the buffers hold; returns how many bytes are kept.
type Normalize = unsafe fn(&str, &mut Vec<u8>, &mut Starts) -> usize;
/// Appends the hashes of all shingles.
type All = unsafe fn(&ShingleHash, &Normalized, &mut Vec<u64>);
/// Appends the hashes of the shingles that some steps lead to.
type Sampled = unsafe fn(&ShingleHash, &Normalized, &[u8], &mut Vec<u64>);

/// The loops of one instruction set.
#[derive(Clone, Copy)]
pub struct Normalizing {
    /// Sound to call on this machine, as the two others: see `normalize`.
    normalize: Normalize,
    all: All,
    sampled: Sampled,
}

/// A way to normalise and to hash on this machine. All of them give the same results as [`Trace`](super::Trace).
pub type Kernel = kernel::Kernel<Normalizing>;

impl Kernel {
    /// Writes the normalised form of a text at the beginning of `bytes`, and where its words start; returns how many bytes it
    /// has. The buffers only grow; what they hold besides means nothing.
    pub(super) fn normalize(&self, text: &str, bytes: &mut Vec<u8>, starts: &mut Starts) -> usize {
        #[expect(unsafe_code, reason = "only an unsafe pointer can hold functions of several instruction sets")]
        // SAFETY: what `normalize` may ask of the machine is its instruction set alone, and functions with one are handed
        // out by `vectorised` alone, after the machine was found to have it.
        unsafe {
            (self.functions().normalize)(text, bytes, starts)
        }
    }

    /// Appends the hashes of all shingles of a text.
    pub(super) fn hashes_into(&self, hash: &ShingleHash, text: &Normalized, hashes: &mut Vec<u64>) {
        #[expect(unsafe_code, reason = "as in `normalize`")]
        // SAFETY: as in `normalize`.
        unsafe {
            (self.functions().all)(hash, text, hashes);
        }
    }

    /// Appends the hashes of some shingles of a text: see [`Shingler::sampled_into`](super::Shingler::sampled_into).
    pub(super) fn sampled_into(&self, hash: &ShingleHash, text: &Normalized, steps: &[u8], hashes: &mut Vec<u64>) {
        #[expect(unsafe_code, reason = "as in `normalize`")]
        // SAFETY: as in `normalize`.
        unsafe {
            (self.functions().sampled)(hash, text, steps, hashes);
        }
    }
}

impl Functions for Normalizing {
    const NAMES: &'static [&'static str] = &["avx512", "avx2", "scalar"];

    fn scalar() -> Self {
        Self { normalize: scalar::normalize, all: scalar::all, sampled: scalar::sampled }
    }

    #[cfg(target_arch = "x86_64")]
    fn vectorised() -> Vec<(&'static str, Self)> {
        let bits =
            is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("lzcnt") && is_x86_feature_detected!("popcnt");
        let avx2 = bits && is_x86_feature_detected!("avx2");
        let avx512 = avx2
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2");
        let avx512 = avx512
            .then_some(("avx512", Self { normalize: avx512::normalize, all: avx512::all, sampled: avx512::sampled }));
        let avx2 =
            avx2.then_some(("avx2", Self { normalize: avx2::normalize, all: avx2::all, sampled: avx2::sampled }));
        [avx512, avx2].into_iter().flatten().collect()
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn vectorised() -> Vec<(&'static str, Self)> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_listed_fastest_first_and_end_with_scalar() {
        kernel::assert_listed::<Normalizing>();
    }
}
