//! Ringfence finds near-duplicates of known external-model outputs in training data, and proves them.

pub mod error;
pub use error::{Error, Result};

pub mod sketch;
