//! Normalisation at scanning speed: the same bytes and starts as [`Trace`](super::Trace), without origins.
//!
//! 1. ASCII goes through one table of 128 entries without branches: write the folded byte, advance if it is kept;
//!    write the position as a start, advance if a word begins.
//! 2. Other characters go through the [`FoldTable`].
//! 3. Starts inside long words are added afterwards, from the lengths of the words alone; most texts have none.

use super::escape::{Escape, escape_at};
use super::fold::{FoldTable, GAP, is_joining, is_unspaced, join_hangul};
use super::shingle::SHINGLE_BYTES;
use super::starts::Starts;
use super::trace::{LONG_WORD, LONG_WORD_STEP};

/// A normalised text: kept bytes, packed, and where words start. The caller owns and reuses it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Normalized {
    bytes: Vec<u8>,
    starts: Starts,
    /// The same as a list, while it is being made.
    positions: Vec<u32>,
    last: Last,
}

/// What stood before the next character.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    #[default]
    Gap,
    Spaced,
    Unspaced(char),
}

/// ASCII folded: the lower-case letter or digit, or 0 for a gap.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Bytes that go through the loop without checks of bounds: as many fit the room that is made for them.
const CHUNK: usize = 64;
/// Bytes for which room is made at once: what is cleared is still in the cache when it is written.
const BLOCK: usize = 4096;

impl Normalized {
    /// The kept bytes, packed (UTF-8).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Positions in [`bytes`](Self::bytes) at which words start.
    #[must_use]
    pub fn starts(&self) -> &Starts {
        &self.starts
    }

    /// How many shingles it has: word starts with the bytes of a shingle behind them.
    #[must_use]
    pub fn shingles(&self) -> usize {
        self.starts.count_before((self.bytes.len() + 1).saturating_sub(SHINGLE_BYTES))
    }

    /// Replaces the content by the normalised form of a text of at most 4 GiB.
    pub fn set(&mut self, text: &str) {
        self.bytes.clear();
        self.positions.clear();
        self.last = Last::Gap;
        let mut rest = text;
        while let Some(trigger) = memchr::memchr3(b'\\', b'&', b'<', rest.as_bytes()) {
            let (plain, escaped) = rest.split_at(trigger);
            self.push_plain(plain);
            // A trigger that begins no escape is a gap.
            let Escape { meant, bytes } = escape_at(escaped).unwrap_or(Escape { meant: ' ', bytes: 1 });
            self.push_char(meant);
            rest = escaped.get(bytes..).unwrap_or_default();
        }
        self.push_plain(rest);
        if self.has_long_word() {
            self.add_starts_in_long_words();
        }
        self.starts.set(&self.positions, self.bytes.len());
    }

    /// Text without escapes.
    fn push_plain(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (ascii, other) = rest.split_at(ascii_prefix(rest.as_bytes()));
            self.push_ascii(ascii.as_bytes());
            let (other, after) = other.split_at(other.bytes().position(|b| b.is_ascii()).unwrap_or(other.len()));
            other.chars().for_each(|c| self.push_char(c));
            rest = after;
        }
    }

    fn push_ascii(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let mut in_word = matches!(self.last, Last::Spaced);
        for block in text.chunks(BLOCK) {
            let (mut at, mut words) = (self.bytes.len(), self.positions.len());
            self.bytes.resize(at + block.len() + CHUNK, 0);
            self.positions.resize(words + block.len() / 2 + 1 + CHUNK, 0);
            for chunk in block.chunks(CHUNK) {
                let bytes = self.bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
                let starts = self.positions.get_mut(words..).and_then(<[u32]>::first_chunk_mut);
                if let (Some(bytes), Some(starts)) = (bytes, starts) {
                    let (kept, began) = fold_chunk(chunk, at as u32, &mut in_word, bytes, starts);
                    at += kept;
                    words += began;
                }
            }
            self.bytes.truncate(at);
            self.positions.truncate(words);
        }
        self.last = if in_word { Last::Spaced } else { Last::Gap };
    }

    fn push_char(&mut self, c: char) {
        for folded in FoldTable::shared().get(c).chars() {
            if folded as u32 == u32::from(GAP) { self.last = Last::Gap } else { self.push_folded(folded) }
        }
    }

    fn push_folded(&mut self, c: char) {
        let mut utf8 = [0; 4];
        if let Last::Unspaced(last) = self.last
            && is_joining(c)
            && let Some(joined) = join_hangul(last, c)
        {
            self.bytes.truncate(self.bytes.len().saturating_sub(3));
            self.bytes.extend_from_slice(joined.encode_utf8(&mut utf8).as_bytes());
            self.last = Last::Unspaced(joined);
            return;
        }
        let unspaced = is_unspaced(c);
        if unspaced || self.last != Last::Spaced {
            self.positions.push(self.bytes.len() as u32);
        }
        self.bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        self.last = if unspaced { Last::Unspaced(c) } else { Last::Spaced };
    }

    fn has_long_word(&self) -> bool {
        let end = self.bytes.len() as u32;
        let last = self.positions.last().is_some_and(|&start| end - start > LONG_WORD as u32);
        last | self
            .positions
            .windows(2)
            .fold(false, |long, pair| long | matches!(pair, &[start, next] if next - start > LONG_WORD as u32))
    }

    fn add_starts_in_long_words(&mut self) {
        let words = std::mem::take(&mut self.positions);
        let ends = words.iter().skip(1).map(|&start| start as usize).chain([self.bytes.len()]);
        for (&start, end) in words.iter().zip(ends) {
            self.positions.push(start);
            let mut at = start as usize + LONG_WORD;
            loop {
                while self.bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
                    at += 1; // only the first byte of a character can start a word
                }
                if at >= end {
                    break;
                }
                self.positions.push(at as u32);
                at += LONG_WORD_STEP;
            }
        }
    }
}

/// Folds at most [`CHUNK`] ASCII bytes that will stand from `at` on; returns how many are kept and how many words begin.
#[expect(clippy::indexing_slicing, reason = "every index is masked to the array's length")]
fn fold_chunk(
    chunk: &[u8],
    at: u32,
    in_word: &mut bool,
    bytes: &mut [u8; CHUNK],
    starts: &mut [u32; CHUNK],
) -> (usize, usize) {
    let (mut kept_bytes, mut words) = (0, 0);
    for &byte in chunk {
        let folded = ASCII[usize::from(byte & 0x7F)];
        let kept = folded != 0;
        bytes[kept_bytes % CHUNK] = folded;
        starts[words % CHUNK] = at + kept_bytes as u32;
        words += usize::from(kept & !*in_word);
        kept_bytes += usize::from(kept);
        *in_word = kept;
    }
    (kept_bytes, words)
}

/// How many bytes before the first that is not ASCII.
fn ascii_prefix(text: &[u8]) -> usize {
    let chunks = text.chunks(CHUNK).take_while(|chunk| chunk.is_ascii()).map(<[u8]>::len).sum::<usize>();
    let rest = text.get(chunks..).unwrap_or_default();
    chunks + rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len())
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Trace;
    use super::*;
    use proptest::prelude::*;

    /// Pieces that meet every rule: cases, gaps, marks, joining Hangul, unspaced scripts, long words.
    pub(in super::super) fn hard_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-zA-Z0-9 ,._-]{0,20}",
            "[a-z]{30,80}",
            "[\u{1100}-\u{1112}\u{1161}-\u{1175}\u{11A8}-\u{11C2}가각]{0,6}",
            "[\u{300}\u{301}\u{200B}\u{AD}\u{FEFF}漢字かが]{0,6}",
            "[жЖéÉßﬃ½Ａ①㈱]{0,40}",
            "\\PC{0,10}",
            "(\\\\{1,3}[nrtux\"]|&(amp;){0,2}(lt|#x27|eacute|x);|<br ?/?>|\\\\{1,2}u[0-9a-e]{4}|[a-z]){0,8}",
            any::<String>(),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn fast_equals_definition(text in hard_text(), earlier in hard_text()) {
            let mut fast = Normalized::default();
            fast.set(&earlier); // a buffer that is not empty
            fast.set(&text);
            let slow = Trace::new(&text);
            prop_assert_eq!(fast.bytes(), &slow.bytes[..]);
            prop_assert_eq!(fast.starts().iter().collect::<Vec<_>>(), &slow.starts[..]);
            let shingles = slow.starts.iter().filter(|&&start| start as usize + SHINGLE_BYTES <= slow.bytes.len());
            prop_assert_eq!(fast.shingles(), shingles.count());
        }
    }
}
