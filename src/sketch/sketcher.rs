//! The one object that sketches, for the index as for the scan, so that the two cannot differ.

use super::kernel::Kernel;
use super::minhash::{Permutations, Signature};
use super::params::Lsh;

/// Shingle hashes -> signature -> band keys, under one key and one cut into bands.
#[derive(Clone, Debug)]
pub struct Sketcher {
    key: u64,
    lsh: Lsh,
    permutations: Permutations,
    kernel: Kernel,
}

impl Sketcher {
    /// A sketcher for an index's key and its cut into bands, with the fastest kernel of this machine.
    #[must_use]
    pub fn new(key: u64, lsh: Lsh) -> Self {
        Self { key, lsh, permutations: Permutations::new(key), kernel: Kernel::best() }
    }

    /// The same sketcher with another kernel.
    #[must_use]
    pub fn with_kernel(self, kernel: Kernel) -> Self {
        Self { kernel, ..self }
    }

    /// The signature of a set of shingle hashes; order and repetition do not matter. `None` for an empty set.
    #[must_use]
    pub fn signature(&self, shingles: &[u64]) -> Option<Signature> {
        self.kernel.signature(&self.permutations, shingles)
    }

    /// The keys under which a signature is stored and looked up, one for each band, from band 0 on.
    pub fn band_keys(&self, signature: &Signature) -> impl Iterator<Item = u64> {
        signature.band_keys(self.lsh, self.key)
    }

    /// The cut into bands.
    #[must_use]
    pub fn lsh(&self) -> Lsh {
        self.lsh
    }

    /// The kernel that computes the signatures.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }
}
