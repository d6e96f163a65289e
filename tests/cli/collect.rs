//! `collect`: what models wrote, from logs; and `index build` on the same files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use serde_json::{Value, json};

use crate::world::{OPENAI, Ran, World};

const LOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/logs");

/// Lines of a session of Claude Code in which the model says these.
fn session(id: &str, texts: &[&str]) -> Vec<Value> {
    let line = |(number, text): (usize, &&str)| {
        let message = json!({"model": "claude-opus-4-5", "id": format!("msg_{id}_{number}"), "role": "assistant", "content": [{"type": "text", "text": text}]});
        json!({
            "type": "assistant", "sessionId": id, "uuid": format!("u{number}"), "parentUuid": null, "version": "2.1.7",
            "timestamp": format!("2026-01-22T10:00:{number:02}.000Z"), "message": message,
        })
    };
    texts.iter().enumerate().map(line).collect()
}

fn collect(world: &World, args: &[&str]) -> Ran {
    world.run(&[&["collect", "--json"], args].concat())
}

fn report(ran: &Ran) -> Value {
    ran.json()["report"].clone()
}

#[test]
fn the_same_logs_make_the_same_bytes_and_nothing_is_written_over() {
    let world = World::new();
    let ran = collect(&world, &[LOGS, "--out", "one.parquet"]).exits(0);
    collect(&world, &[&format!("{LOGS}/*"), LOGS, "--out", "two.parquet"]).exits(0);
    let [one, two] = ["one.parquet", "two.parquet"].map(|name| fs::read(world.path(name)).unwrap());
    assert!(one == two, "the order of the sources shows in the bytes");
    let formats: Vec<String> =
        report(&ran)["files"].as_array().unwrap().iter().map(|file| file["format"].to_string()).collect();
    assert_eq!(formats.len(), fs::read_dir(LOGS).unwrap().count(), "{formats:?}");
    fs::create_dir(world.path("logs")).unwrap();
    fs::copy(Path::new(LOGS).join("pi.jsonl"), world.path("logs/pi.jsonl")).unwrap();
    collect(&world, &["logs", "--out", "logs/here.parquet"]).exits(0);
    fs::remove_dir_all(world.path("logs")).unwrap();
    collect(&world, &[LOGS, "--out", "one.parquet"]).exits(2).says(&["exists already"]);
    assert!(fs::read(world.path("one.parquet")).unwrap() == one);
    world.run(&["collect", "refs.jsonl", "--out", "none.parquet"]).exits(2);
    assert_eq!(world.files(""), ["one.parquet", "refs.jsonl", "two.parquet"]);
}

#[test]
fn an_index_of_logs_is_that_of_what_was_collected_from_them() {
    let world = World::new();
    collect(&world, &[LOGS, "--out", "all.parquet"]).exits(0);
    world.run(&["index", "build", "--out", "direct", LOGS]).exits(0);
    world.run(&["index", "build", "--out", "collected", "all.parquet"]).exits(0);
    assert_eq!(world.files("direct"), world.files("collected"));
    for name in world.files("direct") {
        let [direct, collected] = ["direct", "collected"].map(|index| fs::read(world.path(index).join(&name)).unwrap());
        assert!(direct == collected, "{name}");
    }
}

#[test]
fn files_of_references_are_read_as_before_beside_logs() {
    let world = World::new();
    let ran =
        world.run(&["index", "build", "--out", "rf", "--json", "refs.jsonl", &format!("{LOGS}/pi.jsonl")]).exits(0);
    // Two of the file, four of the log.
    assert_eq!(ran.json()["texts"], json!(6));
    world.write_lines("alpaca.jsonl", &[json!({"instruction": "Say it.", "output": OPENAI, "model": "gpt-4"})]);
    world.write_lines(
        "chat.jsonl",
        &[json!({"messages": [{"role": "user", "content": "Say it."}, {"role": "assistant", "content": OPENAI}]})],
    );
    let list = json!([{"conversations": [{"from": "human", "value": "Say it."}, {"from": "gpt", "value": OPENAI}]}]);
    world.write("list.json", list.to_string());
    for name in ["alpaca.jsonl", "chat.jsonl", "list.json"] {
        let out = format!("{name}.rf");
        world.run(&["index", "build", "--out", &out, name]).exits(0);
        let ran =
            world.run(&["scan", "--index", &out, "--out", &format!("{out}.out"), "--json", "refs.jsonl"]).exits(0);
        assert_eq!(ran.json()["totals"]["matched_records"], json!(1), "{}", ran.out);
    }
}

#[test]
fn chat_data_in_parquet_is_read_by_its_roles() {
    let world = World::new();
    let turns = |roles: &[&str], texts: &[&str]| -> ArrayRef {
        let field = |name: &str| Arc::new(Field::new(name, DataType::Utf8, true));
        let columns: [(_, ArrayRef); 2] = [
            (field("role"), Arc::new(StringArray::from(roles.to_vec()))),
            (field("content"), Arc::new(StringArray::from(texts.to_vec()))),
        ];
        let turns = StructArray::from(columns.to_vec());
        let item = Arc::new(Field::new("item", turns.data_type().clone(), true));
        Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([roles.len()]), Arc::new(turns), None))
    };
    let chat = turns(&["user", "assistant"], &["A question of a person.", OPENAI]);
    world.columns("chat.parquet", &[("model", Arc::new(StringArray::from(vec!["gpt-4"]))), ("messages", chat)], 10);
    let report = report(&collect(&world, &["chat.parquet", "--out", "refs.parquet"]).exits(0));
    assert_eq!((&report["texts"], &report["bytes"]), (&json!(1), &json!(OPENAI.len())));
    assert_eq!((&report["by"][0]["vendor"], &report["files"][0]["format"]), (&json!("openai"), &json!("data-set")));
    let built = world.run(&["index", "build", "--out", "rf", "--json", "chat.parquet"]).exits(0);
    assert_eq!(built.json()["texts"], json!(1));
}

#[test]
fn a_log_that_is_not_understood_names_its_version_and_the_others_are_read() {
    let world = World::new();
    let mut lines = session("s1", &["An answer of the first session."; 1]);
    lines.push(json!({"type": "hologram", "sessionId": "s1", "version": "9.9.9"}));
    world.write_lines("logs/new.jsonl", &lines);
    world.write_lines("logs/old.jsonl", &session("s2", &["An answer of the second session."]));
    let ran = collect(&world, &["logs", "--out", "refs.parquet"]).exits(2);
    let report = report(&ran);
    assert_eq!((&report["texts"], &report["unknown"]), (&json!(2), &json!({"hologram": 1})));
    assert_eq!(report["failed"][0]["source"], "new.jsonl");
    let ran = world.run(&["collect", "logs", "--out", "again.parquet"]).exits(2);
    let ran = ran.says(&["new.jsonl", "9.9.9", "hologram (1)", "1 of 2"]);
    assert!(ran.out.contains("NOT COMPLETE"), "{}", ran.out);
    world.run(&["index", "build", "--out", "rf", "logs"]).exits(2).says(&["new.jsonl", "9.9.9"]);
    assert!(!world.path("rf").exists());
}

#[test]
fn secrets_are_in_no_output() {
    let world = World::new();
    let secret = ["ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].concat();
    let said = format!("Set the token with `export GITHUB_TOKEN={secret}` and run it.");
    world.write_lines("s.jsonl", &session("s", &[&said]));
    let plain = world.run(&["collect", "s.jsonl", "--out", "a.parquet"]).exits(0);
    let ran = collect(&world, &["s.jsonl", "--out", "b.parquet"]).exits(0);
    assert_eq!(report(&ran)["secrets"], json!({"github-token": 1}));
    world.run(&["index", "build", "--out", "rf", "s.jsonl"]).exits(0);
    for text in [plain.out, plain.err, ran.out, ran.err] {
        assert!(!text.contains(&secret), "{text}");
    }
    let texts: Vec<u8> = fs::read(world.segment("rf").join("texts.bin")).unwrap();
    let texts = String::from_utf8_lossy(&texts);
    assert!(texts.contains("GITHUB_TOKEN=[secret:github-token]") && !texts.contains(&secret), "{texts}");
}

#[test]
fn archives_are_read_member_by_member() {
    let world = World::new();
    let first = session("s1", &["The first answer.", "The second answer."]);
    let bytes = |lines: &[Value]| lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes();
    let mut archive = tar::Builder::new(Vec::new());
    let zipped = zstd::encode_all(&bytes(&session("s2", &["The third answer."]))[..], 1).unwrap();
    for (name, content) in [("a/1.jsonl", bytes(&first)), ("a/2.jsonl.zst", zipped), ("readme", b"not a log".to_vec())]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, name, &content[..]).unwrap();
    }
    world.write("logs.tar.zst", zstd::encode_all(&archive.into_inner().unwrap()[..], 1).unwrap());
    let ran = collect(&world, &["logs.tar.zst", "--out", "refs.parquet"]).exits(0);
    let report = report(&ran);
    assert_eq!((&report["texts"], &report["ignored"]), (&json!(3), &json!(["logs.tar.zst/readme"])));
    assert_eq!(report["files"][1]["source"], "logs.tar.zst/a/2.jsonl.zst");
    world.run(&["index", "build", "--out", "rf", "logs.tar.zst"]).exits(0);
}

#[test]
fn sessions_that_repeat_others_add_nothing() {
    let world = World::new();
    let first = session("s1", &["The first answer.", "The second answer."]);
    world.write_lines("1.jsonl", &first);
    let resumed = [first, session("s2", &["The third answer."])].concat();
    world.write_lines("2.jsonl", &resumed);
    let report = report(&collect(&world, &["1.jsonl", "2.jsonl", "--out", "refs.parquet"]).exits(0));
    assert_eq!((&report["texts"], &report["repeated"]), (&json!(3), &json!(2)));
}

#[test]
fn without_a_source_this_machines_logs_are_read() {
    let world = World::new();
    let run = |folder: &str, out: &str| {
        let mut command = world.command(&["collect", "--out", out]);
        let home = world.path("home");
        command.env("HOME", &home).env("CLAUDE_CONFIG_DIR", world.path(folder));
        let others = "CODEX_HOME COPILOT_HOME XDG_CONFIG_HOME XDG_DATA_HOME PI_CODING_AGENT_DIR CONTINUE_GLOBAL_DIR";
        others.split(' ').for_each(|name| {
            command.env_remove(name);
        });
        Ran::from(command.output().unwrap())
    };
    world.write(
        "home/.codex/sessions/2026/02/11/rollout-1.jsonl",
        fs::read(Path::new(LOGS).join("codex.jsonl")).unwrap(),
    );
    world.write("claude/projects/-w/s.jsonl", fs::read(Path::new(LOGS).join("claude-code.jsonl")).unwrap());
    let ran = run("claude", "refs.parquet").exits(0);
    for words in ["claude-code  read", "codex        read", "gemini-cli   not there", "gpt-5-codex", "claude-haiku-4-5"]
    {
        assert!(ran.out.contains(words), "`{words}` is not in:\n{}", ran.out);
    }
    fs::remove_dir_all(world.path("home")).unwrap();
    run("nowhere", "none.parquet").exits(2).says(&["no assistant keeps logs here", "nowhere/projects"]);
}

#[test]
fn formats_that_nothing_tells_must_be_named() {
    let world = World::new();
    world.write("tree/src/main.rs", "fn main() { println!(\"made by a model\"); }\n");
    world.write("tree/.gitignore", "target/\n");
    world.write("tree/target/out.rs", "fn made_by_the_compiler() {}\n");
    world.write("answer.txt", OPENAI);
    world.run(&["collect", "answer.txt", "--out", "no.parquet"]).exits(2).says(&["answer.txt", "--format"]);
    world
        .run(&["collect", "answer.txt", "--out", "no.parquet", "--format", "odd"])
        .exits(2)
        .says(&["claude-code", "source"]);
    let text = report(&collect(&world, &["answer.txt", "--format", "text", "--out", "text.parquet"]).exits(0));
    assert_eq!((&text["by"][0]["kind"], &text["texts"]), (&json!("chat"), &json!(1)));
    let source = report(&collect(&world, &["tree", "--format", "source", "--out", "source.parquet"]).exits(0));
    assert_eq!((&source["by"][0]["kind"], &source["texts"]), (&json!("code"), &json!(1)));
    world.write("map.json", json!({"text": "/say", "model": "/m"}).to_string());
    world.write_lines("gateway.jsonl", &[json!({"say": OPENAI, "m": "gpt-4"})]);
    let mapped =
        report(&collect(&world, &["gateway.jsonl", "--mapping", "map.json", "--out", "mapped.parquet"]).exits(0));
    assert_eq!(mapped["by"][0]["vendor"], "openai");
}
