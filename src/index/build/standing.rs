//! References that stand in an index already, as the writing of a further segment sees them.
//!
//! A text that comes again moves into the new segment with all that is known of it, so that every text counts in one place only.
//! If nothing new is known of it, it stays where it is.

use super::record::{self, Digest, Record};
use super::segment::Gathered;
use super::sketched::{Hand, Sketching};
use crate::error::Result;
use crate::index::{Index, ReferenceNumber};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Looks texts up.
#[derive(Debug)]
pub(in crate::index) struct Standing<'a> {
    index: &'a Index,
    /// Segments that become part of the new one.
    merged: &'a BTreeSet<u32>,
    /// References that go.
    leaving: &'a BTreeSet<ReferenceNumber>,
    /// References whose texts the new segment has.
    pub superseded: Vec<ReferenceNumber>,
}

/// What is known of a text that comes.
enum Known {
    /// Nothing.
    New,
    /// It stands there, and something of this is new.
    More(ReferenceNumber),
    /// It stands there with all of this.
    All,
}

impl<'a> Standing<'a> {
    pub(in crate::index) fn new(
        index: &'a Index,
        merged: &'a BTreeSet<u32>,
        leaving: &'a BTreeSet<ReferenceNumber>,
    ) -> Self {
        Self { index, merged, leaving, superseded: Vec::new() }
    }

    /// Adds to each text what stands, and leaves out those of which nothing is new. `references` has the places in `bytes` where
    /// the records of each text begin.
    pub(super) fn join(
        &mut self,
        sketching: &Sketching<'_>,
        bytes: &mut Vec<u8>,
        references: &mut Vec<Vec<usize>>,
    ) -> Result<()> {
        let look = |hand: &mut Hand<'_>, places: &Vec<usize>| {
            let gathered = Gathered::of(bytes, places)?;
            Ok((self.known(hand, &gathered), gathered.digest))
        };
        let known: Vec<(Known, Digest)> =
            references.par_iter().map_init(|| Hand::new(sketching), look).collect::<Result<_>>()?;
        for (places, (known, digest)) in references.iter_mut().zip(&known) {
            match known {
                Known::New => {}
                Known::All => places.clear(),
                Known::More(number) => {
                    self.superseded.push(*number);
                    if let Some(reference) = self.index.reference(*number) {
                        for provenance in reference.provenances() {
                            places.push(bytes.len());
                            let record = Record::new(reference.text(), "", reference.marks(), provenance);
                            record::encode(&Record { digest: *digest, ..record }, bytes)?;
                        }
                    }
                }
            }
        }
        references.retain(|places| !places.is_empty());
        Ok(())
    }

    fn known(&self, hand: &mut Hand<'_>, gathered: &Gathered<'_>) -> Known {
        let number = self.index.number_of(record::beginning(&gathered.digest), gathered.text);
        let stands =
            |number: &ReferenceNumber| !self.merged.contains(&number.segment) && !self.leaving.contains(number);
        let Some((number, reference)) = number.filter(stands).and_then(|n| Some((n, self.index.reference(n)?))) else {
            return Known::New;
        };
        let found_in: BTreeSet<_> = reference.provenances().map(|provenance| provenance.fields()).collect();
        let is_known = gathered.found_in.iter().all(|fields| found_in.contains(fields));
        let is_all = is_known && hand.tells_nothing_new(gathered, reference.marks());
        if is_all { Known::All } else { Known::More(number) }
    }
}
