//! What would be found if nothing were left out: the slow way, to which the fast one is held.
//!
//! Bands are always looked at, shared shingles counted in sets, all regions of all candidates aligned to their ends, fragments
//! kept of each, and raw positions taken from the definition of normalising.

use super::Match;
use super::candidates::Candidates;
use super::compare::{Compared, Record, Weighed};
use super::examine::{Examiner, Text, locate};
use super::matcher::best_first;
use super::places::Places;
use super::rules::{Detect, Rules, Sensitivity};
use super::shared::Shared;
use super::subject::{Prepared, Subject};
use super::verify::Verifier;
use crate::index::{Index, IndexBuilder, Parameters, Provenance, Reference, ReferenceNumber, Resources};
use crate::text::{Normalized, Trace};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// All references that can be candidates, without a limit.
fn nominated(index: &Index, detect: Detect, text: &Normalized, shingles: &[u64]) -> BTreeSet<ReferenceNumber> {
    let mut found = Vec::new();
    if shingles.is_empty() && detect != Detect::Containment && !text.bytes().is_empty() {
        index.probe_whole_into(index.shingler().whole(text), &mut found);
    }
    if let Some(signature) = index.sketcher().signature(shingles).filter(|_| detect != Detect::Containment) {
        index.probe_into(&index.sketcher().band_keys(&signature).collect::<Vec<_>>(), &mut found);
    }
    let mut hits: BTreeMap<ReferenceNumber, BTreeSet<usize>> = BTreeMap::new();
    for (number, &hash) in shingles.iter().enumerate().filter(|_| detect != Detect::Resemblance) {
        index.postings(hash).for_each(|reference| {
            hits.entry(reference).or_default().insert(number);
        });
    }
    for (reference, hits) in hits {
        let (ours, theirs) = (shingles.len(), index.reference(reference).unwrap().shingles() as usize);
        let of_like_size = ours <= theirs * 2 && theirs <= ours * 2;
        if hits.len() > 1 || of_like_size || index.parameters().selection > 1 {
            found.push(reference);
        }
    }
    found.into_iter().collect()
}

/// All that is found in a text, the best first.
fn found(index: &Index, (threshold, rules, detect): (f64, Rules, Detect), raw: &str) -> Vec<Match> {
    let verifier = Verifier::new(threshold, rules, detect);
    let (mut text, ours, trace) = (Normalized::default(), Prepared::new(index.shingler(), raw), Trace::new(raw));
    text.set(raw);
    let (ours, mut places) = (ours.subject(), Places::default());
    places.set(ours.shingles);
    let (mut matches, mut fragments) = (Vec::new(), Vec::new());
    for number in nominated(index, detect, &text, ours.shingles) {
        let reference = index.reference(number).unwrap();
        let (theirs, mut shared) = (Prepared::new(index.shingler(), reference.text()), Shared::default());
        let record = Record { subject: ours, places: &places };
        let mut compared = Compared::new(record, theirs.subject(), (number, &reference), &mut shared);
        let (mut here, mut parts) = judged(&verifier, &mut compared, similarity(ours, theirs.subject(), &reference));
        for found in here.iter_mut().chain(&mut parts) {
            found.record_span = trace.raw(found.record_span.clone());
            found.reference_span = Trace::new(reference.text()).raw(found.reference_span.clone());
        }
        matches.append(&mut here);
        fragments.append(&mut parts);
    }
    if matches.is_empty() {
        matches = verifier.spliced(ours.words(), fragments);
    }
    matches.sort_by(best_first);
    matches
}

/// Jaccard similarity of the rare shingles: without those of the reference that are common.
fn similarity(ours: Subject<'_>, theirs: Subject<'_>, reference: &Reference<'_>) -> f64 {
    let ours: BTreeSet<u64> = ours.shingles.iter().copied().collect();
    let all: BTreeSet<u64> = theirs.shingles.iter().copied().collect();
    let places = theirs.shingles.iter().enumerate();
    let common: BTreeSet<u64> = places.filter(|(at, _)| !reference.rare().get(*at)).map(|(_, hash)| *hash).collect();
    let rare = ours.intersection(&all).filter(|hash| !common.contains(hash)).count();
    rare as f64 / (ours.union(&all).count() - common.len()).max(1) as f64
}

/// The matches with one candidate, or else its fragments.
fn judged(verifier: &Verifier, compared: &mut Compared<'_>, similarity: f64) -> (Vec<Match>, Vec<Match>) {
    let Verifier { threshold, rules, detect } = verifier.clone();
    if detect != Detect::Containment {
        if compared.is_equal() {
            let is_match = compared.rare() > 0 || compared.theirs.shingles.is_empty();
            return (is_match.then(|| compared.exact()).into_iter().collect(), Vec::new());
        }
        let enough = compared.rare() >= rules.resemblance_shingles && compared.rare_share() >= rules.rare_share;
        if enough && similarity >= threshold {
            let regions = verifier.aligned(compared);
            return (vec![compared.resemblance(&regions)], Vec::new());
        }
    }
    if detect == Detect::Resemblance {
        return Default::default();
    }
    let regions = verifier.aligned(compared);
    let which = |is_it: &dyn Fn(&Weighed) -> bool| -> Vec<Match> {
        regions.iter().filter(|weighed| is_it(weighed)).map(|weighed| compared.passage(weighed)).collect()
    };
    let passages = which(&|weighed| verifier.is_passage(compared, weighed.figures()));
    let matches = if passages.is_empty() { verifier.scattered(compared, &regions) } else { passages };
    let is_part = |weighed: &Weighed| verifier.is_part(&weighed.figures(), rules.whole);
    let fragments = if matches.is_empty() { which(&is_part) } else { Vec::new() };
    (matches, fragments)
}

/// Random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// Words of a small stock, so that texts agree by chance; now and then one that is none of it.
    fn words(&mut self, count: usize) -> Vec<String> {
        const ODD: [&str; 8] = ["ﬁnes", "漢字かな", "한글", "a", "étude", "&amp;", "x\\ny", "٣"];
        let word = |random: &mut Self| match random.below(12) {
            0 => ODD[random.below(ODD.len())].to_owned(),
            1 => "abcdefghijk".repeat(1 + random.below(5)),
            2..=7 => format!("w{}", random.below(9)),
            _ => format!("word{}", random.below(4000)),
        };
        (0..count).map(|_| word(self)).collect()
    }

    /// A copy with about one word in `rate` changed, left out or put in, and sometimes words glued together.
    fn edited(&mut self, words: &[String], rate: usize) -> Vec<String> {
        let mut out = Vec::new();
        for word in words {
            match if self.below(rate) == 0 { self.below(5) } else { 5 } {
                0 => {}
                1 => out.extend([word.clone(), self.words(1).concat()]),
                2 => {
                    let last: String = out.pop().unwrap_or_default();
                    out.push(last + word);
                }
                3 | 4 => out.extend(self.words(1)),
                _ => out.push(word.clone()),
            }
        }
        out
    }

    fn text(&mut self, words: &[String]) -> String {
        words.iter().map(|word| word.to_owned() + [" ", " ", ", ", ".\n", " — "][self.below(5)]).collect()
    }

    /// A stretch of some words.
    fn stretch<'w>(&mut self, words: &'w [String]) -> &'w [String] {
        let from = self.below(words.len());
        &words[from..(from + 1 + self.below(words.len())).min(words.len())]
    }
}

/// References with their prompts, and records made of them.
fn texts(random: &mut Random) -> (Vec<[String; 2]>, Vec<String>) {
    let mut references: Vec<Vec<String>> = Vec::new();
    for number in 0..2 + random.below(8) {
        let length = [3, 20, 60, 150][random.below(4)];
        // Some are versions of others.
        let words = match references.get(number / 2) {
            Some(other) if random.below(3) == 0 => random.edited(&other.clone(), 8),
            _ => random.words(length),
        };
        references.push(if words.is_empty() { random.words(5) } else { words });
    }
    let records = (0..12).map(|_| {
        let mut words = Vec::new();
        for _ in 0..random.below(4) {
            let around = random.below(60) * random.below(2);
            words.extend(random.words(around));
            let reference = &references[random.below(references.len())];
            let stretch = if random.below(2) == 0 { reference } else { random.stretch(reference) };
            let rate = [3, 6, 12, 1000][random.below(4)];
            words.extend(random.edited(stretch, rate));
        }
        random.text(&words)
    });
    let records = records.collect();
    let with_prompt = |words: &Vec<String>| {
        let prompt = if random.below(3) == 0 { random.stretch(words).to_vec() } else { Vec::new() };
        [random.text(words), random.text(&prompt)]
    };
    (references.iter().map(with_prompt).collect(), records)
}

fn built(references: &[[String; 2]], selection: u32) -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let (path, parameters) = (folder.path().join("rf"), Parameters::new(0.5, 0.99).unwrap());
    let resources = Resources { threads: 1, ..Resources::default() };
    let mut builder = IndexBuilder::new(&path, Parameters { selection, ..parameters }, resources).unwrap();
    for [text, prompt] in references {
        builder.add(text, prompt, Provenance::default()).unwrap();
    }
    let background = builder.background().unwrap();
    builder.write(background).unwrap();
    let index = Index::open(&path).unwrap();
    (folder, index)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn what_is_found_is_what_looking_at_everything_finds(seed: u64, selection in 1..3_u32) {
        let (references, records) = texts(&mut Random(seed));
        let (_folder, index) = built(&references, selection);
        for sensitivity in [Sensitivity::Fast, Sensitivity::Balanced, Sensitivity::Thorough] {
            for detect in [Detect::Both, Detect::Resemblance, Detect::Containment] {
                let how = (0.5, Rules::of(sensitivity), detect);
                let mut examiner = Examiner::new(Verifier::new(how.0, how.1, how.2));
                let (mut candidates, mut normalized, mut shingles) = (Candidates::default(), Normalized::default(), Vec::new());
                for raw in &records {
                    normalized.set(raw);
                    shingles.clear();
                    index.shingler().hashes_into(&normalized, &mut shingles);
                    let nominated = candidates.nominate(&index, detect, &normalized, &shingles);
                    let text = Text { raw, normalized: &normalized, shingles: &shingles };
                    let mut fast = Vec::new();
                    examiner.examine(&index, text, nominated, &mut fast);
                    locate(&index, &mut fast);
                    fast.sort_by(best_first);
                    prop_assert_eq!(&fast, &found(&index, how, raw), "{:?} {:?}: {}", sensitivity, detect, raw);
                }
            }
        }
    }
}
