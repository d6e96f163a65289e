//! Entries of tables on their way into the order of their keys, in memory as long as they fit.
//!
//! Keys are hashes, so their high bits spread them evenly:
//!
//! 1. Entries come in the order of their references, and go to one of 1,024 parts by the highest ten bits of their keys.
//! 2. When the memory is full, what the parts hold is appended to a temporary file, part by part.
//! 3. At the end, parts are taken back in the order of the keys, each small enough to be sorted in memory. One that is not is
//!    spread again, by the next bits.

use super::spill::{Budget, Spill};
use crate::error::Result;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A key and the reference that stands behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Keyed {
    key: U64,
    reference: U32,
}

impl Keyed {
    pub(super) fn new(key: u64, reference: u32) -> Self {
        Self { key: key.into(), reference: reference.into() }
    }

    pub(super) fn key(&self) -> u64 {
        self.key.get()
    }

    pub(super) fn reference(&self) -> u32 {
        self.reference.get()
    }
}

/// Bits of the key that choose a part, at most.
const PART_BITS: u32 = 10;

/// Entries for which room is made at once.
const CHUNK: usize = 256;

/// Entries of some of the keys.
#[derive(Debug, Default)]
struct Part {
    /// Where the earlier ones are in the temporary file.
    spilled: Vec<Range<u64>>,
    /// The others, in chunks, so that they need not be moved.
    held: Vec<Vec<Keyed>>,
    /// The last of them.
    last: Vec<Keyed>,
}

impl Part {
    fn push(&mut self, entry: Keyed) {
        if self.last.len() == self.last.capacity() {
            self.held.extend(Some(std::mem::take(&mut self.last)).filter(|full| !full.is_empty()));
            self.last.reserve_exact(CHUNK);
        }
        self.last.push(entry);
    }

    /// Takes what is in memory, in its order.
    fn take_held(&mut self) -> Vec<Vec<Keyed>> {
        self.held.push(std::mem::take(&mut self.last));
        std::mem::take(&mut self.held)
    }
}

/// Takes entries.
#[derive(Debug)]
pub(super) struct Spool {
    budget: Budget,
    parts: Vec<Part>,
    /// Bits of the keys that all entries have in common, and those behind them that choose the part.
    common_bits: u32,
    part_bits: u32,
    /// Bytes in memory, and when they are too many.
    held: usize,
    limit: usize,
    file: Option<Spill>,
    entries: u64,
}

impl Spool {
    /// A spool that holds so many bytes at most.
    pub(super) fn new(budget: &Budget, limit: usize) -> Self {
        Self::below(budget, limit, 0, PART_BITS)
    }

    /// A spool of keys whose first bits are the same.
    fn below(budget: &Budget, limit: usize, common_bits: u32, part_bits: u32) -> Self {
        let parts = (0..1 << part_bits).map(|_| Part::default()).collect();
        Self { budget: budget.clone(), parts, common_bits, part_bits, held: 0, limit, file: None, entries: 0 }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> u64 {
        self.entries
    }

    /// Takes entries.
    pub(super) fn extend(&mut self, entries: &[Keyed]) -> Result<()> {
        self.entries += entries.len() as u64;
        for entry in entries {
            let part = (entry.key() << self.common_bits) >> (u64::BITS - self.part_bits);
            if let Some(part) = self.parts.get_mut(part as usize) {
                part.push(*entry);
            }
        }
        self.held += size_of_val(entries);
        if self.held > self.limit { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.budget.file()?),
        };
        let mut piece = Vec::new();
        for part in self.parts.iter_mut().filter(|part| !part.last.is_empty()) {
            piece.clear();
            part.take_held().iter().for_each(|chunk| piece.extend_from_slice(chunk.as_bytes()));
            part.spilled.push(file.append(&piece)?);
        }
        self.held = 0;
        Ok(())
    }

    /// Hands the entries back in portions of so many bytes of entries at most, as far as keys differ in their highest `bits`.
    pub(super) fn portions(self, bits: u32, limit: usize) -> Portions {
        let whole = Pending { prefix: 0, bits: 0, part: Part::default(), file: None };
        let mut portions = Portions { budget: self.budget.clone(), pending: VecDeque::new(), bits, limit };
        portions.push_front(whole, self);
        portions
    }
}

/// Entries whose keys have the same highest bits: all that there are.
#[derive(Debug)]
pub(super) struct Portion {
    /// The highest bits of the keys, and how many these are.
    pub prefix: u64,
    pub bits: u32,
    chunks: Vec<Vec<Keyed>>,
}

impl Portion {
    /// The least and the greatest key that could be here.
    pub(super) fn keys(&self) -> (u64, u64) {
        let least = self.prefix.checked_shl(64 - self.bits).unwrap_or(0);
        (least, least | u64::MAX.checked_shr(self.bits).unwrap_or(0))
    }

    /// The entries, in the order in which they came.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Keyed> {
        self.chunks.iter().flatten()
    }
}

#[derive(Debug)]
struct Pending {
    prefix: u64,
    bits: u32,
    part: Part,
    file: Option<Arc<Spill>>,
}

/// Entries on their way back, in the order of their keys.
#[derive(Debug)]
pub(super) struct Portions {
    budget: Budget,
    pending: VecDeque<Pending>,
    bits: u32,
    limit: usize,
}

impl Portions {
    /// Puts the parts of a spool in the place of what they were spread from; all in one, if that is not to be divided.
    fn push_front(&mut self, from: Pending, spool: Spool) {
        let file = spool.file.map(Arc::new);
        let bits = from.bits + spool.part_bits;
        if bits > self.bits {
            let mut whole = Part::default();
            for mut part in spool.parts {
                whole.spilled.append(&mut part.spilled);
                whole.held.append(&mut part.take_held());
            }
            self.pending.push_front(Pending { part: whole, file, ..from });
            return;
        }
        for (number, mut part) in spool.parts.into_iter().enumerate().rev() {
            part.held = part.take_held();
            let prefix = from.prefix << spool.part_bits | number as u64;
            self.pending.push_front(Pending { prefix, bits, part, file: file.clone() });
        }
    }

    /// The next portions, together of so many bytes at most, unless it is one that cannot be divided; none at the end.
    pub(super) fn next(&mut self) -> Result<Vec<Portion>> {
        let (mut portions, mut bytes) = (Vec::new(), 0);
        while let Some(pending) = self.pending.pop_front() {
            let more = pending.bytes();
            if more > self.limit && pending.bits < self.bits {
                let spool = self.spread(&pending)?;
                self.push_front(Pending { part: Part::default(), file: None, ..pending }, spool);
            } else if bytes > 0 && bytes + more > self.limit {
                self.pending.push_front(pending);
                break;
            } else {
                bytes += more;
                portions.push(pending.load()?);
            }
        }
        Ok(portions)
    }

    /// Spreads a part by its next bits.
    fn spread(&self, pending: &Pending) -> Result<Spool> {
        let part_bits = PART_BITS.min(self.bits - pending.bits);
        let mut spool = Spool::below(&self.budget, self.limit / 2, pending.bits, part_bits);
        let mut entries = vec![Keyed::new_zeroed(); 1 << 16];
        for range in &pending.part.spilled {
            let mut at = range.start;
            while at < range.end {
                let some = ((range.end - at) as usize / size_of::<Keyed>()).min(entries.len());
                let entries = entries.get_mut(..some).unwrap_or_default();
                if let Some(file) = &pending.file {
                    file.read(at, entries.as_mut_bytes())?;
                }
                spool.extend(entries)?;
                at += size_of_val(entries) as u64;
            }
        }
        pending.part.held.iter().try_for_each(|chunk| spool.extend(chunk))?;
        Ok(spool)
    }
}

impl Pending {
    fn spilled(&self) -> usize {
        self.part.spilled.iter().map(|range| (range.end - range.start) as usize).sum()
    }

    fn bytes(&self) -> usize {
        self.spilled() + self.part.held.iter().map(|chunk| size_of_val(&chunk[..])).sum::<usize>()
    }

    fn load(mut self) -> Result<Portion> {
        let mut entries = vec![Keyed::new_zeroed(); self.spilled() / size_of::<Keyed>()];
        let mut rest = entries.as_mut_bytes();
        for (range, file) in self.part.spilled.iter().zip(self.file.iter().cycle()) {
            let (piece, after) = std::mem::take(&mut rest).split_at_mut((range.end - range.start) as usize);
            file.read(range.start, piece)?;
            rest = after;
        }
        self.part.held.insert(0, entries);
        Ok(Portion { prefix: self.prefix, bits: self.bits, chunks: self.part.held })
    }
}
