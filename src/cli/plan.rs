//! `ringfence index info --plan N`: how large an index would be.

use super::speak::{print, print_json};
use ringfence::Result;
use ringfence::index::{Index, Means, Parameters, Plan, Profile};
use ringfence::report::{count, size, table};
use ringfence::sketch::{DEFAULT_RECALL, DEFAULT_THRESHOLD};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Shows both profiles side by side, from the means of an index or from the usual ones.
pub(crate) fn show(references: u64, index: Option<&Index>, as_json: bool) -> Result<()> {
    let usual = Parameters::new(DEFAULT_THRESHOLD, DEFAULT_RECALL)?;
    let parameters = index.map_or(&usual, Index::parameters);
    let measured = index.and_then(Means::of);
    let means = measured.map_or_else(|| Means::usual(parameters), Ok)?;
    let plans = [Profile::Standard, Profile::Compact].map(|profile| {
        // The index's own profile with its own selection, the other one with its usual.
        let parameters = parameters.clone();
        let other = parameters.profile != profile;
        Plan::new(&means, references, &if other { parameters.with_profile(profile) } else { parameters })
    });
    if as_json {
        return print_json(&json!({
            "references": references,
            "text_bytes_each": means.text_bytes,
            "rare_shingles_each": means.rare_shingles,
            "measured": measured.is_some(),
            "profiles": plans.each_ref().map(as_value),
        }));
    }
    let mut text = format!("an index of {} references of {:.0} bytes", count(references), means.text_bytes);
    let source = if measured.is_some() { "as in the index" } else { "the usual size: name an index to go by its own" };
    let _ = writeln!(text, " with {:.0} rare shingles each ({source})\n", means.rare_shingles);
    let row = |name: &str, bytes: &dyn Fn(&Plan) -> u64| {
        let [standard, compact] = plans.each_ref().map(|plan| size(bytes(plan)));
        [name.to_owned(), standard, compact]
    };
    let [standard, _] = &plans;
    let file = |plan: &Plan, at: usize| plan.files.get(at).map_or(0, |(_, bytes)| *bytes);
    let mut rows: Vec<[String; 3]> =
        (0..).zip(&standard.files).map(|(at, (name, _))| row(name, &|plan| file(plan, at))).collect();
    rows.push(row("all on disk", &Plan::total));
    rows.push(row("always in memory", &Plan::filter));
    text += &table(["", "standard", "compact"], &rows);
    text += "\nIn memory of the other files is what a scan looks up; the system can drop it at any time.\n";
    print(&text)
}

fn as_value(plan: &Plan) -> Value {
    let files: Map<String, Value> = plan.files.iter().map(|(name, bytes)| ((*name).to_owned(), json!(bytes))).collect();
    json!({"profile": plan.profile, "files": files, "disk_bytes": plan.total(), "filter_bytes": plan.filter()})
}
