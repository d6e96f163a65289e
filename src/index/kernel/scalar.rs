//! The loop that all kernels share, and the kernel for any machine.

use super::AHEAD;
use crate::index::filter::{Block, MULTIPLIERS, place};

/// Looks hashes up, on any machine.
pub(super) fn scalar(blocks: &[Block], hashes: &[u64], slots: &mut [u32]) -> usize {
    // Shifted down to the lowest bit, the eight bits are tested together, and without a branch.
    look_up(blocks, hashes, slots, |block, hash| {
        let shift = |multiplier: u32| (hash as u32).wrapping_mul(multiplier) >> 27;
        block.iter().zip(MULTIPLIERS).fold(1, |all, (word, multiplier)| all & (word.get() >> shift(multiplier))) != 0
    })
}

/// Looks hashes up with a test of one block. The function is inlined into callers that differ in their instruction set.
#[inline(always)]
pub(super) fn look_up(
    blocks: &[Block],
    hashes: &[u64],
    slots: &mut [u32],
    test: impl Fn(&Block, u64) -> bool,
) -> usize {
    let block = |hash: &u64| blocks.get(place(*hash, blocks.len() as u64) as usize);
    hashes.iter().take(AHEAD).filter_map(block).for_each(prefetch);
    let mut ahead = hashes.iter().skip(AHEAD);
    let mut found = 0;
    for (hash, number) in hashes.iter().zip(0..) {
        ahead.next().and_then(block).into_iter().for_each(prefetch);
        let is_in = block(hash).is_none_or(|block| test(block, *hash));
        if let Some(slot) = slots.get_mut(found) {
            *slot = number;
        }
        found += usize::from(is_in);
    }
    found
}

/// Asks for the cache line that a value begins in; an address is a hint, and reads nothing.
#[inline(always)]
pub(in crate::index) fn prefetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        #[expect(unsafe_code, reason = "a prefetch takes a pointer")]
        // SAFETY: a prefetch is a hint for any address, and every x86-64 has it.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
