//! Texts on their way into a segment, whether they come for the first time or from another segment.

use super::Resources;
use super::background::Common;
use super::record::{Record, digest};
use super::runs::Runs;
use super::spill::Budget;
use super::standing::Standing;
use super::write::{Written, write_segment};
use crate::error::{Error, Result};
use crate::index::parameters::Parameters;
use crate::index::references::{Provenance, Reference};
use crate::index::secret::Secret;
use rayon::ThreadPool;
use std::path::Path;

/// Takes texts.
#[derive(Debug)]
pub(in crate::index) struct Intake {
    budget: Budget,
    pool: ThreadPool,
    runs: Runs,
    secret: Option<Secret>,
}

impl Intake {
    /// An intake that puts temporary files beside a path.
    pub(in crate::index) fn new(beside: &Path, resources: Resources) -> Result<Self> {
        let threads = resources.threads;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| Error::request(format!("cannot start {threads} threads: {e}"), "ask for fewer"))?;
        let budget = Budget::new(resources.memory, beside);
        Ok(Self { runs: Runs::new(budget.clone()), budget, pool, secret: None })
    }

    /// The same for a private index: no digest of a text can be computed without its secret.
    pub(in crate::index) fn with_secret(mut self, secret: Option<Secret>) -> Self {
        self.runs.secret.clone_from(&secret);
        Self { secret, ..self }
    }

    pub(in crate::index) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Runs something on the threads of the intake.
    pub(in crate::index) fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// How many texts there are, each provenance for itself.
    pub(in crate::index) fn len(&self) -> u64 {
        self.runs.len()
    }

    /// Takes a text with its prompt and where it was found. An id that is not known becomes the beginning of the text's digest.
    pub(in crate::index) fn add(&mut self, text: &str, prompt: &str, provenance: Provenance<'_>) -> Result<()> {
        if provenance.id.is_empty() {
            let digest = blake3::Hash::from_bytes(digest(text, self.secret.as_ref())).to_hex();
            let id = digest.get(..16).unwrap_or_default();
            return self.push(&Record::new(text, prompt, &[], Provenance { id, ..provenance }));
        }
        self.push(&Record::new(text, prompt, &[], provenance))
    }

    /// Takes a reference of another segment with some of its provenances. Which of its shingles are rare is known.
    pub(in crate::index) fn carry<'a>(
        &mut self,
        reference: &Reference<'a>,
        mut provenances: impl Iterator<Item = Provenance<'a>>,
    ) -> Result<()> {
        let (text, marks) = (reference.text(), reference.marks());
        provenances.try_for_each(|provenance| self.push(&Record::new(text, "", marks, provenance)))
    }

    fn push(&mut self, record: &Record<'_>) -> Result<()> {
        self.runs.push(record)?;
        if self.runs.is_full() { self.pool.install(|| self.runs.spill()) } else { Ok(()) }
    }

    /// Writes the texts as a segment into a folder, beside what stands already.
    pub(in crate::index) fn write(
        self,
        folder: &Path,
        parameters: &Parameters,
        common: &Common,
        standing: Option<Standing<'_>>,
    ) -> Result<Written> {
        let Self { budget, pool, runs, .. } = self;
        pool.install(|| write_segment(folder, parameters, &budget, runs, (common, standing)))
    }
}
