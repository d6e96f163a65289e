//! Lines, archives, indexes and results that somebody made to do harm.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::Command;

use ringfence::index::manifest::Manifest;
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use crate::world::{OPENAI, World, ids};

fn line(text: &str) -> Vec<u8> {
    json!({"text": text}).to_string().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The errors of the shards that were not examined.
fn failed(world: &World) -> Vec<(String, String)> {
    let of = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    world.summary()["failed_shards"].as_array().unwrap().iter().map(|e| (of(e, "shard"), of(e, "error"))).collect()
}

#[test]
fn lines_of_every_kind_are_examined_or_listed_whatever_is_done_with_them() {
    let deep = "[".repeat(1_000_000);
    let closed = format!("{{\"text\": {:?}, \"x\": {deep}{}}}", OPENAI, "]".repeat(1_000_000));
    let (good, open) = (line(OPENAI), format!("{{\"text\": {deep}"));
    let lines: [(&[u8], Option<&str>); 12] = [
        (&good, None),
        (deep.as_bytes(), Some("bad JSON line")),
        (open.as_bytes(), Some("bad JSON line")),
        (closed.as_bytes(), None),
        (b"{\"text\": \"a lone \\ud800 surrogate\"}", Some("bad JSON line")),
        (b"{\"text\": \"a raw \0 zero\"}", Some("bad JSON line")),
        (b"{\"text\": \"an escaped \\u0000 zero\"}", None),
        (b"\xef\xbb\xbf{\"text\": \"a mark that is not at the beginning\"}", None),
        (b"\xff\xfe{\0\"\0t\0", Some("bad JSON line")),
        (b"{\"text\": 1e999999}", Some("bad JSON line")),
        (b"{\"text\": \"twice\", \"text\": \"the same\"}", None),
        (b"{\"text\": \"an end", Some("bad JSON line")),
    ];
    let world = World::new();
    world.write("in/lines.jsonl", lines.iter().map(|(line, _)| *line).collect::<Vec<_>>().join(&b'\n'));
    world.build_index();
    for action in ["flag", "drop", "redact", "annotate"] {
        world.run(&["scan", "in", "--index", "rf", "--out", "out", "--action", action]).exits(2);
        assert_eq!(world.hits(), [("lines.jsonl".to_owned(), 0), ("lines.jsonl".to_owned(), 3)], "{action}");
        let listed = fs::read_to_string(world.path("out/skipped.jsonl")).unwrap();
        let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let listed: Vec<_> =
            listed.iter().map(|s| (s["row"].as_u64().unwrap() as usize, s["reason"].as_str().unwrap())).collect();
        let expected: Vec<_> =
            lines.iter().enumerate().filter_map(|(row, (_, reason))| reason.map(|reason| (row, reason))).collect();
        assert_eq!(listed, expected, "{action}");
        fs::remove_dir_all(world.path("out")).unwrap();
    }
}

#[test]
fn compressed_lines_are_read_over_members_and_not_past_an_end_of_something_else() {
    let world = World::new();
    let (first, second) = (gzip(&[line("one"), b"\n".to_vec()].concat()), gzip(&line(OPENAI)));
    world.write("in/members.jsonl.gz", [first.clone(), second.clone()].concat());
    world.write("in/behind.jsonl.gz", [first.clone(), b"not gzip at all".to_vec()].concat());
    world.write("in/cut.jsonl.gz", [&first, &second[..second.len() - 3]].concat());
    world.scan(&["in"]).exits(2);
    assert_eq!(world.hits(), [("members.jsonl.gz".to_owned(), 1)]);
    let errors = failed(&world);
    let [(behind, why), (cut, how)] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!((behind.as_str(), cut.as_str()), ("behind.jsonl.gz", "cut.jsonl.gz"));
    assert!(why.contains("complete gzip data") && how.contains("complete gzip data"), "{errors:?}");
}

/// A header with a name that the library would not write.
fn header(name: &[u8], kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    header
}

#[test]
fn names_in_an_archive_are_names_and_what_is_no_file_is_counted() {
    let world = World::new();
    let mut tar = Builder::new(Vec::new());
    for name in [&b"../../../escaped.txt"[..], b"/absolute.txt", b"a/../../b.txt", b"\x1b[2Jname.txt"] {
        tar.append(&header(name, EntryType::Regular, OPENAI.len() as u64), OPENAI.as_bytes()).unwrap();
    }
    for (name, kind) in [
        (&b"link"[..], EntryType::Symlink),
        (b"hard", EntryType::Link),
        (b"device", EntryType::Char),
        (b"disk", EntryType::Block),
        (b"pipe", EntryType::Fifo),
        (b"sparse", EntryType::GNUSparse),
    ] {
        let mut header = header(name, kind, 0);
        header.set_link_name("../../../../etc/passwd").unwrap();
        header.set_cksum();
        tar.append(&header, &b""[..]).unwrap();
    }
    world.write("in/names.tar", tar.into_inner().unwrap());
    let ran = world.scan(&["in"]).exits(0);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    assert_eq!((world.summary()["totals"]["records"].clone(), world.hits().len()), (json!(4), 4));
    assert_eq!(world.summary()["totals"]["other_members"], 6);
    let members: Vec<String> = world.match_rows("out").into_iter().map(|row| row.member).collect();
    assert_eq!(members, ["../../../escaped.txt", "/absolute.txt", "a/../../b.txt", "\u{1b}[2Jname.txt"]);
    assert_eq!(world.files("."), {
        let mut files = world.files(".");
        files.retain(|file| ["in/", "out/", "rf/", "refs"].iter().any(|known| file.starts_with(known)));
        files
    });
}

#[test]
fn archives_that_claim_much_or_break_off_are_named() {
    let world = World::new();
    for (name, size) in [("huge", 1 << 62), ("large", 1 << 40), ("longer", 5000)] {
        let mut bytes = header(b"member.txt", EntryType::Regular, size).as_bytes().to_vec();
        bytes.extend(OPENAI.as_bytes());
        world.write(format!("in/{name}.tar"), bytes);
    }
    let mut sum = header(b"member.txt", EntryType::Regular, 3).as_bytes().to_vec();
    sum[150] ^= 1;
    world.write("in/sum.tar", sum);
    world.write("in/noise.tar", [0xa5; 5000]);
    let mut long = header(b"././@LongLink", EntryType::GNULongName, 2 << 20).as_bytes().to_vec();
    long.resize(long.len() + (2 << 20), b'n');
    world.write("in/long.tar", long);
    world.scan(&["in"]).exits(2);
    let names: Vec<String> = failed(&world).into_iter().map(|(shard, _)| shard).collect();
    assert_eq!(names, ["huge.tar", "large.tar", "long.tar", "longer.tar", "noise.tar", "sum.tar"]);
}

#[test]
fn what_is_collected_from_archives_is_bounded_and_failures_are_named() {
    let world = World::new();
    let reply = json!({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": OPENAI}]});
    let mut wrapped = format!("{reply}\n").into_bytes();
    world.write("logs/good.jsonl", &wrapped);
    for _ in 0..1000 {
        wrapped = gzip(&wrapped);
    }
    world.write("logs/layers.gz", wrapped);
    world.write("logs/deep.json", "[".repeat(1_000_000));
    world.write("logs/long.jsonl.gz", gzip(&[&b"{\"messages\": \""[..], &vec![b'a'; 130 << 20]].concat()));
    let mut tar = Builder::new(Vec::new());
    tar.append(&header(b"../../up.jsonl", EntryType::Regular, 2), &b"{}"[..]).unwrap();
    tar.append(&header(b"cut.jsonl", EntryType::Regular, 1 << 40), &b"{}"[..]).unwrap();
    world.write("logs/names.tar", tar.into_inner().unwrap());
    symlink("/etc/passwd", world.path("logs/link.jsonl")).unwrap();
    let ran = world.run(&["collect", "logs", "--out", "refs.parquet", "--json"]).exits(2);
    let report = ran.json()["report"].clone();
    assert_eq!(report["texts"], 1);
    assert_eq!(report["links_not_followed"], json!(["logs/link.jsonl"]));
    let failed: Vec<&str> =
        report["failed"].as_array().unwrap().iter().map(|failure| failure["source"].as_str().unwrap()).collect();
    for name in ["deep.json", "layers.gz", "long.jsonl.gz", "names.tar"] {
        assert!(failed.iter().any(|failed| failed.starts_with(name)), "{name} is not in {failed:?}");
    }
    assert!(!world.path("../up.jsonl").exists() && !world.path("up.jsonl").exists());
}

/// Changes the manifest of an index, and signs it anew as whoever made it can.
fn forge(world: &World, change: impl FnOnce(&mut Manifest)) {
    let mut manifest = Manifest::read(&world.path("rf")).unwrap();
    change(&mut manifest);
    fs::write(world.path("rf/manifest.json"), manifest.signed().unwrap().to_json().unwrap()).unwrap();
}

#[test]
fn an_index_reads_nothing_outside_its_folder() {
    for name in ["../../../../../../etc/passwd", "/etc/passwd", "a/b", "..", "x\u{1b}[2J"] {
        for place in 0..2 {
            let world = World::new();
            world.build_index();
            forge(&world, |manifest| match place {
                0 => manifest.segments[0].name = name.to_owned(),
                _ => manifest.segments[0].files[0].name = name.to_owned(),
            });
            for command in ["info", "verify"] {
                let ran = world.run(&["index", command, "rf"]).exits(2).says(&["manifest.json", "plain file names"]);
                assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
            }
        }
    }
    let world = World::new();
    world.build_index();
    forge(&world, |manifest| {
        let twice = manifest.segments[0].clone();
        manifest.segments[0].references = u64::MAX;
        manifest.segments[0].text_bytes = u64::MAX;
        manifest.segments.push(twice);
    });
    let ran = world.run(&["index", "info", "rf"]);
    assert!(ran.code == Some(0) || ran.code == Some(2), "{}", ran.err);
}

#[test]
fn files_of_an_index_are_files_and_no_links_or_pipes() {
    let world = World::new();
    world.build_index();
    let segment = world.segment("rf");
    for name in ["texts.bin", "postings.bin"] {
        let path = fs::read_dir(&segment)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.file_stem().is_some_and(|stem| name.starts_with(stem.to_str().unwrap())));
        let path = path.unwrap();
        let aside = world.path("aside");
        fs::rename(&path, &aside).unwrap();
        symlink(&aside, &path).unwrap();
        let file = path.file_name().unwrap().to_str().unwrap();
        world.run(&["index", "info", "rf"]).exits(2).says(&[file, "a symbolic link"]);
        fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        // Opening a pipe would wait for somebody to write to it.
        world.run(&["index", "verify", "rf"]).exits(2).says(&[file, "no regular file"]);
        fs::remove_file(&path).unwrap();
        fs::rename(&aside, &path).unwrap();
    }
    world.run(&["index", "verify", "rf"]).exits(0);
}

#[test]
fn results_and_labels_that_are_damaged_are_named() {
    let world = World::new();
    world.write("in/a.jsonl", line(OPENAI));
    world.scan(&["in"]).exits(0);
    world.write("labels.jsonl", "{\"row\": 0, \"label\": \"contaminated\", \"kind\": \"verbatim\"}\n");
    let whole = fs::read(world.path("out/matches.parquet")).unwrap();
    let evaluate = ["evaluate", "--labels", "labels.jsonl", "--matches", "out"];
    world.run(&evaluate).exits(0);
    for at in (0..whole.len()).step_by(37) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        fs::write(world.path("out/matches.parquet"), damaged).unwrap();
        for args in [&evaluate[..], &["explain", "out"]] {
            let ran = world.run(args);
            assert!(matches!(ran.code, Some(0 | 2)) && !ran.err.contains("this is a bug"), "byte {at}: {}", ran.err);
        }
    }
    fs::write(world.path("out/matches.parquet"), &whole).unwrap();
    for bad in [&b"PAR1"[..], b"\0\0\0", b"{\"row\": -1}\n", "[".repeat(100_000).as_bytes()] {
        world.write("labels.jsonl", bad);
        world.run(&evaluate).exits(2).says(&["labels.jsonl"]);
    }
}

/// Escapes, an end of line with a lie behind it, and marks of direction.
const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{1b}[2J\r\nproblem: none\u{2028}\u{202e}\u{2066}\u{9b}31m\u{200f}";

#[track_caller]
fn harmless(text: &str) {
    let acts = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(text.chars().find(|c| acts(*c)), None, "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("problem: none")), "a forged line: {text}");
}

#[test]
fn names_of_files_columns_members_and_sources_never_act_on_the_terminal() {
    let world = World::new();
    let dirty = |name: &str| format!("{HOSTILE}{name}");
    world.columns(&format!("in/{}", dirty("columns.parquet")), &[(&dirty("column"), ids(3)), ("id", ids(3))], 10);
    world.write(format!("in/{}", dirty("noise.parquet")), [&b"PA"[..], HOSTILE.as_bytes()].concat());
    world.write(format!("in/{}", dirty("lines.jsonl")), [&line(OPENAI)[..], b"\n{\"text\": 5}\n"].concat());
    let mut tar = Builder::new(Vec::new());
    tar.append(&header(HOSTILE.as_bytes(), EntryType::Regular, OPENAI.len() as u64), OPENAI.as_bytes()).unwrap();
    tar.append(&header(dirty("cut").as_bytes(), EntryType::Regular, 9999), &b"cut"[..]).unwrap();
    world.write(format!("in/{}", dirty("members.tar")), tar.into_inner().unwrap());
    symlink("nowhere", world.path("in").join(dirty("link"))).unwrap();
    world.write("in/other.txt", "");
    world.write_lines("labels.jsonl", &[json!({"row": 0, "label": HOSTILE, "kind": dirty("kind")})]);
    let reply = json!({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": OPENAI}],
        "model": dirty("model"), HOSTILE: {"type": HOSTILE}});
    world.write(format!("logs/{}", dirty("chat.jsonl")), format!("{reply}\n{{\"type\": {:?}}}\n{{", HOSTILE));
    world.write(format!("logs/{}", dirty("cut.gz")), [0x1f, 0x8b, 8, 0]);
    symlink("nowhere", world.path("logs").join(dirty("link"))).unwrap();
    world.scan(&["in"]);
    for args in [
        &["scan", "in", "--index", "rf", "--out", "again"][..],
        &["scan", "in", "--index", "rf", "--out", "followed", "--follow", "--json"],
        &["scan", "in", "--index", "rf", "--out", "columns", "--columns", "none"],
        &["scan", HOSTILE, "--index", "rf", "--out", "nothing"],
        &["explain", "out"],
        &["explain", "out", "--top", "9", "--json"],
        &["evaluate", "--labels", "labels.jsonl", "--matches", "out"],
        &["collect", "logs", "--out", "refs.parquet"],
        &["collect", "logs", "--out", "again.parquet", "--json"],
        &["collect", "logs", "--out", "mapped.parquet", "--format", HOSTILE],
        &["index", "build", "--out", "other", "in"],
        &["index", "info", HOSTILE],
    ] {
        let ran = world.run(args);
        harmless(&ran.out);
        harmless(&ran.err);
        assert!(matches!(ran.code, Some(0 | 2)), "{args:?}: {}", ran.err);
    }
}

#[test]
fn links_are_listed_and_followed_only_where_that_is_asked() {
    let world = World::new();
    world.write("in/a.jsonl", line("clean"));
    world.write("outside/b.jsonl", line(OPENAI));
    world.write("outside/deeper/c.jsonl", line(OPENAI));
    symlink("../outside/b.jsonl", world.path("in/file.jsonl")).unwrap();
    symlink("../outside/deeper", world.path("in/folder")).unwrap();
    symlink("..", world.path("in/loop")).unwrap();
    symlink("nowhere", world.path("in/broken.jsonl")).unwrap();
    let ran = world.scan(&["in", "--action", "drop"]).exits(0);
    let summary = world.summary();
    assert_eq!((&summary["totals"]["shards"], world.hits().len()), (&json!(1), 0));
    let all = ["in/broken.jsonl", "in/file.jsonl", "in/folder", "in/loop"];
    assert_eq!(summary["links_not_followed"], json!(all));
    assert!(ran.out.contains("4 symbolic links not followed") && ran.out.contains("--follow"), "{}", ran.out);
    fs::remove_dir_all(world.path("out")).unwrap();
    fs::remove_file(world.path("in/loop")).unwrap();
    symlink(".", world.path("in/loop")).unwrap();
    world.scan(&["in", "--action", "drop", "--follow"]).exits(0);
    assert_eq!(world.hits(), [("file.jsonl".to_owned(), 0), ("folder/c.jsonl".to_owned(), 0)]);
    assert_eq!(world.summary()["links_not_followed"], json!(["in/broken.jsonl", "in/loop"]));
    assert_eq!(world.files("out/data"), ["a.jsonl", "file.jsonl", "folder/c.jsonl"], "copies are no links");
    assert!(!world.path("out/data/file.jsonl").is_symlink());
    fs::remove_dir_all(world.path("out")).unwrap();
    world.scan(&["in/file.jsonl", "in/folder"]).exits(0);
    assert_eq!(world.hits().len(), 2, "links that are named");
}
