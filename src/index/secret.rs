//! The secret of a private index: what its hashes and its names are keyed by. It is never stored.

use crate::error::{Error, Result};
use std::fmt;

/// Bytes that a key file has at least.
const LEAST: usize = 16;
/// Bytes before a sealed string: what its key stream is made of, and what it is checked by.
const TAG: usize = 8;

/// A secret, and the keys that are derived from it for each use.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    key: [u8; 32],
    digest: [u8; 32],
    tag: [u8; 32],
    stream: [u8; 32],
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// The secret that the bytes of a key file are.
    ///
    /// # Errors
    /// Fewer than 16 bytes: they could be guessed.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        if bytes.len() < LEAST {
            let problem = format!("a key of {} bytes", bytes.len());
            return Err(Error::request(problem, "make one of random bytes: head -c 32 /dev/urandom > KEY"));
        }
        let key = blake3::derive_key("ringfence 1 private key", bytes);
        Ok(Self {
            key,
            digest: blake3::derive_key("ringfence 1 private digest", &key),
            tag: blake3::derive_key("ringfence 1 private string tag", &key),
            stream: blake3::derive_key("ringfence 1 private string stream", &key),
        })
    }

    /// The key of the index.
    pub(super) fn key(&self) -> [u8; 32] {
        self.key
    }

    /// What is stored to know it again by.
    pub(super) fn check(&self) -> String {
        let check = blake3::hash(&blake3::derive_key("ringfence 1 private check", &self.key)).to_hex();
        check.get(..32).unwrap_or_default().to_owned()
    }

    /// The digest of a text that nobody can compute without the secret.
    pub(super) fn digest(&self, text: &str) -> [u8; 32] {
        *blake3::keyed_hash(&self.digest, text.as_bytes()).as_bytes()
    }

    /// A string that nobody can read without the secret: equal strings are sealed alike, and nothing else is seen of them but
    /// their length (a synthetic initialisation vector; Rogaway and Shrimpton, 2006).
    pub(super) fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let tag = self.tag(plain);
        let mut sealed = tag.to_vec();
        sealed.extend_from_slice(plain);
        self.apply_stream(tag, sealed.get_mut(TAG..).unwrap_or_default());
        sealed
    }

    /// The string that was sealed; none if it was changed.
    pub(super) fn unseal(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (tag, body) = sealed.split_first_chunk::<TAG>()?;
        let mut plain = body.to_vec();
        self.apply_stream(*tag, &mut plain);
        (self.tag(&plain) == *tag).then_some(plain)
    }

    fn tag(&self, plain: &[u8]) -> [u8; TAG] {
        blake3::keyed_hash(&self.tag, plain).as_bytes().first_chunk().copied().unwrap_or_default()
    }

    fn apply_stream(&self, tag: [u8; TAG], bytes: &mut [u8]) {
        let mut stream = vec![0; bytes.len()];
        blake3::Hasher::new_keyed(&self.stream).update(&tag).finalize_xof().fill(&mut stream);
        bytes.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_keys_are_refused_and_none_is_shown() {
        assert!(Secret::new(&[7; 15]).is_err());
        let secret = Secret::new(b"sixteen bytes at least").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_ne!(secret.check(), Secret::new(b"sixteen bytes at most").unwrap().check());
    }

    proptest! {
        #[test]
        fn what_is_sealed_comes_back_under_its_key_alone(plain: Vec<u8>, key: [u8; 16], other: [u8; 16], at: usize) {
            let [secret, wrong] = [key, other].map(|key| Secret::new(&key).unwrap());
            let mut sealed = secret.seal(&plain);
            prop_assert_eq!(secret.unseal(&sealed), Some(plain.clone()));
            prop_assert_eq!(wrong.unseal(&sealed).is_some(), key == other);
            let at = at % sealed.len();
            sealed[at] ^= 1;
            prop_assert_eq!(secret.unseal(&sealed), None);
        }
    }
}
