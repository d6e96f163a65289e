//! What the exit code says.

use crate::world::{CLAUDE, OPENAI, World, some, texts};
use serde_json::json;

/// 10 records, 2 of them what a model wrote.
fn two_in_ten() -> World {
    let world = World::new();
    world.parquet("in/part.parquet", &some(&texts(10, &[(3, OPENAI), (7, CLAUDE)])), 1000);
    world
}

#[test]
fn a_complete_scan_is_0_whatever_it_found() {
    two_in_ten().scan(&["in"]).exits(0);
    two_in_ten().scan(&["in", "--action", "drop"]).exits(0);
    let world = World::new();
    world.parquet("in/part.parquet", &some(&texts(10, &[])), 1000);
    world.scan(&["in"]).exits(0);
}

#[test]
fn more_matched_records_than_fail_over_is_1() {
    for (limit, code) in [("0", 1), ("1", 1), ("2", 0), ("0%", 1), ("19.9%", 1), ("20%", 0), ("100%", 0)] {
        let ran = two_in_ten().scan(&["in", "--fail-over", limit]);
        assert_eq!(ran.code, Some(code), "{limit}: {}", ran.err);
    }
}

#[test]
fn records_count_for_fail_over_and_not_matches() {
    let world = two_in_ten();
    world.write_lines("in/twice.jsonl", &[json!({"text": format!("{OPENAI}\n\n{CLAUDE}")})]);
    world.scan(&["in", "--fail-over", "3"]).exits(0);
    assert_eq!(world.summary()["totals"]["matches"], 4);
}

#[test]
fn incomplete_is_2_and_wins_over_1() {
    let world = two_in_ten();
    world.write("in/broken.parquet", "PAR1");
    world.scan(&["in"]).exits(2);
    let world = two_in_ten();
    world.write("in/broken.parquet", "PAR1");
    world.scan(&["in", "--fail-over", "0"]).exits(2);
    let world = two_in_ten();
    world.write("in/lines.jsonl", "{\n");
    world.scan(&["in", "--fail-over", "0"]).exits(2);
}

#[test]
fn raised_limits_let_that_much_pass() {
    for (option, content, count) in
        [("--max-bad-shards", ["PAR1", "PAR1"], 2), ("--max-bad-records", ["{\n{\n", "{\"text\": 1}\n"], 3)]
    {
        for (limit, code) in [(count - 1, 2), (count, 0)] {
            let world = two_in_ten();
            let end = if option == "--max-bad-shards" { "parquet" } else { "jsonl" };
            content.iter().enumerate().for_each(|(n, text)| drop(world.write(format!("in/bad-{n}.{end}"), text)));
            world.scan(&["in", option, &limit.to_string()]).exits(code);
            assert_eq!(world.summary()["complete"], code == 0, "{option} {limit}");
        }
    }
    let world = two_in_ten();
    world.write("in/bad.parquet", "PAR1");
    world.scan(&["in", "--max-bad-shards", "1", "--fail-over", "1"]).exits(1);
}

#[test]
fn a_request_that_cannot_be_carried_out_is_2_with_advice() {
    let world = two_in_ten();
    world.scan(&["none.parquet"]).exits(2).says(&["none.parquet", "No such file"]);
    world.scan(&["in/*.jsonl"]).exits(2).says(&["in/*.jsonl", "help:"]);
    world.scan(&["in", "--fail-over", "many"]).exits(2).says(&["many", "percentage"]);
    world.scan(&["in", "--columns", "a..b"]).exits(2).says(&["a..b", "a name is empty"]);
    for threads in ["0", "1025", "18446744073709551615", "x"] {
        world.scan(&["in", "--threads", threads]).exits(2).says(&["--threads", threads]);
    }
    for (option, value) in
        [("--threshold", "0"), ("--threshold", "1.1"), ("--threshold", "nan"), ("--recall", "1"), ("--recall", "-1")]
    {
        let option = format!("{option}={value}");
        world.run(&["index", "build", "--out", "new", "refs.jsonl", &option]).exits(2).says(&["error:", "help:"]);
    }
    world.run(&["scan", "in", "--index", "nowhere", "--out", "out"]).exits(2).says(&["nowhere", "index build"]);
    world.run(&["explain", "nowhere"]).exits(2).says(&["nowhere", "--out"]);
    assert!(!world.path("out").exists());
}
