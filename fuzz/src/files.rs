//! Files that are texts themselves, tar archives of them, and how files are recognised.

use crate::Target;
use crate::json::COMPRESSIONS;
use crate::scratch::{Scratch, split};
use ringfence::Error;
use ringfence::shard::{FilesShard, Io, discover};

/// Bytes that a file in an archive may have here; what is larger is an error.
const LARGEST_FILE: u64 = 1 << 20;

/// A file or an archive is the same by a map and by reads, and its members are within the limit.
pub fn files() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let ([choice], bytes) = split::<1>(data);
        let path = scratch.put("files", bytes);
        let archive = COMPRESSIONS.get(usize::from(choice) % (COMPRESSIONS.len() + 1)).copied();
        let all = [Io::Map, Io::Read].map(|io| {
            let mut files = Vec::new();
            let read =
                FilesShard::open(&path, archive, io).map(|shard| shard.limit_files(LARGEST_FILE)).and_then(|shard| {
                    shard.read(&mut |file| {
                        assert!(file.bytes.len() as u64 <= LARGEST_FILE);
                        files.push((file.number, file.member.to_owned(), file.bytes.to_vec()));
                        if files.len() < 1000 { Ok(()) } else { Err(Error::request("enough", "")) }
                    })
                });
            (read.map_err(|e| e.to_string()), files)
        });
        assert_eq!(all[0], all[1]);
    })
}

/// What a file is, when its name does not say.
pub fn discovered() -> Target {
    let scratch = Scratch::new();
    Box::new(move |data| {
        let path = scratch.put("file", data).display().to_string();
        let found = discover(std::slice::from_ref(&path), None);
        assert!(found.is_err() || found.is_ok_and(|found| found.shards.len() == 1));
    })
}
