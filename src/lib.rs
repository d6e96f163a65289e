//! Ringfence finds near-duplicates of known external-model outputs in training data, and proves them.
//!
//! A *reference* is a text that a model of another vendor wrote, with its provenance. A *record* is one row of a *shard* of
//! training data. A record matches a reference when their whole texts are similar enough: when the Jaccard similarity of their
//! sets of shingles is at or over a threshold. Data flows one way:
//!
//! 1. [`shard`] turns paths into shards (Parquet, JSON Lines) and hands out their texts, one by one.
//! 2. [`text`] normalises a text to its letters and digits, and hashes the 32-byte window at each word start: its shingles.
//! 3. [`sketch`] makes a MinHash signature of the shingles, and cuts it into bands, each a key of 64 bits.
//! 4. [`index`] is where the references' band keys and texts lie: a folder of immutable, memory-mapped files that carries
//!    every parameter of the comparison. [`ingest`] reads the references that it is built from.
//! 5. [`detect`] takes the references that share a band with the text as candidates, compares the exact shingle sets, and
//!    alone decides: a [`Match`] with its similarity and the shared bytes on both sides.
//! 6. [`scan`] does this for all texts of all shards on all cores, in an order that does not depend on their number.
//! 7. [`sink`] writes what was found, and the shards without the matched records or with columns added; [`report`] says it in words.
//! 8. [`evaluate`] says how good a scan was, by a labelled set.
//!
//! A text that could not be examined is a result, never a silence: see [`scan`] and [`Error`].
//!
//! # Example
//!
//! ```
//! use ringfence::detect::MatchOptions;
//! use ringfence::{Index, MatchKind, Matcher, Parameters, Provenance};
//!
//! let folder = tempfile::tempdir()?;
//! let answer = "Photosynthesis turns light into sugar: it takes place in the chloroplasts, where chlorophyll absorbs mostly \
//!     red and blue light, and it releases oxygen as a by-product.";
//! let references = [
//!     (answer, Provenance { id: "a1", vendor: "openai", model: "gpt-4", ..Provenance::default() }),
//!     ("It is Paris.", Provenance { id: "a2", vendor: "anthropic", ..Provenance::default() }),
//! ];
//! // Jaccard similarities from 0.5 on are found with a probability of at least 0.99.
//! let index = Index::build(&folder.path().join("rivals.rf"), Parameters::new(0.5, 0.99)?, references)?;
//!
//! let mut matcher = Matcher::new(&index, MatchOptions::default())?;
//! let mut matches = Vec::new();
//! matcher.find(&answer.to_uppercase().replace("MOSTLY", "*mainly*"), &mut matches);
//!
//! let [found] = &matches[..] else { panic!("one match was expected") };
//! assert_eq!(found.kind, MatchKind::Resemblance);
//! assert!(found.similarity > 0.5 && found.similarity < 1.0);
//! let reference = index.reference(found.reference).expect("a match names a reference of its index");
//! assert_eq!((reference.provenance().vendor, reference.provenance().id), ("openai", "a1"));
//!
//! matches.clear();
//! matcher.find("The capital is Paris, in France.", &mut matches);
//! assert!(matches.is_empty(), "a text too short for a shingle matches only its equal");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod date;
pub mod detect;
pub mod error;
pub mod evaluate;
pub mod index;
pub mod ingest;
pub mod kernel;
pub mod mapped;
pub mod report;
pub mod scan;
pub mod shard;
pub mod sink;
pub mod sketch;
pub mod text;
mod thrift;

pub use detect::{Match, MatchKind, Matcher, Verdict};
pub use error::{Error, Result};
pub use index::{Index, IndexBuilder, Parameters, Provenance};
pub use scan::{ScanOptions, Scanner};
