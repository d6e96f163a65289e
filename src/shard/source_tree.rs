//! Folders of source code, and which files of them are texts.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ignore::WalkBuilder;

use crate::error::{Error, Result};
use crate::shard::files::{LOOKED_AT, is_binary};

/// Extensions of source files, by which a folder is known to be one of source code.
const EXTENSIONS: [&str; 58] = [
    "bash", "c", "cc", "cjs", "clj", "cpp", "cs", "css", "cu", "cxx", "dart", "el", "erl", "ex", "exs", "f90", "fs",
    "go", "h", "hh", "hpp", "hs", "html", "ipynb", "java", "jl", "js", "jsx", "kt", "kts", "lisp", "lua", "m", "mjs",
    "ml", "mli", "mm", "nix", "php", "pl", "pm", "proto", "ps1", "py", "pyi", "r", "rb", "rs", "scala", "scss", "sh",
    "sol", "sql", "svelte", "swift", "ts", "tsx", "zig",
];

/// Whether a file is source code, by its name.
pub(super) fn is_source(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.binary_search(&extension.as_str()).is_ok())
}

/// Whether a folder is a working copy of git.
pub(super) fn is_working_copy(folder: &Path) -> bool {
    folder.join(".git").exists()
}

/// Whether the first bytes of a file are those of a text. An empty file is one.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn is_text(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(Error::io("open", path))?;
    file.take(LOOKED_AT as u64).read_to_end(&mut start).map_err(Error::io("read", path))?;
    Ok(!is_binary(&start))
}

/// The walk through a folder of source code: all but what its `.gitignore` files name, and git's own.
pub(super) fn how(folder: &Path) -> WalkBuilder {
    let mut how = WalkBuilder::new(folder);
    // What is outside the folder, and a person's own settings, decide nothing.
    how.hidden(false).parents(false).git_global(false).git_exclude(false).require_git(false);
    how.filter_entry(|entry| entry.file_name() != ".git");
    how
}
