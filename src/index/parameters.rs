//! What an index was built with: everything that a scan must do as the build did.

use super::manifest::MANIFEST;
use super::secret::Secret;
use crate::error::{Error, Result};
use crate::sketch::{
    COMPACT_SELECTION, DEFAULT_COMMON_DOCUMENTS, DEFAULT_SELECTION, Lsh, PERMUTATIONS, SKETCH_ID, Sampler,
};
use crate::text::shingle::{HASH_NAME, ONE_WAY_HASH_NAME};
use crate::text::{NORMALIZER, SHINGLE_BYTES, Shingler};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Which shingles the filter holds, and which a scan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The filter holds every rare shingle, so that a scan may look at any of a text's.
    Standard,
    /// Both sides look at the sampled shingles alone: a fifteenth of the memory.
    Compact,
}

/// Everything that a scan must do as the build did. A scan has no options for any of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Version of the normaliser ([`crate::text::NORMALIZER`]).
    pub normalizer: u32,
    /// Normalised bytes of a shingle.
    pub shingle_bytes: u32,
    /// The name of the shingle hash.
    pub hash: String,
    /// The 32-byte key of the hash, in hexadecimal; empty in a private index.
    pub key: String,
    /// Of a private index: what its secret is known again by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<String>,
    /// That secret, once it was given.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// The definition of permutations, signature and band keys ([`crate::sketch::SKETCH_ID`]).
    pub sketch: u32,
    /// MinHash values of a signature.
    pub permutations: u32,
    /// The Jaccard similarity that the index is built to find.
    pub threshold: f64,
    /// The probability, at least, of finding a pair at the threshold.
    pub recall: f64,
    /// LSH bands.
    pub bands: u32,
    /// Signature values in a band.
    pub rows: u32,
    /// Which shingles the filter holds.
    pub profile: Profile,
    /// One in so many shingles is sampled by its content; those of them that are rare are posted.
    pub selection: u32,
    /// The version of the built-in background; 0: none.
    pub builtin_background: u32,
    /// Documents of further background.
    pub background_documents: u64,
    /// Documents of it that must have a shingle for it to be common.
    pub common_documents: u32,
}

impl Parameters {
    /// Parameters of this version for a threshold (Jaccard) and the recall at it.
    ///
    /// # Errors
    /// Values out of range, or a recall that the permutations cannot reach.
    pub fn new(threshold: f64, recall: f64) -> Result<Self> {
        let lsh = Lsh::for_recall(threshold, recall)?;
        Ok(Self {
            normalizer: NORMALIZER,
            shingle_bytes: SHINGLE_BYTES as u32,
            hash: HASH_NAME.to_owned(),
            key: blake3::derive_key("ringfence 1 default key", &[]).iter().map(|byte| format!("{byte:02x}")).collect(),
            private: None,
            secret: None,
            sketch: SKETCH_ID,
            permutations: PERMUTATIONS as u32,
            threshold,
            recall,
            bands: lsh.bands(),
            rows: lsh.rows(),
            profile: Profile::Standard,
            selection: DEFAULT_SELECTION,
            builtin_background: 0,
            background_documents: 0,
            common_documents: DEFAULT_COMMON_DOCUMENTS,
        })
    }

    /// The same for another profile, with its usual selection.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        let selection = match profile {
            Profile::Standard => DEFAULT_SELECTION,
            Profile::Compact => COMPACT_SELECTION,
        };
        Self { profile, selection, ..self }
    }

    /// The same for a private index under a secret.
    #[must_use]
    pub fn with_secret(self, secret: Secret) -> Self {
        let (hash, private) = (ONE_WAY_HASH_NAME.to_owned(), Some(secret.check()));
        Self { hash, key: String::new(), private, secret: Some(secret), ..self }
    }

    /// Takes the secret of a private index; of another index, nothing.
    ///
    /// # Errors
    /// A private index with another secret, or none.
    pub(super) fn unlock(&mut self, secret: Option<&Secret>, path: &Path) -> Result<()> {
        let Some(check) = &self.private else { return Ok(()) };
        match secret {
            Some(secret) if secret.check() == *check => {
                self.secret = Some(secret.clone());
                Ok(())
            }
            Some(_) => Err(Error::content(path, "the key that this private index was built with", "another key")
                .help("name the right file with --key-file")),
            None => {
                Err(Error::content(path, "the key of this private index", "none").help("name its file with --key-file"))
            }
        }
    }

    /// That the index may change: a private one has nothing that could be merged.
    ///
    /// # Errors
    /// A private index.
    pub fn check_open(&self, path: &Path) -> Result<()> {
        if self.private.is_none() {
            return Ok(());
        }
        let help = "build it again from its references; an ordinary index beside it can grow";
        Err(Error::content(path, "an index that can change", "a private one, which has no texts").help(help))
    }

    /// Text to shingle hashes.
    ///
    /// # Errors
    /// A key that is none.
    pub(super) fn shingler(&self, path: &Path) -> Result<Shingler> {
        let key = self.key_bytes(path)?;
        Ok(if self.private.is_some() { Shingler::one_way(&key) } else { Shingler::new(&key) })
    }

    /// What samples the shingles that are posted.
    #[must_use]
    pub fn sampler(&self) -> Sampler {
        Sampler::new(self.selection)
    }

    /// How signatures are cut into bands.
    ///
    /// # Errors
    /// Bands and rows that a signature does not have.
    pub fn lsh(&self) -> Result<Lsh> {
        Lsh::new(self.bands, self.rows)
    }

    /// The key as bytes.
    ///
    /// # Errors
    /// When it is not 64 hexadecimal digits.
    pub fn key_bytes(&self, path: &Path) -> Result<[u8; 32]> {
        if let Some(secret) = &self.secret {
            return Ok(secret.key());
        }
        let bad = || Error::content(path.join(MANIFEST), "a key of 64 hexadecimal digits", "another one");
        blake3::Hash::from_hex(&self.key).map(|hash| *hash.as_bytes()).map_err(|_| bad())
    }

    pub(super) fn check(&self, path: &Path) -> Result<()> {
        let describe = |normalizer, shingle_bytes, hash: &str, sketch, permutations| {
            format!(
                "normalizer {normalizer}, shingles of {shingle_bytes} bytes, hash {hash}, sketch {sketch} of {permutations} values"
            )
        };
        let hash = if self.private.is_some() { ONE_WAY_HASH_NAME } else { HASH_NAME };
        let expected = describe(NORMALIZER, SHINGLE_BYTES as u32, hash, SKETCH_ID, PERMUTATIONS as u32);
        let found = describe(self.normalizer, self.shingle_bytes, &self.hash, self.sketch, self.permutations);
        if expected == found {
            return Ok(());
        }
        let help = "build the index again with this version of ringfence, or scan with the version that built it";
        Err(Error::content(path.join(MANIFEST), expected, found).help(help))
    }
}
