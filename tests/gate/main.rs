//! What the gate lets through, against the engine without it.
//!
//! 1. [`verbatim`]: a run of 20 rare shingles of a reference always passes, at every place in a long record; of 19, not always.
//! 2. [`edited`]: passages edited at random pass as often as stated; so do whole records, by their Jaccard similarity.
//! 3. [`compact`]: what an index that is sampled by content always finds.
//! 4. [`ungated`]: on labelled and planted sets, what a scan misses for its gate is no more than chance explains.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail, and prints what it measures"
)]

#[path = "../pack/build.rs"]
mod build;
mod compact;
mod edited;
#[path = "../pack/texts.rs"]
mod pack_texts;
#[path = "../passages/texts.rs"]
mod texts;
mod ungated;
mod verbatim;

use ringfence::detect::gate::Gate;
use ringfence::detect::{Probing, Sensitivity};
use ringfence::index::{Index, IndexBuilder, Parameters, Provenance, Resources};
use ringfence::text::Normalized;

/// The path of a fixture.
fn fixture(name: &str) -> String {
    format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// An index in a folder of its own.
struct Built {
    _folder: tempfile::TempDir,
    index: Index,
}

/// An index of texts under a key of its own, of whose rare shingles one in `selection` is posted.
fn built(texts: &[&str], key: u8, selection: u32) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let parameters =
        Parameters { key: format!("{key:02x}").repeat(32), selection, ..Parameters::new(0.5, 0.99).unwrap() };
    let path = folder.path().join("rf");
    let mut builder = IndexBuilder::new(&path, parameters, Resources { threads: 1, ..Resources::default() }).unwrap();
    texts.iter().for_each(|text| builder.add(text, "", Provenance::default()).unwrap());
    let background = builder.background().unwrap();
    builder.write(background).unwrap();
    Built { index: Index::open(&path).unwrap(), _folder: folder }
}

impl Built {
    /// Which of the texts pass, looked at as the default sensitivity does.
    fn passed(&self, texts: &[String]) -> Vec<bool> {
        self.passed_with(texts, Sensitivity::Balanced.probing())
    }

    fn passed_with(&self, texts: &[String], probing: Probing) -> Vec<bool> {
        let (mut gate, mut text, mut passed) =
            (Gate::new(&self.index, probing).unwrap(), Normalized::default(), Vec::new());
        for raw in texts {
            text.set(raw);
            gate.add(&text);
        }
        let mut shingles = |number: usize, hashes: &mut Vec<u64>| {
            text.set(&texts[number]);
            self.index.shingler().hashes_into(&text, hashes);
        };
        gate.open(&mut shingles, &mut passed);
        (0..texts.len()).map(|number| passed.contains(&number)).collect()
    }
}
