//! `ringfence index build | info | verify`.

use super::args::{BuildArgs, IndexPath, InfoArgs};
use super::{print_json, references};
use ringfence::Result;
use ringfence::index::{Counts, Index};
use ringfence::report::{count, escape, size};
use serde_json::json;
use std::process::ExitCode;

pub(crate) fn build(args: &BuildArgs) -> Result<ExitCode> {
    let (built, texts) = references::build(&args.inputs, &args.references, &args.out, args.threads)?;
    let index = Index::open(&args.out)?;
    if args.json {
        print_json(&json!({
            "index": args.out, "index_id": index.id(), "texts": texts, "references": built.references,
            "provenances": built.provenances, "short": built.short, "empty": built.empty,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}: {} references from {} texts", args.out.display(), count(built.references), count(texts));
    if texts > built.references {
        println!(
            "  {} texts equal another and were folded into it, with their provenance",
            count(texts - built.references)
        );
    }
    if built.short > 0 {
        println!("  {} are too short for a shingle: found only as whole records", count(built.short));
    }
    if built.empty > 0 {
        println!("  {} have no letters or digits: nothing can match them", count(built.empty));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn verify(args: &IndexPath) -> Result<ExitCode> {
    let index = Index::open(&args.index)?;
    index.verify()?;
    let files = index.manifest().segments.iter().flat_map(|segment| &segment.files);
    let bytes = files.clone().map(|file| file.bytes).sum();
    println!("{}: {} files, {}: every byte is as it was built", args.index.display(), files.count(), size(bytes));
    Ok(ExitCode::SUCCESS)
}

/// The similarities at which `info` shows the S-curve.
const CURVE: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

pub(crate) fn info(args: &InfoArgs) -> Result<ExitCode> {
    let index = Index::open(&args.index)?;
    let (manifest, parameters, lsh) = (index.manifest(), index.parameters(), index.parameters().lsh()?);
    if args.json {
        let curve = CURVE.map(|jaccard| json!({"jaccard": jaccard, "probability": lsh.probability(jaccard)}));
        print_json(&json!({ "manifest": manifest, "s_curve": curve }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let sum = |field: fn(&ringfence::index::manifest::SegmentEntry) -> u64| manifest.segments.iter().map(field).sum();
    println!("index         {}", args.index.display());
    println!("id            {}", index.id());
    println!("references    {} ({} places found in)", count(sum(|s| s.references)), count(sum(|s| s.provenances)));
    println!("text          {}, {} distinct shingles", size(sum(|s| s.text_bytes)), count(sum(|s| s.shingles)));
    println!("format        {}, normalizer {}", manifest.format, parameters.normalizer);
    println!("shingle       {} normalised bytes at a word start, {}", parameters.shingle_bytes, parameters.hash);
    println!(
        "sketch        {} permutations, {} bands of {} rows (definition {})",
        parameters.permutations, parameters.bands, parameters.rows, parameters.sketch
    );
    println!(
        "threshold     Jaccard {}, found with probability {:.4}",
        parameters.threshold,
        lsh.probability(parameters.threshold)
    );
    println!("\nprobability of detection by Jaccard similarity");
    for jaccard in CURVE {
        let probability = lsh.probability(jaccard);
        println!("  {jaccard:.1}  {probability:.4}  {}", "#".repeat((probability * 50.0).round() as usize));
    }
    println!("\n{:<28} {:>10} {:>12}", "vendor, model", "references", "text");
    for (vendor, models) in &manifest.vendors {
        let total = models.values().fold(Counts::default(), |sum, model| Counts {
            references: sum.references + model.references,
            text_bytes: sum.text_bytes + model.text_bytes,
        });
        print_counts(name(vendor), &total);
        models.iter().for_each(|(model, counts)| print_counts(&format!("  {}", name(model)), counts));
    }
    println!("\n{:<28} {:>10}", "file", "size");
    for segment in &manifest.segments {
        for file in &segment.files {
            println!("{:<28} {:>10}", format!("{}/{}", segment.name, file.name), size(file.bytes));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn name(name: &str) -> &str {
    if name.is_empty() { "(not known)" } else { name }
}

fn print_counts(name: &str, counts: &Counts) {
    println!("{:<28} {:>10} {:>12}", escape(name), count(counts.references), size(counts.text_bytes));
}
