//! The relative paths by which shards are known.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::shard::{Format, ShardFile};

/// Gives each file its relative path; one file under two names is taken once.
pub(super) fn name_shards(files: Vec<(PathBuf, Format)>, base: &Path) -> Result<Vec<ShardFile>> {
    let mut shards = Vec::with_capacity(files.len());
    for (path, format) in files {
        let relative = relative_path(&path, base)?;
        shards.push(ShardFile { path, relative, format });
    }
    // A stable sort: of two names for one file, that which was typed first is kept.
    shards.sort_by(|a, b| a.relative.cmp(&b.relative));
    let mut seen = HashSet::new();
    let mut unique = Vec::with_capacity(shards.len());
    for shard in shards {
        if seen.insert(std::fs::canonicalize(&shard.path).map_err(Error::io("open", &shard.path))?) {
            unique.push(shard);
        }
    }
    let mut by_name: HashMap<&str, &Path> = HashMap::new();
    for shard in &unique {
        if let Some(other) = by_name.insert(&shard.relative, &shard.path) {
            return Err(Error::request(
                format!(
                    "{} and {} would both be the shard `{}`",
                    other.display(),
                    shard.path.display(),
                    shard.relative
                ),
                "give --input-root, a folder that both are in, so that their relative paths differ",
            ));
        }
    }
    Ok(unique)
}

/// The path below `base`, with `/` between the parts.
fn relative_path(path: &Path, base: &Path) -> Result<String> {
    let full = clean(path)?;
    let Ok(inside) = full.strip_prefix(base) else {
        return Err(Error::request(
            format!("{} is not in the input root {}", path.display(), base.display()),
            "give --input-root a folder that all inputs are in",
        ));
    };
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Ok(parts.join("/"))
}

/// The path from the file system's root, `.` and `..` worked out on its face: symbolic links keep their names, for
/// the relative path is made of what was typed.
pub(crate) fn clean(path: &Path) -> Result<PathBuf> {
    let mut clean = PathBuf::new();
    for part in std::path::absolute(path).map_err(Error::io("find", path))?.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    Ok(clean)
}

/// The folder that a clean path is in.
pub(crate) fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_path_buf()
}

/// The folder in which a glob begins: all before the first part with a wildcard.
pub(crate) fn glob_base(pattern: &str) -> PathBuf {
    let is_fixed = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    Path::new(pattern).components().take_while(is_fixed).collect::<PathBuf>().join(".")
}

/// The closest folder above all of these.
pub(crate) fn common_parent(bases: &[PathBuf]) -> PathBuf {
    let Some((first, rest)) = bases.split_first() else { return PathBuf::new() };
    let mut common = first.clone();
    for base in rest {
        while !base.starts_with(&common) {
            common.pop();
        }
    }
    common
}
