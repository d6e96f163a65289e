//! A page reader that checks what each page claims before the decoder believes it.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescriptor;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::shard::delta;
use crate::shard::page_sizes::ENTRY_BYTES;

/// Where the dictionary page of a column chunk lies in memory, once it has been read. The decoder keeps it as long as it
/// decodes the chunk, and hands out its values where they lie.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary(Arc<OnceLock<Range<usize>>>);

impl Dictionary {
    /// Which of the dictionary's values this is, known by where it begins; none for a value that lies elsewhere.
    pub(super) fn entry(&self, value: &[u8]) -> Option<u32> {
        let (page, at) = (self.0.get()?, value.as_ptr().addr());
        // An empty value may point anywhere.
        (page.contains(&at) && !value.is_empty()).then(|| u32::try_from(at - page.start).ok())?
    }
}

/// Counts the entries of lists that are decoded at once: all of a record's are, and a record may go on from page to page.
#[derive(Debug, Clone, Default)]
pub(crate) struct AtOnce(Arc<AtomicU64>);

impl AtOnce {
    /// The entries that were counted are gone from memory.
    pub(crate) fn begin(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn add(&self, entries: u32) -> u64 {
        u64::from(entries).saturating_add(self.0.fetch_add(entries.into(), Ordering::Relaxed))
    }
}

/// What the pages of a column chunk must keep to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claims {
    /// Levels (values and nulls) that the footer claims.
    pub levels: u64,
    pub max_def: i16,
    pub max_rep: i16,
    /// Bytes of memory for what one page is decoded to.
    pub limit: u64,
}

impl Claims {
    pub(super) fn new(column: &ColumnDescriptor, levels: u64, limit: u64) -> Self {
        Self { levels, max_def: column.max_def_level(), max_rep: column.max_rep_level(), limit }
    }
}

/// Passes pages on and stops at the first that contradicts the footer or itself, or that would take more memory than it may.
/// Empty data pages, at which the decoder would take the column to have ended, are left out.
pub(crate) struct CheckedPages<P> {
    pages: P,
    claims: Claims,
    /// Levels that the footer still owes.
    remaining: u64,
    dictionary: Dictionary,
    at_once: AtOnce,
}

impl<P: PageReader> CheckedPages<P> {
    /// It tells `dictionary` where that is.
    pub(super) fn new(pages: P, claims: Claims, dictionary: Dictionary) -> Self {
        Self { pages, claims, remaining: claims.levels, dictionary, at_once: AtOnce::default() }
    }

    /// The count that whoever decodes lists of any length sets back before each batch.
    pub(crate) fn at_once(&self) -> AtOnce {
        self.at_once.clone()
    }

    fn check(&mut self, page: &Page) -> Result<()> {
        let levels = page.num_values();
        match page {
            Page::DictionaryPage { buf, .. } => {
                let start = buf.as_ptr().addr();
                let second = |_| lie("a second dictionary");
                return self.dictionary.0.set(start..start + buf.len()).map_err(second);
            }
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
                if u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len) > buf.len() as u64 {
                    return Err(lie("a page whose levels are longer than the page"));
                }
            }
            Page::DataPage { .. } => {}
        }
        if self.dictionary.0.get().is_none()
            && matches!(page.encoding(), Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)
        {
            return Err(lie("a dictionary-encoded page without a dictionary"));
        }
        let entries = if self.claims.max_rep > 0 { self.at_once.add(levels) } else { 0 };
        if entries.saturating_mul(ENTRY_BYTES) > self.claims.limit {
            return Err(lie(format!("a record that claims up to {entries} list elements")));
        }
        self.check_delta(page)?;
        self.remaining = self
            .remaining
            .checked_sub(u64::from(levels))
            .ok_or_else(|| lie(format!("pages with more values than the {} of the footer", self.claims.levels)))?;
        Ok(())
    }

    /// That delta-encoded texts are not many more, or much longer, than what they were made of.
    fn check_delta(&self, page: &Page) -> Result<()> {
        if !matches!(page.encoding(), Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY) {
            return Ok(());
        }
        let memory = self.values(page).and_then(|values| delta::memory(page.encoding(), values, self.claims.limit));
        match memory.ok_or_else(|| lie("lengths of texts that make no sense"))? {
            memory if memory > self.claims.limit => {
                let limit = self.claims.limit;
                Err(lie(format!("a page of {} bytes whose texts take {memory}, over {limit}", page.buffer().len())))
            }
            _ => Ok(()),
        }
    }

    /// The values of a page, behind its levels.
    fn values<'p>(&self, page: &'p Page) -> Option<&'p [u8]> {
        match page {
            Page::DictionaryPage { buf, .. } => Some(buf),
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
                buf.get(usize::try_from(def_levels_byte_len.checked_add(*rep_levels_byte_len)?).ok()?..)
            }
            Page::DataPage { buf, num_values, rep_level_encoding, def_level_encoding, .. } => {
                let count = u64::from(*num_values);
                let values = behind_levels(buf, *rep_level_encoding, self.claims.max_rep, count)?;
                behind_levels(values, *def_level_encoding, self.claims.max_def, count)
            }
        }
    }
}

/// What follows the levels of a kind in a version 1 page; those whose maximum is 0 are not stored.
#[expect(deprecated, reason = "old files have their levels in this encoding")]
fn behind_levels(bytes: &[u8], encoding: Encoding, max: i16, count: u64) -> Option<&[u8]> {
    if max == 0 {
        return Some(bytes);
    }
    if encoding == Encoding::BIT_PACKED {
        let width = u64::from(i16::BITS - max.leading_zeros());
        return bytes.get(usize::try_from(count.checked_mul(width)?.div_ceil(8)).ok()?..);
    }
    let (length, rest) = bytes.split_first_chunk()?;
    rest.get(usize::try_from(u32::from_le_bytes(*length)).ok()?..)
}

fn lie(what: impl Into<String>) -> ParquetError {
    ParquetError::General(what.into())
}

impl<P: PageReader> PageReader for CheckedPages<P> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        loop {
            let Some(page) = self.pages.get_next_page()? else {
                return match self.remaining {
                    0 => Ok(None),
                    missing => Err(lie(format!("pages with {missing} values fewer than the {}", self.claims.levels))),
                };
            };
            self.check(&page)?;
            if !page.is_data_page() || page.num_values() > 0 {
                return Ok(Some(page));
            }
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        // After the last value a record ends, whatever empty pages follow.
        if self.remaining == 0 { Ok(true) } else { self.pages.at_record_boundary() }
    }
}

impl<P: PageReader> Iterator for CheckedPages<P> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
