//! Long texts in pieces, so that memory does not grow with the longest record.
//!
//! A text of more than [`PIECE`] bytes is examined as if its pieces were texts of their own. They overlap, so that a passage
//! that is cut by the end of one is whole in the next.

use std::ops::Range;

/// Bytes of a text that are examined at once.
pub(super) const PIECE: usize = 8 << 20;
/// Bytes that a piece shares with the one before it.
const OVERLAP: usize = 1 << 20;
/// Bytes before the end of a piece in which a space is looked for to end at.
const SPACE: usize = 256;

/// The pieces of a text, in order: the text itself where it is short.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let start = from?;
        let end = end_of_piece(text, start);
        from = (end < text.len()).then(|| boundary(text, end - OVERLAP));
        Some(start..end)
    })
}

fn end_of_piece(text: &str, start: usize) -> usize {
    let most = start + PIECE;
    if text.len() <= most {
        return text.len();
    }
    let tail = text.as_bytes().get(most - SPACE..most).unwrap_or_default();
    match tail.iter().rposition(u8::is_ascii_whitespace) {
        Some(space) => most - SPACE + space,
        None => boundary(text, most),
    }
}

/// The last place between two characters at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_text_and_overlap_and_end_on_characters() {
        for text in [
            "short".to_owned(),
            "word ".repeat(5_000_000),
            "漢".repeat(6_000_000),
            "x".repeat(PIECE),
            "x".repeat(PIECE + 1),
        ] {
            let pieces: Vec<_> = pieces(&text).collect();
            assert_eq!((pieces[0].start, pieces[pieces.len() - 1].end), (0, text.len()));
            assert!(pieces.iter().all(|piece| text.get(piece.clone()).is_some() && piece.len() <= PIECE));
            assert!(
                pieces.windows(2).all(|pair| pair[0].end - pair[1].start >= OVERLAP && pair[0].start < pair[1].start)
            );
            assert_eq!(pieces.len() > 1, text.len() > PIECE);
        }
        assert_eq!(pieces("").count(), 1);
    }
}
