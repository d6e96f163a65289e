//! Who may import whom, as a table that fails the build: reads every source file under `src/`.

#[path = "layering/source.rs"]
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may import besides `error`; `detect::Match` means that one name of `detect`.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("date", &[]),
    // The choice of an instruction set, which has no task of its own.
    ("kernel", &[]),
    // Files in memory, and what happens when a page of them is gone: one table and one signal handler for all.
    ("mapped", &[]),
    ("text", &["kernel"]),
    // Parquet's own encoding of its footers and page headers, read by both sides of a rewrite.
    ("thrift", &[]),
    ("sketch", &["kernel", "text"]),
    // A reference is named by its date, too.
    ("index", &["date", "kernel", "mapped", "sketch", "text"]),
    ("detect", &["index", "sketch", "text"]),
    ("shard", &["date", "mapped", "thrift"]),
    // Pages of a copied shard are read as those of a scanned one are, within the same bounds, and so are results of an earlier
    // run; what a finished shard was is noted by its identity.
    (
        "sink",
        &[
            "detect::Match",
            "detect::Verdict",
            "shard::Compression",
            "shard::AtOnce",
            "shard::ForeignPages",
            "shard::Identity",
            "shard::Io",
            "shard::LARGEST_PAGE",
            "shard::ParquetShard",
            "shard::Records",
            "shard::foreign_pages",
            "thrift",
        ],
    ),
    ("evaluate", &["shard", "sink::match_rows", "sink::matches", "sink::summary"]),
    ("report", &["detect::Match", "detect::Verdict", "evaluate", "ingest::collect", "sink::summary"]),
    ("scan", &["date", "text", "sketch", "index", "detect", "shard", "sink", "report"]),
    // Its reports are put into words by `report`.
    ("ingest", &["text", "sketch", "index", "detect", "shard", "sink"]),
    ("cli", PUBLIC_NAMES),
    ("main", PUBLIC_NAMES),
];

/// Whatever `lib.rs` makes public, except the inner workings.
const PUBLIC_NAMES: &[&str] = &["the public names"];
const INNER_WORKINGS: &[&str] = &["kernel", "format", "postings"];

/// What only some places may name. `rayon::` is a crate, `..stdout` a last word, `*` any end of a word.
/// A place ending in `/` is a folder (or the file of that module), `*kernel/` one at any depth.
const CONFINED: &[(&[&str], &[&str])] = &[
    (&["arrow_*::", "parquet::"], &["shard/", "sink/", "ingest/", "evaluate/"]),
    (&["std::arch::", "core::arch::"], &["*kernel/"]),
    (&["memmap2::", "libc::"], &["mapped/"]),
    (&["std::thread", "rayon::"], &["scan/pool.rs", "scan/syncer.rs", "index/build*"]),
    (&["println!", "eprintln!", "print!", "eprint!", "..stdout"], &["cli/", "main.rs"]),
    (&["unsafe"], &["*kernel/", "mapped/"]),
    // Where other programs keep their files, by the variables that they document.
    (&["std::env::var*", "env::var*"], &["ingest/collect/places.rs"]),
];

/// Lines of a file, its tests included.
const LONGEST_FILE: usize = 400;

#[test]
fn sources_keep_to_their_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let public = Public::of(&fs::read_to_string(root.join("src/lib.rs")).unwrap());
    let files = rust_files(&root.join("src"));
    assert!(files.len() >= 3, "the sources were not found");
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let name = file.strip_prefix(root.join("src")).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(file).unwrap())
        })
        .collect();
    let tests: Vec<String> = texts.iter().flat_map(|(name, text)| test_files(name, text)).collect();
    let sources = texts.iter().filter(|(name, _)| !tests.iter().any(|place| is_in(name, place)));
    let faults: Vec<String> = sources.flat_map(|(name, text)| faults_of(name, text, &public)).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests", "benches"].iter().flat_map(|folder| rust_files(&root.join(folder)));
    let lines = files.map(|file| (fs::read_to_string(&file).unwrap().lines().count(), file));
    let long: Vec<_> = lines.filter(|(lines, _)| *lines > LONGEST_FILE).collect();
    assert!(long.is_empty(), "over {LONGEST_FILE} lines: {long:?}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Where the test modules are that a file declares: as places, each a folder or the file of that module.
fn test_files(file: &str, text: &str) -> Vec<String> {
    let folder = file.trim_end_matches(".rs").trim_end_matches("mod").trim_end_matches("lib").trim_end_matches('/');
    let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    source::test_modules(&source::blank(text)).iter().map(|name| format!("{start}{name}/")).collect()
}

/// What `lib.rs` makes public: its `pub mod`s, and where each `pub use`d name lives.
struct Public {
    modules: Vec<String>,
    names: BTreeMap<String, String>,
}

impl Public {
    fn of(lib: &str) -> Self {
        let code = source::without_tests(&source::blank(lib));
        let after = |words: &str| {
            code.match_indices(words).map(|(at, _)| code.split_at(at + words.len()).1).collect::<Vec<_>>()
        };
        let names = after("pub use ").into_iter().flat_map(source::tree).map(|path| {
            let path = path.trim_start_matches("crate::").trim_start_matches("self::").to_owned();
            (path.rsplit("::").next().unwrap_or_default().to_owned(), path)
        });
        let module = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        Self { modules: after("pub mod ").into_iter().map(module).collect(), names: names.collect() }
    }
}

/// Everything in one file, named relative to `src/`, that breaks a rule.
fn faults_of(file: &str, text: &str, public: &Public) -> Vec<String> {
    let module = file.split(['/', '.']).next().unwrap_or_default();
    let mut faults = Vec::new();
    if module != "lib" && !LAYERS.iter().any(|(name, _)| *name == module) {
        faults.push(format!("src/{file}:1: `{module}` is not a module of the table in tests/layering.rs"));
    }
    for (line, path) in source::paths(&source::without_tests(&source::blank(text))) {
        if let Some(import) = from_root(file, &path, public)
            && !may_import(module, &import, public)
        {
            faults.push(format!("src/{file}:{line}: `{module}` may not import `{import}`"));
        }
        for (patterns, places) in CONFINED {
            if patterns.iter().any(|p| matches(p, &path)) && !places.iter().any(|p| is_in(file, p)) {
                faults.push(format!("src/{file}:{line}: `{path}` belongs in {places:?} only"));
            }
        }
    }
    faults
}

/// The path from the crate's root, if it leads there: from `crate::`, `ringfence::` or enough `super::`.
fn from_root(file: &str, path: &str, public: &Public) -> Option<String> {
    let module = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = if file == "lib.rs" { 0 } else { module.split('/').count() };
    let rest = match path.strip_prefix("crate::").or_else(|| path.strip_prefix("ringfence::")) {
        Some(rest) => rest,
        None if path.starts_with(&"super::".repeat(depth.max(1))) => path.trim_start_matches("super::"),
        None => return None,
    };
    let first = rest.split("::").next().unwrap_or_default();
    Some(match public.names.get(first) {
        Some(home) => rest.replacen(first, home, 1),
        None => rest.to_owned(),
    })
}

fn may_import(module: &str, import: &str, public: &Public) -> bool {
    let words: Vec<&str> = import.split("::").collect();
    let first = words.first().copied().unwrap_or_default();
    if module == "lib" || first == module || first == "error" || !LAYERS.iter().any(|(name, _)| *name == first) {
        return true;
    }
    let may = LAYERS.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, may)| may);
    if may == PUBLIC_NAMES {
        let named = public.names.values().any(|home| import == home || import.starts_with(&format!("{home}::")));
        let inner = words.iter().any(|word| INNER_WORKINGS.contains(word));
        return first == "cli" || named || (!inner && public.modules.iter().any(|m| m == first));
    }
    may.iter().any(|entry| match entry.split_once("::") {
        Some((home, name)) => home == first && words.contains(&name),
        None => *entry == first,
    })
}

fn matches(pattern: &str, path: &str) -> bool {
    if let Some(last) = pattern.strip_prefix("..") {
        return path.rsplit("::").next() == Some(last);
    }
    let (pattern, more) = pattern.strip_suffix("::").map_or((pattern, false), |p| (p, true));
    let mut words = path.split("::");
    let begins = pattern.split("::").all(|p| {
        let word = words.next().unwrap_or_default();
        p.strip_suffix('*').map_or(word == p, |start| word.starts_with(start))
    });
    begins && (!more || words.next().is_some())
}

fn is_in(file: &str, place: &str) -> bool {
    if let Some(start) = place.strip_suffix('*') {
        return file.starts_with(start);
    }
    let Some(folder) = place.strip_suffix('/') else { return file == place };
    match folder.strip_prefix('*') {
        Some(any) => file.contains(&format!("/{any}/")) || file.ends_with(&format!("/{any}.rs")),
        None => file.starts_with(place) || file == format!("{folder}.rs"),
    }
}

/// For the cases below.
const LIB: &str = "pub mod error;\nmod detect;\nmod index;\npub mod scan;\npub use detect::{Match, policy::Verdict};\npub use error::Error;";

/// That the checker can fail, and does so only where it should: a file, its text, and words of each complaint expected.
const CASES: &[(&str, &str, &[&str])] = &[
    ("text/a.rs", "use crate::index::Index;", &["src/text/a.rs:1: `text` may not import `index::Index`"]),
    ("text/a.rs", "use crate::{error::Error, text::{b, c as d}};", &[]),
    (
        "text/a.rs",
        "use crate::{\n    error::Error,\n    sketch::{x, y},\n};",
        &[":3: `text` may not import `sketch::x`", "`sketch::y`"],
    ),
    ("detect/a.rs", "fn f() -> Vec<crate::shard::Row> {}", &["`detect` may not import `shard::Row`"]),
    ("detect/a.rs", "use super::gate::Gate; use crate::index::Index;", &[]),
    ("detect/a.rs", "use super::super::scan::Pool;", &["`detect` may not import `scan::Pool`"]),
    ("detect.rs", "use super::shard;", &["`detect` may not import `shard`"]),
    ("text/mod.rs", "use super::detect::Match;", &["`text` may not import `detect::Match`"]),
    ("text/a.rs", "use crate::Match;", &["`text` may not import `detect::Match`"]),
    ("text/a.rs", "use crate::{Error, Result};", &[]),
    ("sink/a.rs", "use crate::{Match, detect::Verdict, shard::Compression};", &[]),
    ("sink/a.rs", "use crate::detect::gate::Gate;", &["`sink` may not import `detect::gate::Gate`"]),
    ("sink/a.rs", "use crate::detect::*;", &["`sink` may not import `detect::*`"]),
    ("scan/a.rs", "use crate::ingest::Rows;", &["`scan` may not import `ingest::Rows`"]),
    ("cli/a.rs", "use crate::{Match, scan::Scanner, cli::args::Args};", &[]),
    ("cli/a.rs", "use crate::index::Index;", &["`cli` may not import `index::Index`"]),
    ("cli/a.rs", "use crate::scan::format::X;", &["`cli` may not import `scan::format::X`"]),
    ("main.rs", "use ringfence::index::Index;", &["`main` may not import `index::Index`"]),
    ("odd/a.rs", "", &["`odd` is not a module"]),
    (
        "text/a.rs",
        "// crate::index::A\n/* /* crate::scan::B */ unsafe */ \"crate::cli::C\"; r#\"unsafe \" \"#; '\"'",
        &[],
    ),
    ("text/a.rs", "fn f<'a>(x: &'a str) { unsafe { g(x) } }", &[":1: `unsafe` belongs in"]),
    (
        "text/a.rs",
        "#[cfg(test)]\nmod tests {\n    use crate::scan::Pool;\n    fn f() { unsafe {} }\n}\nuse rayon::prelude::*;",
        &[":6: `rayon::prelude::*`"],
    ),
    (
        "index/a.rs",
        "use std::{fs, thread::{self, spawn}};",
        &["`std::thread::self` belongs", "`std::thread::spawn` belongs"],
    ),
    ("index/builder.rs", "use rayon::prelude::*;\nuse parquet::file::X;", &[":2: `parquet::file::X` belongs"]),
    ("scan/a.rs", "use arrow_array::Array; use crate::shard::parquet::Rows;", &["`arrow_array::Array` belongs"]),
    ("mapped/mod.rs", "use memmap2::Mmap; fn f() { unsafe {} }", &[]),
    ("shard/map.rs", "use memmap2::Mmap;", &["`memmap2::Mmap` belongs"]),
    ("shard/a.rs", "#![allow(unsafe_code)] fn f() { unsafe {} }", &["`unsafe` belongs"]),
    ("text/kernel/avx2.rs", "use std::arch::x86_64::*; fn f() { unsafe {} }", &[]),
    ("text/kernel.rs", "use std::arch::x86_64::*;", &[]),
    ("sketch/a.rs", "use core::arch::x86_64::*;", &["`core::arch::x86_64::*` belongs"]),
    (
        "scan/a.rs",
        "println!(); let x = a != b; io::stdout(); child.stdout();",
        &["`println!` belongs", "`io::stdout` belongs"],
    ),
    ("cli/a.rs", "println!(\"x\"); std::env::args();", &[]),
    ("cli/a.rs", "use std::env; fn f() { env::var_os(\"A\"); }", &["`env::var_os` belongs"]),
    ("lib.rs", "mod text; use crate::scan::Scanner;", &[]),
];

#[test]
fn the_checker_finds_what_is_forbidden_and_nothing_else() {
    for (file, text, expected) in CASES {
        let faults = faults_of(file, text, &Public::of(LIB));
        let told =
            faults.len() == expected.len() && faults.iter().zip(*expected).all(|(fault, words)| fault.contains(words));
        assert!(told, "{file}: {text}\n expected {expected:#?}\n found {faults:#?}");
    }
}

#[test]
fn a_test_module_in_its_own_file_is_known() {
    let text = "mod a;\n#[cfg(test)]\nmod b;\n#[cfg(test)]\nmod c {}\n// #[cfg(test)] mod d;";
    assert_eq!(test_files("sketch/mod.rs", text), ["sketch/b/"]);
    assert_eq!(test_files("sketch/band.rs", text), ["sketch/band/b/"]);
    assert_eq!(test_files("sketch.rs", text), ["sketch/b/"]);
    assert_eq!(test_files("lib.rs", text), ["b/"]);
}
