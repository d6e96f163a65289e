//! One text against an index; pure: no files, no threads.
//!
//! 1. [`matcher`] normalises the text; the [`gate`] looks at some of its shingles, and ends it for nearly all texts.
//! 2. All shingles are hashed and sketched. [`candidates`] nominates references: those that share an LSH band or rare
//!    shingles or, for a text too short for a shingle, the hash of the whole. A [`Candidate`](candidates::Candidate) is an estimate, never a result.
//! 3. `examine` compares the text with each candidate's own text: their shingles are joined (`places`, `shared`), the
//!    texts aligned (`anchors`, `regions`, `align`), and what they have in common weighed (`compare`). `verify`
//!    alone decides, by the [`rules`]: a [`Match`].
//! 4. [`spans`] says for people which bytes are shared, and which of them are rare.

mod align;
mod anchors;
pub mod candidates;
mod compare;
mod examine;
#[cfg(test)]
mod exhaustive;
mod found;
pub mod gate;
mod in_order;
pub mod matcher;
mod pieces;
mod places;
mod prepared;
mod regions;
pub mod rules;
mod shared;
mod slots;
pub mod spans;
mod subject;
pub mod verdict;
mod verify;

pub use crate::sketch::Probing;
pub use found::{Match, MatchKind};
pub use matcher::{MatchOptions, Matcher};
pub use rules::{Detect, Sensitivity};
pub use verdict::Verdict;
