//! An index that grows and forgets.
//!
//! 1. An [`IndexWriter`] takes the index's [`lock`], takes away what a dead writer left, and collects what is to come and to go.
//! 2. [`IndexWriter::publish`] writes one new segment, with what comes and with the segments that [`tiers`] says are merged, and a
//!    file with the numbers of the references that go.
//! 3. The manifest is replaced by a rename ([`publish`]). Until then the index is what it was; from then on it is the next.
//!    Files that no manifest names any more are taken away; whoever reads them has them mapped.
//!
//! Each text counts in one place: one that comes again moves into the new segment with all that is known of it, and its old place
//! goes. So what is found does not depend on how the index came to be.

mod lock;
mod next;
mod publish;
mod tiers;

use super::build::{Intake, Resources};
use super::manifest::{MANIFEST, Manifest};
use super::references::{Provenance, Reference};
use super::select::Selection;
use super::{Index, ReferenceNumber};
use crate::error::{Error, Result};
use lock::Lock;
use std::collections::BTreeSet;
use std::path::Path;

/// An index that is open for changes: nobody else can change it meanwhile.
#[derive(Debug)]
pub struct IndexWriter {
    _lock: Lock,
    index: Index,
    intake: Intake,
    /// References of the index that go.
    leaving: BTreeSet<ReferenceNumber>,
    /// How much comes that is not there yet.
    added: u64,
    /// Whether something comes that must be judged by the background.
    is_fresh: bool,
    /// Whether all segments become one.
    compacts: bool,
    changed: Changed,
}

/// What a writer did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Texts that came.
    pub texts: u64,
    /// Those of them that the index had already, as text.
    pub known: u64,
    /// References that went, each place that one was found in counted by itself.
    pub removed: u64,
    /// References that stay, because dates were asked for and theirs cannot be read.
    pub undated: u64,
    /// Distinct texts in the index now.
    pub references: u64,
    /// Its segments.
    pub segments: u64,
    /// Its id.
    pub index_id: String,
}

/// How much a reference counts where segments are compared by their size, beside its text.
const ROW: u64 = 100;

impl IndexWriter {
    /// Opens an index to change it. `task` says what for, to others who would change it meanwhile.
    ///
    /// # Errors
    /// As [`Index::open`]; another writer; another built-in background than that of the index.
    pub fn open(path: &Path, task: &str, resources: Resources) -> Result<Self> {
        // Before anything is written into a folder that may be none of ours.
        Manifest::read(path)?.parameters.check_open(path)?;
        Index::open(path)?;
        let lock = Lock::take(path, task)?;
        let index = Index::open(path)?;
        publish::sweep(path, index.manifest())?;
        let intake = Intake::new(&path.join(MANIFEST), resources)?;
        let (leaving, changed) = (BTreeSet::new(), Changed::default());
        Ok(Self { _lock: lock, index, intake, leaving, added: 0, is_fresh: false, compacts: false, changed })
    }

    /// Adds a text, as [`IndexBuilder::add`](super::IndexBuilder::add) does.
    ///
    /// # Errors
    /// A text of over 4 GiB, and what the system says of a temporary file.
    pub fn add(&mut self, text: &str, prompt: &str, provenance: Provenance<'_>) -> Result<()> {
        let digest = blake3::hash(text.as_bytes());
        let beginning = digest.as_bytes().first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        match self.index.number_of(beginning, text) {
            Some(_) => self.changed.known += 1,
            None => self.added += text.len() as u64 + ROW,
        }
        self.changed.texts += 1;
        self.is_fresh = true;
        self.intake.add(text, prompt, provenance)
    }

    /// Removes the references that are selected, of those that the index had when it was opened. A text that was found elsewhere
    /// too stays, with what else is known of it.
    ///
    /// # Errors
    /// What the system says of a temporary file.
    pub fn remove(&mut self, selection: &Selection) -> Result<()> {
        let Self { index, intake, leaving, changed, added, .. } = self;
        for (number, reference) in index.numbered() {
            let stays = |provenance: &Provenance<'_>| !selection.takes(provenance);
            changed.undated += reference.provenances().filter(|p| selection.lacks_date(p)).count() as u64;
            let gone = reference.provenances().filter(|provenance| !stays(provenance)).count() as u64;
            if gone > 0 && leaving.insert(number) {
                changed.removed += gone;
                if reference.provenances().any(|provenance| stays(&provenance)) {
                    *added += size(&reference);
                    intake.carry(&reference, reference.provenances().filter(stays))?;
                }
            }
        }
        Ok(())
    }

    /// Makes one segment of all, without what is removed: the same, byte for byte, as an index that was built at once.
    pub fn compact(&mut self) {
        self.compacts = true;
    }

    /// Makes the changes the state of the index. Without a change, nothing is written.
    ///
    /// # Errors
    /// More than 2^32 references, a background that this version does not have, and what the system says. The index is then as
    /// it was.
    pub fn publish(self) -> Result<Changed> {
        self.check_background()?;
        next::write(self)
    }

    /// An error where texts could not be judged as those of the index were.
    fn check_background(&self) -> Result<()> {
        let (built, ours) = (self.index.parameters().builtin_background, super::build::BUILTIN);
        if !self.is_fresh || built == ours {
            return Ok(());
        }
        let path = self.index.path().join(MANIFEST);
        let help = "add with the version of ringfence that built the index, or build it again from its references";
        Err(Error::content(path, format!("built-in background {ours}"), format!("version {built}")).help(help))
    }
}

/// What a reference counts where segments are compared by their size.
fn size(reference: &Reference<'_>) -> u64 {
    reference.text_bytes() + ROW
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Parameters;
    use crate::index::manifest::Manifest;
    use std::fs;

    #[test]
    fn a_reader_whose_files_went_meanwhile_opens_what_came_and_one_whose_files_are_lost_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rf");
        let reference =
            |id| ("some words of a reference that are long enough", Provenance { id, ..Provenance::default() });
        Index::build(&path, Parameters::new(0.5, 0.99).unwrap(), [reference("1")]).unwrap();
        let before = Manifest::read(&path).unwrap();
        let mut writer = IndexWriter::open(&path, "test", Resources::default()).unwrap();
        let (text, provenance) = reference("2");
        writer.add(text, "", provenance).unwrap();
        let changed = writer.publish().unwrap();
        assert!(!path.join(&before.segments[0].name).exists());
        let index = Index::open_from(&path, before, None).unwrap();
        assert_eq!((index.id(), changed.segments), (changed.index_id.as_str(), 1));
        fs::remove_dir_all(path.join(&index.manifest().segments[0].name)).unwrap();
        assert!(Index::open(&path).is_err());
    }
}
