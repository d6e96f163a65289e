//! Ringfence finds near-duplicates of known external-model outputs in training data, and proves them.

pub mod detect;
pub mod error;
pub mod index;
pub mod ingest;
pub mod report;
pub mod scan;
pub mod shard;
pub mod sink;
pub mod sketch;
pub mod text;

pub use error::{Error, Result};
