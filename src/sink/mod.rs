//! The way out: clean or annotated copies of shards, and how a file gets its final name.
//!
//! What must survive a rewrite is said in [`rewrite`]; nothing here opens an input for writing.

pub mod append;
pub mod lines;
pub mod members;
pub mod publish;
pub mod rewrite;

mod assembly;
mod footer;
mod hints;
mod original;
mod reencode;
mod style;
