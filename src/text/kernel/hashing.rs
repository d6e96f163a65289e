//! Walks over the bitmap of starts that hash shingles on their way; each kernel inlines them with its own instructions.

use crate::text::Normalized;
use crate::text::xxh3::ShingleHash;

/// Places that are found before they are hashed: two short loops are faster than one long one.
const AT_ONCE: usize = 64;

/// Appends the hashes of all shingles of a text.
#[inline(always)]
pub(super) fn all(hash: &ShingleHash, text: &Normalized, hashes: &mut Vec<u64>) {
    let (bytes, words) = (text.bytes(), text.starts().words());
    let before = hashes.len();
    hashes.resize(before + text.shingles(), 0);
    let mut slots = hashes[before..].iter_mut();
    for (&word, first) in words.iter().zip((0..).step_by(64)) {
        let mut rest = word;
        while rest != 0 {
            let place = first + rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let (Some(slot), Some(shingle)) = (slots.next(), bytes.get(place..).and_then(|bytes| bytes.first_chunk()))
            else {
                return;
            };
            *slot = hash.of(shingle);
        }
    }
}

/// Appends the hashes of the shingles at some places.
#[inline(always)]
fn hash_places(hash: &ShingleHash, text: &Normalized, places: &[u32], hashes: &mut Vec<u64>) {
    let (bytes, before) = (text.bytes(), hashes.len());
    hashes.resize(before + places.len(), 0);
    for (slot, &place) in hashes[before..].iter_mut().zip(places) {
        if let Some(shingle) = bytes.get(place as usize..).and_then(|bytes| bytes.first_chunk()) {
            *slot = hash.of(shingle);
        }
    }
}

/// Appends the hashes of the shingles that some steps lead to, as [`Shingler::sampled_into`](crate::text::Shingler::sampled_into)
/// says. `select` finds the place of the bit of a word that has so many others under it.
#[inline(always)]
pub(super) fn sampled(
    hash: &ShingleHash,
    text: &Normalized,
    steps: &[u8],
    hashes: &mut Vec<u64>,
    select: impl Fn(u64, u32) -> u32,
) {
    let (words, ranks) = (text.starts().words(), text.starts().ranks());
    let Some(&first) = steps.first() else { return };
    let (mut shingle, mut number, mut taken) = (u32::from(first), 0, 0);
    let mut places = [0; AT_ONCE];
    while (shingle as usize) < text.shingles() {
        let mut count = 0;
        for place in &mut places {
            number = word_of(shingle, number, ranks);
            *place = number as u32 * 64 + select(words[number], shingle - ranks[number]);
            count += 1;
            taken = if taken + 1 < steps.len() { taken + 1 } else { 0 };
            shingle += u32::from(steps[taken].max(1));
            if shingle as usize >= text.shingles() {
                break;
            }
        }
        hash_places(hash, text, &places[..count], hashes);
    }
}

/// The number of the word of the bitmap in which a shingle begins, from the number of an earlier one. There are words behind it.
#[inline(always)]
fn word_of(shingle: u32, mut number: usize, ranks: &[u32]) -> usize {
    // As a rule it is at most three words further; whether one or two cannot be predicted, so there is no branch.
    while let Some([a, b, c]) = ranks.get(number + 1..).and_then(|ranks| ranks.first_chunk()) {
        number += usize::from(*a <= shingle) + usize::from(*b <= shingle) + usize::from(*c <= shingle);
        if *c > shingle {
            break;
        }
    }
    number
}

/// The place of the bit of a word that has `under` set bits under it (Vigna, "Broadword implementation of rank/select
/// queries", 2008, with a table for the last byte).
#[inline(always)]
pub(super) fn select(word: u64, under: u32) -> u32 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = EACH << 7;
    let pairs = word - (word >> 1 & (EACH * 0x55));
    let fours = (pairs & (EACH * 0x33)) + (pairs >> 2 & (EACH * 0x33));
    // Each byte: the set bits in it and in those under it.
    let counts = ((fours + (fours >> 4)) & (EACH * 0x0F)).wrapping_mul(EACH);
    // The first byte whose count is over `under` has as many bytes under it as there are counts that are not.
    let not_over = (((u64::from(under) * EACH) | HIGHEST) - counts) & HIGHEST;
    let place = (not_over >> 7).wrapping_mul(EACH) >> 56 << 3;
    let before = counts << 8 >> place & 0xFF;
    let byte = word >> place & 0xFF;
    place as u32 + u32::from(PLACES[byte as usize][(u64::from(under) - before) as usize & 7])
}

/// The places of the set bits of each byte, in order.
const PLACES: [[u8; 8]; 256] = places_of_bits(0);

/// The places of the set bits of each byte, in order, and `rest` behind the last.
pub(super) const fn places_of_bits(rest: u8) -> [[u8; 8]; 256] {
    let mut table = [[rest; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut place, mut under) = (0, 0);
        while place < 8 {
            if byte >> place & 1 == 1 {
                table[byte][under] = place;
                under += 1;
            }
            place += 1;
        }
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn selected_bits_are_those_that_iterating_finds(word in any::<u64>(), mask in any::<u64>()) {
            for word in [word, word & mask, 1, 1 << 63, u64::MAX] {
                let places = (0..64).filter(|place| word >> place & 1 == 1);
                for (under, place) in (0..).zip(places) {
                    prop_assert_eq!(select(word, under), place);
                }
            }
        }
    }
}
