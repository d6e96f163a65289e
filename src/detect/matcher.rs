//! A text to its matches.

use super::candidates::Candidates;
use super::verify::{Match, Subject, Verifier};
use crate::error::{Error, Result};
use crate::index::Index;
use crate::text::Normalized;

/// Finds the references that texts match. One a thread; it owns all buffers.
#[derive(Debug)]
pub struct Matcher<'i> {
    index: &'i Index,
    text: Normalized,
    shingles: Vec<u64>,
    candidates: Candidates,
    verifier: Verifier,
}

impl<'i> Matcher<'i> {
    /// A matcher that reports what is at least as similar as `threshold` (Jaccard), or as the index's own threshold.
    ///
    /// # Errors
    /// A threshold over 1 or under the one that the index was built for: bands and rows would miss too much.
    pub fn new(index: &'i Index, threshold: Option<f64>) -> Result<Self> {
        let built_for = index.parameters().threshold;
        let threshold = threshold.unwrap_or(built_for);
        if !(built_for..=1.0).contains(&threshold) {
            let problem = format!("the index finds Jaccard similarities from {built_for} to 1, not from {threshold}");
            return Err(Error::request(
                problem,
                "name a threshold in that range, or build an index for a lower one: index build --threshold",
            ));
        }
        Ok(Self {
            index,
            text: Normalized::default(),
            shingles: Vec::new(),
            candidates: Candidates::default(),
            verifier: Verifier::new(threshold),
        })
    }

    /// Appends the matches of a text of at most 4 GiB, the most similar first, equally similar ones by reference.
    pub fn find(&mut self, raw: &str, matches: &mut Vec<Match>) {
        self.text.set(raw);
        self.shingles.clear();
        self.index.shingler().hashes_into(&self.text, &mut self.shingles);
        let before = matches.len();
        let mut nominated = self.candidates.nominate(self.index, &self.text, &self.shingles).peekable();
        if nominated.peek().is_none() {
            return; // as nearly always: sets are made only of texts that have something to be compared with
        }
        self.shingles.sort_unstable();
        self.shingles.dedup();
        let subject = Subject { raw, text: &self.text, shingles: &self.shingles };
        matches.extend(nominated.filter_map(|candidate| self.verifier.verify(self.index, subject, candidate)));
        let by_similarity =
            |a: &Match, b: &Match| b.similarity.total_cmp(&a.similarity).then(a.reference.cmp(&b.reference));
        matches.get_mut(before..).unwrap_or_default().sort_by(by_similarity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::MatchKind;
    use crate::index::{Parameters, Provenance};
    use tempfile::TempDir;

    const ANSWER: &str = "Photosynthesis is the process by which green plants turn light into sugar. It takes place in \
        the chloroplasts, where chlorophyll absorbs mostly red and blue light, and it releases oxygen as a by-product.";

    fn index(texts: &[&str]) -> (TempDir, Index) {
        let folder = tempfile::tempdir().unwrap();
        let references = texts.iter().map(|&text| (text, Provenance { vendor: "openai", ..Default::default() }));
        let index = Index::build(&folder.path().join("rf"), Parameters::new(0.5, 0.99).unwrap(), references).unwrap();
        (folder, index)
    }

    fn find(index: &Index, text: &str) -> Vec<Match> {
        let mut matches = Vec::new();
        Matcher::new(index, None).unwrap().find(text, &mut matches);
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
        let closer = ANSWER.replace("by-product", "side effect");
        let (_folder, index) = index(&[ANSWER, &closer]);
        let mut matches = find(&index, "it");
        matches.extend(find(&index, ANSWER));
        assert_eq!(matches.len(), 2);
        assert!(matches[0].similarity > matches[1].similarity);
    }

    #[test]
    fn a_threshold_under_the_index_is_refused() {
        let (_folder, index) = index(&[ANSWER]);
        for bad in [0.49, 1.1, f64::NAN] {
            assert!(Matcher::new(&index, Some(bad)).is_err(), "{bad}");
        }
        assert!(Matcher::new(&index, Some(0.9)).is_ok());
    }
}
