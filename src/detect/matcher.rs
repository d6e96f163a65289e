//! A text to its matches.

use super::candidates::Candidates;
use super::examine::{Examiner, Text, locate};
use super::found::Match;
use super::gate::Gate;
use super::pieces::{PIECE, pieces};
use super::rules::{Detect, Rules, Sensitivity};
use super::verify::Verifier;
use crate::error::{Error, Result};
use crate::index::Index;
use crate::sketch::Probing;
use crate::text::Normalized;
use std::cmp::Ordering;
use std::ops::Range;

/// What a matcher looks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchOptions {
    /// Jaccard similarity from which on texts resemble each other; none: that of the index.
    pub threshold: Option<f64>,
    /// How much evidence a match needs.
    pub sensitivity: Sensitivity,
    /// Which kinds of matches are looked for.
    pub detect: Detect,
    /// Matches reported of one text; the others are counted.
    pub max_matches: usize,
    /// How densely the gate looks at texts; none: as the sensitivity says.
    pub probing: Option<Probing>,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self {
            threshold: None,
            sensitivity: Sensitivity::Balanced,
            detect: Detect::Both,
            max_matches: 10,
            probing: None,
        }
    }
}

/// Texts for which room is made at once.
const MOST_WAITING: usize = 1024;

/// Finds the references that texts match. One a thread; it owns all buffers.
#[derive(Debug)]
pub struct Matcher<'i> {
    index: &'i Index,
    options: MatchOptions,
    gate: Gate<'i>,
    passed: Vec<usize>,
    text: Normalized,
    shingles: Vec<u64>,
    matches: Vec<Match>,
    candidates: Candidates,
    examiner: Examiner,
    found: Vec<Match>,
}

impl<'i> Matcher<'i> {
    /// A matcher.
    ///
    /// # Errors
    /// A threshold over 1 or under the one that the index was built for: bands and rows would miss too much.
    pub fn new(index: &'i Index, options: MatchOptions) -> Result<Self> {
        let built_for = index.parameters().threshold;
        let threshold = options.threshold.unwrap_or(built_for);
        if !(built_for..=1.0).contains(&threshold) {
            let problem = format!("the index finds Jaccard similarities from {built_for} to 1, not from {threshold}");
            return Err(Error::request(
                problem,
                "name a threshold in that range, or build an index for a lower one: index build --threshold",
            ));
        }
        Ok(Self {
            index,
            options,
            gate: Gate::new(index, options.probing.unwrap_or(options.sensitivity.probing()))?,
            passed: Vec::new(),
            text: index.normalized(),
            shingles: Vec::new(),
            matches: Vec::new(),
            candidates: Candidates::default(),
            examiner: Examiner::new(Verifier::new(threshold, Rules::of(options.sensitivity), options.detect)),
            found: Vec::new(),
        })
    }

    /// Appends the matches of a text of at most 4 GiB, the best first. Of matches of the same stretch of text the best is
    /// reported, and counts the others. Of a text over 8 MiB pieces are examined, each as a text of its own.
    pub fn find(&mut self, raw: &str, matches: &mut Vec<Match>) {
        self.find_each(std::iter::once(raw), &mut |_, found| matches.append(found));
    }

    /// Does the same for many texts: hands over the number of each that has matches, ascending, and these. Quicker than one by
    /// one, since the gate takes them together; the result is the same.
    pub fn find_each<'t>(
        &mut self,
        texts: impl Iterator<Item = &'t str>,
        found: &mut dyn FnMut(usize, &mut Vec<Match>),
    ) {
        let mut waiting: Vec<&str> = Vec::with_capacity(texts.size_hint().1.unwrap_or(0).min(MOST_WAITING));
        let mut first = 0;
        for (number, raw) in texts.enumerate() {
            if raw.len() > PIECE {
                self.examine_passed(first, &waiting, found);
                waiting.clear();
                first = number + 1;
                self.find_in_pieces(number, raw, found);
                continue;
            }
            self.text.set(raw);
            self.gate.add(&self.text);
            waiting.push(raw);
            if self.gate.is_full() {
                self.examine_passed(first, &waiting, found);
                first += waiting.len();
                waiting.clear();
            }
        }
        self.examine_passed(first, &waiting, found);
    }

    /// Finds the matches of a long text.
    fn find_in_pieces(&mut self, number: usize, raw: &str, found: &mut dyn FnMut(usize, &mut Vec<Match>)) {
        let mut all = Vec::new();
        for piece in pieces(raw) {
            let text = raw.get(piece.clone()).unwrap_or_default();
            self.text.set(text);
            self.gate.add(&self.text);
            self.examine_passed(0, &[text], &mut |_, found| {
                let ours = |span: &Range<usize>| span.start + piece.start..span.end + piece.start;
                all.extend(found.drain(..).map(|found| Match { record_span: ours(&found.record_span), ..found }));
            });
        }
        all.sort_by(best_first);
        // What two pieces share is found in both.
        let same = |a: &mut Match, b: &mut Match| {
            (a.reference, &a.record_span, &a.reference_span) == (b.reference, &b.record_span, &b.reference_span)
        };
        all.dedup_by(same);
        let mut matches = Vec::new();
        report(&mut all, self.options.max_matches, &mut matches);
        if !matches.is_empty() {
            found(number, &mut matches);
        }
    }

    /// Examines those of the waiting texts that pass the gate.
    fn examine_passed(&mut self, first: usize, waiting: &[&str], found: &mut dyn FnMut(usize, &mut Vec<Match>)) {
        let (mut passed, mut matches) = (std::mem::take(&mut self.passed), std::mem::take(&mut self.matches));
        let (text, shingler) = (&mut self.text, self.index.shingler());
        let mut shingles = |number: usize, hashes: &mut Vec<u64>| {
            text.set(waiting.get(number).copied().unwrap_or_default());
            shingler.hashes_into(text, hashes);
        };
        self.gate.open(&mut shingles, &mut passed);
        for &number in &passed {
            matches.clear();
            self.examine(waiting.get(number).copied().unwrap_or_default(), &mut matches);
            if !matches.is_empty() {
                found(first + number, &mut matches);
            }
        }
        (self.passed, self.matches) = (passed, matches);
    }

    /// As [`find`](Self::find), whatever the gate says: the definition of what a scan would find if it looked at everything.
    pub fn examine(&mut self, raw: &str, matches: &mut Vec<Match>) {
        self.text.set(raw);
        self.shingles.clear();
        self.index.shingler().hashes_into(&self.text, &mut self.shingles);
        let nominated = self.candidates.nominate(self.index, self.options.detect, &self.text, &self.shingles);
        if nominated.is_empty() {
            return; // as nearly always
        }
        self.found.clear();
        let text = Text { raw, normalized: &self.text, shingles: &self.shingles };
        self.examiner.examine(self.index, text, nominated, &mut self.found);
        self.found.sort_by(best_first);
        let before = matches.len();
        report(&mut self.found, self.options.max_matches, matches);
        locate(self.index, matches.get_mut(before..).unwrap_or_default());
    }
}

/// Equal texts first, then by the words that agree, then by how much of the reference is there.
pub(super) fn best_first(a: &Match, b: &Match) -> Ordering {
    let is_exact = |found: &Match| found.similarity >= 1.0;
    (is_exact(b).cmp(&is_exact(a)))
        .then(b.words.cmp(&a.words))
        .then(b.agreement.total_cmp(&a.agreement))
        .then(b.containment_reference.total_cmp(&a.containment_reference))
        .then(b.similarity.total_cmp(&a.similarity))
        .then(a.digest.cmp(&b.digest))
        .then(a.reference.cmp(&b.reference))
        .then(a.record_span.start.cmp(&b.record_span.start))
}

/// Moves the matches that say something new, at most `most`.
fn report(found: &mut Vec<Match>, most: usize, matches: &mut Vec<Match>) {
    let before = matches.len();
    for candidate in found.drain(..) {
        let reported = matches.get_mut(before..).unwrap_or_default();
        let full = reported.len() >= most;
        let same = reported.iter().position(|kept| covers(&kept.record_span, &candidate.record_span));
        match same.or(full.then_some(0)).and_then(|at| reported.get_mut(at)) {
            Some(kept) => kept.others += 1,
            None => matches.push(candidate),
        }
    }
}

/// Whether most of a span lies in another.
fn covers(kept: &Range<usize>, span: &Range<usize>) -> bool {
    let shared = kept.end.min(span.end).saturating_sub(kept.start.max(span.start));
    shared * 2 > span.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::MatchKind;
    use crate::index::{Parameters, Provenance};
    use tempfile::TempDir;

    const ANSWER: &str = "Photosynthesis is the process by which green plants turn light into sugar. It takes place in \
        the chloroplasts, where chlorophyll absorbs mostly red and blue light, and it releases oxygen as a by-product.";

    const OTHER: &str = "Volcanoes form where molten rock breaks through the crust. Most of them stand along the edges of \
        tectonic plates, and their eruptions build cones of ash and lava which weather into fertile soil over time.";

    fn index(texts: &[&str]) -> (TempDir, Index) {
        let folder = tempfile::tempdir().unwrap();
        let references = texts.iter().map(|&text| (text, Provenance { vendor: "openai", ..Default::default() }));
        let index = Index::build(&folder.path().join("rf"), Parameters::new(0.5, 0.99).unwrap(), references).unwrap();
        (folder, index)
    }

    fn find(index: &Index, text: &str) -> Vec<Match> {
        let mut matches = Vec::new();
        Matcher::new(index, MatchOptions::default()).unwrap().find(text, &mut matches);
        matches
    }

    #[test]
    fn an_equal_text_is_an_exact_match() {
        let (_folder, index) = index(&[ANSWER]);
        let [found] = &find(&index, &ANSWER.to_uppercase())[..] else { panic!("no single match") };
        assert_eq!((found.kind, found.similarity, found.containment_record), (MatchKind::Exact, 1.0, 1.0));
        assert_eq!(found.reference_span, 0..ANSWER.len() - 1, "all but the last full stop");
    }

    #[test]
    fn an_edited_text_resembles_and_another_does_not() {
        let (_folder, index) = index(&[ANSWER]);
        let edited = ANSWER.replace("mostly", "chiefly");
        let [found] = &find(&index, &edited)[..] else { panic!("no single match") };
        assert_eq!(found.kind, MatchKind::Resemblance);
        assert!(found.similarity >= 0.5 && found.similarity < 1.0, "{found:?}");
        assert!(
            find(&index, "Something that has nothing to do with it, but is long enough to be shingled.").is_empty()
        );
    }

    #[test]
    fn short_texts_match_only_when_equal() {
        let (_folder, index) = index(&["It is Paris.", "...", ANSWER]);
        assert_eq!(find(&index, "it is PARIS").len(), 1);
        for other in ["It is Parish.", "", "!!!", "It is"] {
            assert!(find(&index, other).is_empty(), "{other:?}");
        }
    }

    #[test]
    fn found_matches_are_appended_best_first() {
        let (_folder, index) = index(&[ANSWER, OTHER]);
        let mut matches = find(&index, OTHER);
        Matcher::new(&index, MatchOptions::default()).unwrap().find(&format!("{OTHER} {ANSWER}"), &mut matches);
        let words: Vec<u32> = matches.iter().map(|found| found.words).collect();
        assert_eq!((words.len(), words[1] >= words[2]), (3, true), "{words:?}");
    }

    #[test]
    fn of_matches_of_one_stretch_the_best_is_reported_and_counts_the_others() {
        let farther = ANSWER.replace("by-product", "side effect");
        let (_folder, index) = index(&[ANSWER, &farther]);
        let [found] = &find(&index, ANSWER)[..] else { panic!("no single match") };
        assert_eq!((found.similarity, found.others), (1.0, 1));
    }

    #[test]
    fn matches_in_long_texts_are_found_where_they_stand_and_once() {
        let (_folder, index) = index(&[ANSWER, OTHER]);
        let filler = |words: usize| "0123456789 ".repeat(words);
        // The second stands where two pieces overlap, 7.4 MB from the beginning.
        let text = format!("{}{ANSWER} {}{OTHER} {}", filler(530_000), filler(150_000), filler(200_000));
        let mut found = Vec::new();
        let mut matcher = Matcher::new(&index, MatchOptions::default()).unwrap();
        matcher.find_each(["short", &text, ANSWER].into_iter(), &mut |number, matches| {
            found.extend(matches.drain(..).map(|found| (number, found.record_span, found.others)));
        });
        let place = |answer: &str| text.find(answer).unwrap()..text.find(answer).unwrap() + answer.len() - 1;
        assert_eq!(found, [(1, place(OTHER), 0), (1, place(ANSWER), 0), (2, 0..ANSWER.len() - 1, 0)]);
    }

    #[test]
    fn a_threshold_under_the_index_is_refused() {
        let (_folder, index) = index(&[ANSWER]);
        let at = |threshold| MatchOptions { threshold: Some(threshold), ..MatchOptions::default() };
        for bad in [0.49, 1.1, f64::NAN] {
            assert!(Matcher::new(&index, at(bad)).is_err(), "{bad}");
        }
        assert!(Matcher::new(&index, at(0.9)).is_ok());
    }
}
