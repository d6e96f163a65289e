//! The texts of shards of any format.

use ringfence::shard::{Format, Io, JsonColumns, JsonLinesShard, ParquetShard, discover};

/// The first of these that a Parquet shard has.
const COLUMNS: [&str; 2] = ["text", "messages[].content"];

/// All texts of shards, in their order.
pub(crate) fn texts(shards: &[String]) -> Vec<String> {
    let mut texts = Vec::new();
    for file in discover(shards, None).unwrap().shards {
        match file.format {
            Format::Parquet => {
                let shard = ParquetShard::open(&file.path, Io::Map).unwrap();
                let column = shard.default_column(&COLUMNS).unwrap();
                for group in 0..shard.row_groups() {
                    let mut take = |text: ringfence::shard::TextRef<'_>| {
                        texts.push(String::from_utf8(text.bytes.to_vec()).unwrap());
                        Ok(())
                    };
                    shard.read_texts(group, &column, &mut take).unwrap();
                }
            }
            Format::Text | Format::Archive(_) => {
                texts.push(String::from_utf8(std::fs::read(&file.path).unwrap()).unwrap())
            }
            Format::JsonLines(compression) => {
                let columns = JsonColumns::new(vec!["text".parse().unwrap()]);
                let shard = JsonLinesShard::open(&file.path, compression, Io::Map).unwrap();
                let mut take = |_, line: &[u8]| {
                    columns.texts(line, &mut |_, _, text| texts.push(text.to_owned())).unwrap();
                    Ok(())
                };
                shard.read_lines(&mut take).unwrap();
            }
        }
    }
    texts
}
