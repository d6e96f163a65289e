//! The many shapes of references to reference rows.
//!
//! A reference file is Parquet or JSON Lines with a text column and, beside it, columns that say where the text is from.
//! [`References`] reads such files one after the other and hands out each text with its provenance. References are what
//! accusations rest on: a row that cannot be read is an error, never skipped.
//!
//! Logs of assistants and interfaces, and chat data of other shapes, are read by [`mod@collect`]; [`tell()`] tells them apart.

pub mod collect;
mod columns;
mod json;
mod parquet;
mod tell;
#[cfg(test)]
mod tests;

pub use columns::{FIELDS, Known, PROMPT_COLUMNS, ReferenceText, References, TEXT_COLUMNS};
pub use tell::{Told, tell};
