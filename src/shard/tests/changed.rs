//! Files that change after they were opened.

use std::fs::{self, File};
use std::io::{BufRead, Read};
use std::path::Path;

use crate::mapped::survive_lost_pages;
use crate::shard::{Compression, Io, JsonLinesShard, ShardData};

const BYTES: usize = 1 << 20;

fn set_len(path: &Path, len: u64) {
    File::options().write(true).open(path).unwrap().set_len(len).unwrap();
}

#[test]
fn what_has_changed_once_stays_changed() {
    for io in [Io::Map, Io::Read] {
        let file = super::stored(&[7; BYTES]);
        let modified = file.path().metadata().unwrap().modified().unwrap();
        let data = ShardData::open(file.path(), io).unwrap();
        data.check_unchanged().unwrap();
        set_len(file.path(), 10);
        let expected = format!("changed while it was read: expected {BYTES} bytes, found 10 bytes");
        for _ in 0..2 {
            let error = data.check_unchanged().unwrap_err();
            assert!(error.to_string().ends_with(&expected), "{error}");
            fs::write(file.path(), [7; BYTES]).unwrap();
            File::options().write(true).open(file.path()).unwrap().set_modified(modified).unwrap();
        }
        ShardData::open(file.path(), io).unwrap().check_unchanged().unwrap();
    }
}

#[test]
fn a_page_that_was_lost_is_told_though_the_file_is_whole_again() {
    survive_lost_pages();
    let file = super::stored(&[7; BYTES]);
    let modified = file.path().metadata().unwrap().modified().unwrap();
    let data = ShardData::open(file.path(), Io::Map).unwrap();
    let mut bytes = Vec::new();
    set_len(file.path(), 0);
    data.reader(0, 0).read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, [0; BYTES], "zeros in the place of what is gone");
    fs::write(file.path(), [7; BYTES]).unwrap();
    File::options().write(true).open(file.path()).unwrap().set_modified(modified).unwrap();
    let error = data.check_unchanged().unwrap_err().to_string();
    assert!(error.contains("expected pages that can be read"), "{error}");
}

#[test]
fn lines_of_a_shortened_file_end_early_and_the_check_tells() {
    survive_lost_pages();
    for io in [Io::Map, Io::Read] {
        let file = super::stored(&b"{\"text\": \"x\"}\n".repeat(BYTES / 14));
        let shard = JsonLinesShard::open(file.path(), Compression::None, io).unwrap();
        let mut first = shard.data().reader(0, 1 << 10);
        assert!(!first.fill_buf().unwrap().is_empty());
        set_len(file.path(), 1400);
        let mut lines = 0;
        let read = shard.read_lines(&mut |_, line| {
            lines += u64::from(line.starts_with(b"{\"text\""));
            Ok(())
        });
        assert!(read.is_ok() && lines == 100, "{io:?}: {lines}: {read:?}");
        assert!(shard.data().check_unchanged().is_err(), "{io:?}");
    }
}
