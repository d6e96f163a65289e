//! x
pub mod detect;
pub mod error;
pub mod sink;
pub use error::{Error, Result};

pub mod sketch;
