//! x
pub mod detect;
pub mod error;
pub mod index;
pub mod sketch;
pub mod text;
pub use error::{Error, Result};

pub mod sketch;
