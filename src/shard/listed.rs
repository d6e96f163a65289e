//! Shards that a file lists.

use std::fs;
use std::path::Path;

use super::discover::{Discovered, format_of};
use super::naming::{clean, name_shards};
use super::{Links, ShardList};
use crate::error::{Error, Result};

/// Finds the shards that the file at `list` names, one path a line; empty lines and those that begin with `#` are passed over.
///
/// Paths are relative to `root`, by default the folder that the list is in, and shards are named relative to it. The list may
/// be foreign: a path that leads out of the root, by `..` or, unless links are followed, by a symbolic link, is refused.
///
/// # Errors
/// A list that cannot be read or has no path, or a path that is not that of a file in the root; with the line.
pub fn discover_listed(list: &Path, root: Option<&Path>, links: Links) -> Result<Discovered> {
    let root = root.unwrap_or_else(|| list.parent().unwrap_or(Path::new("")));
    let clean_root = clean(root)?;
    let real_root = fs::canonicalize(&clean_root).map_err(Error::io("open", root))?;
    let text = fs::read_to_string(list).map_err(Error::io("read", list))?;
    let mut files = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |found: String| {
            let place = format!("line {}", number + 1);
            Error::content(list, format!("the path of a shard in {}", clean_root.display()), found).at(place)
        };
        let path = root.join(line);
        let real = fs::canonicalize(&path).map_err(|e| bad(format!("{line}: {e}")))?;
        if !clean(&path)?.starts_with(&clean_root) || (links == Links::Leave && !real.starts_with(&real_root)) {
            let help = "give --input-root a folder that all shards are in";
            return Err(bad(format!("{line}, which leads out of it")).help(help));
        }
        if !real.is_file() {
            return Err(bad(format!("{line}, which is no file")).help("list the files of a folder one by one"));
        }
        let format = format_of(&path)?;
        files.push((path, format));
    }
    if files.is_empty() {
        return Err(Error::content(list, "the path of a shard a line", "none"));
    }
    let shards = name_shards(files, &clean_root)?;
    Ok(Discovered { all: ShardList::of(&shards), shards, ..Discovered::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_shards_in_its_root_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("root/b")).unwrap();
        for name in ["root/b/x.jsonl", "root/a.jsonl", "root/z.txt", "out.jsonl"] {
            fs::write(at(name), "{\"text\": 1}\n").unwrap();
        }
        let found = |lines: &str, root: Option<&Path>| {
            fs::write(at("root/list"), lines).unwrap();
            discover_listed(&at("root/list"), root, Links::Leave)
        };
        let names = |lines: &str, root: Option<&Path>| -> Vec<String> {
            found(lines, root).unwrap().shards.into_iter().map(|shard| shard.relative).collect()
        };
        assert_eq!(
            names("b/x.jsonl\n# all\n\na.jsonl\r\nb/../z.txt\nb/x.jsonl", None),
            ["a.jsonl", "b/x.jsonl", "z.txt"]
        );
        assert_eq!(names("root/a.jsonl\nout.jsonl", Some(folder.path())), ["out.jsonl", "root/a.jsonl"]);
        assert_eq!(names(at("root/a.jsonl").to_str().unwrap(), None), ["a.jsonl"]);
        for (lines, words) in [
            ("a.jsonl\n../out.jsonl", "line 2: expected the path of a shard"),
            ("/etc/passwd", "leads out of it"),
            ("b", "no file"),
            ("none.jsonl", "No such file"),
            ("a\0b", "line 1"),
            ("\n# nothing\n", "found none"),
        ] {
            let error = found(lines, None).unwrap_err().to_string();
            assert!(error.contains(words), "{lines:?}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_does_not_lead_out_of_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("root")).unwrap();
        for name in ["root/in.jsonl", "out.jsonl"] {
            fs::write(at(name), "{}").unwrap();
        }
        for (link, target) in [("root/inside.jsonl", "in.jsonl"), ("root/outside.jsonl", "../out.jsonl")] {
            std::os::unix::fs::symlink(target, at(link)).unwrap();
        }
        fs::write(at("root/list"), "inside.jsonl").unwrap();
        assert_eq!(discover_listed(&at("root/list"), None, Links::Leave).unwrap().shards.len(), 1);
        fs::write(at("root/list"), "outside.jsonl").unwrap();
        assert_eq!(discover_listed(&at("root/list"), None, Links::Follow).unwrap().shards.len(), 1);
        assert!(discover_listed(&at("root/list"), None, Links::Leave).unwrap_err().to_string().contains("leads out"));
    }
}
