//! The frame and the footer of a Parquet file, looked at before the library parses anything. The library says much the
//! same of an empty, a truncated and a foreign file, reads past encrypted columns that it does not know of, and follows
//! a schema down by recursion, however deep: an overflowing stack would end the whole run.

use std::path::Path;

use parquet::file::FOOTER_SIZE;
use parquet::file::metadata::FooterTail;
use parquet::file::reader::ChunkReader;

use crate::error::{Error, Result};
use crate::shard::map::ShardData;
use crate::shard::parquet::guarded;
use crate::thrift::{I32, LIST, Thrift};

const MAGIC: &[u8] = b"PAR1";
const MAGIC_ENCRYPTED: &[u8] = b"PARE";

/// Fields of `FileMetaData`, by the numbers of the format's definition; the second is there if a column is encrypted.
const SCHEMA: i64 = 2;
const ENCRYPTION_ALGORITHM: i64 = 8;

/// The field of `SchemaElement` that makes a group of it.
const NUM_CHILDREN: i64 = 5;

/// Deepest nesting of columns that is read. Real schemas stay far below.
const MAX_SCHEMA_DEPTH: usize = 128;

const TRUNCATED: &str = "the file is truncated or still being written; fetch or write it again";
const ENCRYPTED: &str = "decrypt it first: encrypted Parquet is not read";

/// Checks that a file begins and ends as Parquet does, that its footer lies inside it, and that nothing is encrypted.
pub(super) fn check(path: &Path, data: &ShardData) -> Result<()> {
    let size = data.size();
    let bad = |found: String, help: &str| Err(Error::content(path, "a Parquet file", found).help(help));
    let read = |start, len| guarded(|| data.get_bytes(start, len)).map_err(|why| Error::content(path, "bytes", why));
    if size == 0 {
        return bad("an empty file (0 bytes)".to_owned(), "write it again, or leave it out");
    }
    let head = read(0, usize::try_from(size).unwrap_or(usize::MAX).min(MAGIC.len()))?;
    if *head == *MAGIC_ENCRYPTED {
        return bad("an encrypted file".to_owned(), ENCRYPTED);
    }
    if *head != *MAGIC {
        let found = format!("a file that starts with \"{}\"", head.escape_ascii());
        return bad(found, "Parquet starts with \"PAR1\"; JSON Lines is known by its extension, .jsonl or .ndjson");
    }
    let Some(tail_start) = size.checked_sub(FOOTER_SIZE as u64).filter(|start| *start >= MAGIC.len() as u64) else {
        return bad(format!("the start of one ({size} bytes)"), TRUNCATED);
    };
    let tail = read(tail_start, FOOTER_SIZE)?;
    let tail = <&[u8; FOOTER_SIZE]>::try_from(&*tail).ok().and_then(|tail| FooterTail::try_new(tail).ok());
    let Some(tail) = tail else {
        return bad(format!("one without an end: the last 4 of {size} bytes are not \"PAR1\""), TRUNCATED);
    };
    if tail.is_encrypted_footer() {
        return bad("an encrypted footer".to_owned(), ENCRYPTED);
    }
    let (claimed, room) = (tail.metadata_length(), tail_start - MAGIC.len() as u64);
    if claimed as u64 > room {
        return bad(format!("a footer that claims {claimed} bytes where there are {room}"), TRUNCATED);
    }
    match Facts::of(&read(tail_start - claimed as u64, claimed)?) {
        Some(Facts { is_encrypted: true, .. }) => bad("encrypted columns".to_owned(), ENCRYPTED),
        Some(Facts { schema: Schema { depth, .. }, .. }) if depth > MAX_SCHEMA_DEPTH => {
            bad(format!("columns nested more than {MAX_SCHEMA_DEPTH} deep"), "is this file what it claims to be?")
        }
        Some(Facts { schema: Schema { most_children, elements, .. }, .. }) if most_children > elements => bad(
            format!("a schema of {elements} elements, one of which claims {most_children} children"),
            "the file is damaged; fetch or write it again",
        ),
        Some(_) => Ok(()),
        None => bad("a footer that cannot be decoded".to_owned(), "the file is damaged; fetch or write it again"),
    }
}

/// What is to be known of a footer before it is parsed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Facts {
    is_encrypted: bool,
    schema: Schema,
}

/// What a schema claims.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Schema {
    elements: u64,
    /// The library makes room for them before it looks for them.
    most_children: u64,
    /// Groups inside each other, the root included; not counted beyond what is refused.
    depth: usize,
}

impl Facts {
    /// The facts of the `FileMetaData` in these bytes; `None` where they make no sense.
    fn of(bytes: &[u8]) -> Option<Self> {
        let (mut facts, mut thrift) = (Self::default(), Thrift::new(bytes));
        let mut number = 0;
        while let Some((next, kind)) = thrift.field(number)? {
            number = next;
            facts.is_encrypted |= number == ENCRYPTION_ALGORITHM;
            if (number, kind) == (SCHEMA, LIST) {
                facts.schema = Schema::of(&mut thrift)?;
            } else {
                thrift.skip(kind)?;
            }
        }
        Some(facts)
    }
}

impl Schema {
    /// The schema that begins here: a list of elements, each group before its children.
    fn of(thrift: &mut Thrift<'_>) -> Option<Self> {
        let (elements, _) = thrift.list()?;
        let mut schema = Self { elements, ..Self::default() };
        // For each group that is not complete, how many children are to come.
        let mut open: Vec<i64> = Vec::new();
        for _ in 0..elements {
            while open.pop_if(|children| *children == 0).is_some() {}
            if let Some(children) = open.last_mut() {
                *children -= 1;
            }
            let children = children(thrift)?;
            if let Ok(1..) = u64::try_from(children) {
                schema.most_children = schema.most_children.max(children.unsigned_abs());
                open.push(children);
            }
            schema.depth = schema.depth.max(open.len());
            if schema.depth > MAX_SCHEMA_DEPTH {
                // The elements that follow make it no better, so they are only stepped over.
                open.truncate(MAX_SCHEMA_DEPTH);
            }
        }
        Some(schema)
    }
}

/// The number of children of the `SchemaElement` that begins here.
fn children(thrift: &mut Thrift<'_>) -> Option<i64> {
    let (mut number, mut children) = (0, 0);
    while let Some((next, kind)) = thrift.field(number)? {
        number = next;
        if (number, kind) == (NUM_CHILDREN, I32) {
            children = thrift.integer()?;
        } else {
            thrift.skip(kind)?;
        }
    }
    Some(children)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts(bytes: &[u8]) -> Option<Facts> {
        Facts::of(bytes)
    }

    /// A schema of groups in each other, as field 2 of the footer, in a footer of its own.
    fn nested(groups: usize) -> Vec<u8> {
        let group = [0x48, 0x01, b'g', 0x15, 0x02, 0x00];
        let leaf = [0x48, 0x01, b't', 0x00];
        let mut count = Vec::new();
        let mut rest = groups + 1;
        while rest >= 0x80 {
            count.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        count.push(rest as u8);
        [vec![0x29, 0xfc], count, group.repeat(groups), leaf.to_vec(), vec![0x00]].concat()
    }

    #[test]
    fn a_field_is_found_past_values_of_every_kind() {
        // Fields 1 and 3 to 7: true, -1, a text, a double, a list of two structs, a list of two bytes.
        let before = [
            vec![0x11],
            vec![0x26, 0x01],
            vec![0x18, 0x03, b'a', b'b', b'c'],
            vec![0x17, 0, 0, 0, 0, 0, 0, 0, 0],
            vec![0x19, 0x2c, 0x15, 0x02, 0x00, 0x00],
            vec![0x19, 0x23, 0x01, 0x02],
        ]
        .concat();
        let with = [before.clone(), vec![0x1c, 0x08, 0x04, 0x01, b'x', 0x00, 0x00]].concat();
        let without = [before, vec![0x28, 0x00, 0x00]].concat();
        assert_eq!(facts(&with), Some(Facts { is_encrypted: true, ..Facts::default() }), "{with:x?}");
        assert_eq!(facts(&without), Some(Facts::default()));
        for cut in 0..without.len() {
            assert_eq!(facts(&without[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn the_depth_of_a_schema_is_that_of_its_groups() {
        for groups in [0, 1, 2, MAX_SCHEMA_DEPTH] {
            assert_eq!(facts(&nested(groups)).unwrap().schema.depth, groups);
        }
        // The root with two groups of one child each: siblings do not add up.
        let group = |children: u8| vec![0x48, 0x01, b'g', 0x15, 2 * children, 0x00];
        let leaf = || vec![0x48, 0x01, b't', 0x00];
        let elements = [group(2), group(1), leaf(), group(1), leaf()].concat();
        assert_eq!(facts(&[vec![0x29, 0x5c], elements, vec![0x00]].concat()).unwrap().schema.depth, 2);
    }

    #[test]
    fn a_schema_too_deep_for_the_stack_is_refused() {
        let footer = nested(500_000);
        let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [b"PAR1".as_slice(), &footer, &length, b"PAR1"].concat()).unwrap();
        let data = ShardData::open(file.path(), crate::shard::Io::Map).unwrap();
        let error = check(file.path(), &data).unwrap_err().to_string();
        assert!(error.contains("nested more than 128 deep"), "{error}");
    }

    #[test]
    fn a_group_of_more_children_than_there_are_elements_is_refused() {
        // A root that claims 2^31 - 1 children, and one leaf.
        let root = [0x48, 0x01, b'r', 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x00];
        let footer = [&[0x29, 0x2c][..], &root, &[0x48, 0x01, b't', 0x00, 0x00]].concat();
        let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [b"PAR1".as_slice(), &footer, &length, b"PAR1"].concat()).unwrap();
        let error = crate::shard::ParquetShard::open(file.path(), crate::shard::Io::Map).unwrap_err().to_string();
        assert!(error.contains("a schema of 2 elements, one of which claims 2147483647 children"), "{error}");
    }

    proptest! {
        #[test]
        fn no_footer_makes_the_walk_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = facts(&bytes);
        }
    }
}
