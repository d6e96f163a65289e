//! Results in words: for terminals now, for files later. Text found in data is hostile and never printed as it is.

mod collection;
mod evaluation;
mod pair;
mod summary;
mod table;
mod words;

pub use collection::collection_text;
pub use evaluation::evaluation_text;
pub use pair::{Marks, Pair, Side};
pub use summary::summary_text;
pub use table::table;
pub use words::{count, counted, escape, escape_json, size};
