//! Several indexes to one.

use super::Index;
use super::build::{Built, Common, Intake, Resources, check_free, create};
use crate::error::{Error, Result};
use std::path::Path;

/// Writes an index of all references of some indexes into a folder that must not exist yet. The result is the one that a build of
/// all of them at once would have.
///
/// # Errors
/// An existing folder; a private index; indexes that were built with other parameters, or with another background, than the first; no references;
/// what the system says.
pub fn merge(indexes: &[Index], out: &Path, resources: Resources) -> Result<Built> {
    check_free(out)?;
    let Some(first) = indexes.first() else { return Err(nothing()) };
    indexes.iter().try_for_each(|index| index.parameters().check_open(index.path()))?;
    indexes.iter().try_for_each(|index| check_alike(first, index))?;
    let mut intake = Intake::new(out, resources)?;
    for reference in indexes.iter().flat_map(Index::references) {
        intake.carry(&reference, reference.provenances())?;
    }
    indexes.iter().try_for_each(Index::check_unchanged)?;
    if intake.len() == 0 {
        return Err(nothing());
    }
    create(out, first.parameters().clone(), intake, (&Common::none(), &first.further_common()?))
}

fn nothing() -> Error {
    Error::request("there are no references to merge", "name indexes that hold some")
}

/// An error where the references of one index are not judged, or not looked up, as those of another.
fn check_alike(one: &Index, other: &Index) -> Result<()> {
    let [ours, theirs] = [one, other].map(|index| (index.parameters(), index.manifest().background.as_ref()));
    if ours == theirs {
        return Ok(());
    }
    let expected = format!("the parameters and the background of {}", one.path().display());
    let found = if ours.0 == theirs.0 { "another background" } else { "other parameters" };
    let help = "build one index from the references of all, or build them anew with equal options";
    Err(Error::content(other.path(), expected, found).help(help))
}
