//! References to the files of an index.
//!
//! 1. [`IndexBuilder::add`] takes texts; beyond a share of the memory they go to a temporary file (`runs`).
//! 2. [`IndexBuilder::write`] goes through them in the order of their digests, so that the bytes of an index depend on its
//!    references alone, not on their files, their order, the memory, or the number of threads. Texts that are equal byte for
//!    byte are one reference; every place they were found in is kept.
//! 3. Each reference is normalised, shingled and sketched, in parallel (`sketched`); texts and provenance are written as they
//!    come (`segment`), and entries of tables collected by their keys (`spool`), in memory or in temporary files.
//! 4. The tables and the filter are written in the order of the keys (`table`).
//! 5. All files stand in a temporary folder, are synced, and are published by one rename.

mod background;
mod builtin;
mod create;
mod hashes;
mod intake;
mod output;
mod overlap;
mod rare;
mod record;
mod runs;
mod segment;
mod sequencer;
mod sketched;
mod spill;
mod spool;
mod standing;
mod strings;
mod table;
mod temporary;
mod write;

pub use background::Background;
pub(super) use background::Common;
pub(super) use builtin::VERSION as BUILTIN;
pub(super) use create::{check_free, create};
pub(super) use intake::Intake;
pub(super) use output::{FileWriter, sync, write_synced};
pub use spill::{DEFAULT_MEMORY, LEAST_MEMORY};
pub(super) use standing::Standing;
pub(super) use write::Written;

use super::Index;
use super::parameters::Parameters;
use super::references::Provenance;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// What a build may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    /// Bytes of memory, at least [`LEAST_MEMORY`]; what is more goes to temporary files beside the index. A single text must
    /// fit several times over.
    pub memory: u64,
    /// Threads; 0: one a core.
    pub threads: usize,
}

impl Default for Resources {
    fn default() -> Self {
        Self { memory: DEFAULT_MEMORY, threads: 0 }
    }
}

/// Collects references and writes an index.
#[derive(Debug)]
pub struct IndexBuilder {
    path: PathBuf,
    parameters: Parameters,
    intake: Intake,
}

/// What a build did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Built {
    /// Distinct texts.
    pub references: u64,
    /// Texts with all their provenances: what was added, less what was added twice in every field.
    pub provenances: u64,
    /// Texts too short for a shingle: found only as whole records.
    pub short: u64,
    /// Texts without letters and digits: never found.
    pub empty: u64,
}

impl IndexBuilder {
    /// A builder without references, of an index in a folder that must not exist yet.
    ///
    /// # Errors
    /// An existing folder, or threads that cannot be started.
    pub fn new(path: &Path, parameters: Parameters, resources: Resources) -> Result<Self> {
        check_free(path)?;
        let intake = Intake::new(path, resources)?.with_secret(parameters.secret.clone());
        Ok(Self { path: path.to_path_buf(), parameters, intake })
    }

    /// Adds a text, the prompt that it answers (empty: none is known) and where it was found. What a text repeats of its
    /// prompt is a person's and will be no evidence. An id that is not known becomes the beginning of the text's digest.
    ///
    /// # Errors
    /// A text of over 4 GiB, and what the system says of a temporary file.
    pub fn add(&mut self, text: &str, prompt: &str, provenance: Provenance<'_>) -> Result<()> {
        self.intake.add(text, prompt, provenance)
    }

    /// A background with what is built in, to add documents to.
    ///
    /// # Errors
    /// A key that is none.
    pub fn background(&self) -> Result<Background> {
        let shingler = self.parameters.shingler(Path::new(""))?;
        Background::new(shingler, self.parameters.common_documents, self.intake.budget().clone())
    }

    /// Writes the index, and publishes it by a rename.
    ///
    /// # Errors
    /// No references, a folder that came into being meanwhile, more than 2^32 references, or what the system says.
    pub fn write(self, background: Background) -> Result<Built> {
        let Self { path, mut parameters, intake } = self;
        if intake.len() == 0 {
            return Err(Error::request("there are no references to index", "name files that hold some text"));
        }
        parameters.builtin_background = builtin::VERSION;
        parameters.background_documents = background.documents();
        let (common, counted) = intake.install(|| background.common())?;
        create(&path, parameters, intake, (&common, &counted))
    }
}

impl Index {
    /// Builds an index of these references in a folder, and opens it.
    ///
    /// # Errors
    /// As [`IndexBuilder::write`] and [`Index::open`].
    pub fn build<'a>(
        path: &Path,
        parameters: Parameters,
        references: impl IntoIterator<Item = (&'a str, Provenance<'a>)>,
    ) -> Result<Self> {
        let mut builder = IndexBuilder::new(path, parameters, Resources::default())?;
        references.into_iter().try_for_each(|(text, provenance)| builder.add(text, "", provenance))?;
        let background = builder.background()?;
        builder.write(background)?;
        Self::open(path)
    }
}
