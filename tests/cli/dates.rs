//! `--record-date`: what was written before the reference is not the model's.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Date32Array, Int64Array, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray,
};
use serde_json::json;

use crate::world::{OPENAI, World};

/// Whether the record precedes the reference, of each match.
fn precede(world: &World) -> Vec<(String, Option<bool>)> {
    let rows = world.match_rows("out").into_iter();
    let rows = rows.map(|m| (m.record_date, m.record_precedes_reference)).collect();
    std::fs::remove_dir_all(world.path("out")).unwrap();
    rows
}

fn world(dates: &[&str]) -> World {
    let world = World::new();
    let reference = |(number, date): (usize, &&str)| json!({"id": format!("o{number}"), "model": "m", "date": date, "text": OPENAI});
    world.write_lines("refs.jsonl", &dates.iter().enumerate().map(reference).collect::<Vec<_>>());
    world
}

#[test]
fn columns_of_every_kind_of_time_are_compared() {
    let day = |number: i64| number * 86_400;
    // A day before, the day itself, a day after 2024-05-01T12:00:00Z.
    let days = [19_842, 19_844, 19_846];
    let expected = [Some(true), None, Some(false)];
    let texts = ["2024-04-29", "2024-05-01", "2024-05-03"];
    let columns: [ArrayRef; 7] = [
        Arc::new(StringArray::from(texts.to_vec())),
        Arc::new(Date32Array::from(days.map(|day| day as i32).to_vec())),
        Arc::new(
            TimestampMillisecondArray::from(days.map(|d| day(d) * 1000 + 43_200_000).to_vec()).with_timezone("UTC"),
        ),
        Arc::new(TimestampMicrosecondArray::from(days.map(|d| day(d) * 1_000_000 + 43_200_000_000).to_vec())),
        Arc::new(
            TimestampNanosecondArray::from(days.map(|d| (day(d) + 43_200) * 1_000_000_000).to_vec())
                .with_timezone("+00:00"),
        ),
        Arc::new(Int64Array::from(days.map(|d| day(d) + 43_200).to_vec())),
        Arc::new(StringArray::from(vec!["2024-04-29T00:00:00Z", "2024-05-01T12:00:00Z", "2024-05-02 23:00:00+02:00"])),
    ];
    for (number, dates) in columns.into_iter().enumerate() {
        for group in [1, 1000] {
            let world = world(&["2024-05-01T12:00:00Z"]);
            let text: ArrayRef = Arc::new(StringArray::from(vec![OPENAI; 3]));
            world.columns("in/a.parquet", &[("text", text), ("when", dates.clone())], group);
            world.scan(&["in", "--record-date", "when"]).exits(0);
            assert_eq!(world.summary()["totals"]["preceding_matches"], 1);
            assert_eq!(precede(&world).iter().map(|found| found.1).collect::<Vec<_>>(), expected, "column {number}");
        }
    }
}

#[test]
fn json_lines_may_hold_texts_and_numbers_and_say_nothing() {
    let world = world(&["2024-05-01"]);
    world.write_lines(
        "in/a.jsonl",
        &[
            json!({"text": "nothing", "meta": {"t": "2020"}}),
            json!({"text": OPENAI, "meta": {"t": "2020"}}),
            json!({"text": OPENAI, "meta": {"t": 1_700_000_000}}),
            json!({"text": OPENAI, "meta": {"t": 1_800_000_000.5}}),
            json!({"text": OPENAI, "meta": {"t": "soon"}}),
            json!({"text": OPENAI}),
        ],
    );
    world.scan(&["in", "--record-date", "meta.t"]).exits(0);
    let expected =
        [("2020", Some(true)), ("1700000000", Some(true)), ("1800000000", Some(false)), ("soon", None), ("", None)];
    assert_eq!(precede(&world), expected.map(|(written, precedes)| (written.to_owned(), precedes)));
}

#[test]
fn of_a_reference_that_is_known_from_several_places_the_earliest_counts() {
    for (dates, record, expected) in [
        (&["2024-05-01", "2022-01-01"][..], "2023-01-01", Some(false)),
        (&["2024-05-01", "2025-01-01"], "2023-01-01", Some(true)),
        (&["2024-05-01", ""], "2023-01-01", None),
        (&["2022-05-01", ""], "2023-01-01", Some(false)),
        (&[""], "2023-01-01", None),
    ] {
        let world = world(dates);
        world.write_lines("in/a.jsonl", &[json!({"text": OPENAI, "t": record})]);
        world.scan(&["in", "--record-date", "t"]).exits(0);
        assert_eq!(precede(&world), [(record.to_owned(), expected)], "{dates:?}");
    }
}

#[test]
fn a_column_of_dates_that_is_not_there_is_named() {
    let world = world(&["2024"]);
    world.parquet("in/a.parquet", &[Some(OPENAI)], 10);
    world.scan(&["in", "--record-date", "when"]).exits(2).says(&[
        "a.parquet",
        "a column of dates `when`",
        "no such column",
    ]);
}
