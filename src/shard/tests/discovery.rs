//! Files, folders and globs, and the names that shards get.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shard::{Compression, Discovered, Format, Links, discover, discover_with};
use crate::{Error, Result};

/// A folder with these files, each with a line of JSON in it.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}\n").unwrap();
    }
    folder
}

/// Discovers inputs that are given below a folder.
fn under(base: &Path, inputs: &[&str], root: Option<&str>) -> Result<Discovered> {
    let inputs: Vec<_> = inputs.iter().map(|input| base.join(input).to_str().unwrap().to_owned()).collect();
    discover(&inputs, root.map(|root| base.join(root)).as_deref())
}

fn names(found: &Discovered) -> Vec<&str> {
    found.shards.iter().map(|shard| shard.relative.as_str()).collect()
}

fn problem(result: Result<Discovered>) -> String {
    let error = result.expect_err("an error");
    assert!(matches!(error, Error::Request { .. }), "{error}");
    format!("{error}; {}", error.advice().unwrap())
}

#[test]
fn a_folder_is_searched_to_the_bottom_and_sorted_by_bytes() {
    let files = ["b/part-0.parquet", "a/part-0.parquet", "a.jsonl", "a/.hidden.pq", "a/x/Y.NDJSON.ZST", "a/z.jsonl.gz"];
    let others = ["a/readme.md", "a/data.json", "_SUCCESS", "x.parquet.crc", ".gitignore"];
    let base = folder(&[files.as_slice(), others.as_slice()].concat());
    fs::write(base.path().join(".gitignore"), "*\n").unwrap();
    let found = under(base.path(), &["."], None).unwrap();
    let sorted =
        ["a.jsonl", "a/.hidden.pq", "a/part-0.parquet", "a/x/Y.NDJSON.ZST", "a/z.jsonl.gz", "b/part-0.parquet"];
    assert_eq!(names(&found), sorted);
    let formats: Vec<_> = found.shards.iter().map(|shard| shard.format).collect();
    use Compression::{Gzip, Zstd};
    use Format::{JsonLines, Parquet};
    let plain = JsonLines(Compression::None);
    assert_eq!(formats, [plain, Parquet, Parquet, JsonLines(Zstd), JsonLines(Gzip), Parquet]);
    let mut ignored: Vec<_> = others.iter().map(|other| base.path().join(".").join(other)).collect();
    ignored.sort();
    assert_eq!(found.ignored, ignored);
}

#[test]
fn relative_paths_start_where_the_input_says() {
    let base = folder(&["a/x/1.jsonl", "a/y/1.jsonl", "b/1.jsonl"]);
    let cases: [(&[&str], Option<&str>, &[&str]); 10] = [
        (&["a/x/1.jsonl"], None, &["1.jsonl"]),
        (&["a"], None, &["x/1.jsonl", "y/1.jsonl"]),
        (&["b/../a/./"], None, &["x/1.jsonl", "y/1.jsonl"]),
        (&["a", "b"], None, &["a/x/1.jsonl", "a/y/1.jsonl", "b/1.jsonl"]),
        (&["a/x/1.jsonl", "a/y/1.jsonl"], None, &["x/1.jsonl", "y/1.jsonl"]),
        (&["a/x", "a/y/1.jsonl"], None, &["x/1.jsonl", "y/1.jsonl"]),
        (&["a/*/1.jsonl"], None, &["x/1.jsonl", "y/1.jsonl"]),
        (&["**/1.jsonl"], None, &["a/x/1.jsonl", "a/y/1.jsonl", "b/1.jsonl"]),
        (&["a/x/1.jsonl"], Some("a"), &["x/1.jsonl"]),
        (&["a/x", "b"], Some("b/.."), &["a/x/1.jsonl", "b/1.jsonl"]),
    ];
    for (inputs, root, expected) in cases {
        let found = under(base.path(), inputs, root).unwrap();
        assert_eq!(names(&found), expected, "{inputs:?} {root:?}");
    }
}

#[test]
fn a_file_named_twice_is_taken_once() {
    let base = folder(&["a/1.jsonl", "a/2.jsonl"]);
    let found = under(base.path(), &["a", "a/1.jsonl", "a/*", "a/../a/2.jsonl"], None).unwrap();
    assert_eq!(names(&found), ["1.jsonl", "2.jsonl"]);
}

#[test]
fn a_folder_that_a_glob_matches_is_searched() {
    let base = folder(&["out.parquet/part-0.parquet", "out.parquet/_SUCCESS"]);
    let found = under(base.path(), &["*.parquet"], None).unwrap();
    assert_eq!(names(&found), ["out.parquet/part-0.parquet"]);
    assert_eq!(found.ignored.len(), 1);
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_that_file() {
    let base = folder(&["part[1].jsonl", "part1.jsonl"]);
    assert_eq!(names(&under(base.path(), &["part[1].jsonl"], None).unwrap()), ["part[1].jsonl"]);
}

#[test]
fn a_named_file_of_unknown_extension_is_known_by_its_content() {
    let base = folder(&[]);
    let cases: [(&[u8], Format); 7] = [
        (b"PAR1....", Format::Parquet),
        (b"\x1f\x8b\x08", Format::JsonLines(Compression::Gzip)),
        (b"\x28\xb5\x2f\xfd", Format::JsonLines(Compression::Zstd)),
        (b" \n\t{\"a\": 1}", Format::JsonLines(Compression::None)),
        (b"a,b\n1,2\n", Format::Text),
        (b"a\0b", Format::Parquet),
        (b"", Format::Parquet),
    ];
    for (content, format) in cases {
        fs::write(base.path().join("file.bin"), content).unwrap();
        let found = under(base.path(), &["file.bin"], None).unwrap();
        assert_eq!(found.shards[0].format, format, "{}", content.escape_ascii());
    }
}

#[test]
fn inputs_that_mean_nothing_are_errors() {
    let base = folder(&["a/readme.md", "b/1.jsonl"]);
    assert!(problem(under(base.path(), &["a"], None)).contains("1 other files ignored"));
    assert!(problem(under(base.path(), &["a/*.parquet"], None)).contains("no file or folder matches"));
    assert!(problem(under(base.path(), &["b/***"], None)).contains("glob"));
    assert!(problem(discover(&[], None)).contains("empty list of inputs"));
    assert!(problem(under(base.path(), &["b"], Some("a"))).contains("not in the input root"));
    let error = under(base.path(), &["none.parquet"], None).unwrap_err();
    assert!(error.to_string().contains("cannot open"), "{error}");
}

#[cfg(unix)]
#[test]
fn symbolic_links_in_folders_are_not_followed() {
    let base = folder(&["a/1.jsonl", "b/2.jsonl"]);
    std::os::unix::fs::symlink(base.path().join("b"), base.path().join("a/b")).unwrap();
    std::os::unix::fs::symlink(base.path().join("b/2.jsonl"), base.path().join("a/2.jsonl")).unwrap();
    let found = under(base.path(), &["a"], None).unwrap();
    assert_eq!(names(&found), ["1.jsonl"]);
    assert_eq!(found.links, ["a/2.jsonl", "a/b"].map(|link| base.path().join(link)).to_vec() as Vec<PathBuf>);
    assert_eq!(names(&under(base.path(), &["a/2.jsonl"], None).unwrap()), ["2.jsonl"], "a link that is named");
}

#[cfg(unix)]
#[test]
fn links_are_followed_where_that_is_asked_and_dead_ends_are_listed() {
    use std::os::unix::fs::symlink;
    let base = folder(&["a/1.jsonl", "b/2.jsonl", "b/sub/3.jsonl"]);
    let at = |name: &str| base.path().join(name);
    symlink(at("b"), at("a/b")).unwrap();
    symlink(at("a/1.jsonl"), at("a/again.jsonl")).unwrap();
    symlink(at("nothing"), at("a/broken.jsonl")).unwrap();
    symlink(at("a"), at("b/sub/loop")).unwrap();
    symlink("self", at("a/self")).unwrap();
    let with = |inputs: &[&str], links| {
        let inputs: Vec<String> = inputs.iter().map(|input| at(input).to_str().unwrap().to_owned()).collect();
        discover_with(&inputs, None, links).unwrap()
    };
    let links = |found: &Discovered| -> Vec<String> {
        found.links.iter().map(|link| link.strip_prefix(base.path()).unwrap().to_str().unwrap().to_owned()).collect()
    };
    let left = with(&["a"], Links::Leave);
    assert_eq!(names(&left), ["1.jsonl"]);
    assert_eq!(links(&left), ["a/again.jsonl", "a/b", "a/broken.jsonl", "a/self"]);
    let followed = with(&["a"], Links::Follow);
    assert_eq!(names(&followed), ["1.jsonl", "b/2.jsonl", "b/sub/3.jsonl"], "each file once");
    assert_eq!(links(&followed), ["a/b/sub/loop", "a/broken.jsonl", "a/self"]);
    // Globs: what stands behind a link is reached through it.
    let globbed = with(&["a/*.jsonl", "a/*/2.jsonl"], Links::Leave);
    assert_eq!(names(&globbed), ["1.jsonl"]);
    assert_eq!(links(&globbed), ["a/again.jsonl", "a/b/2.jsonl", "a/broken.jsonl"]);
    let globbed = with(&["a/*.jsonl", "a/*/2.jsonl"], Links::Follow);
    assert_eq!((names(&globbed), links(&globbed)), (vec!["1.jsonl", "b/2.jsonl"], vec!["a/broken.jsonl".to_owned()]));
    // Named, or on the way to what is named.
    assert_eq!(names(&with(&["a/again.jsonl"], Links::Leave)), ["again.jsonl"]);
    assert_eq!(names(&with(&["a/b"], Links::Leave)), ["2.jsonl", "sub/3.jsonl"]);
}

#[cfg(unix)]
#[test]
fn two_files_of_one_relative_path_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let base = folder(&[]);
    for name in [b"\xff.jsonl", b"\xfe.jsonl"] {
        fs::write(base.path().join(std::ffi::OsStr::from_bytes(name)), "{}").unwrap();
    }
    assert!(problem(under(base.path(), &["."], None)).contains("--input-root"));
}
