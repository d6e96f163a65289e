//! Outputs that appear whole or not at all: written beside their final name, synced, then renamed.

use std::fs::{self, File, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// The end of a temporary name.
const SUFFIX: &str = ".tmp";

/// Whether a name is that of a file that is, or was being, written.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(SUFFIX)
}

/// A file that is being written under a temporary name; dropping it unpublished removes it.
#[derive(Debug)]
pub struct Publish {
    temporary: NamedTempFile,
    destination: PathBuf,
}

/// How [`copy_whole`] put a shard in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// A second name for the same file.
    Linked,
    /// A copy of its own (sharing blocks where the file system can).
    Copied,
}

impl Publish {
    /// Starts a file that will be `destination`, in a folder that is made if need be.
    ///
    /// # Errors
    /// When `destination` exists already, or the folder or the temporary file cannot be made.
    pub fn create(destination: impl AsRef<Path>) -> Result<Self> {
        let destination = destination.as_ref().to_path_buf();
        if destination.symlink_metadata().is_ok() {
            return Err(exists(&destination));
        }
        let folder = folder_of(&destination);
        fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
        // Names have at most 255 bytes, and this one gets longer.
        let name: String = destination.file_name().unwrap_or_default().to_string_lossy().chars().take(40).collect();
        let prefix = format!(".{name}.");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(SUFFIX);
        // A temporary file is private by default; an output should be as readable as any other new file.
        #[cfg(unix)]
        builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
        let temporary = builder.tempfile_in(folder).map_err(Error::io("create a temporary file in", folder))?;
        Ok(Self { temporary, destination })
    }

    /// The file to write to.
    #[must_use]
    pub fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// The name the file will have.
    #[must_use]
    pub fn destination(&self) -> &Path {
        &self.destination
    }

    /// Gives the file its final name, once all of it is on the disk.
    ///
    /// # Errors
    /// When the system cannot sync or rename, or when a file of that name has appeared meanwhile.
    pub fn publish(self) -> Result<()> {
        let Self { temporary, destination } = self;
        temporary.as_file().sync_all().map_err(Error::io("sync", &destination))?;
        temporary.persist_noclobber(&destination).map_err(|refused| match refused.error.kind() {
            io::ErrorKind::AlreadyExists => exists(&destination),
            _ => Error::io("rename into place", &destination)(refused.error),
        })?;
        sync_folder(&destination)
    }
}

/// Puts `source` under the name `destination` as it is: a shard from which nothing goes.
///
/// With `link`, a hard link is tried first: it costs nothing, but both names are then one file.
///
/// # Errors
/// When `destination` exists already, or the system cannot read, write or rename.
pub fn copy_whole(source: &Path, destination: &Path, link: bool) -> Result<Placed> {
    let output = Publish::create(destination)?;
    if link && link_whole(source, destination)? {
        return Ok(Placed::Linked);
    }
    fs::copy(source, output.temporary.path()).map_err(Error::io("copy", source))?;
    output.publish()?;
    Ok(Placed::Copied)
}

/// Whether a hard link could be made; false where the file system has none (or not between these two places).
fn link_whole(source: &Path, destination: &Path) -> Result<bool> {
    // A link to a symbolic link would be a second symbolic link, perhaps a dangling one.
    let real = fs::canonicalize(source).map_err(Error::io("resolve", source))?;
    match fs::hard_link(real, destination) {
        Ok(()) => sync_folder(destination).map(|()| true),
        Err(refused) if refused.kind() == io::ErrorKind::AlreadyExists => Err(exists(destination)),
        Err(_) => Ok(false),
    }
}

/// Syncs the folder that a file is in: a rename is on the disk only when its folder is.
///
/// # Errors
/// What the system says.
pub fn sync_folder(destination: &Path) -> Result<()> {
    let folder = folder_of(destination);
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(Error::io("sync the folder", folder))
}

fn folder_of(destination: &Path) -> &Path {
    match destination.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn exists(destination: &Path) -> Error {
    Error::request(
        format!("{}: exists already, and outputs are never written over", destination.display()),
        "choose another output folder, or remove the old one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_only_when_published() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/part.parquet");
        let output = Publish::create(&path).unwrap();
        output.file().write_all(b"whole").unwrap();
        assert!(!path.exists());
        assert!(names(path.parent().unwrap())[0].starts_with(".part.parquet."));
        assert!(is_temporary(&names(path.parent().unwrap())[0]) && !is_temporary("part.parquet"));
        output.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(path.parent().unwrap()), ["part.parquet"]);
    }

    #[test]
    fn an_unpublished_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(Publish::create(folder.path().join("x")).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn an_existing_file_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let late = Publish::create(&path).unwrap();
        fs::write(&path, "old").unwrap();
        assert!(Publish::create(&path).is_err());
        assert!(late.publish().unwrap_err().to_string().contains("exists already"));
        for link in [true, false] {
            assert!(copy_whole(&path, &path, link).is_err());
        }
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["x"]);
    }

    #[test]
    fn a_whole_shard_is_copied_or_linked() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("x");
        fs::write(&source, "same").unwrap();
        let at = |name: &str| folder.path().join(name);
        assert_eq!(copy_whole(&source, &at("out/copy"), false).unwrap(), Placed::Copied);
        assert_eq!(copy_whole(&source, &at("out/link"), true).unwrap(), Placed::Linked);
        assert_eq!(names(&at("out")), ["copy", "link"]);
        assert_eq!(fs::read(at("out/copy")).unwrap(), fs::read(at("out/link")).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn an_output_is_as_readable_as_any_new_file_and_a_link_follows_symbolic_links() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), "x").unwrap();
        Publish::create(at("published")).unwrap().publish().unwrap();
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("published"), mode("plain"));
        std::os::unix::fs::symlink(at("plain"), at("symbolic")).unwrap();
        copy_whole(&at("symbolic"), &at("linked"), true).unwrap();
        assert!(fs::symlink_metadata(at("linked")).unwrap().is_file());
    }
}
