//! Which pages are encoded anew.

use std::ops::Range;

use parquet::basic::{Encoding, Type};

use super::walk::{Page, Pages};
use crate::sink::style;

/// What becomes of the data pages.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// For each page whether it is encoded anew.
    anew: Vec<bool>,
    new_encoding: Encoding,
    drops_dictionary: bool,
}

/// A dictionary that is given up must not have saved much: its entries were used so often at most, on average.
const MOST_USES: usize = 2;

/// Of so many rows one may go: if more do, pages would become small.
const FULL: usize = 4;

impl Plan {
    /// None: the chunk is better encoded anew as a whole.
    pub(super) fn new(pages: &Pages, keep: &[bool]) -> Option<Self> {
        let kept = keep.iter().filter(|&&keep| keep).count();
        if kept < keep.len() / FULL * (FULL - 1) {
            return None;
        }
        let loses = |page: &Page| keep.get(page.rows.clone()).is_none_or(|keep| keep.contains(&false));
        let (by_dictionary, others): (Vec<&Page>, _) =
            pages.data.iter().partition(|page| page.header.is_dictionary_encoded());
        let drops_dictionary = by_dictionary.iter().any(|page| loses(page));
        let uses: usize = by_dictionary.iter().map(|page| page.header.values).sum();
        let entries = pages.dictionary.as_ref().map_or(0, |page| page.header.values);
        if drops_dictionary && uses > entries.saturating_mul(MOST_USES) {
            return None;
        }
        // All new pages are written alike, so what they are made from must be alike too.
        let like = &others.first()?.header;
        let alike = pages.data.iter().all(|page| page.header.kind == like.kind)
            && others.iter().all(|page| page.header.encoding == like.encoding)
            && style::fits(Type::BYTE_ARRAY, like.encoding);
        let is_anew = |page: &Page| loses(page) || (drops_dictionary && page.header.is_dictionary_encoded());
        let anew: Vec<bool> = pages.data.iter().map(is_anew).collect();
        (alike && anew.contains(&false)).then_some(Self { anew, new_encoding: like.encoding, drops_dictionary })
    }

    /// Neighbouring pages of which the same becomes, and whether they are encoded anew.
    pub(super) fn runs(&self) -> impl Iterator<Item = (Range<usize>, bool)> {
        let mut start = 0;
        self.anew.chunk_by(|a, b| a == b).map(move |run| {
            let from = start;
            start += run.len();
            (from..start, run.first() == Some(&true))
        })
    }

    /// The encoding of new pages.
    pub(super) fn new_encoding(&self) -> Encoding {
        self.new_encoding
    }

    pub(super) fn drops_dictionary(&self) -> bool {
        self.drops_dictionary
    }
}
