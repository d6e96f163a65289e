//! Source code as a target: folders, single files, archives.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::json;

use crate::world::{CLAUDE, OPENAI, World, clean};

/// Shard, row, member and line of each match.
fn found(world: &World) -> Vec<(String, u64, String, u64)> {
    world.match_rows("out").into_iter().map(|m| (m.shard, m.row, m.member, m.line)).collect()
}

fn at(shard: &str, row: u64, member: &str, line: u64) -> (String, u64, String, u64) {
    (shard.to_owned(), row, member.to_owned(), line)
}

/// A source file with a reference in its fourth line.
fn source(text: &str) -> String {
    format!("fn main() {{\n    // {}\n}}\n// {text}\n", clean(3))
}

fn tree(world: &World) {
    world.write("repo/src/main.rs", source(OPENAI));
    world.write("repo/src/clean.rs", clean(1));
    world.write("repo/docs/notes", source(CLAUDE));
    world.write("repo/data.json", format!("{{\"a\": \"{CLAUDE}\"}}\n"));
    world.write("repo/.hidden.yml", source(OPENAI));
    world.write("repo/empty.py", "");
    world.write("repo/logo.png", b"\x89PNG\r\n\x1a\n\0\0\0");
    world.write("repo/.gitignore", "target/\n*.log\n");
    world.write("repo/target/main.rs", source(OPENAI));
    world.write("repo/run.log", source(OPENAI));
    world.write("repo/.git/config", source(OPENAI));
    symlink(world.path("repo/src/main.rs"), world.path("repo/link.rs")).unwrap();
}

#[test]
fn the_texts_of_a_source_tree_are_examined_but_for_what_git_ignores() {
    let world = World::new();
    tree(&world);
    world.scan(&["repo"]).exits(0);
    let expected = [
        at(".hidden.yml", 0, "", 4),
        at("data.json", 0, "", 1),
        at("docs/notes", 0, "", 4),
        at("src/main.rs", 0, "", 4),
    ];
    assert_eq!(found(&world), expected);
    let summary = world.summary();
    assert_eq!(summary["totals"]["records"], 7, ".gitignore, and an empty file, are texts: {}", summary["shards"]);
    let ignored: Vec<&str> = summary["ignored_files"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    assert_eq!(ignored, ["repo/logo.png"]);
    assert_eq!(summary["links_not_followed"], json!(["repo/link.rs"]));
    let explained = world.run(&["explain", "out", "--row", "data.json:0"]).exits(0).out;
    assert!(explained.contains("data.json:0  line 1"), "{explained}");
}

#[test]
fn a_folder_of_data_is_no_source_tree() {
    let world = World::new();
    world.write("in/convert.py", source(OPENAI));
    world.parquet("in/a.parquet", &[Some(OPENAI)], 10);
    world.scan(&["in"]).exits(0);
    assert_eq!(found(&world), [at("a.parquet", 0, "", 1)]);
    // And without data or source files there is nothing to scan.
    world.write("other/README", OPENAI);
    world.run(&["scan", "--index", "rf", "--out", "no", "other"]).exits(2).says(&["no shard in other"]);
}

#[test]
fn a_source_file_may_be_named_and_only_flagged() {
    let world = World::new();
    world.write("in/main.rs", source(OPENAI));
    world.write("in/config.json", format!("{{\"a\": \"{CLAUDE}\"}}\n"));
    world.scan(&["in/main.rs"]).exits(0);
    assert_eq!(found(&world), [at("main.rs", 0, "", 4)]);
    let drop = ["scan", "--index", "rf", "--out", "no", "in/main.rs", "--action", "drop"];
    world.run(&drop).exits(2).says(&["for --action drop", "found a text file or an archive"]);
}

#[test]
fn texts_in_archives_are_named_by_their_paths() {
    let world = World::new();
    tree(&world);
    world.write("repo/bad.txt", b"caf\xe9");
    for (name, flags) in [("a.tar", "-cf"), ("b.tar.gz", "-czf"), ("c.tgz", "-czf")] {
        let names = ["src/clean.rs", "logo.png", "src/main.rs", "link.rs", "docs"];
        let name = format!("../{name}");
        let tar = Command::new("tar").args([flags, &name]).args(names).current_dir(world.path("repo")).status();
        assert!(tar.unwrap().success());
    }
    let packed = zstd::encode_all(&fs::read(world.path("a.tar")).unwrap()[..], 3).unwrap();
    world.write("d.tar.zst", packed);
    let names = ["a.tar", "b.tar.gz", "c.tgz", "d.tar.zst"];
    world.scan(&names).exits(0);
    let expected: Vec<_> =
        names.iter().flat_map(|name| [at(name, 2, "src/main.rs", 4), at(name, 5, "docs/notes", 4)]).collect();
    assert_eq!(found(&world), expected);
    assert_eq!(world.summary()["totals"]["other_members"], 8, "a picture and a link each");
    let explained = world.run(&["explain", "out", "--row", "b.tar.gz:5"]).exits(0).out;
    assert!(explained.contains("b.tar.gz:5  docs/notes, line 4"), "{explained}");
}

#[test]
fn a_damaged_archive_and_a_text_of_other_bytes_are_named() {
    let world = World::new();
    tree(&world);
    world.write("repo/bad.txt", b"caf\xe9");
    let tar =
        Command::new("tar").args(["-czf", "../a.tar.gz", "src", "bad.txt"]).current_dir(world.path("repo")).status();
    assert!(tar.unwrap().success());
    let whole = fs::read(world.path("a.tar.gz")).unwrap();
    world.scan(&["a.tar.gz"]).exits(2).says(&["member bad.txt", "invalid UTF-8"]);
    fs::remove_dir_all(world.path("out")).unwrap();
    for cut in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        world.write("cut/a.tar.gz", &whole[..cut]);
        world.scan(&["cut/a.tar.gz"]).exits(2).says(&["a.tar.gz"]);
        fs::remove_dir_all(world.path("out")).unwrap();
    }
}

#[test]
fn a_bomb_is_refused_by_its_size() {
    let world = World::new();
    // A member that claims more than may be held, and one that unpacks to more than it claims cannot be: tar says how much.
    world.write("big.txt", vec![b'a'; 40 << 20]);
    let tar = Command::new("tar").args(["-czf", "big.tar.gz", "big.txt"]).current_dir(world.path(".")).status();
    assert!(tar.unwrap().success());
    world
        .scan(&["big.tar.gz", "--threads", "1", "--memory", "128M"])
        .exits(2)
        .says(&["member big.txt", "files of at most 33554432 bytes"]);
}
