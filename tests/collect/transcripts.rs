//! Every transcript is read, as the pack's own index says.

use crate::{pack, ringfence};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_transcript_is_read_with_its_models_and_versions_and_no_unknown_record() {
    let Some(pack) = pack() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("references.parquet");
    let printed = ringfence(&["collect", pack.to_str().unwrap(), "--out", out.to_str().unwrap(), "--json"]);
    let report = serde_json::from_str::<Value>(&printed).unwrap()["report"].clone();
    let index: Value = serde_json::from_slice(&std::fs::read(pack.join("INDEX.json")).unwrap()).unwrap();
    let keys =
        |value: &Value| -> BTreeSet<String> { value.as_object().into_iter().flat_map(|o| o.keys().cloned()).collect() };
    let mut read = 0;
    for entry in index.as_array().unwrap() {
        let name = format!("{}/{}", entry["agent"].as_str().unwrap(), entry["name"].as_str().unwrap());
        let files = report["files"].as_array().unwrap();
        let file = files.iter().find(|file| file["source"].as_str().unwrap().ends_with(&name));
        let file = file.unwrap_or_else(|| panic!("{name} was not read"));
        read += 1;
        assert_eq!(file["not_understood"], 0, "{name}: {}", file["unknown"]);
        assert!(file["texts"].as_u64().unwrap() + file["repeated"].as_u64().unwrap() > 0, "{name}: no text");
        let (models, mut expected) = (keys(&file["models"]), keys(&entry["models"]));
        expected.remove("<synthetic>");
        assert!(expected.is_empty() || models == expected, "{name}: {models:?}, not {expected:?}");
        let versions: BTreeSet<String> =
            file["versions"].as_array().unwrap().iter().map(|version| version.as_str().unwrap().to_owned()).collect();
        let expected = keys(&entry["versions"]);
        assert!(expected.is_empty() || versions == expected, "{name}: {versions:?}, not {expected:?}");
        if let (Some(lines), Some(records)) = (entry["lines"].as_u64(), file["records"].as_u64()) {
            assert!(records == lines || file["format"] == "gemini-cli", "{name}: {records} records in {lines} lines");
        }
    }
    assert!(read >= 25, "only {read} transcripts were read");
    assert_eq!((&report["failed"], &report["unknown"]), (&serde_json::json!([]), &serde_json::json!({})));
}
