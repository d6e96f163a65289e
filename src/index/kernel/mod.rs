//! Many look-ups in the filter at once: the definition's test, with the memory asked for in time.
//!
//! A filter is larger than the caches, so that a look-up waits for memory some hundred times longer than it computes.
//!
//! 1. Ask for the cache line of the hash that is [`AHEAD`] places further on: so many lines are on their way at a time.
//! 2. Test this hash without a branch on the outcome: write its number, and keep it if the hash is in.
//!
//! Two passes over a batch, all requests before all tests, took half as long again with batches of 64 to 2,048. Which
//! instruction set tests a block is chosen at run time, from what the machine has. `benches/probe.rs` measures all of them,
//! after comparing their answers with the definition.

mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(super) use scalar::prefetch;

use super::filter::Block;
use crate::kernel::{self, Functions};

/// Look-ups between the request for a cache line and its use (Zen 4, 16 MiB to 1 GiB: 16 to 64 are alike, 8 takes a tenth
/// longer, 256 up to a third).
const AHEAD: usize = 32;

/// Writes the numbers (from 0) of the hashes that are in to the front of as many slots; returns how many they are.
type Run = unsafe fn(&[Block], &[u64], &mut [u32]) -> usize;

/// The loop of one instruction set.
#[derive(Clone, Copy)]
pub struct LookUp {
    /// Sound to call on this machine: see `hits_into`.
    run: Run,
}

/// A way to look hashes up on this machine. All of them give the answers of [`Filter::contains`](super::filter::Filter::contains).
pub type Kernel = kernel::Kernel<LookUp>;

impl Kernel {
    /// Appends the numbers of the hashes (at most 2^32) that are in the filter with these blocks, ascending.
    pub(super) fn hits_into(&self, blocks: &[Block], hashes: &[u64], hits: &mut Vec<u32>) {
        let before = hits.len();
        hits.resize(before + hashes.len(), 0);
        let slots = hits.get_mut(before..).unwrap_or_default();
        #[expect(unsafe_code, reason = "only an unsafe pointer can hold functions of several instruction sets")]
        // SAFETY: what `run` may ask of the machine is its instruction set alone, and functions with one are handed out by
        // `vectorised` alone, after the machine was found to have it.
        let found = unsafe { (self.functions().run)(blocks, hashes, slots) };
        hits.truncate(before + found);
    }
}

impl Functions for LookUp {
    const NAMES: &'static [&'static str] = &["avx2", "scalar"];

    fn scalar() -> Self {
        Self { run: scalar::scalar }
    }

    #[cfg(target_arch = "x86_64")]
    fn vectorised() -> Vec<(&'static str, Self)> {
        is_x86_feature_detected!("avx2").then_some(("avx2", Self { run: x86::avx2 })).into_iter().collect()
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn vectorised() -> Vec<(&'static str, Self)> {
        Vec::new()
    }
}
