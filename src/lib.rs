//! x
pub mod detect;
pub mod error;
pub mod shard;
pub use error::{Error, Result};

pub mod sketch;
