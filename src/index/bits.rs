//! One bit a word start of every reference: whether its shingle is rare, and so can be evidence.

use zerocopy::FromBytes;
use zerocopy::little_endian::U64;

/// The bits of one reference.
#[derive(Debug, Clone, Copy)]
pub struct Bits<'a> {
    words: &'a [U64],
}

impl<'a> Bits<'a> {
    /// The bits that begin at a 64-bit word of a payload.
    #[must_use]
    pub fn at(payload: &'a [u8], first_word: u64) -> Self {
        let words = <[U64]>::ref_from_bytes(payload).unwrap_or_default();
        Self { words: words.get(first_word as usize..).unwrap_or_default() }
    }

    /// The bit of a number; false behind the end.
    #[must_use]
    pub fn get(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word.get() >> (number % 64) & 1 == 1)
    }
}

/// Bytes that so many bits take in the file.
pub(super) fn bytes(bits: usize) -> usize {
    bits.div_ceil(64) * size_of::<u64>()
}

/// Bits as 64-bit words, little-endian, the first bit lowest.
pub(super) fn encode(bits: impl ExactSizeIterator<Item = bool>, out: &mut Vec<u8>) {
    let mut words = vec![0_u64; bits.len().div_ceil(64)];
    for (number, bit) in bits.enumerate() {
        if let Some(word) = words.get_mut(number / 64) {
            *word |= u64::from(bit) << (number % 64);
        }
    }
    words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back() {
        let bits: Vec<bool> = (0..131).map(|n| n % 3 == 0 || n == 130).collect();
        let mut payload = vec![0xFF; 8];
        encode(bits.iter().copied(), &mut payload);
        let read = Bits::at(&payload, 1);
        assert_eq!((0..131).map(|n| read.get(n)).collect::<Vec<_>>(), bits);
        assert_eq!(payload.len(), 8 + bytes(131));
        assert!(!read.get(10_000) && !Bits::at(&payload, 99).get(0));
    }
}
