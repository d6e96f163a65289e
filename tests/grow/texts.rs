//! Random texts that share passages, and records made of them.

use super::Row;

/// SplitMix64.
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

const WORDS: [&str; 24] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % limit as u64) as usize
    }

    pub(crate) fn words(&mut self, count: usize) -> Vec<String> {
        let word = |random: &mut Self| match random.below(4) {
            0 => format!("word{}", random.below(5000)),
            _ => WORDS[random.below(WORDS.len())].to_owned(),
        };
        (0..count).map(|_| word(self)).collect()
    }

    /// A text of several lengths: too short for a shingle, short, or long; some with lines of form.
    pub(crate) fn text(&mut self) -> String {
        let length = [2, 12, 40, 90][self.below(4)];
        let words = self.words(length).join(" ");
        if self.below(6) == 0 { format!("import os\nimport sys\n{words}") } else { words }
    }

    /// Some of the words of a text, one after the other.
    pub(crate) fn stretch(&mut self, text: &str) -> String {
        let words: Vec<&str> = text.split(' ').collect();
        let from = self.below(words.len());
        let many = 1 + self.below(words.len());
        words[from..(from + many).min(words.len())].join(" ")
    }

    /// A copy with some words exchanged.
    fn edited(&mut self, text: &str) -> String {
        let rate = [3, 8, 20, 1000][self.below(4)];
        let word = |word: &str| if self.below(rate) == 0 { self.words(1).concat() } else { word.to_owned() };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// References out of a small stock of texts, so that texts come again.
    pub(crate) fn rows(
        &mut self,
        stock: &[String],
        count: usize,
        prompt: &mut dyn FnMut(&mut Self, &str) -> String,
    ) -> Vec<Row> {
        let mut row = |random: &mut Self| {
            let text = stock[random.below(stock.len())].clone();
            let prompt = prompt(random, &text);
            let [id, vendor, session] = [40, 3, 6].map(|limit| random.below(limit).to_string());
            Row { text, prompt, id, vendor, session }
        };
        (0..count).map(|_| row(self)).collect()
    }

    /// Texts, some of them versions of others.
    pub(crate) fn stock(&mut self, count: usize) -> Vec<String> {
        let mut stock: Vec<String> = Vec::new();
        for number in 0..count {
            let text = match number {
                0 => self.text(),
                _ if self.below(3) == 0 => {
                    let other = self.below(number);
                    self.edited(&stock[other].clone())
                }
                _ => self.text(),
            };
            stock.push(text);
        }
        stock
    }

    /// Records that copy texts, whole, in part, edited, or several of them.
    pub(crate) fn records(&mut self, stock: &[String], count: usize) -> Vec<String> {
        let record = |random: &mut Self| {
            let parts = 1 + random.below(3);
            let part = |_| {
                let text = &stock[random.below(stock.len())];
                let stretch = if random.below(2) == 0 { text.clone() } else { random.stretch(text) };
                random.edited(&stretch)
            };
            (0..parts).map(part).collect::<Vec<_>>().join(" ")
        };
        (0..count).map(|_| record(self)).collect()
    }
}
