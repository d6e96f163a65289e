//! The shared loop with one test a block, for AVX2. AVX-512 has nothing to add to 256 bits.

use super::scalar::look_up;
use crate::index::filter::{Block, MULTIPLIERS};
use std::arch::x86_64::{
    __m256i, _mm256_loadu_si256, _mm256_mullo_epi32, _mm256_set1_epi32, _mm256_sllv_epi32, _mm256_srli_epi32,
    _mm256_testc_si256,
};

/// Looks a batch up, the eight words of a block at once.
#[target_feature(enable = "avx2")]
pub(super) fn avx2(blocks: &[Block], hashes: &[u64], slots: &mut [u32]) -> usize {
    let (multipliers, one) = (load(&MULTIPLIERS), _mm256_set1_epi32(1));
    look_up(blocks, hashes, slots, |block, hash| {
        let products = _mm256_mullo_epi32(_mm256_set1_epi32(hash as i32), multipliers);
        let bits = _mm256_sllv_epi32(one, _mm256_srli_epi32::<27>(products));
        _mm256_testc_si256(load(block), bits) == 1
    })
}

#[target_feature(enable = "avx2")]
fn load<T>(words: &[T; 8]) -> __m256i {
    const { assert!(size_of::<T>() == 4) };
    #[expect(unsafe_code, reason = "a load takes a pointer")]
    // SAFETY: eight values of four bytes are the 32 bytes that are read, at any alignment.
    unsafe {
        _mm256_loadu_si256(std::ptr::from_ref(words).cast())
    }
}
