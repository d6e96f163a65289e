//! What tells whether a file is still the one that was read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Bytes at either end of a file that are looked at: of Parquet, they hold the footer or the end of it.
const END: u64 = 64 << 10;

/// What a file is known by: cheap to take, whatever its size.
///
/// A file that was written anew with the same length, the same time of change and the same bytes at both ends is taken for
/// the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970; negative before.
    pub modified: i128,
    /// BLAKE3 of its first and its last 64 KiB, in hexadecimal digits.
    pub ends: String,
}

impl Identity {
    /// Takes the identity of the file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(Error::io("open", path))?;
        let facts = file.metadata().map_err(Error::io("open", path))?;
        let mut ends = blake3::Hasher::new();
        let mut add = |start| -> std::io::Result<()> {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(start))?;
            (&mut file).take(END).read_to_end(&mut bytes)?;
            ends.update(&bytes);
            Ok(())
        };
        add(0).and_then(|()| add(facts.len().saturating_sub(END))).map_err(Error::io("read", path))?;
        let modified = facts.modified().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |nanos| -nanos),
        });
        Ok(Self { bytes: facts.len(), modified, ends: ends.finalize().to_hex().to_string() })
    }

    /// What differs, in words for people; none: the same file.
    #[must_use]
    pub fn difference(&self, now: &Self) -> Option<String> {
        if self.bytes != now.bytes {
            Some(format!("{} bytes instead of {}", now.bytes, self.bytes))
        } else if self.ends != now.ends {
            Some("other content".to_owned())
        } else if self.modified != now.modified {
            Some("another time of change".to_owned())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn length_time_and_both_ends_tell_files_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut bytes = vec![7_u8; 300_000];
        let time = UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
        let write = |bytes: &[u8], time| {
            std::fs::write(&path, bytes).unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            Identity::of(&path).unwrap()
        };
        let first = write(&bytes, time);
        assert_eq!((first.bytes, first.modified), (300_000, 1_700_000_000_123_456_789));
        assert_eq!(first.difference(&write(&bytes, time)), None);
        assert!(first.difference(&write(&bytes, time + Duration::from_nanos(1))).unwrap().contains("time"));
        assert!(first.difference(&write(&bytes[1..], time)).unwrap().contains("299999 bytes"));
        for at in [0, 65_535, 299_999, 300_000 - 65_536] {
            bytes[at] = 8;
            assert_eq!(first.difference(&write(&bytes, time)).unwrap(), "other content", "byte {at}");
            bytes[at] = 7;
        }
        assert!(Identity::of(&folder.path().join("none")).unwrap_err().to_string().contains("none"));
        let old = write(b"", UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!((old.bytes, old.modified), (0, -1_000_000_000));
    }
}
