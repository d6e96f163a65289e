//! One writer at a time.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

/// The file in the index folder that a writer locks. It stays there, empty while nobody writes; readers do not look at it.
const LOCK: &str = "lock";

/// The right to change an index. The system takes it back however the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the right, and says in the file who has it, and for what task.
    ///
    /// # Errors
    /// Another process that has it, by its number; what the system says.
    pub(super) fn take(index: &Path, task: &str) -> Result<Self> {
        let path = index.join(LOCK);
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(index, &path)),
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
        let holder = format!("process {} on {} ({task})", std::process::id(), host());
        let written = file.set_len(0).and_then(|()| file.write_all(holder.as_bytes()));
        written.map_err(Error::io("write", &path))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What stays there of a name is overwritten by the next writer.
        let _ = self.file.set_len(0);
    }
}

/// The name of this machine.
fn host() -> String {
    #[cfg(unix)]
    return rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    return "this machine".to_owned();
}

/// The error that names who holds a lock, as far as it can be known.
fn held(index: &Path, path: &Path) -> Error {
    let holder = fs::read_to_string(path).ok().filter(|holder| !holder.is_empty());
    let holder = holder.unwrap_or_else(|| "another process".to_owned());
    let since = path.metadata().and_then(|file| file.modified()).ok();
    let since = since.and_then(|since| SystemTime::now().duration_since(since).ok());
    let since = since.map(|since| format!(", for {} s", since.as_secs())).unwrap_or_default();
    let found = format!("{holder} changing it{since}");
    Error::content(index, "an index that nobody else is changing", found)
        .help("wait until that is done, then try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_is_the_first_and_the_next_one_may() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path(), "index add").unwrap();
        let error = Lock::take(folder.path(), "index remove").unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())) && error.contains("(index add)"), "{error}");
        drop(first);
        drop(Lock::take(folder.path(), "index remove").unwrap());
        assert_eq!(fs::read(folder.path().join(LOCK)).unwrap(), b"");
    }
}
