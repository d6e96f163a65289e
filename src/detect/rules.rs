//! How much evidence a match needs, and how closely texts are looked at for it. The only home of these figures;
//! `verify` compares with them.

use crate::sketch::Probing;

/// How readily text is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sensitivity {
    /// Long and clear copies only.
    Fast,
    /// The default.
    #[default]
    Balanced,
    /// Short and heavily edited ones too, at the price of more false flags.
    Thorough,
}

/// Which kinds of matches are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detect {
    /// Records that are near-duplicates of references as a whole.
    Resemblance,
    /// Passages that records and references share.
    Containment,
    /// Both.
    #[default]
    Both,
}

impl Sensitivity {
    /// Its name on the command line and in the summary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Thorough => "thorough",
        }
    }
}

impl Sensitivity {
    /// How densely the gate looks at texts. `thorough` misses nothing there: it looks at every shingle.
    #[must_use]
    pub fn probing(self) -> Probing {
        match self {
            Self::Fast => Probing { distance: 24, at_least: 16 },
            Self::Balanced => Probing { distance: 16, at_least: 32 },
            Self::Thorough => Probing::EVERY,
        }
    }
}

impl Detect {
    /// Its name on the command line and in the summary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Resemblance => "resemblance",
            Self::Containment => "containment",
            Self::Both => "both",
        }
    }
}

/// What a match needs, at least. Words are agreeing words in order, shingles distinct rare shared ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Words of a passage.
    pub passage_words: usize,
    /// Its shingles.
    pub passage_shingles: usize,
    /// Share of the words that a match needs which must lie outside common shingles.
    pub telling: f64,
    /// Share of the agreeing words that must lie outside common shingles, where a text matches as a whole.
    pub own: f64,
    /// Rare shingles a word of a passage: fewer are chance, whatever the alignment makes of it.
    pub density: f64,
    /// Share of the longer side's words of a region that agree, where it holds most of the shorter text.
    pub agreement: f64,
    /// The same of a passage that is only a part of both: what two authors write on one subject is alike in parts.
    pub part_agreement: f64,
    /// Share of the shorter text's words that is most of it.
    pub most: f64,
    /// Words of two texts that agree in most of their words from end to end, edited all over.
    pub alike_words: usize,
    /// Share of the longer text's words that agree.
    pub alike: f64,
    /// Share of the longer side's words of their region that agree.
    pub alike_agreement: f64,
    /// Their shingles: with edits in every sentence hardly any is left.
    pub alike_shingles: usize,
    /// Share of the words of a whole reference or record that agree, for what is shorter than a passage.
    pub whole: f64,
    /// Words of a reference that lies wholly in a record.
    pub reference_words: usize,
    /// Its shingles.
    pub reference_shingles: usize,
    /// Words of a record that is wholly a fragment of a reference.
    pub record_words: usize,
    /// Its shingles.
    pub record_shingles: usize,
    /// Share of the words of record or reference that agree in all regions together, for copies with their parts in
    /// another order.
    pub scattered: f64,
    /// Words of each region that counts for that.
    pub part_words: usize,
    /// Share of the words of a record that fragments of several references make up.
    pub spliced: f64,
    /// Their shingles.
    pub spliced_shingles: usize,
    /// Share of the shared shingles that are rare, where texts resemble each other as wholes.
    pub rare_share: f64,
    /// Shingles that a record and a reference must share to resemble each other as a whole.
    pub resemblance_shingles: usize,
}

/// The default: calibrated on labelled sets (README).
const BALANCED: Rules = Rules {
    passage_words: 30,
    passage_shingles: 3,
    telling: 0.6,
    own: 0.15,
    density: 0.05,
    agreement: 0.7,
    part_agreement: 0.82,
    most: 0.6,
    alike_words: 20,
    alike: 0.52,
    alike_agreement: 0.58,
    alike_shingles: 1,
    whole: 0.8,
    reference_words: 15,
    reference_shingles: 3,
    record_words: 10,
    record_shingles: 2,
    scattered: 0.4,
    part_words: 5,
    spliced: 0.7,
    spliced_shingles: 5,
    rare_share: 0.12,
    resemblance_shingles: 2,
};

const FAST: Rules = Rules {
    passage_words: 50,
    passage_shingles: 8,
    agreement: 0.8,
    part_agreement: 0.85,
    alike_words: 30,
    alike: 0.7,
    alike_agreement: 0.7,
    alike_shingles: 4,
    reference_words: 25,
    reference_shingles: 6,
    record_words: 15,
    record_shingles: 4,
    scattered: 0.6,
    resemblance_shingles: 4,
    ..BALANCED
};

const THOROUGH: Rules = Rules {
    passage_words: 20,
    passage_shingles: 2,
    agreement: 0.6,
    part_agreement: 0.7,
    alike_words: 15,
    alike: 0.45,
    alike_agreement: 0.55,
    whole: 0.7,
    reference_words: 10,
    reference_shingles: 2,
    record_words: 7,
    record_shingles: 1,
    scattered: 0.3,
    spliced: 0.6,
    spliced_shingles: 3,
    ..BALANCED
};

impl Rules {
    /// The rules of a sensitivity.
    #[must_use]
    pub fn of(sensitivity: Sensitivity) -> Self {
        match sensitivity {
            Sensitivity::Fast => FAST,
            Sensitivity::Balanced => BALANCED,
            Sensitivity::Thorough => THOROUGH,
        }
    }
}
