//! Texts that were taken out of lines, copied together until there are enough to examine at once.

use super::unit_result::Place;
use std::sync::Arc;

/// Bytes of text that are examined at once.
const ENOUGH: usize = 1 << 20;

/// Texts, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    text: String,
    /// Where each ends in `text`; and its row, the number of its column, its index, and which of its line's texts it is.
    places: Vec<(usize, (u64, usize, u32, u32))>,
}

impl Gathered {
    pub(super) fn add(&mut self, text: &str, place: (u64, usize, u32, u32)) {
        self.text.push_str(text);
        self.places.push((self.text.len(), place));
    }

    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= ENOUGH
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
    }

    /// The texts with their places in columns of these names.
    pub(super) fn texts<'t>(&'t self, columns: &'t [Arc<str>]) -> impl Iterator<Item = (&'t str, Place<'t>)> {
        let starts = std::iter::once(0).chain(self.places.iter().map(|(end, _)| *end));
        self.places.iter().zip(starts).filter_map(|(&(end, (row, column, text_index, visit)), start)| {
            let place = Place { row, column: columns.get(column)?, text_index, visit };
            Some((self.text.get(start..end)?, place))
        })
    }
}
