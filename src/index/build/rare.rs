//! Which shingles of a reference are rare, and so can be evidence.
//!
//! A byte is told, if it lies in lines of form (imports, copyright) or in a shingle that is known: common, of the prompt, or
//! poor by its form. A shingle is rare, if some byte of it is not told. So the seam of two known pieces, such as a copyright
//! line and a licence, is known too.
//!
//! The shingles that are not rare say again what is told: together with the lines of form they cover the same bytes as the known
//! ones. So a reference can be carried into another segment without its prompts, and what two of its copies tell can be joined.

use crate::text::boilerplate::form_blocks;
use crate::text::{Normalized, SHINGLE_BYTES};
use std::ops::Range;

/// Finds the rare shingles of one text after the other.
#[derive(Debug, Default)]
pub(super) struct Rare {
    piece: Normalized,
    told: Vec<Range<usize>>,
}

impl Rare {
    /// Replaces `rare` by whether each shingle is, given where the known ones start, ascending.
    pub(super) fn find(&mut self, text: &str, normalized: &Normalized, known: &[u32], rare: &mut Vec<bool>) {
        self.told.clear();
        self.push_form(text, normalized.bytes().len());
        self.told.extend(known.iter().map(|&start| start as usize..start as usize + SHINGLE_BYTES));
        join(&mut self.told);
        rare.clear();
        if self.told.is_empty() {
            return rare.resize(normalized.shingles(), true);
        }
        let mut told = self.told.iter().peekable();
        for start in normalized.starts().iter().take(normalized.shingles()) {
            let shingle = start as usize..start as usize + SHINGLE_BYTES;
            while told.next_if(|told| told.end < shingle.end).is_some() {}
            rare.push(told.peek().is_none_or(|told| told.start > shingle.start));
        }
    }

    /// The lines of form, in normalised bytes. Lines begin and end with gaps that no escape reaches over, so that the bytes
    /// before a line are those of the text before it.
    fn push_form(&mut self, text: &str, bytes: usize) {
        let (mut raw, mut at) = (0, 0);
        for block in form_blocks(text) {
            self.piece.set(text.get(raw..block.start).unwrap_or_default());
            let start = at + self.piece.bytes().len();
            self.piece.set(text.get(block.clone()).unwrap_or_default());
            at = start + self.piece.bytes().len();
            raw = block.end;
            self.told.push(start..at);
        }
        // A reference of nothing else than form is known by its list of imports alone.
        if self.told.iter().map(Range::len).sum::<usize>() * 10 > bytes * 9 {
            self.told.clear();
        }
    }
}

/// Sorts ranges, and makes one of those that touch.
fn join(ranges: &mut Vec<Range<usize>>) {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, range| {
        let touches = next.start <= range.end;
        if touches {
            range.end = range.end.max(next.end);
        }
        touches
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Trace;
    use proptest::prelude::*;

    /// The same, byte by byte.
    fn by_definition(text: &str, known: &[u32]) -> Vec<bool> {
        let (trace, blocks) = (Trace::new(text), form_blocks(text));
        let in_form = |at: usize| {
            let raw = trace.raw(at..at + 1);
            blocks.iter().any(|block| block.start <= raw.start && raw.end <= block.end)
        };
        let mut told: Vec<bool> = (0..trace.bytes.len()).map(in_form).collect();
        if told.iter().filter(|told| **told).count() * 10 > told.len() * 9 {
            told.fill(false);
        }
        for &start in known {
            told[start as usize..start as usize + SHINGLE_BYTES].fill(true);
        }
        let ranges = trace.starts.iter().map(|&start| start as usize..start as usize + SHINGLE_BYTES);
        ranges.filter_map(|range| Some(told.get(range)?.iter().any(|told| !told))).collect()
    }

    fn line() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            "(import|from|use) [a-z]{1,9}( import [a-z]{3})?;?",
            "// Copyright 20[0-9]{2} [a-z ]{0,40}",
            "[a-z]{1,9} \\\\{0,2}[nu]?&amp;<br ?/?[a-zé漢 ]{0,60}",
            "([a-z]{2,9} ){3,12}",
            "\u{1100}?\u{1161}?[\u{300}\\\\&]?",
        ];
        (line, prop_oneof!["\n", "\r\n", "\n\n"]).prop_map(|(line, end)| line + &end)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn fast_equals_the_definition(
            lines in prop::collection::vec(line(), 0..12), places in prop::collection::btree_set(0..400_usize, 0..9),
        ) {
            let text = lines.concat();
            let mut normalized = Normalized::default();
            normalized.set(&text);
            let starts: Vec<u32> = normalized.starts().iter().take(normalized.shingles()).collect();
            let known: Vec<u32> = places.iter().filter_map(|&place| starts.get(place).copied()).collect();
            let mut rare = vec![true; 3];
            Rare::default().find(&text, &normalized, &known, &mut rare);
            prop_assert_eq!(rare, by_definition(&text, &known), "{:?}", text);
        }
    }

    #[test]
    fn the_seam_of_two_known_pieces_is_known() {
        let text = "Copyright 2024 The Authors of this\nalpha beta gamma delta epsilon zeta eta theta\nmore that is new to all the world here";
        let mut normalized = Normalized::default();
        normalized.set(text);
        let starts: Vec<u32> = normalized.starts().iter().take(normalized.shingles()).collect();
        let mut rare = Vec::new();
        let form = "copyright2024theauthorsofthis".len() as u32;
        Rare::default().find(text, &normalized, &[form], &mut rare);
        let told: Vec<u32> = starts.iter().zip(&rare).filter(|(_, rare)| !**rare).map(|(start, _)| *start).collect();
        assert_eq!(told, starts.iter().copied().filter(|start| *start <= form).collect::<Vec<_>>());
    }
}
