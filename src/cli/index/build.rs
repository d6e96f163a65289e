//! `ringfence index build`.

use super::args::BuildArgs;
use super::{resources, shown};
use crate::cli::references;
use crate::cli::speak::{print, print_json};
use ringfence::report::{count, counted};
use ringfence::{Error, Result};
use serde_json::json;
use std::fmt::Write;
use std::process::ExitCode;

pub(crate) fn run(args: &BuildArgs) -> Result<ExitCode> {
    let with = resources(&args.machine)?;
    let secret = args.key.secret()?;
    if secret.is_some() && !args.private {
        let help = "add --private, or leave --key-file away";
        return Err(Error::request("--key-file without --private: the index would hold its texts", help));
    }
    let (built, texts) = references::build(&args.inputs, &args.references, &args.out, (with, secret))?;
    let index = args.key.open(&args.out)?;
    if args.machine.json {
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
