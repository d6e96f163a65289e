//! Shards shared out among machines.

use std::fmt;
use std::str::FromStr;

use super::ShardFile;
use crate::error::{Error, Result};

/// Which of all shards are meant: in their order, every `of`-th from number `number` on. Parts of one list share no shard,
/// and together have all; large shards that stand together are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which part, from 0.
    pub number: u64,
    /// How many there are, at least 1.
    pub of: u64,
}

impl Part {
    /// All shards.
    pub const ALL: Self = Self { number: 0, of: 1 };

    /// How many of so many shards are in this part.
    #[must_use]
    pub fn count(self, shards: u64) -> u64 {
        shards.saturating_sub(self.number).div_ceil(self.of.max(1))
    }

    /// Keeps the shards of this part.
    pub(super) fn select(self, shards: Vec<ShardFile>) -> Vec<ShardFile> {
        let mine = |(at, shard)| (at as u64 % self.of == self.number).then_some(shard);
        shards.into_iter().enumerate().filter_map(mine).collect()
    }
}

impl Default for Part {
    fn default() -> Self {
        Self::ALL
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let parts = text.split_once('/').and_then(|(part, of)| Some((number(part)?, number(of)?)));
        match parts {
            Some((number, of)) if number < of => Ok(Self { number, of }),
            Some((number, of)) => {
                Err(Error::request(format!("there is no part {number} of {of}: parts are counted from 0"), ""))
            }
            None => Err(Error::request(format!("{text} is not a part such as 0/8, the first of eight"), "")),
        }
    }
}

/// Which shards a scan was asked for, in few bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardList {
    /// How many.
    pub count: u64,
    /// BLAKE3 of their relative paths, each with a line feed, in their order; hexadecimal digits.
    pub digest: String,
}

impl ShardList {
    /// The list of some shards.
    #[must_use]
    pub fn of(shards: &[ShardFile]) -> Self {
        Self::of_names(shards.iter().map(|shard| shard.relative.as_str()))
    }

    /// The list of shards with these relative paths.
    #[must_use]
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut count, mut digest) = (0, blake3::Hasher::new());
        for name in names {
            count += 1;
            digest.update(name.as_bytes()).update(b"\n");
        }
        Self { count, digest: digest.finalize().to_hex().to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shard::Format;

    fn shards(count: usize) -> Vec<ShardFile> {
        let shard = |n| ShardFile { path: "x".into(), relative: format!("{n:03}"), format: Format::Parquet };
        (0..count).map(shard).collect()
    }

    #[test]
    fn parts_have_every_shard_once() {
        for (count, of) in [(0, 3), (1, 3), (10, 1), (10, 3), (10, 10), (10, 12)] {
            let parts: Vec<_> = (0..of).map(|number| Part { number, of }.select(shards(count))).collect();
            for (number, part) in parts.iter().enumerate() {
                assert_eq!(Part { number: number as u64, of }.count(count as u64), part.len() as u64);
            }
            let mut all: Vec<_> = parts.concat();
            all.sort_by(|a, b| a.relative.cmp(&b.relative));
            assert_eq!(all, shards(count));
            assert!(parts.iter().all(|part| part.len().abs_diff(count / of as usize) <= 1));
        }
        assert_ne!(ShardList::of(&shards(3)), ShardList::of(&shards(3)[..2]));
    }

    #[test]
    fn parts_are_written_from_zero() {
        assert_eq!("2/3".parse::<Part>().unwrap(), Part { number: 2, of: 3 });
        assert_eq!(Part { number: 2, of: 3 }.to_string(), "2/3");
        assert!("3/3".parse::<Part>().unwrap_err().to_string().contains("counted from 0"));
        for bad in ["", "1", "0/0", "/", "-1/2", "a/b", "1/2/3", "+0/1", "0/99999999999999999999"] {
            assert!(bad.parse::<Part>().is_err(), "{bad}");
        }
    }
}
