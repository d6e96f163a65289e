//! Ringfence finds near-duplicates of known external-model outputs in training data, and proves them.

pub mod error;
pub mod sink;
pub use error::{Error, Result};
