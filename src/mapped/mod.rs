//! Files in memory that others may change: pages may go, when somebody shortens the file or the disk fails.
//!
//! The system says so by the signal SIGBUS at the instruction that touches such a page, and ends a process that does not
//! expect it. [`survive_lost_pages`] makes the program expect it: zeros then take the place of the page and of all that
//! follow in its map, and the map is marked as having lost a page. Who works with a map asks for that mark after its work and
//! before it shows a result: what was made of zeros is never shown.
//!
//! A map is in the `table` from before its first use to its end; the `handler` looks faults up there, and leaves all
//! others to whoever handled them before. Changes that lose no page are known by the file's `state`.

#[cfg(unix)]
mod handler;
mod state;
mod table;

pub(crate) use state::{Change, FileState};

use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::io;
use std::ops::Range;

/// From now on, a map whose file shrinks or cannot be read fails what is made of it, and does not end the process.
///
/// Takes over the handling of SIGBUS for the whole process, for faults inside maps of this crate; for all others, what was
/// set before is set again. It is for programs to call, at their start: no other function of this library calls it. Without it,
/// such a fault ends the process (with [`Io::Read`](crate::shard::Io::Read) there are no maps of shards, but still those of the
/// index). Elsewhere than on Unix, nothing happens: a file that is mapped cannot shrink on Windows.
pub fn survive_lost_pages() {
    #[cfg(unix)]
    handler::install();
}

/// A file, or its beginning, as read-only memory.
#[derive(Debug)]
pub(crate) struct Mapping {
    // First, since fields are dropped in this order: no address is in the table that is no longer the map's.
    entry: table::Entry,
    map: Mmap,
}

impl Mapping {
    /// Maps the first `len` bytes of a file; none, where there are as many maps as the table can hold.
    pub(crate) fn new(file: &File, len: u64) -> io::Result<Option<Self>> {
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let map = map(file, len)?;
        let entry = table::Entry::new(map.as_ptr().addr(), map.len());
        Ok(entry.map(|entry| Self { entry, map }))
    }

    /// The bytes; zeros where a page was lost.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Whether a page was lost. True before the first of its zeros can be seen.
    pub(crate) fn has_lost_pages(&self) -> bool {
        self.entry.is_lost()
    }

    /// Asks the kernel to read a part of the file that will be needed soon.
    pub(crate) fn read_ahead(&self, range: Range<usize>) {
        let end = range.end.min(self.map.len());
        // Advice: a refusal is of no consequence.
        #[cfg(unix)]
        if range.start < end {
            let _ = self.map.advise_range(memmap2::Advice::WillNeed, range.start, end - range.start);
        }
    }

    /// Asks for huge pages.
    pub(crate) fn prefer_huge_pages(&self) {
        #[cfg(target_os = "linux")]
        let _ = self.map.advise(memmap2::Advice::HugePage);
    }

    /// Tells the kernel that a part of the map is not needed for now.
    pub(crate) fn release(&self, range: Range<usize>) {
        let end = range.end.min(self.map.len());
        if range.start < end {
            drop_pages(&self.map, range.start, end - range.start);
        }
    }
}

#[expect(unsafe_code, reason = "a memory map cannot be made in safe Rust")]
fn map(file: &File, len: usize) -> io::Result<Mmap> {
    // SAFETY: the map is read-only, and this process never writes to a file that it has mapped: shards are only read, and files
    // of an index are written once. Others may write to them. A file that is shortened leaves pages without content, which
    // become zeros (module docs) or end the process. A file that is written over changes bytes under shared slices. Bytes are
    // read here as plain integers, which any content is good for, or as text that was checked to be UTF-8: zeros in place of
    // the end of such a text leave every character complete, since the bytes that a first byte announces are still inside
    // the text. Other bytes could make characters of it that are none; that nobody writes into a mapped file is a documented
    // condition of `Io::Map`, and breaking it fails the shard.
    unsafe { MmapOptions::new().len(len).map(file) }
}

/// A refusal is of no consequence.
#[cfg_attr(not(unix), expect(unused_variables, reason = "only Unix can drop pages of a map"))]
#[cfg_attr(unix, expect(unsafe_code, reason = "dropping mapped pages is unchecked advice in memmap2"))]
fn drop_pages(map: &Mmap, start: usize, len: usize) {
    #[cfg(unix)]
    // SAFETY: `start..start + len` is inside the map (the one caller clamps it). The map is read-only and backed by
    // a file, so dropped pages are read again from that file with the same content when they are next touched, and
    // slices into the range stay valid. (On anonymous or private written memory this advice would zero the data: pages that
    // were lost are zeros already.)
    let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, len) };
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;

    const PAGE: usize = 64 << 10; // as large as pages are anywhere

    /// A mapped file of eight pages of sevens.
    fn mapped() -> (tempfile::NamedTempFile, Mapping) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 8 * PAGE]).unwrap();
        let map = Mapping::new(file.as_file(), 8 * PAGE as u64).unwrap().unwrap();
        (file, map)
    }

    #[test]
    fn pages_that_are_lost_become_zeros_and_only_their_map_says_so() {
        survive_lost_pages();
        let ((_kept, whole), (file, short)) = (mapped(), mapped());
        file.as_file().set_len(2 * PAGE as u64).unwrap();
        assert_eq!(short.bytes()[2 * PAGE - 1], 7);
        assert!(!short.has_lost_pages(), "nothing was touched that is gone");
        assert_eq!(short.bytes()[5 * PAGE], 0);
        assert!(short.has_lost_pages());
        assert_eq!(short.bytes()[2 * PAGE], 0, "a second fault, before the first");
        assert_eq!((short.bytes()[8 * PAGE - 1], short.bytes()[2 * PAGE - 1]), (0, 7));
        assert!(!whole.has_lost_pages() && whole.bytes().iter().all(|byte| *byte == 7));
        short.release(0..8 * PAGE);
        assert_eq!((short.bytes()[5 * PAGE], short.bytes()[0]), (0, 7));
        drop(short);
        assert!(!mapped().1.has_lost_pages(), "the next map in its place has lost nothing");
    }

    #[test]
    fn many_threads_may_lose_pages_at_once() {
        survive_lost_pages();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let (file, map) = mapped();
                        let (map, pages) = (&map, 0..8_usize);
                        file.as_file().set_len(PAGE as u64).unwrap();
                        let sum =
                            |from: usize| pages.clone().map(|n| u64::from(map.bytes()[(n + from) % 8 * PAGE])).sum();
                        let sums: Vec<u64> = std::thread::scope(|inner| {
                            let readers: Vec<_> = (0..3).map(|n| inner.spawn(move || sum(n))).collect();
                            readers.into_iter().map(|reader| reader.join().unwrap()).collect()
                        });
                        assert_eq!((sums, map.has_lost_pages()), (vec![7; 3], true));
                    }
                });
            }
        });
    }

    #[test]
    fn there_are_only_so_many_maps_and_room_again_when_one_goes() {
        // In a process of its own: others would find no room meanwhile.
        let status = this_test("mapped::tests::fills_the_table");
        assert!(status.success(), "{status}");
    }

    #[test]
    #[ignore = "run by the test above, in a process of its own"]
    fn fills_the_table() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1).unwrap();
        let map = || Mapping::new(file.as_file(), 1).unwrap();
        let mut maps: Vec<Mapping> = std::iter::from_fn(map).take(table::ROOM + 1).collect();
        assert_eq!(maps.len(), table::ROOM);
        assert!(maps.pop().is_some() && map().is_some());
    }

    #[test]
    fn a_fault_elsewhere_ends_the_process_as_ever() {
        let status = this_test("mapped::tests::faults_elsewhere");
        assert_eq!(status.signal(), Some(libc::SIGBUS), "{status}");
    }

    #[test]
    #[ignore = "run by the test above, in a process of its own"]
    #[expect(unsafe_code, reason = "a map that the table does not know")]
    fn faults_elsewhere() {
        survive_lost_pages();
        let (file, _known) = mapped();
        // SAFETY: it is not: that is the test.
        let unknown = unsafe { Mmap::map(file.as_file()) }.unwrap();
        file.as_file().set_len(0).unwrap();
        assert_ne!(unknown[PAGE], 0, "the process should have ended here");
    }

    fn this_test(name: &str) -> std::process::ExitStatus {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", name, "--ignored", "--test-threads", "1"]).output().unwrap().status
    }
}
