//! Which pages are encoded anew.

use parquet::basic::{Encoding, Type};

use super::walk::Pages;
use crate::sink::style;

/// For each data page: its new encoding, if it is encoded anew.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    encodings: Vec<Option<Encoding>>,
    drops_dictionary: bool,
}

/// A dictionary that is given up must not have saved much: its entries were used so often at most, on average.
const MOST_USES: usize = 2;

/// Of so many rows one may go: if more do, pages would become small.
const FULL: usize = 4;

impl Plan {
    /// None: the chunk is better encoded anew as a whole.
    pub(super) fn new(pages: &Pages, keep: &[bool]) -> Option<Self> {
        let loses = |rows: &std::ops::Range<usize>| keep.get(rows.clone()).is_none_or(|keep| keep.contains(&false));
        let by_dictionary = |page: &&super::Page| page.header.is_dictionary_encoded();
        let drops_dictionary = pages.data.iter().filter(by_dictionary).any(|page| loses(&page.rows));
        let other = pages.data.iter().find(|page| !by_dictionary(page)).map(|page| page.header.encoding);
        if drops_dictionary {
            let uses: usize = pages.data.iter().filter(by_dictionary).map(|page| page.header.values).sum();
            let entries = pages.dictionary.as_ref().map_or(0, |page| page.header.values);
            if uses > entries.saturating_mul(MOST_USES) {
                return None;
            }
        }
        let mut encodings = Vec::new();
        for page in &pages.data {
            let new = match page.header.is_dictionary_encoded() {
                true if drops_dictionary => Some(other?),
                false if loses(&page.rows) => Some(page.header.encoding),
                _ => None,
            };
            if new.is_some_and(|encoding| !style::fits(Type::BYTE_ARRAY, encoding)) {
                return None;
            }
            encodings.push(new);
        }
        let kept = keep.iter().filter(|&&keep| keep).count();
        let pays = encodings.contains(&None) && kept >= keep.len() / FULL * (FULL - 1);
        pays.then_some(Self { encodings, drops_dictionary })
    }

    /// The new encoding of a data page; none: it is copied.
    pub(super) fn encoding(&self, page: usize) -> Option<Encoding> {
        self.encodings.get(page).copied().flatten()
    }

    pub(super) fn drops_dictionary(&self) -> bool {
        self.drops_dictionary
    }
}
