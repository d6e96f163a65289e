//! Shingle hashes -> signature -> band keys: which texts might resemble each other as a whole.
//!
//! The *resemblance* of two texts is the Jaccard similarity of their sets of shingles, J = |A ∩ B| / |A ∪ B|
//! (Broder, "On the resemblance and containment of documents", 1997). Comparing every record with every reference
//! is out of the question, so both are sketched, and only pairs whose sketches meet are compared exactly:
//!
//! 1. [`Permutations`] puts the shingle hashes of a text in 128 different orders, and keeps the first of each order:
//!    the [`Signature`]. Two signatures agree in one position with probability J.
//! 2. [`Kernel`] computes the same signature fast, with the instructions of the machine that it runs on.
//! 3. [`Lsh`] cuts a signature into bands of rows. Two texts that agree in all rows of a band become a candidate pair,
//!    with a probability that climbs steeply around the threshold.
//! 4. [`Signature::band_keys`] hashes each band to 64 bits: the keys that an index stores and a scan looks up.
//!
//! 5. [`Probes`] says which shingles of a text are looked at first, before any of this.
//!
//! [`Sketcher`] holds the first four together: the index and the scan each make one from the same key and the same [`Lsh`].
//!
//! A sketch nominates and never decides; the decision is taken on the exact sets. What is stored is frozen: any change
//! of the permutations, of the signature or of the band keys is a new [`SKETCH_ID`].

mod band;
mod kernel;
mod minhash;
mod params;
mod probes;
mod sample;
mod sketcher;

pub use kernel::Kernel;
pub use minhash::{Permutations, Signature};
pub use params::{
    COMPACT_SELECTION, DEFAULT_COMMON_DOCUMENTS, DEFAULT_RECALL, DEFAULT_SELECTION, DEFAULT_THRESHOLD, Lsh,
    PERMUTATIONS, SKETCH_ID,
};
pub use probes::{Probes, Probing};
pub use sample::Sampler;
pub use sketcher::Sketcher;

#[cfg(test)]
mod statistics;
#[cfg(test)]
mod testing;
