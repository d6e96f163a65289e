//! An index of references in files, as the command builds it by default.

use ringfence::index::{Index, IndexBuilder, Parameters, Resources};
use ringfence::ingest::References;
use ringfence::shard::discover;
use std::path::Path;

/// The Jaccard similarity that it is built for.
pub(crate) const THRESHOLD: f64 = 0.5;

/// Builds it in a folder that does not exist yet.
pub(crate) fn build(references: &[String], path: &Path) -> Index {
    let files = discover(references, None).unwrap().shards;
    let parameters = Parameters::new(THRESHOLD, 0.99).unwrap();
    let mut builder = IndexBuilder::new(path, parameters, Resources::default()).unwrap();
    References::default().read(&files, &mut |text| builder.add(text.text, text.prompt, text.provenance)).unwrap();
    let background = builder.background().unwrap();
    builder.write(background).unwrap();
    Index::open(path).unwrap()
}
