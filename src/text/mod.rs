//! Text to shingle hashes; pure.
//!
//! 1. [`escape`] reads what JSON strings and HTML write for something else.
//! 2. [`fold`] maps each character to its canonical letters and digits, to a gap, or to nothing.
//! 3. [`normalize`] applies it to a text: the kept bytes, packed, and where words start ([`starts`]). The definition,
//!    which also remembers where each kept byte came from, stands in [`trace`].
//! 4. [`offsets`] finds where kept bytes came from, for the few texts of which it is asked.
//! 5. [`shingle`] hashes the 32 kept bytes that begin at each word start.
//!
//! One object, [`Shingler`], does all of it for indexing and for scanning, so that the two cannot differ.

pub mod boilerplate;
pub mod escape;
pub mod fold;
mod forms;
mod kernel;
pub mod normalize;
pub mod offsets;
pub mod poor;
pub mod shingle;
pub mod starts;
pub mod trace;
mod xxh3;

pub use kernel::Kernel;
pub use normalize::Normalized;
pub use offsets::Offsets;
pub use shingle::{SHINGLE_BYTES, Shingler};
pub use starts::Starts;
pub use trace::Trace;

/// The version of the normaliser: of [`fold`], of the word-start rules and of the Unicode data behind them.
/// It is stored in every index; a change of any result is a new number.
pub const NORMALIZER: u32 = 2;
