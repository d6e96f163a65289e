//! From what a person typed to the files that are read.

use crate::error::{Error, Result};
use crate::shard::{Entry, Links, clean, common_parent, glob_base, is_left, parent, walk};
use ignore::WalkBuilder;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where to open it.
    pub path: PathBuf,
    /// Its name in outputs: its path below the folder that was named, or below the closest common one.
    pub name: String,
    /// Whether it was named itself: then it must be of a known format.
    pub is_named: bool,
}

/// What is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The files, by name.
    pub files: Vec<SourceFile>,
    /// Symbolic links in folders and globs that were not followed. Sorted.
    pub links: Vec<PathBuf>,
}

/// Finds the files that are meant: files, folders with all that is in them (hidden files included, and what `links` says of symbolic
/// links), and glob patterns. `tree` leaves out what a `.gitignore` names, hidden files and version control. Ordered by name.
///
/// # Errors
/// An input that is not there, a pattern that matches nothing, a folder that cannot be read.
pub fn find_sources(inputs: &[String], tree: bool, links: Links) -> Result<Sources> {
    let mut finding = Finding { tree, follow: links, files: Vec::new(), links: Vec::new(), bases: Vec::new() };
    inputs.iter().try_for_each(|input| finding.add(input))?;
    let base = common_parent(&finding.bases);
    let mut sources = Vec::with_capacity(finding.files.len());
    for (path, is_named) in std::mem::take(&mut finding.files) {
        let full = clean(&path)?;
        let inside = full.strip_prefix(&base).unwrap_or(&full);
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        sources.push(SourceFile { path, name: parts.join("/"), is_named });
    }
    sources.sort_by(|a, b| (&a.name, !a.is_named).cmp(&(&b.name, !b.is_named)));
    let mut seen = HashSet::new();
    sources.retain(|source| seen.insert(source.path.canonicalize().unwrap_or_else(|_| source.path.clone())));
    finding.links.sort();
    finding.links.dedup();
    Ok(Sources { files: sources, links: finding.links })
}

struct Finding {
    tree: bool,
    follow: Links,
    links: Vec<PathBuf>,
    files: Vec<(PathBuf, bool)>,
    bases: Vec<PathBuf>,
}

impl Finding {
    fn add(&mut self, input: &str) -> Result<()> {
        let path = Path::new(input);
        match path.metadata() {
            Ok(facts) if facts.is_dir() => {
                self.bases.push(clean(path)?);
                self.add_folder(path)
            }
            Ok(facts) if facts.is_file() => {
                self.bases.push(parent(&clean(path)?));
                self.files.push((path.to_path_buf(), true));
                Ok(())
            }
            Ok(_) => Err(Error::request(format!("{input}: neither a file nor a folder"), "write it to a file first")),
            Err(_) if input.contains(['*', '?', '[']) => self.add_glob(input),
            Err(error) => Err(Error::io("open", path)(error)),
        }
    }

    fn add_folder(&mut self, folder: &Path) -> Result<()> {
        let mut how = WalkBuilder::new(folder);
        how.standard_filters(self.tree).require_git(false);
        for entry in walk(&mut how, folder, self.follow)? {
            match entry {
                Entry::File(path) => self.files.push((path, false)),
                Entry::Link(path) => self.links.push(path),
                Entry::Other(_) => {}
            }
        }
        Ok(())
    }

    fn add_glob(&mut self, pattern: &str) -> Result<()> {
        let bad = |why: String| Error::request(why, "quote the pattern; * matches in one folder, ** through folders");
        let (mut matched, base) = (false, glob_base(pattern));
        self.bases.push(clean(&base)?);
        for path in glob::glob(pattern).map_err(|error| bad(format!("glob `{pattern}`: {error}")))? {
            let path = path
                .map_err(|error| Error::io("read", error.path())(std::io::Error::other(error.error().to_string())))?;
            matched = true;
            if is_left(&path, &base, self.follow) {
                self.links.push(path);
            } else if path.is_dir() {
                self.add_folder(&path)?;
            } else if path.is_file() {
                self.files.push((path, false));
            }
        }
        if matched { Ok(()) } else { Err(bad(format!("no file or folder matches `{pattern}`"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_folders_and_globs_are_found_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::create_dir_all(folder.path().join("b/.hidden")).unwrap();
        for name in ["b/2.jsonl", "b/.hidden/1", "a.jsonl", "b/skip.log"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::write(folder.path().join("b/.gitignore"), "*.log\n").unwrap();
        let names = |inputs: &[String], tree| -> Vec<(String, bool)> {
            find_sources(inputs, tree, Links::Leave)
                .unwrap()
                .files
                .into_iter()
                .map(|file| (file.name, file.is_named))
                .collect()
        };
        let owned =
            |names: &[(&str, bool)]| names.iter().map(|(name, named)| ((*name).to_owned(), *named)).collect::<Vec<_>>();
        let all = [
            ("a.jsonl", true),
            ("b/.gitignore", false),
            ("b/.hidden/1", false),
            ("b/2.jsonl", false),
            ("b/skip.log", false),
        ];
        assert_eq!(names(&[at("b"), at("a.jsonl"), at("b/*.jsonl")], false), owned(&all));
        assert_eq!(names(&[at("b")], true), owned(&[("2.jsonl", false)]));
        assert!(find_sources(&[at("none")], false, Links::Leave).is_err());
        assert!(find_sources(&[at("*.none")], false, Links::Leave).is_err());
    }
}
