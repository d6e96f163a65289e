//! `ringfence index info`.

use super::args::InfoArgs;
use super::shown;
use crate::cli::plan;
use crate::cli::speak::{print, print_json};
use ringfence::index::manifest::Manifest;
use ringfence::index::{Counts, Profile};
use ringfence::report::{count, counted, escape, size, table};
use ringfence::sketch::Lsh;
use ringfence::{Error, Result};
use serde_json::json;
use std::fmt::Write;
use std::process::ExitCode;

/// The similarities at which `info` shows the S-curve.
const CURVE: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

pub(crate) fn run(args: &InfoArgs) -> Result<ExitCode> {
    let index = args.index.as_deref().map(|path| args.key.open(path)).transpose()?;
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
