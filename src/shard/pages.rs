//! A page reader that checks what each page claims before the decoder believes it.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Levels in one page of a list column from which the file is taken to be lying. The decoder reserves room for all
/// levels of a record at once, and run-length encoding lets a page of a few bytes claim four thousand million.
const MAX_LIST_LEVELS: u32 = 1 << 26;

/// Where the dictionary page of a column chunk lies in memory, once it has been read. The decoder keeps it as long as it
/// decodes the chunk, and hands out its values where they lie.
#[derive(Debug, Clone, Default)]
pub(super) struct Dictionary(Arc<OnceLock<Range<usize>>>);

impl Dictionary {
    /// Which of the dictionary's values this is, known by where it begins; none for a value that lies elsewhere.
    pub(super) fn entry(&self, value: &[u8]) -> Option<u32> {
        let (page, at) = (self.0.get()?, value.as_ptr().addr());
        // An empty value may point anywhere.
        (page.contains(&at) && !value.is_empty()).then(|| u32::try_from(at - page.start).ok())?
    }
}

/// Passes pages on and stops at the first that contradicts the footer or itself. Empty data pages, at which the
/// decoder would take the column to have ended, are left out.
pub(super) struct CheckedPages<P> {
    pages: P,
    /// Levels (values and nulls) that the footer still owes, out of `claimed`.
    remaining: u64,
    claimed: u64,
    is_list: bool,
    dictionary: Dictionary,
}

impl<P: PageReader> CheckedPages<P> {
    /// The pages of a column chunk for which the footer claims `levels` values and nulls. It tells `dictionary` where that is.
    pub(super) fn new(pages: P, levels: u64, is_list: bool, dictionary: Dictionary) -> Self {
        Self { pages, remaining: levels, claimed: levels, is_list, dictionary }
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
        if self.is_list && levels > MAX_LIST_LEVELS {
            return Err(lie(format!("a page that claims {levels} list elements")));
        }
        self.remaining = self
            .remaining
            .checked_sub(u64::from(levels))
            .ok_or_else(|| lie(format!("pages with more values than the {} of the footer", self.claimed)))?;
        Ok(())
    }
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
                    missing => Err(lie(format!("pages with {missing} values fewer than the {}", self.claimed))),
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
