//! `explain`: which text of a match is rare, and matches found with other options than the default ones.

use crate::world::{OPENAI, World, clean};
use ringfence::sink::match_rows::read_matches;
use serde_json::json;

/// A human's prompt of about thirty words, which the answer repeats.
const PROMPT: &str = "You asked me to explain, in two short sentences and without any formula, how plants manage to live on nothing \
    more than light, water and the thin air around them.";

fn world() -> World {
    let world = World::new();
    let answer = format!("{PROMPT}\n\n{OPENAI}");
    world.write_lines("refs.jsonl", &[json!({"id": "o1", "vendor": "openai", "prompt": PROMPT, "text": answer})]);
    let host = |number: usize| (number..number + 20).map(clean).collect::<Vec<_>>().join("\n");
    world.write_lines("in/x.jsonl", &[json!({"text": format!("{}\n{answer}\n{}", host(0), host(100))})]);
    world
}

#[test]
fn common_text_is_marked_as_such_and_the_view_is_cut_around_the_match() {
    let world = world();
    world.scan(&["in"]).exits(0);
    let shown = world.run(&["explain", "out"]).exits(0).out;
    for part in [
        "‹You asked me to explain",
        "⟦",
        "shared text: ⟦rare⟧, and ‹common›",
        "words in order",
        "100 % agreement, 0 gaps",
    ] {
        assert!(shown.contains(part), "{part} is not in:\n{shown}");
    }
    assert!(shown.contains("lines before)") && shown.contains("lines after)") && shown.lines().count() < 40, "{shown}");
    let explained = world.run(&["explain", "out", "--json"]).exits(0).json();
    for side in ["record", "reference"] {
        let (text, ranges) = (explained[0][side].as_str().unwrap(), &explained[0][format!("{side}_shared")]);
        let piece = |number: usize| {
            let range = &ranges[number];
            let [start, end] = ["start", "end"].map(|name| range[name].as_u64().unwrap() as usize);
            (text[start..end].split(' ').next().unwrap(), range["rare"].as_bool().unwrap())
        };
        assert_eq!([piece(0), piece(1)].map(|(_, rare)| rare), [false, true], "{ranges}");
        assert_eq!(piece(0).0, "You");
    }
}

#[test]
fn matches_of_other_options_are_found_again() {
    for args in [["--detect", "containment"], ["--sensitivity", "fast"], ["--threshold", "0.9"], ["--max-matches", "1"]]
    {
        let world = world();
        let edited = OPENAI.replace("mostly", "chiefly");
        world.write_lines("in/y.jsonl", &[json!({"text": edited}), json!({"text": format!("{edited} {OPENAI}")})]);
        world.scan(&[&["in"], &args[..]].concat()).exits(0);
        let shown = world.run(&["explain", "out", "--top", "99", "--json"]).exits(0).json();
        assert_eq!(shown.as_array().map(Vec::len), Some(world.matches().len()), "{args:?}");
        assert!(!world.matches().is_empty(), "{args:?}");
    }
}

#[test]
fn tool_session_and_path_of_a_reference_are_reported_where_they_are_known() {
    let world = World::new();
    let known = json!({"id": "o1", "vendor": "openai", "timestamp": "2025-03-04T05:06:07Z", "tool": "codex", "tool_version": "0.4",
        "session": "s-17", "path": "src/plants.rs", "text": OPENAI});
    world.write_lines("refs.jsonl", &[known]);
    world.write_lines("in/x.jsonl", &[json!({"text": OPENAI})]);
    world.scan(&["in"]).exits(0);
    let mut found = Vec::new();
    let mut take = |row| {
        found.push(row);
        true
    };
    read_matches(&world.path("out/matches.parquet"), &mut take).unwrap();
    let [found] = &found[..] else { panic!("no single match") };
    let fields = [&found.date, &found.tool, &found.session, &found.path].map(String::as_str);
    assert_eq!(fields, ["2025-03-04T05:06:07Z", "codex", "s-17", "src/plants.rs"]);
    let shown = world.run(&["explain", "out"]).exits(0).out;
    assert!(shown.contains("tool codex 0.4, session s-17, path src/plants.rs"), "{shown}");
}
