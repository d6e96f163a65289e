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
        let folder = prepare(&destination)?;
        let temporary = names(&destination, |names| names.tempfile_in(folder));
        let temporary = temporary.map_err(Error::io("create a temporary file in", folder))?;
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
        put_in_place(temporary, &destination)
    }
}

/// The folder of an output that is not there yet, made if need be.
fn prepare(destination: &Path) -> Result<&Path> {
    if destination.symlink_metadata().is_ok() {
        return Err(exists(destination));
    }
    let folder = folder_of(destination);
    fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    Ok(folder)
}

/// Makes something under a temporary name that says what it will be.
fn names<T>(destination: &Path, make: impl FnOnce(&tempfile::Builder<'_, '_>) -> T) -> T {
    // Names have at most 255 bytes, and this one gets longer.
    let name: String = destination.file_name().unwrap_or_default().to_string_lossy().chars().take(40).collect();
    let prefix = format!(".{name}.");
    let mut names = tempfile::Builder::new();
    names.prefix(&prefix).suffix(SUFFIX);
    // A temporary file is private by default; an output should be as readable as any other new file.
    #[cfg(unix)]
    names.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    make(&names)
}

fn put_in_place<F>(temporary: NamedTempFile<F>, destination: &Path) -> Result<()> {
    temporary.persist_noclobber(destination).map_err(|refused| match refused.error.kind() {
        io::ErrorKind::AlreadyExists => exists(destination),
        _ => Error::io("rename into place", destination)(refused.error),
    })?;
    sync_folder(destination)
}

/// Puts `source` under the name `destination` as it is: a shard from which nothing goes.
///
/// With `link`, a hard link is tried first: it costs nothing, but both names are then one file. `check` is asked when the bytes
/// are there and have no name yet: whether they are those that were meant.
///
/// # Errors
/// When `destination` exists already, or the system cannot read, write or rename; what `check` says.
pub fn copy_whole(source: &Path, destination: &Path, link: bool, check: &dyn Fn() -> Result<()>) -> Result<Placed> {
    if let Some(linked) = if link { link_whole(source, destination)? } else { None } {
        check()?;
        put_in_place(linked, destination)?;
        return Ok(Placed::Linked);
    }
    let output = Publish::create(destination)?;
    fs::copy(source, output.temporary.path()).map_err(Error::io("copy", source))?;
    check()?;
    output.publish()?;
    Ok(Placed::Copied)
}

/// A hard link under a temporary name; none where the file system has none (or not between these two places).
fn link_whole(source: &Path, destination: &Path) -> Result<Option<NamedTempFile<()>>> {
    // A link to a symbolic link would be a second symbolic link, perhaps a dangling one.
    let real = fs::canonicalize(source).map_err(Error::io("resolve", source))?;
    let folder = prepare(destination)?;
    Ok(names(destination, |names| names.make_in(folder, |path| fs::hard_link(&real, path))).ok())
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

    fn listed(folder: &Path) -> Vec<String> {
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
        assert!(is_temporary(&listed(path.parent().unwrap())[0]) && !is_temporary("part.parquet"));
        output.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(listed(path.parent().unwrap()), ["part.parquet"]);
    }

    #[test]
    fn an_unpublished_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(Publish::create(folder.path().join("x")).unwrap());
        assert!(listed(folder.path()).is_empty());
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
            assert!(copy_whole(&path, &path, link, &|| Ok(())).is_err());
        }
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(listed(folder.path()), ["x"]);
    }

    #[test]
    fn a_whole_shard_is_copied_or_linked() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("x");
        fs::write(&source, "same").unwrap();
        let at = |name: &str| folder.path().join(name);
        assert_eq!(copy_whole(&source, &at("out/copy"), false, &|| Ok(())).unwrap(), Placed::Copied);
        assert_eq!(copy_whole(&source, &at("out/link"), true, &|| Ok(())).unwrap(), Placed::Linked);
        for link in [true, false] {
            let refused = copy_whole(&source, &at("out/other"), link, &|| Err(Error::request("changed", "")));
            assert_eq!(refused.unwrap_err().to_string(), "changed");
        }
        assert_eq!(listed(&at("out")), ["copy", "link"]);
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
        copy_whole(&at("symbolic"), &at("linked"), true, &|| Ok(())).unwrap();
        assert!(fs::symlink_metadata(at("linked")).unwrap().is_file());
    }
}
