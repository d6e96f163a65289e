//! Made texts: words that no two texts share by chance.

/// Random numbers that are the same in every run (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// True once in so many times.
    #[allow(dead_code, reason = "not every test that borrows this file asks")]
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A word of 4 to 9 letters, such as no other call makes.
    pub(crate) fn word(&mut self) -> String {
        let length = 4 + self.below(6);
        (0..length).map(|at| self.letter(at)).collect()
    }

    /// A word as long as words of prose usually are: 4.7 letters on average.
    pub(crate) fn usual_word(&mut self) -> String {
        let length = [2, 3, 3, 4, 4, 5, 5, 6, 7, 8][self.below(10)];
        (0..length).map(|at| self.letter(at)).collect()
    }

    fn letter(&mut self, at: usize) -> char {
        let letters: &[u8] = if at.is_multiple_of(2) { b"bcdfghjklmnprstvwz" } else { b"aeiouy" };
        char::from(letters[self.below(letters.len())])
    }

    pub(crate) fn words(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.word()).collect()
    }

    /// So many words as sentences and lines.
    pub(crate) fn prose(&mut self, count: usize) -> String {
        let words = self.words(count);
        self.punctuate(&words)
    }

    pub(crate) fn punctuate(&mut self, words: &[String]) -> String {
        let mut text = String::new();
        for (number, word) in words.iter().enumerate() {
            let between =
                if number == 0 { "" } else { [" ", " ", " ", " ", ", ", ".\n", " — ", "; "][self.below(8)] };
            text += between;
            text += word;
        }
        text
    }
}
