//! XXH3-64 of exactly 32 bytes: what the published function comes to for the one length of a shingle.
//!
//! ```text
//! fold(a, b) = low64(a * b) xor high64(a * b)
//! sum        = 32 * P1 + fold(text[0] xor secret[0], text[1] xor secret[1]) + fold(text[2] xor secret[2], text[3] xor secret[3])
//! hash       = sum, shifted and multiplied until every bit depends on every other
//! ```
//!
//! All numbers are of 64 bits, little-endian; of the secret, 32 bytes count.

use super::shingle::SHINGLE_BYTES;

/// The first prime of XXH64.
const PRIME: u64 = 0x9E37_79B1_85EB_CA87;

/// The hash of shingles under one secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShingleHash {
    secret: [u64; 4],
}

impl ShingleHash {
    /// The hash under the secret that `xxh3_64_with_secret` would be given.
    pub(super) fn new(secret: &[u8; 192]) -> Self {
        Self { secret: secret.first_chunk().map_or([0; 4], words) }
    }

    /// The hash of a shingle.
    #[inline(always)]
    pub(super) fn of(&self, shingle: &[u8; SHINGLE_BYTES]) -> u64 {
        let [a, b, c, d] = words(shingle);
        let [s, t, u, v] = self.secret;
        let sum =
            PRIME.wrapping_mul(SHINGLE_BYTES as u64).wrapping_add(fold(a ^ s, b ^ t)).wrapping_add(fold(c ^ u, d ^ v));
        let mixed = (sum ^ sum >> 37).wrapping_mul(0x1656_6791_9E37_79F9);
        mixed ^ mixed >> 32
    }
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[inline(always)]
fn words(bytes: &[u8; SHINGLE_BYTES]) -> [u64; 4] {
    let (eights, _) = bytes.as_chunks::<8>();
    let mut words = [0; 4];
    for (word, eight) in words.iter_mut().zip(eights) {
        *word = u64::from_le_bytes(*eight);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64_with_secret;

    proptest! {
        #[test]
        fn it_is_the_published_function(shingle in any::<[u8; 32]>(), secret in prop::collection::vec(any::<u8>(), 192)) {
            let secret: [u8; 192] = secret.try_into().unwrap();
            prop_assert_eq!(ShingleHash::new(&secret).of(&shingle), xxh3_64_with_secret(&shingle, &secret));
        }
    }
}
