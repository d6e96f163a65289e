//! The pages of a chunk one after the other, passed over or decoded and filtered.

use std::collections::VecDeque;

use parquet::column::page::{Page as Decoded, PageMetadata, PageReader};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

use super::walk::Page;
use crate::shard::ForeignPages;
use crate::sink::original::Original;

/// What went with the dropped rows of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) rows: i64,
    pub(super) nulls: i64,
    /// Bytes of the values.
    pub(super) bytes: i64,
    /// By definition level, how many.
    pub(super) levels: Vec<i64>,
}

impl Lost {
    pub(super) fn new(max_def: i16) -> Self {
        Self { rows: 0, nulls: 0, bytes: 0, levels: vec![0; usize::try_from(max_def).unwrap_or_default() + 1] }
    }
}

/// The rows of a page that are kept.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) rows: usize,
    pub(super) values: Vec<ByteArray>,
    /// Definition levels; none where nothing can be null.
    pub(super) levels: Option<Vec<i16>>,
}

/// Goes through the pages of one chunk.
pub(super) struct Decoder<'a, R: ChunkReader> {
    chunk: &'a ColumnChunkMetaData,
    pages: ForeignPages<R>,
    dictionary: Option<Decoded>,
}

impl<'a, R: ChunkReader + 'static> Decoder<'a, R> {
    /// At the first data page, behind `dictionary`, which is read if it is `needed`.
    pub(super) fn new(
        original: &Original<R>,
        chunk: &'a ColumnChunkMetaData,
        (dictionary, needed): (Option<&Page>, bool),
    ) -> ParquetResult<Self> {
        let mut pages = original.pages(chunk, 0)?;
        let dictionary = match dictionary {
            Some(_) if needed => pages.get_next_page()?,
            Some(_) => pages.skip_next_page().map(|()| None)?,
            None => None,
        };
        Ok(Self { chunk, pages, dictionary })
    }

    /// Passes over a page.
    pub(super) fn skip(&mut self) -> ParquetResult<()> {
        self.pages.skip_next_page()
    }

    /// The kept rows of the next page. None when an extreme of the chunk was lost.
    pub(super) fn decode(&mut self, page: &Page, keep: &[bool], lost: &mut Lost) -> ParquetResult<Option<Kept>> {
        let max_def = self.chunk.column_descr().max_def_level();
        let (values, levels) = self.read(page)?;
        let mut kept = Kept { levels: levels.as_ref().map(|_| Vec::new()), ..Kept::default() };
        let mut values = values.into_iter();
        for (row, &keep) in keep.iter().enumerate() {
            let level = levels.as_ref().map_or(Some(max_def), |levels| levels.get(row).copied());
            let level = level.ok_or_else(|| ParquetError::General("rows without levels".to_owned()))?;
            let value = if level == max_def { values.next() } else { None };
            if keep {
                kept.rows += 1;
                kept.values.extend(value);
                kept.levels.iter_mut().for_each(|levels| levels.push(level));
                continue;
            }
            if value.as_ref().is_some_and(|value| is_extreme(value.data(), self.chunk)) {
                return Ok(None);
            }
            lost.rows += 1;
            lost.nulls += i64::from(value.is_none());
            lost.bytes += i64::try_from(value.map_or(0, |value| value.len()))?;
            let count = usize::try_from(level).ok().and_then(|level| lost.levels.get_mut(level));
            *count.ok_or_else(|| ParquetError::General("levels that the schema does not have".to_owned()))? += 1;
        }
        Ok(Some(kept))
    }

    /// The values of the next page, and its definition levels if it has them.
    fn read(&mut self, page: &Page) -> ParquetResult<(Vec<ByteArray>, Option<Vec<i16>>)> {
        let decoded = self.pages.get_next_page()?;
        let decoded = decoded.ok_or_else(|| ParquetError::General("no page where one was".to_owned()))?;
        let dictionary = self.dictionary.clone().filter(|_| page.header.is_dictionary_encoded());
        let pages = Box::new(Queue(dictionary.into_iter().chain([decoded]).collect()));
        let mut reader = ColumnReaderImpl::<ByteArrayType>::new(self.chunk.column_descr_ptr(), pages);
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let (rows, _, _) = reader.read_records(page.rows.len(), Some(&mut levels), None, &mut values)?;
        let levels = (self.chunk.column_descr().max_def_level() > 0).then_some(levels);
        let whole = rows == page.rows.len() && levels.as_ref().is_none_or(|levels| levels.len() == rows);
        if whole {
            return Ok((values, levels));
        }
        Err(ParquetError::General(format!("{rows} rows in a page of {}", page.rows.len())))
    }
}

/// Whether a value is an extreme of the chunk, as its statistics have it.
fn is_extreme(value: &[u8], chunk: &ColumnChunkMetaData) -> bool {
    chunk.statistics().is_some_and(|all| {
        let bounds = [(all.min_bytes_opt(), all.min_is_exact()), (all.max_bytes_opt(), all.max_is_exact())];
        bounds.into_iter().any(|(bound, exact)| bound.is_some_and(|bound| is_bound(value, bound, exact)))
    })
}

/// Whether a bound is this value, or has been cut from it. (An upper bound's last character is then a higher one.)
fn is_bound(value: &[u8], bound: &[u8], exact: bool) -> bool {
    let sure = bound.len().saturating_sub(size_of::<char>());
    value == bound || (!exact && sure > 0 && value.get(..sure) == bound.get(..sure))
}

/// Pages that were read before.
struct Queue(VecDeque<Decoded>);

impl PageReader for Queue {
    fn get_next_page(&mut self) -> ParquetResult<Option<Decoded>> {
        Ok(self.0.pop_front())
    }

    fn peek_next_page(&mut self) -> ParquetResult<Option<PageMetadata>> {
        Ok(self.0.front().map(|page| PageMetadata {
            num_rows: None,
            num_levels: page.is_data_page().then_some(page.num_values() as usize),
            is_dict: page.is_dictionary_page(),
        }))
    }

    fn skip_next_page(&mut self) -> ParquetResult<()> {
        self.0.pop_front();
        Ok(())
    }
}

impl Iterator for Queue {
    type Item = ParquetResult<Decoded>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_known_by_its_value_whole_or_cut() {
        let value = "a long text in words".as_bytes();
        assert!(is_bound(value, value, true) && is_bound(value, value, false) && is_bound(b"ab", b"ab", false));
        // Cut, and for the upper bound its last character raised.
        assert!(is_bound(value, b"a long text", false) && is_bound(value, b"a long tex\xf4\x80\x80\x80", false));
        assert!(!is_bound(value, b"a long text", true) && !is_bound(value, b"another text", false));
        assert!(!is_bound(value, b"", false) && !is_bound(value, b"a", false));
    }
}
