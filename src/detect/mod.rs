//! One text against an index; pure: no files, no threads.
//!
//! 1. [`matcher`] normalises, shingles and sketches the text.
//! 2. [`candidates`] nominates references: those that share an LSH band or, for a text too short for a shingle, the hash of
//!    the whole. A [`Candidate`](candidates::Candidate) is an estimate, never a result.
//! 3. [`verify`] compares the exact shingle sets (or the whole short texts) and alone decides: a [`Match`].
//! 4. [`spans`] traces what is shared back to raw bytes on both sides.

pub mod candidates;
pub mod matcher;
pub mod spans;
pub mod verdict;
pub mod verify;

pub use matcher::Matcher;
pub use verdict::Verdict;
pub use verify::{Match, MatchKind};
