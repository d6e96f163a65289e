//! What is promised of passages, as tests on made texts.
//!
//! 1. [`promise`]: how much shared text always makes a candidate and a match, at every alignment, and that it is tight.
//! 2. [`periodic`]: what edits at every n-th word hide.
//! 3. [`spans`], [`disguises`]: reported spans are the copied text, exactly; figures are those of the spans.
//! 4. [`oracle`]: the alignment against a slow one.
//! 5. [`common`]: common text is no evidence.
//! 6. [`faults`]: what should hold and does not yet.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a test may fail, and prints what it measures"
)]

mod common;
mod disguises;
mod faults;
mod oracle;
mod periodic;
mod promise;
mod spans;
mod texts;

use ringfence::detect::candidates::Candidates;
use ringfence::detect::{Detect, Match, MatchOptions, Matcher, Sensitivity};
use ringfence::index::{Index, IndexBuilder, Parameters, Provenance, Resources};
use ringfence::text::{Normalized, Trace};

/// An index in a folder of its own.
struct Built {
    _folder: tempfile::TempDir,
    index: Index,
}

/// An index of texts, of whose rare shingles one in `selection` is posted.
fn built(texts: &[&str], selection: u32) -> Built {
    let answers: Vec<(&str, &str)> = texts.iter().map(|&text| (text, "")).collect();
    with_background(&answers, &[], selection)
}

/// An index of answers with their prompts, beside documents of a background.
fn with_background(answers: &[(&str, &str)], background: &[&str], selection: u32) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let parameters = Parameters { selection, ..Parameters::new(0.5, 0.99).unwrap() };
    let path = folder.path().join("rf");
    let mut builder = IndexBuilder::new(&path, parameters, Resources { threads: 1, ..Resources::default() }).unwrap();
    for (text, prompt) in answers {
        builder.add(text, prompt, Provenance::default()).unwrap();
    }
    let mut common = builder.background().unwrap();
    background.iter().for_each(|document| common.add(document).unwrap());
    builder.write(common).unwrap();
    Built { index: Index::open(&path).unwrap(), _folder: folder }
}

impl Built {
    /// The matches of a text, the best first.
    fn find(&self, text: &str) -> Vec<Match> {
        self.find_with(text, MatchOptions::default())
    }

    /// Matches by passages alone, with the least evidence.
    fn passages(&self, text: &str) -> Vec<Match> {
        let options =
            MatchOptions { sensitivity: Sensitivity::Thorough, detect: Detect::Containment, ..Default::default() };
        self.find_with(text, options)
    }

    fn find_with(&self, text: &str, options: MatchOptions) -> Vec<Match> {
        let mut matches = Vec::new();
        // Whatever the gate says: tests/gate is about that.
        Matcher::new(&self.index, options).unwrap().examine(text, &mut matches);
        matches
    }

    /// Whether postings nominate a reference for a text.
    fn nominates(&self, text: &str) -> bool {
        let (mut normalized, mut hashes) = (Normalized::default(), Vec::new());
        normalized.set(text);
        self.index.shingler().hashes_into(&normalized, &mut hashes);
        !Candidates::default().nominate(&self.index, Detect::Containment, &normalized, &hashes).is_empty()
    }
}

/// The words of a text by the definition.
fn words_of(text: &str) -> Vec<String> {
    let trace = Trace::new(text);
    let ends = trace.starts.iter().skip(1).map(|&start| start as usize).chain([trace.bytes.len()]);
    let word = |(&start, end): (&u32, usize)| String::from_utf8(trace.bytes[start as usize..end].to_vec()).unwrap();
    trace.starts.iter().zip(ends).map(word).collect()
}
