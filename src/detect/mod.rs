//! One text against an index; pure: no files, no threads.
//!
//! 1. [`matcher`] normalises the text; the [`gate`] looks at some of its shingles, and ends it for nearly all texts.
//! 2. All shingles are hashed and sketched. [`candidates`] nominates references: those that share an LSH band or rare shingles or, for a text too short for a shingle,
//!    the hash of the whole. A [`Candidate`](candidates::Candidate) is an estimate, never a result.
//! 3. [`verify`] compares the exact shingle sets, aligns the texts ([`anchors`], [`regions`]) and alone decides, by the
//!    [`rules`]: a [`Match`].
//! 4. [`spans`] says for people which bytes are shared, and which of them are rare.

pub mod anchors;
pub mod candidates;
mod compare;
mod found;
pub mod gate;
pub mod matcher;
mod pieces;
mod prepared;
pub mod regions;
pub mod rules;
pub mod spans;
pub mod subject;
pub mod verdict;
pub mod verify;

pub use crate::sketch::Probing;
pub use found::{Match, MatchKind};
pub use matcher::{MatchOptions, Matcher};
pub use rules::{Detect, Sensitivity};
pub use verdict::Verdict;
