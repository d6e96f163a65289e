//! `ringfence index build | info | verify`.

use super::args::{BuildArgs, IndexPath, InfoArgs, threads};
use super::speak::{print, print_json};
use super::{plan, references};
use ringfence::index::manifest::Manifest;
use ringfence::index::{Counts, DEFAULT_MEMORY, Index, LEAST_MEMORY, Profile, Resources};
use ringfence::report::{count, counted, escape, size, table};
use ringfence::sketch::Lsh;
use ringfence::{Error, Result};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn build(args: &BuildArgs) -> Result<ExitCode> {
    let with = Resources { memory: args.memory.map_or(DEFAULT_MEMORY, |size| size.0), threads: threads(args.threads) };
    if with.memory < LEAST_MEMORY {
        let problem = format!("--memory {}: too little to build an index", size(with.memory));
        return Err(Error::request(problem, format!("give it {} or more", size(LEAST_MEMORY))));
    }
    let (built, texts) = references::build(&args.inputs, &args.references, &args.out, with)?;
    let index = Index::open(&args.out)?;
    if args.json {
        print_json(&json!({
            "index": args.out.display().to_string(), "index_id": index.id(), "texts": texts, "references": built.references,
            "provenances": built.provenances, "short": built.short, "empty": built.empty,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (mut said, folder) = (String::new(), shown(&args.out));
    let _ = writeln!(said, "{folder}: {} from {}", counted(built.references, "reference"), counted(texts, "text"));
    if texts > built.references {
        let folded = count(texts - built.references);
        let _ = writeln!(said, "  {folded} texts equal another and were folded into it, with their provenance");
    }
    if built.short > 0 {
        let _ = writeln!(said, "  {} are too short for a shingle: found only as whole records", count(built.short));
    }
    if built.empty > 0 {
        let _ = writeln!(said, "  {} have no letters or digits: nothing can match them", count(built.empty));
    }
    print(&said)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn verify(args: &IndexPath) -> Result<ExitCode> {
    let index = Index::open(&args.index)?;
    index.verify()?;
    let manifest = index.manifest();
    let bytes = manifest.files().map(|(_, file)| file.bytes).sum();
    let (folder, files) = (shown(&args.index), manifest.files().count());
    print(&format!("{folder}: {files} files, {}: every byte is as it was built\n", size(bytes)))?;
    Ok(ExitCode::SUCCESS)
}

/// The similarities at which `info` shows the S-curve.
const CURVE: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

pub(crate) fn info(args: &InfoArgs) -> Result<ExitCode> {
    let index = args.index.as_deref().map(Index::open).transpose()?;
    if let Some(references) = args.plan {
        plan::show(references, index.as_ref(), args.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(index), Some(path)) = (index, &args.index) else {
        return Err(Error::request("there is no index to describe", "name the folder of one"));
    };
    let (manifest, lsh) = (index.manifest(), index.parameters().lsh()?);
    if args.json {
        let curve = CURVE.map(|jaccard| json!({"jaccard": jaccard, "probability": lsh.probability(jaccard)}));
        print_json(&json!({ "manifest": manifest, "s_curve": curve }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!("index         {}\n{}", shown(path), describe(manifest, &lsh)))?;
    Ok(ExitCode::SUCCESS)
}

fn describe(manifest: &Manifest, lsh: &Lsh) -> String {
    let (mut text, parameters) = (String::new(), &manifest.parameters);
    let live = manifest.live();
    let on_disk: u64 = manifest.files().map(|(_, file)| file.bytes).sum();
    let removed = manifest.removed.as_ref().map_or(0, |removed| removed.sums.references);
    let segments = match removed {
        0 => count(manifest.segments.len() as u64),
        _ => format!("{}, {} removed in them", count(manifest.segments.len() as u64), counted(removed, "reference")),
    };
    let profile = match parameters.profile {
        Profile::Standard => "standard",
        Profile::Compact => "compact",
    };
    let posted = match parameters.selection {
        1 => "every shingle is".to_owned(),
        selection => format!("one in {selection} shingles is"),
    };
    let facts = [
        ("id", manifest.index_id.clone()),
        ("references", format!("{} ({} places found in)", count(live.references), count(live.provenances))),
        ("text", format!("{}, {} distinct shingles", size(live.text_bytes), count(live.shingles))),
        ("size", format!("{}, {} bytes a reference", size(on_disk), count(on_disk / live.references.max(1)))),
        ("segments", segments),
        ("format", format!("{}, normalizer {}", manifest.format, parameters.normalizer)),
        ("profile", format!("{profile}, {posted} posted")),
        ("shingle", format!("{} normalised bytes at a word start, {}", parameters.shingle_bytes, parameters.hash)),
        (
            "sketch",
            format!(
                "{} permutations, {} bands of {} rows (definition {})",
                parameters.permutations, parameters.bands, parameters.rows, parameters.sketch
            ),
        ),
        (
            "threshold",
            format!(
                "Jaccard {}, found with probability {:.4}",
                parameters.threshold,
                lsh.probability(parameters.threshold)
            ),
        ),
    ];
    facts.iter().for_each(|(name, fact)| text += &format!("{name:<13} {fact}\n"));
    text += "\nprobability of detection by Jaccard similarity\n";
    for jaccard in CURVE {
        let probability = lsh.probability(jaccard);
        let _ =
            writeln!(text, "  {jaccard:.1}  {probability:.4}  {}", "#".repeat((probability * 50.0).round() as usize));
    }
    push_models(&mut text, manifest);
    let rows: Vec<[String; 2]> = manifest.files().map(|(name, file)| [name, size(file.bytes)]).collect();
    let _ = write!(text, "\n{}", table(["file", "size"], &rows));
    text
}

fn push_models(text: &mut String, manifest: &Manifest) {
    let mut rows = Vec::new();
    let mut push = |name: String, counts: &Counts| rows.push([name, count(counts.references), size(counts.text_bytes)]);
    for (vendor, models) in &manifest.vendors {
        let total = models.values().fold(Counts::default(), |sum, model| Counts {
            references: sum.references + model.references,
            text_bytes: sum.text_bytes + model.text_bytes,
        });
        push(name(vendor), &total);
        models.iter().for_each(|(model, counts)| push(format!("  {}", name(model)), counts));
    }
    let _ = write!(text, "\n{}", table(["vendor, model", "references", "text"], &rows));
}

fn name(name: &str) -> String {
    if name.is_empty() { "(not known)".to_owned() } else { escape(name) }
}

fn shown(path: &Path) -> String {
    escape(&path.display().to_string())
}
