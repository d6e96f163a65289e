//! References to an index, for `index build` and `scan --references`.

use super::args::ReferenceArgs;
use ringfence::Result;
use ringfence::index::{Built, IndexBuilder, Parameters};
use ringfence::ingest::{Known, References};
use ringfence::shard::{Io, discover};
use std::path::Path;

/// Reads the references and writes the index; returns what was built and the number of texts read.
pub(crate) fn build(inputs: &[String], args: &ReferenceArgs, out: &Path, threads: usize) -> Result<(Built, u64)> {
    let files = discover(inputs, None)?.shards;
    let references = References { columns: args.columns.clone(), known: Known::parse(&args.set)?, io: Io::Map };
    let mut builder = IndexBuilder::new(Parameters::new(args.threshold(), args.recall())?);
    let texts = references.read(&files, &mut |text, provenance| builder.add(text, provenance))?;
    Ok((builder.write(out, threads)?, texts))
}
