//! Lines of people that an assistant copied as context of an edit are no references, and are not flagged.

use crate::{lines, pack, ringfence};
use serde_json::Value;
use std::collections::BTreeSet;

fn letters(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Every line of every text in a value, but for the numbers before them.
fn shown(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => out.extend(text.lines().map(|line| letters(line.rsplit('→').next().unwrap()))),
        Value::Array(values) => values.iter().for_each(|value| shown(value, out)),
        Value::Object(members) => members.values().for_each(|value| shown(value, out)),
        _ => {}
    }
}

/// A session read from its first line to its last.
#[derive(Default)]
struct Session {
    /// What the log shows that the model was shown. The pack's tool results are cut short, so it may have been shown more.
    shown: BTreeSet<String>,
    /// Lines that the model had before anything in the log shows them.
    models: BTreeSet<String>,
    /// For each edit, the lines that it copied from others.
    copied: Vec<Vec<String>>,
}

impl Session {
    fn read(lines: &[Value]) -> Self {
        let mut session = Self::default();
        for line in lines {
            match line["type"].as_str() {
                Some("user") => shown(line, &mut session.shown),
                Some("assistant") => {
                    line["message"]["content"].as_array().unwrap().iter().for_each(|block| session.block(block))
                }
                _ => {}
            }
        }
        session
    }

    fn block(&mut self, block: &Value) {
        let prose = ["text", "thinking"].map(|name| block[name].as_str().unwrap_or_default());
        let first = prose.iter().flat_map(|text| text.lines()).map(letters).filter(|line| !self.shown.contains(line));
        self.models.extend(first.collect::<Vec<_>>());
        let input = &block["input"];
        if block["name"] == "Edit" || block["name"] == "MultiEdit" {
            let edits = input["edits"].as_array().cloned().unwrap_or_else(|| vec![input.clone()]);
            edits
                .iter()
                .for_each(|edit| self.edit(edit["old_string"].as_str().unwrap(), edit["new_string"].as_str().unwrap()));
        }
    }

    fn edit(&mut self, old: &str, new: &str) {
        let old: BTreeSet<String> = old.lines().map(letters).collect();
        let human = new.lines().filter(|line| old.contains(&letters(line)) && !self.models.contains(&letters(line)));
        self.copied.push(human.filter(|line| letters(line).len() >= 8).map(str::to_owned).collect());
        self.models.extend(new.lines().map(letters).filter(|line| !old.contains(line)));
    }
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
        for lines in Session::read(&lines).copied {
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
