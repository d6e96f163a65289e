//! References to an index, for `index build`, `index add` and `scan --references`.

use super::args::{ColumnArgs, ReferenceArgs};
use super::speak::warn;
use ringfence::Result;
use ringfence::index::{Built, IndexBuilder, Parameters, Resources, Secret};
use ringfence::ingest::{Known, ReferenceText, References, tell};
use ringfence::shard::{Identity, Io, discover};
use std::path::{Path, PathBuf};

/// Hands out the references of files, and what models wrote in logs; returns how many texts there were.
pub(crate) fn read(
    inputs: &[String],
    args: &ColumnArgs,
    add: &mut dyn FnMut(ReferenceText<'_>) -> Result<()>,
) -> Result<u64> {
    let told = tell(inputs, !args.columns.is_empty())?;
    let references = References {
        columns: args.columns.clone(),
        prompt: args.prompt_column.clone(),
        known: Known::parse(&args.set)?,
        io: Io::Map,
    };
    let texts = references.read(&told.references, add)?;
    let report = references.collect(&told.logs, add)?;
    for (kind, count) in &report.unknown {
        warn(&format!("problem: {count} records of logs were not understood: {kind}"));
    }
    Ok(texts + report.texts)
}

/// Reads the references and writes the index; returns what was built and the number of texts read.
pub(crate) fn build(
    inputs: &[String],
    args: &ReferenceArgs,
    out: &Path,
    (with, secret): (Resources, Option<Secret>),
) -> Result<(Built, u64)> {
    let parameters = Parameters::new(args.threshold(), args.recall())?.with_profile(args.profile.into());
    let mut parameters = parameters;
    parameters.selection = args.selection.map_or(parameters.selection, |selection| selection.max(1));
    parameters.common_documents = args.common_documents;
    if let Some(secret) = secret {
        parameters = parameters.with_secret(secret);
    }
    let mut builder = IndexBuilder::new(out, parameters, with)?;
    let texts = read(inputs, &args.columns, &mut |text| builder.add(text.text, text.prompt, text.provenance))?;
    let mut background = builder.background()?;
    if !args.background.is_empty() {
        let files = discover(&args.background, None)?.shards;
        References::default().read(&files, &mut |text| background.add(text.text))?;
    }
    Ok((builder.write(background)?, texts))
}

/// How many files these inputs mean, and a digest of their names, lengths and times of change: empty for none.
pub(crate) fn identity(inputs: &[String]) -> Result<String> {
    if inputs.is_empty() {
        return Ok(String::new());
    }
    let told = tell(inputs, false)?;
    let shards = told.references.iter().map(|shard| &shard.path);
    let mut files: Vec<&PathBuf> = shards.chain(told.logs.iter().map(|log| &log.path)).collect();
    files.sort();
    let mut digest = blake3::Hasher::new();
    for file in &files {
        let Identity { bytes, modified, ends } = Identity::of(file)?;
        digest.update(format!("{}\n{bytes}\n{modified}\n{ends}\n", file.display()).as_bytes());
    }
    Ok(format!("{} files of digest {}", files.len(), digest.finalize()))
}
