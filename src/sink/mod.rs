//! The way out: what was found, and clean or annotated copies of shards.
//!
//! 1. [`mod@matches`], [`skipped`] and [`summary`] say what was found, and what could not be examined.
//! 2. [`mod@rewrite`] copies a Parquet shard without some of its rows, with texts replaced, or with more columns; [`lines`] does the same for
//!    JSON Lines. What must survive is said there.
//! 3. [`publish`] gives a finished file its name.
//!
//! Nothing here opens an input for writing.

pub mod annotation;
pub mod found;
pub mod journal;
pub mod level;
pub mod lines;
pub mod match_rows;
pub mod matches;
pub mod members;
pub mod publish;
pub mod rewrite;
pub mod skipped;
pub mod summary;

mod append;
mod assembly;
mod edit;
mod footer;
mod fresh;
mod group;
mod hints;
mod original;
mod page_copy;
mod page_indexes;
mod reencode;
mod steady;
mod style;
