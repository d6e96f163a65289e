//! What is written of a shard that changes between its examination and its output.

use super::output::Outputs;
use super::unit::{Unit, units};
use super::{Action, DEFAULT_MARKER, ScanOptions};
use crate::detect::MatchOptions;
use crate::error::Result;
use crate::index::{Index, Parameters, Provenance};
use crate::shard::{Io, discover};
use crate::sink::publish::Publish;
use std::fs::{self, File};
use std::path::Path;

fn options(out: &Path, link: bool) -> ScanOptions {
    ScanOptions {
        out: out.to_path_buf(),
        action: Action::Drop,
        marker: DEFAULT_MARKER.to_owned(),
        matching: MatchOptions::default(),
        columns: Vec::new(),
        roles: Vec::new(),
        record_date: None,
        threads: 1,
        compression_level: None,
        io: Io::Map,
        memory: None,
        link,
        max_bad_records: 0,
        max_bad_shards: 0,
    }
}

/// Opens a shard, lets it or the index change, then publishes: by `Outputs::publish` and by a copy of the whole.
fn published(folder: &Path, link: bool, change: impl Fn(&Path, &Path)) -> [Result<()>; 2] {
    let (index_path, shard) = (folder.join("rf"), folder.join("in/a.jsonl"));
    fs::create_dir_all(folder.join("in")).unwrap();
    fs::write(&shard, "{\"text\": \"some\"}\n").unwrap();
    let reference = ("a reference that has enough words for a shingle or two", Provenance::default());
    let index = Index::build(&index_path, Parameters::new(0.5, 0.99).unwrap(), [reference]).unwrap();
    let options = options(&folder.join("out"), link);
    let shards = discover(&[shard.display().to_string()], None).unwrap().shards;
    let Some(Unit::Whole(open)) = units(&shards, &options).next() else { panic!("no unit") };
    let outputs = Outputs { index: &index, options: &options };
    let [quarantine, data] =
        ["quarantine/b", "data/b"].map(|name| Publish::create(folder.join("out").join(name)).unwrap());
    change(&shard, &index_path);
    [outputs.publish(&open, [quarantine, data]), outputs.copy_whole(&open).map(|_| ())]
}

#[test]
fn nothing_is_published_of_a_shard_or_by_an_index_that_has_changed() {
    let touch = |path: &Path| File::options().append(true).open(path).unwrap().set_len(5).unwrap();
    for link in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        published(folder.path(), link, |_, _| {}).into_iter().for_each(Result::unwrap);
        assert_eq!(files(&folder.path().join("out")).len(), 3, "two files and the copy");

        let folder = tempfile::tempdir().unwrap();
        for refused in published(folder.path(), link, |shard, _| touch(shard)) {
            assert!(refused.unwrap_err().to_string().contains("a.jsonl: changed while it was read"));
        }
        assert_eq!(files(&folder.path().join("out")), Vec::<String>::new());

        let folder = tempfile::tempdir().unwrap();
        let segment =
            |index: &Path| fs::read_dir(index).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
        for refused in published(folder.path(), link, |_, index| touch(&segment(index).join("bands.bin"))) {
            assert!(refused.unwrap_err().to_string().contains("bands.bin: changed while it was used"));
        }
        assert_eq!(files(&folder.path().join("out")), Vec::<String>::new());
    }
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path.display().to_string()] }).collect()
}
