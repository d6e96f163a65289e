//! `ringfence collect`.

use super::args::CollectArgs;
use super::scan::links;
use super::speak::{print, print_json, warn};
use ringfence::ingest::collect::{
    CollectedWriter, Collector, Mapping, Place, Report, find_sources, places as find_places,
};
use ringfence::report::{collection_text, escape};
use ringfence::{Error, Result};
use serde_json::json;
use std::process::ExitCode;

/// Failures that are printed; the rest is only counted.
const FAILURES: usize = 20;

pub(crate) fn run(args: &CollectArgs) -> Result<ExitCode> {
    let mut collector = match &args.mapping {
        Some(file) => Collector::mapped(Mapping::read(file)?, &args.licence)?,
        None => Collector::new(args.format.as_deref(), &args.licence)?,
    };
    let mut places = Vec::new();
    let mut inputs = args.sources.clone();
    if inputs.is_empty() {
        places = find_places();
        inputs = existing(&places)?;
    }
    // In this order: OUT may be in a folder that is read, and is refused where it exists before anything is read.
    let sources = find_sources(&inputs, collector.reads_trees(), links(args.follow))?;
    let mut writer = CollectedWriter::create(&args.out)?;
    for source in sources.files {
        collector.read(&source, &mut |row| writer.write(row))?;
    }
    let mut report = collector.finish();
    report.links_not_followed = sources.links.iter().map(|link| link.display().to_string()).collect();
    if report.texts == 0 {
        failures(&report);
        let problem = format!("no text of a model in {}", inputs.join(", "));
        return Err(Error::request(problem, "name files of a known format, or force one with --format"));
    }
    writer.finish()?;
    if args.json {
        print_json(&json!({ "out": args.out.display().to_string(), "places": places, "report": report }))?;
    } else {
        print(&(places_text(&places) + &collection_text(&args.out.display().to_string(), &report)))?;
        failures(&report);
    }
    Ok(if report.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn existing(places: &[Place]) -> Result<Vec<String>> {
    let found = places.iter().filter(|place| place.exists).map(|place| place.folder.display().to_string());
    let found: Vec<String> = found.collect();
    if found.is_empty() {
        let looked = places.iter().map(|place| place.folder.display().to_string()).collect::<Vec<_>>().join(", ");
        let problem = format!("no assistant keeps logs here: looked for {looked}");
        return Err(Error::request(problem, "name files or folders of logs"));
    }
    Ok(found)
}

fn places_text(places: &[Place]) -> String {
    let line = |place: &Place| {
        let sign = if place.exists { "read" } else { "not there" };
        format!("  {:<12} {sign:<9}  {}\n", place.tool, escape(&place.folder.display().to_string()))
    };
    places.iter().map(line).collect::<String>() + if places.is_empty() { "" } else { "\n" }
}

fn failures(report: &Report) {
    for failure in report.failed.iter().take(FAILURES) {
        // Some problems begin with the file's name themselves.
        let named = failure.problem.starts_with(&failure.source);
        warn(&if named {
            format!("error: {}", failure.problem)
        } else {
            format!("error: {}: {}", failure.source, failure.problem)
        });
        if !failure.help.is_empty() {
            warn(&format!("  help: {}", failure.help));
        }
    }
    if report.failed.len() > FAILURES {
        warn(&format!("... and {} more: see --json", report.failed.len() - FAILURES));
    }
}
