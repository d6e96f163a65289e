//! Normalisation at scanning speed: the same bytes and starts as [`Trace`](super::Trace), without origins.

use super::kernel::Kernel;
use super::starts::Starts;

/// A normalised text: kept bytes, packed, and where words start. The caller owns and reuses it: a text that is no longer than
/// an earlier one takes no memory.
#[derive(Debug, Clone)]
pub struct Normalized {
    /// As long as any text needed so far; what counts are the first `len`.
    bytes: Vec<u8>,
    len: usize,
    starts: Starts,
    kernel: Kernel,
}

impl Default for Normalized {
    fn default() -> Self {
        Self::with_kernel(Kernel::best())
    }
}

impl Normalized {
    /// An empty text, with another kernel than the best of the machine.
    #[doc(hidden)]
    #[must_use]
    pub fn with_kernel(kernel: Kernel) -> Self {
        Self { bytes: Vec::new(), len: 0, starts: Starts::default(), kernel }
    }

    /// Replaces the content by the normalised form of a text of at most 4 GiB.
    pub fn set(&mut self, text: &str) {
        self.len = self.kernel.normalize(text, &mut self.bytes, &mut self.starts);
    }

    /// The kept bytes, packed (UTF-8).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Positions in [`bytes`](Self::bytes) at which words start.
    #[must_use]
    pub fn starts(&self) -> &Starts {
        &self.starts
    }

    /// How many shingles it has: word starts with the bytes of a shingle behind them.
    #[must_use]
    pub fn shingles(&self) -> usize {
        self.starts.shingles()
    }

    /// What it is computed with.
    #[doc(hidden)]
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{SHINGLE_BYTES, Trace};
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

    /// What a kernel makes of a text, in buffers that an earlier text has used, is what the definition says.
    fn check(kernel: Kernel, earlier: &str, text: &str, slow: &Trace) {
        let mut fast = Normalized::with_kernel(kernel);
        fast.set(earlier);
        fast.set(text);
        let name = kernel.name();
        assert_eq!(fast.bytes(), slow.bytes, "{name}: {text:?}");
        assert!(fast.starts().iter().eq(slow.starts.iter().copied()), "{name}: {text:?}");
        assert_eq!(fast.starts().count(), slow.starts.len(), "{name}: {text:?}");
        let shingles = slow.starts.iter().filter(|&&start| start as usize + SHINGLE_BYTES <= slow.bytes.len());
        assert_eq!(fast.shingles(), shingles.count(), "{name}: {text:?}");
    }

    /// What ends or divides the loops, one of each kind.
    const TURNS: [&str; 27] = [
        "",
        "\\n",
        "\\",
        "\\\\\\t",
        "\\u00e9",
        "\\ud83d\\ude00",
        "&",
        "&self",
        "&amp;",
        "&amp;lt;",
        "&eacute;",
        "<",
        "<b",
        "<br />",
        "é",
        "’",
        "\u{A0}",
        "“‘",
        "…and",
        "¼",
        "\u{200B}",
        "漢",
        "😀",
        "½",
        "\u{1100}\u{1161}\u{11A8}",
        "\u{FDFA}",
        "жук и Ёж",
    ];

    #[test]
    fn every_kernel_equals_the_definition_around_the_ends_of_blocks() {
        let word = "abcdefgh".repeat(20);
        let prose = "Two words, 3 dots... and_so on; ".repeat(5);
        for turn in TURNS {
            for filler in [&word, &prose] {
                for before in 0..=131 {
                    for after in [0, 1, 9, 70] {
                        let text = format!("{}{turn}{}", &filler[..before], &filler[..after]);
                        let slow = Trace::new(&text);
                        for kernel in Kernel::available() {
                            check(kernel, &prose, &text, &slow);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_that_is_no_longer_takes_no_memory() {
        for kernel in Kernel::available() {
            let mut text = Normalized::with_kernel(kernel);
            text.set(&"Some words, 12 of them. ".repeat(50));
            let buffers = |text: &Normalized| (text.bytes.as_ptr(), text.starts.words().as_ptr());
            let before = buffers(&text);
            for shorter in ["жук ".repeat(100), "漢字".repeat(100), "x".repeat(1000)] {
                text.set(&shorter);
                assert_eq!(buffers(&text), before, "{}", kernel.name());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn every_kernel_equals_the_definition(text in hard_text(), earlier in hard_text()) {
            let slow = Trace::new(&text);
            for kernel in Kernel::available() {
                check(kernel, &earlier, &text, &slow);
            }
        }

        /// Long enough for each of the loops to go round many times.
        #[test]
        fn every_kernel_equals_the_definition_on_long_texts(
            pieces in prop::collection::vec(hard_text(), 1..30),
            earlier in hard_text(),
        ) {
            let text = pieces.concat();
            let slow = Trace::new(&text);
            for kernel in Kernel::available() {
                check(kernel, &earlier, &text, &slow);
            }
        }
    }
}
