//! Ringfence finds near-duplicates of known external-model outputs in training data, and proves them.

pub mod error;
pub mod shard;
pub use error::{Error, Result};
