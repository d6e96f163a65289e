//! Lines of people that an assistant copied as context of an edit are no references, and are not flagged.

use crate::{lines, pack, ringfence};
use serde_json::Value;
use std::collections::BTreeSet;

/// An edit of a real session: the old text and the new.
struct Edit {
    old: String,
    new: String,
}

/// The edits of a session, in order.
fn edits(lines: &[Value]) -> Vec<Edit> {
    let blocks = lines.iter().filter(|line| line["type"] == "assistant");
    let calls = blocks.flat_map(|line| line["message"]["content"].as_array().cloned().unwrap_or_default());
    let inputs = calls
        .filter(|block| block["name"] == "Edit" || block["name"] == "MultiEdit")
        .map(|block| block["input"].clone());
    let each = inputs.flat_map(|input| input["edits"].as_array().cloned().unwrap_or_else(|| vec![input.clone()]));
    let text = |edit: &Value, name: &str| edit[name].as_str().unwrap_or_default().to_owned();
    each.map(|edit| Edit { old: text(&edit, "old_string"), new: text(&edit, "new_string") }).collect()
}

fn letters(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// For each edit, the lines that it copied, but for those that the model itself wrote before in the session.
fn copied(edits: &[Edit]) -> Vec<Vec<String>> {
    let mut models: BTreeSet<String> = BTreeSet::new();
    let mut all = Vec::new();
    for edit in edits {
        let old: BTreeSet<String> = edit.old.lines().map(letters).collect();
        let human = edit.new.lines().filter(|line| old.contains(&letters(line)) && !models.contains(&letters(line)));
        all.push(human.filter(|line| letters(line).len() >= 8).map(str::to_owned).collect());
        models.extend(edit.new.lines().map(letters).filter(|line| !old.contains(line)));
    }
    all
}

#[test]
fn copied_lines_are_not_in_the_references_and_not_flagged() {
    let Some(pack) = pack() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (mut seen, mut records) = (0, String::new());
    for (name, lines) in lines(&pack, "claude-code") {
        let file = pack.join("claude-code").join(&name);
        let report =
            ringfence(&["collect", file.to_str().unwrap(), "--out", &at(&format!("{name}.parquet")), "--json"]);
        assert!(report.contains("claude-code"));
        let index = at(&format!("{name}.rf"));
        ringfence(&["index", "build", file.to_str().unwrap(), "--out", &index]);
        let index = ringfence::Index::open(index.as_ref()).unwrap();
        let edited: Vec<String> = index
            .references()
            .filter(|reference| reference.provenances().any(|place| place.kind == "edit"))
            .map(|reference| letters(reference.text()))
            .collect();
        for lines in copied(&edits(&lines)) {
            for line in lines.iter().filter(|line| letters(line).len() >= 32) {
                seen += 1;
                let by = edited.iter().find(|text| text.contains(&letters(line)));
                assert!(by.is_none(), "{name}: `{line}` is in an edit of the references: {by:?}");
            }
            if !lines.is_empty() {
                records += &format!("{}\n", serde_json::json!({ "text": lines.join("\n") }));
            }
        }
    }
    assert!(seen >= 30 && records.lines().count() >= 15, "only {seen} lines in {} edits", records.lines().count());
    std::fs::write(at("human.jsonl"), records).unwrap();
    ringfence(&["index", "build", pack.join("claude-code").to_str().unwrap(), "--out", &at("all.rf")]);
    ringfence(&["scan", "--index", &at("all.rf"), &at("human.jsonl"), "--out", &at("out")]);
    let mut flagged = Vec::new();
    ringfence::sink::match_rows::read_matches(&folder.path().join("out/matches.parquet"), &mut |m| {
        flagged.push((m.row, m.kind, m.session));
        true
    })
    .unwrap();
    assert!(flagged.is_empty(), "{flagged:?}");
}
