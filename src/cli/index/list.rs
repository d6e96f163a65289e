//! `ringfence index list`.

use super::args::ListArgs;
use super::undated;
use crate::cli::speak::print;
use ringfence::index::{PROVENANCE_NAMES, Provenance, Reference};
use ringfence::report::{count, counted, escape, escape_json};
use ringfence::{Error, Result};
use serde_json::{Map, Value};
use std::process::ExitCode;

/// Bytes that are printed at once.
const PAGE: usize = 1 << 16;

pub(crate) fn run(args: &ListArgs) -> Result<ExitCode> {
    let index = args.key.open(&args.index)?;
    let selection = args.which.selection();
    let (mut page, mut listed, mut undatable) = (String::new(), 0, 0);
    for reference in index.references() {
        for provenance in reference.provenances() {
            undatable += u64::from(selection.lacks_date(&provenance));
            if selection.takes(&provenance) {
                listed += 1;
                page += &if args.json { json_line(&reference, &provenance)? } else { line(&reference, &provenance) };
            }
        }
        if page.len() > PAGE {
            index.check_unchanged()?;
            print(&page)?;
            page.clear();
        }
    }
    index.check_unchanged()?;
    if !args.json {
        let of = counted(index.manifest().live().provenances, "reference");
        page += &format!("{} of {of}\n{}", count(listed), undated(undatable));
    }
    print(&page)?;
    Ok(ExitCode::SUCCESS)
}

/// The id, and what else is known.
fn line(reference: &Reference<'_>, provenance: &Provenance<'_>) -> String {
    let known = PROVENANCE_NAMES.iter().zip(provenance.fields()).skip(1).filter(|(_, field)| !field.is_empty());
    let known: String = known.map(|(name, field)| format!("  {name} {}", escape(field))).collect();
    format!("{}{known}  ({} bytes)\n", escape(provenance.id), count(reference.text_bytes()))
}

fn json_line(reference: &Reference<'_>, provenance: &Provenance<'_>) -> Result<String> {
    let fields = PROVENANCE_NAMES.iter().zip(provenance.fields());
    let mut line: Map<String, Value> = fields.map(|(name, field)| ((*name).to_owned(), field.into())).collect();
    line.insert("text_bytes".to_owned(), reference.text_bytes().into());
    line.insert("shingles".to_owned(), reference.shingles().into());
    line.insert("rare_shingles".to_owned(), reference.rare_shingles().into());
    let json = serde_json::to_string(&line).map_err(|e| Error::request(format!("cannot write JSON: {e}"), ""))?;
    Ok(escape_json(&json) + "\n")
}
