//! JSON Lines: whole files, the texts of a line, and members that are added to it.

use crate::Target;
use crate::scratch::{Scratch, split};
use ringfence::ingest::References;
use ringfence::shard::{
    ColumnPath, Compression, Format, Io, JsonColumns, JsonLinesShard, JsonRoles, Roles, ShardFile, json_date,
    written_ranges,
};
use ringfence::sink::members::append_fields;
use serde_json::Value;

/// Bytes that a line may have here; what is longer is an error.
const LONGEST_LINE: u64 = 1 << 20;

const COLUMNS: [&str; 5] = ["text", "messages[].content", "a.b", "a[][]", "messages[].parts[].text"];

pub const COMPRESSIONS: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

/// The compression that a byte chooses.
pub fn compression(byte: u8) -> Compression {
    COMPRESSIONS[usize::from(byte) % COMPRESSIONS.len()]
}

fn paths() -> Vec<ColumnPath> {
    COLUMNS.iter().map(|path| path.parse().expect("a path")).collect()
}

/// The texts of a line stand where `places` says, in the same order, and every piece of them can be found there.
pub fn columns() -> Target {
    let (columns, paths) = (JsonColumns::new(paths()), paths());
    let roles = JsonRoles::new(Roles::new(&["assistant".to_owned()]), &paths);
    Box::new(move |line| {
        let mut texts = Vec::new();
        let read = columns.texts(line, &mut |column, _, text| texts.push((column, text.to_owned())));
        let _ = JsonColumns::default_column(&COLUMNS, line);
        let _ = json_date(&paths[2], line);
        for (column, _) in roles.others(line) {
            assert!(column < paths.len());
        }
        if read.is_err() {
            return;
        }
        let mut places = Vec::new();
        columns.places(line, &mut |column, range| places.push((column, range)));
        assert_eq!(places.len(), texts.len());
        for ((column, text), (place_column, place)) in texts.iter().zip(places) {
            assert_eq!(*column, place_column);
            let written = &line[place];
            let quoted = [b"\"", written, b"\""].concat();
            assert_eq!(&serde_json::from_slice::<String>(&quoted).expect("a string"), text);
            let ends = text.char_indices().map(|(at, c)| at..at + c.len_utf8());
            let ranges: Vec<_> = ends.collect();
            let pieces = written_ranges(written, &ranges).expect("places of characters");
            assert_eq!(pieces.iter().map(|piece| piece.len()).sum::<usize>(), written.len());
        }
    })
}

/// Lines are the same by a map and by reads, and none is longer than it may be.
pub fn lines() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let ([choice], bytes) = split::<1>(data);
        let path = scratch.put("lines", bytes);
        let all = [Io::Map, Io::Read].map(|io| {
            let mut lines = Vec::new();
            let shard =
                JsonLinesShard::open(&path, compression(choice), io).map(|shard| shard.limit_lines(LONGEST_LINE));
            let read = shard.and_then(|shard| {
                shard.read_lines(&mut |number, line| {
                    assert!(line.len() as u64 <= LONGEST_LINE && !line.contains(&b'\n'));
                    lines.push((number, line.to_vec()));
                    // A few bytes can be the beginning of any number of lines.
                    if lines.len() < 10_000 { Ok(()) } else { Err(ringfence::Error::request("enough", "")) }
                })
            });
            (read.map_err(|e| e.to_string()), lines)
        });
        assert_eq!(all[0], all[1]);
        assert!(all[0].1.is_sorted_by(|a, b| a.0 < b.0), "line numbers");
    })
}

/// The members come last, and all else is as it was.
pub fn append() -> Target {
    const ADDED: &str = r#""verdict":"keep","matches":[{"}":1}]"#;
    Box::new(|line| {
        let mut out = b"before".to_vec();
        if append_fields(line, ADDED, &mut out).is_err() {
            assert_eq!(out, b"before");
            return;
        }
        let out = out.strip_prefix(b"before").expect("what was there");
        let [line, out] = [line, out].map(|line| line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line));
        let parsed = [line, out].map(|line| serde_json::from_slice::<Value>(line));
        let [Ok(Value::Object(old)), Ok(Value::Object(mut new))] = parsed else {
            // Lone surrogates and numbers out of range are passed over by one parser, and not by the other.
            return assert!(serde_json::from_slice::<Value>(line).is_err());
        };
        for name in ["verdict", "matches"] {
            assert!(new.shift_remove(name).is_some(), "{name}");
        }
        assert_eq!(old, new);
        assert_eq!(out.len().saturating_sub(line.len()), ADDED.len() + usize::from(!old.is_empty()));
    })
}

/// References: texts with their provenance.
pub fn references() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("references.jsonl", data);
        let format = Format::JsonLines(Compression::None);
        let file = ShardFile { path, relative: "references.jsonl".to_owned(), format };
        let mut texts = 0;
        let read = References::default().read(std::slice::from_ref(&file), &mut |_| {
            texts += 1;
            Ok(())
        });
        if let Ok(count) = read {
            assert_eq!(count, texts);
        }
    })
}
