//! Which addresses are mapped files of ours: read by a signal handler, and so without locks or memory of its own.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};

/// Maps at most: some nine a segment of an index, and one a thread that scans.
pub(super) const ROOM: usize = 4096;

// A signal handler is given an address, and nothing of ours: what it looks up can only be found in a global.
static TABLE: [Slot; ROOM] = [const { Slot::new() }; ROOM];
/// One change at a time. The handler does not take it: it may run while its thread holds it.
static CHANGES: Mutex<()> = Mutex::new(());

/// A place in the table.
#[derive(Debug)]
struct Slot {
    /// Goes up before a change and after it: odd during one.
    version: AtomicUsize,
    /// The first address of the map; 0: the place is free.
    start: AtomicUsize,
    len: AtomicUsize,
    lost: AtomicBool,
}

impl Slot {
    const fn new() -> Self {
        let [version, start, len] = [const { AtomicUsize::new(0) }; 3];
        Self { version, start, len, lost: AtomicBool::new(false) }
    }

    fn set(&self, start: usize, len: usize) {
        self.version.fetch_add(1, SeqCst);
        self.start.store(start, SeqCst);
        self.len.store(len, SeqCst);
        self.lost.store(false, SeqCst);
        self.version.fetch_add(1, SeqCst);
    }

    /// The addresses of the map, if there is one. A place that changes meanwhile counts as free: whoever asks for the map
    /// that a thread has just touched asks for one that stays where it is.
    fn addresses(&self) -> Option<Range<usize>> {
        let version = self.version.load(SeqCst);
        let (start, len) = (self.start.load(SeqCst), self.len.load(SeqCst));
        let is_steady = version.is_multiple_of(2) && version == self.version.load(SeqCst);
        (start != 0 && is_steady).then(|| start..start.saturating_add(len))
    }
}

/// A map's place in the table, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Entry(&'static Slot);

impl Entry {
    /// None, where the table is full.
    pub(super) fn new(start: usize, len: usize) -> Option<Self> {
        let _one = CHANGES.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = TABLE.iter().find(|slot| slot.start.load(SeqCst) == 0)?;
        slot.set(start, len);
        Some(Self(slot))
    }

    pub(super) fn is_lost(&self) -> bool {
        self.0.lost.load(SeqCst)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let _one = CHANGES.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.set(0, 0);
    }
}

/// Marks the map that has an address as having lost pages; returns where the map ends. None, where no map has it.
///
/// Only reads and writes atomics: safe in a signal handler.
#[cfg(unix)]
pub(super) fn lose(address: usize) -> Option<usize> {
    let found = TABLE.iter().find_map(|slot| Some((slot, slot.addresses()?)).filter(|(_, map)| map.contains(&address)));
    let (slot, map) = found?;
    slot.lost.store(true, SeqCst);
    Some(map.end)
}
