//! The texts of one column of one row group, by the level reader: the same for every nesting.
//!
//! Parquet stores a column as three streams: repetition levels (0 where a record starts), definition levels (how deep
//! the value is there; at the maximum it is not null) and the values that are not null. One entry of the level
//! streams is a value, a null, or an empty list. So: count records by the zeros, count slots by the entries that
//! reach the innermost list, and take the next value wherever the definition level is at its maximum.

use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArray, ByteArrayType};

use crate::error::{Error, Result};
use crate::shard::TextRef;
use crate::shard::chunk::Chunk;
use crate::shard::page_sizes::{self, Refusal};
use crate::shard::pages::{AtOnce, Dictionary};
use crate::shard::parquet::{ParquetShard, guarded};
use crate::shard::schema::TextColumn;

/// Bytes of text that are read before mapped pages are let go: often enough for flat memory, seldom enough to cost nothing.
const RELEASE_BYTES: u64 = 64 << 20;

type Reader = ColumnReaderImpl<ByteArrayType>;

impl ParquetShard {
    /// Visits the texts that [`read_batches`](Self::read_batches) reads, one by one.
    ///
    /// # Errors
    /// The same.
    pub fn read_texts(
        &self,
        group: usize,
        column: &TextColumn,
        visit: &mut dyn FnMut(TextRef<'_>) -> Result<()>,
    ) -> Result<()> {
        self.read_batches(group, column, &mut |texts| texts.iter().try_for_each(|text| visit(*text)))
    }

    /// Reads one column of one row group and visits its texts in the order of the records, some at a time, where they lie
    /// in the decompressed pages; nulls and empty lists are passed over, but counted.
    ///
    /// An error may come after texts have been visited: they are right, but the row group is not complete.
    ///
    /// # Errors
    /// What `visit` returns; and, naming row group and column, whatever is wrong with the column chunk, in particular
    /// fewer or more records than the row group claims.
    pub fn read_batches(
        &self,
        group: usize,
        column: &TextColumn,
        visit: &mut dyn FnMut(&[TextRef<'_>]) -> Result<()>,
    ) -> Result<()> {
        let bad = |expected: &str, found: &str| {
            Error::content(&self.path, expected, found)
                .at(format!("row group {group}, column {}", column.path))
                .help("the row group was not examined to its end; write the file again, or leave it out")
        };
        let chunk = self.metadata.row_groups().get(group).and_then(|group| group.columns().get(column.leaf));
        let chunk = chunk.ok_or_else(|| bad("a row group and column of this file", "none"))?;
        let chunk = Chunk::check(chunk, self.rows(group), self.data.size())
            .map_err(|found| bad("a column chunk that fits the file", &found))?;
        if chunk.rows == 0 {
            return Ok(());
        }
        if chunk.rows > self.largest_page {
            let help = "what is to be known of each row is held in memory: allow more with --memory";
            let expected = format!("row groups of at most {} rows", self.largest_page);
            return Err(bad(&expected, &format!("{} rows", chunk.rows)).help(help));
        }
        self.check_pages(&chunk, &bad)?;
        let walk = Walk { column, first_row: self.first_row(group), rows: chunk.rows, records: 0, slots: 0 };
        let result = self.read_chunk(&chunk, walk, &bad, visit);
        self.data.release(chunk.bytes.clone());
        result
    }

    /// That no page takes more memory than it may.
    fn check_pages(&self, chunk: &Chunk<'_>, bad: &dyn Fn(&str, &str) -> Error) -> Result<()> {
        page_sizes::check(&*self.data, chunk.facts, self.largest_page).map_err(|refusal| match refusal {
            Refusal::TooLarge(bytes) => {
                let expected = format!("pages of at most {} bytes", self.largest_page);
                let help = "a page is held in memory as a whole: allow more with --memory, or use fewer --threads";
                bad(&expected, &format!("one of {bytes}")).help(help)
            }
            Refusal::Damaged(found) => bad("a readable column chunk", &found),
        })
    }

    fn read_chunk(
        &self,
        chunk: &Chunk<'_>,
        mut walk: Walk<'_>,
        bad: &dyn Fn(&str, &str) -> Error,
        visit: &mut dyn FnMut(&[TextRef<'_>]) -> Result<()>,
    ) -> Result<()> {
        let decoded = |found: String| bad("a readable column chunk", &found);
        let dictionary = Dictionary::default();
        let (mut reader, at_once) = guarded(|| self.chunk_reader(chunk, &dictionary)).map_err(decoded)?;
        let mut unreleased = 0;
        let mut batch = Batch::default();
        let records = chunk.records_per_batch();
        loop {
            batch.clear();
            at_once.begin();
            // Read until nothing comes, not until the claimed rows are there: more of them is an error as well.
            let read =
                guarded(|| reader.read_records(records, Some(&mut batch.def), Some(&mut batch.rep), &mut batch.values));
            let (_, _, levels) = read.map_err(decoded)?;
            if levels == 0 {
                break;
            }
            let texts = walk.texts(&batch, levels, bad, &dictionary);
            visit(&texts.texts)?;
            texts.whole?;
            unreleased += texts.texts.iter().map(|text| text.bytes.len() as u64).sum::<u64>();
            if unreleased >= RELEASE_BYTES {
                // All of the chunk, since how far the decoder has come in it is not known; it brings back what it needs.
                self.data.release(chunk.bytes.clone());
                unreleased = 0;
            }
        }
        if walk.records != chunk.rows {
            return Err(bad(&format!("{} records", chunk.rows), &format!("{} records", walk.records)));
        }
        Ok(())
    }

    fn chunk_reader(&self, chunk: &Chunk<'_>, dictionary: &Dictionary) -> parquet::errors::Result<(Reader, AtOnce)> {
        let pages = chunk.pages(&self.data, self.largest_page, dictionary.clone())?;
        let at_once = pages.at_once();
        Ok((Reader::new(chunk.facts.column_descr_ptr(), Box::new(pages)), at_once))
    }
}

/// Buffers of the level reader, used again for each batch.
#[derive(Default)]
struct Batch {
    def: Vec<i16>,
    rep: Vec<i16>,
    values: Vec<ByteArray>,
}

impl Batch {
    fn clear(&mut self) {
        self.def.clear();
        self.rep.clear();
        self.values.clear();
    }
}

/// Where in the row group the walk over the level streams is.
struct Walk<'a> {
    column: &'a TextColumn,
    first_row: u64,
    rows: u64,
    /// Records begun so far.
    records: u64,
    /// List slots met in the record at hand.
    slots: u32,
}

/// The texts of a batch, and what is wrong behind the last of them.
struct Texts<'b> {
    texts: Vec<TextRef<'b>>,
    whole: Result<()>,
}

impl Walk<'_> {
    fn texts<'b>(
        &mut self,
        batch: &'b Batch,
        levels: usize,
        bad: &dyn Fn(&str, &str) -> Error,
        dictionary: &Dictionary,
    ) -> Texts<'b> {
        let (mut texts, mut values) = (Vec::with_capacity(batch.values.len()), batch.values.iter());
        let whole = (0..levels).try_for_each(|position| {
            // A stream whose maximum is 0 is not stored: all its levels are 0.
            let rep = batch.rep.get(position).copied().unwrap_or(0);
            let def = batch.def.get(position).copied().unwrap_or(0);
            if !(0..=self.column.max_rep).contains(&rep) || !(0..=self.column.max_def).contains(&def) {
                // What stands there would be passed over as a null.
                return Err(bad("levels that the schema has", &format!("levels {rep} and {def}")));
            }
            if rep == 0 {
                self.records += 1;
                self.slots = 0;
            }
            if self.records == 0 || self.records > self.rows {
                let found = if self.records == 0 { "values before the first record" } else { "more records" };
                return Err(bad(&format!("{} records", self.rows), found));
            }
            if def < self.column.slot_def {
                return Ok(());
            }
            let index = self.slots;
            self.slots = index.checked_add(1).ok_or_else(|| bad("a list", "more than 4,294,967,295 elements"))?;
            if def == self.column.max_def {
                let value = values.next().ok_or_else(|| bad("a value for each level", "fewer values"))?;
                let (row, bytes) = (self.first_row + self.records - 1, value.data());
                texts.push(TextRef { row, index, bytes, entry: dictionary.entry(bytes) });
            }
            Ok(())
        });
        Texts { texts, whole }
    }
}
