//! References to an index, for `index build` and `scan --references`.

use super::args::ReferenceArgs;
use super::speak::warn;
use ringfence::Result;
use ringfence::index::{Built, IndexBuilder, Parameters, Resources};
use ringfence::ingest::{Known, References, tell};
use ringfence::shard::{Io, discover};
use std::path::Path;

/// Reads the references and writes the index; returns what was built and the number of texts read.
pub(crate) fn build(inputs: &[String], args: &ReferenceArgs, out: &Path, with: Resources) -> Result<(Built, u64)> {
    let told = tell(inputs, !args.columns.is_empty())?;
    let references = References {
        columns: args.columns.clone(),
        prompt: args.prompt_column.clone(),
        known: Known::parse(&args.set)?,
        io: Io::Map,
    };
    let parameters = Parameters::new(args.threshold(), args.recall())?.with_profile(args.profile.into());
    let parameters = Parameters {
        selection: args.selection.map_or(parameters.selection, |selection| selection.max(1)),
        common_documents: args.common_documents,
        ..parameters
    };
    let mut builder = IndexBuilder::new(out, parameters, with)?;
    let mut texts =
        references.read(&told.references, &mut |text| builder.add(text.text, text.prompt, text.provenance))?;
    let report = references.collect(&told.logs, &mut |text| builder.add(text.text, text.prompt, text.provenance))?;
    texts += report.texts;
    for (kind, count) in &report.unknown {
        warn(&format!("problem: {count} records of logs were not understood: {kind}"));
    }
    let mut background = builder.background()?;
    if !args.background.is_empty() {
        let files = discover(&args.background, None)?.shards;
        References::default().read(&files, &mut |text| background.add(text.text))?;
    }
    Ok((builder.write(background)?, texts))
}
