//! An index is the same, byte for byte, whatever memory and threads its build had.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use ringfence::index::{DEFAULT_MEMORY, Index, IndexBuilder, LEAST_MEMORY, Parameters, Profile, Provenance, Resources};
use std::collections::HashSet;
use std::path::Path;

/// SplitMix64.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as usize
}

const WORDS: [&str; 16] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi",
];

struct Text {
    id: String,
    text: String,
    prompt: String,
    model: &'static str,
}

/// Some 20 MB of texts with their prompts, more than the least memory holds; every seventh comes again, from another model.
fn texts() -> Vec<Text> {
    let mut state = 1;
    let mut texts = Vec::new();
    for number in 0..9_000 {
        let mut words = |count: usize| (0..count).map(|_| WORDS[random(&mut state) % 16]).collect::<Vec<_>>().join(" ");
        let text = match number % 50 {
            0 => "too short".to_owned() + &words(2),
            1 => "import os\nimport sys\n// Copyright 2024 Somebody\n".to_owned() + &words(300),
            _ => words(350 + number % 90),
        };
        let prompt = text.get(..60).filter(|_| number % 3 == 0).unwrap_or_default().to_owned();
        let id = if number % 5 == 0 { String::new() } else { number.to_string() };
        texts.push(Text { id, text, prompt, model: ["one", "two", "three"][number % 3] });
    }
    for number in (0..texts.len()).step_by(7) {
        let (text, prompt) = (texts[number].text.clone(), "why?".to_owned());
        texts.push(Text { id: format!("again-{number}"), text, prompt, model: "four" });
    }
    texts
}

fn build<'t>(path: &Path, texts: impl Iterator<Item = &'t Text>, profile: Profile, resources: Resources) -> String {
    let parameters = Parameters { selection: 5, ..Parameters::new(0.5, 0.99).unwrap().with_profile(profile) };
    let mut builder = IndexBuilder::new(path, parameters, resources).unwrap();
    let mut background = builder.background().unwrap();
    let (mut distinct, mut found_in) = (HashSet::new(), HashSet::new());
    for Text { id, text, prompt, model } in texts {
        distinct.insert(text);
        found_in.insert((text, id, model));
        builder.add(text, prompt, Provenance { id, model, ..Provenance::default() }).unwrap();
        if text.len() % 11 == 0 {
            background.add(text.get(text.len() / 2..).unwrap()).unwrap();
            background.add(text).unwrap();
        }
    }
    let built = builder.write(background).unwrap();
    assert_eq!((built.references, built.provenances), (distinct.len() as u64, found_in.len() as u64), "{built:?}");
    assert!(built.short > 100 && built.empty == 0, "{built:?}");
    let index = Index::open(path).unwrap();
    index.verify().unwrap();
    index.id().to_owned()
}

#[test]
fn memory_threads_and_the_order_of_the_references_change_no_byte() {
    let (folder, texts) = (tempfile::tempdir().unwrap(), texts());
    for profile in [Profile::Standard, Profile::Compact] {
        let path = |name: &str| folder.path().join(format!("{profile:?}-{name}"));
        let expected = build(&path("one"), texts.iter(), profile, Resources { memory: DEFAULT_MEMORY, threads: 1 });
        for threads in [1, 3] {
            let little = Resources { memory: LEAST_MEMORY, threads };
            let found = build(&path(&format!("little-{threads}")), texts.iter().rev(), profile, little);
            assert_eq!(found, expected, "{profile:?}, {threads} threads");
        }
    }
}
