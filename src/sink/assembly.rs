//! A Parquet file put together from row groups that differ in how they are written.
//!
//! `SerializedFileWriter` has one set of properties for a whole file, and a version and creator of its own. A copy has
//! those of its source, group by group, so the row groups are collected here and the footer is written over them.

use std::io::{Read, Write};
use std::ops::{AddAssign, Range};
use std::sync::Arc;

use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, KeyValue, ParquetColumnIndex, ParquetMetaDataBuilder, ParquetMetaDataWriter,
    ParquetOffsetIndex, RowGroupMetaData, SortingColumn,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::writer::TrackedWrite;
use parquet::schema::types::SchemaDescPtr;

use super::fresh::Kept;
use super::group::{Chunk, Content, Filter, Group, Piece};
use super::original::{Original, contained};
use super::rewrite::{Rewritten, failed};
use super::steady::{BUFFER, Steady};
use crate::error::{Error, Result};

const MAGIC: &[u8] = b"PAR1";

/// A copy that grows by row groups.
pub struct Assembly<W: Write> {
    out: TrackedWrite<Steady<W>>,
    /// A second handle of the output: the footer's writer keeps the first.
    steady: Steady<W>,
    schema: SchemaDescPtr,
    groups: Vec<RowGroupMetaData>,
    column_index: ParquetColumnIndex,
    offset_index: ParquetOffsetIndex,
    done: Rewritten,
    buffer: Vec<u8>,
}

impl<W: Write + Send> Assembly<W> {
    pub(super) fn start(out: W, schema: SchemaDescPtr) -> ParquetResult<Self> {
        let steady = Steady::new(out);
        let mut out = TrackedWrite::new(steady.clone());
        out.write_all(MAGIC)?;
        Ok(Self {
            out,
            steady,
            schema,
            groups: Vec::new(),
            column_index: Vec::new(),
            offset_index: Vec::new(),
            done: Rewritten::default(),
            buffer: vec![0; BUFFER],
        })
    }

    /// Puts the next row group in its place. After an error the copy is worthless.
    pub(super) fn append<R: ChunkReader + 'static>(&mut self, original: &Original<R>, group: Group) -> Result<()> {
        let Group { done, content } = group;
        self.done.add_assign(done);
        let Some(content) = content else { return Ok(()) };
        let appended = contained(original.path(), || self.put(original, content));
        appended.map_err(|error| self.blame(original, error))
    }

    /// Writes the footer: as in the source, but for the row groups, and for schema and key-value metadata where they changed.
    pub(super) fn finish<R: ChunkReader + 'static>(
        self,
        original: &Original<R>,
        pairs: Option<Vec<KeyValue>>,
    ) -> Result<Rewritten> {
        let (steady, done) = (self.steady.clone(), self.done);
        let unwritten = Error::io("write a copy", original.path());
        let written =
            contained(original.path(), || self.write_footer(original.file(), pairs).map_err(|e| failed(original, e)));
        steady.finish().map_err(unwritten)?;
        written.map(|()| done)
    }

    /// The failure to write, if there was one: the parquet crate may have called it something else, or nothing.
    fn blame<R: ChunkReader + 'static>(&self, original: &Original<R>, error: Error) -> Error {
        self.steady.failure().map_or(error, Error::io("write a copy", original.path()))
    }

    fn put<R: ChunkReader + 'static>(&mut self, original: &Original<R>, content: Content) -> Result<()> {
        let Content { group, rows, sorting, chunks, mut fresh } = content;
        let begin = self.out.bytes_written();
        let (mut closes, mut filters) = (Vec::new(), Vec::new());
        for (column, chunk) in chunks.into_iter().enumerate() {
            let (pieces, close, filter) = match chunk {
                Chunk::Source => original.whole(group, column)?,
                Chunk::Made(made) => (made.pieces, made.close, made.filter),
            };
            let at = self.out.bytes_written();
            for piece in &pieces {
                self.copy(original, fresh.as_mut(), piece).map_err(|e| original.damaged(group, column, e))?;
            }
            let written = self.out.bytes_written() - at;
            let fits = u64::try_from(close.metadata.compressed_size()) == Ok(written as u64)
                && close.rows_written == rows as u64;
            if !fits {
                let found = format!("{written} bytes for {} rows", close.rows_written);
                return Err(failed(original, format!("a column chunk of {found}, in a row group of {rows}")));
            }
            closes.push(moved(close, at as u64).map_err(|e| failed(original, e))?);
            filters.push(filter);
        }
        for (column, (close, filter)) in closes.iter_mut().zip(filters).enumerate() {
            let place = self.write_filter(original, (group, column), filter, fresh.as_mut())?;
            if place.is_some() {
                close.metadata = with_filter(&close.metadata, place).map_err(|e| failed(original, e))?;
            }
        }
        self.note(rows, sorting, (closes, begin)).map_err(|e| failed(original, e))
    }

    fn copy<R: ChunkReader + 'static>(
        &mut self,
        original: &Original<R>,
        fresh: Option<&mut Kept>,
        piece: &Piece,
    ) -> ParquetResult<()> {
        match (piece, fresh) {
            (Piece::Source(range), _) => {
                let read = original.reader().get_read(range.start)?.take(range.end - range.start);
                self.copy_from(read)
            }
            (Piece::Fresh(range), Some(fresh)) => self.copy_from(fresh.read(range)?),
            (Piece::Fresh(_), None) => Err(ParquetError::General("a piece of nothing".to_owned())),
        }
    }

    fn copy_from(&mut self, mut read: impl Read) -> ParquetResult<()> {
        loop {
            let count = read.read(&mut self.buffer)?;
            match self.buffer.get(..count) {
                None | Some([]) => return Ok(()),
                Some(bytes) => self.out.write_all(bytes)?,
            }
        }
    }

    /// Writes a chunk's Bloom filter, and says where.
    fn write_filter<R: ChunkReader + 'static>(
        &mut self,
        original: &Original<R>,
        (group, column): (usize, usize),
        filter: Filter,
        fresh: Option<&mut Kept>,
    ) -> Result<Option<Range<usize>>> {
        let begin = self.out.bytes_written();
        match filter {
            Filter::None => return Ok(None),
            Filter::Source => {
                let Some(filter) = original.bloom_filter(group, column)? else { return Ok(None) };
                filter.write(&mut self.out).map_err(|e| failed(original, e))?;
            }
            Filter::Fresh(range) => {
                self.copy(original, fresh, &Piece::Fresh(range)).map_err(|e| failed(original, e))?;
            }
        }
        Ok(Some(begin..self.out.bytes_written()))
    }

    /// Notes a row group for the footer.
    fn note(
        &mut self,
        rows: usize,
        sorting: Option<Vec<SortingColumn>>,
        (closes, begin): (Vec<ColumnCloseResult>, usize),
    ) -> ParquetResult<()> {
        let ordinal = i16::try_from(self.groups.len())
            .map_err(|_| ParquetError::General(format!("more than {} row groups", i16::MAX)))?;
        let (mut chunks, mut columns, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        for close in closes {
            chunks.push(close.metadata);
            columns.push(close.column_index.unwrap_or(ColumnIndexMetaData::NONE));
            offsets.push(close.offset_index);
        }
        let group = RowGroupMetaData::builder(Arc::clone(&self.schema))
            .set_total_byte_size(chunks.iter().map(ColumnChunkMetaData::uncompressed_size).sum())
            .set_column_metadata(chunks)
            .set_num_rows(i64::try_from(rows)?)
            .set_sorting_columns(sorting)
            .set_ordinal(ordinal)
            .set_file_offset(i64::try_from(begin)?)
            .build()?;
        self.groups.push(group);
        self.column_index.push(columns);
        // Offsets are there for all columns or for none; an empty list stands for none.
        self.offset_index.push(Vec::<Option<OffsetIndexMetaData>>::into_iter(offsets).flatten().collect());
        Ok(())
    }

    fn write_footer(self, source: &FileMetaData, pairs: Option<Vec<KeyValue>>) -> ParquetResult<()> {
        let Self { out, schema, groups, column_index, offset_index, .. } = self;
        let file = FileMetaData::new(
            source.version(),
            groups.iter().map(RowGroupMetaData::num_rows).sum(),
            source.created_by().map(str::to_owned),
            pairs,
            schema,
            None,
        );
        let complete = groups.iter().zip(&offset_index).all(|(group, offsets)| group.num_columns() == offsets.len());
        let metadata = ParquetMetaDataBuilder::new(file)
            .set_row_groups(groups)
            .set_column_index(complete.then_some(column_index))
            .set_offset_index(complete.then_some(offset_index))
            .build();
        ParquetMetaDataWriter::new_with_tracked(out, &metadata).finish()
    }
}

fn with_filter(chunk: &ColumnChunkMetaData, place: Option<Range<usize>>) -> ParquetResult<ColumnChunkMetaData> {
    let (offset, length) = match place {
        Some(place) => (Some(i64::try_from(place.start)?), Some(i32::try_from(place.len())?)),
        None => (None, None),
    };
    chunk.clone().into_builder().set_bloom_filter_offset(offset).set_bloom_filter_length(length).build()
}

/// A chunk whose first page is at `to`; what a file alone knows of it (the places of filter and indexes) is left out.
fn moved(mut close: ColumnCloseResult, to: u64) -> ParquetResult<ColumnCloseResult> {
    let (dictionary, data) = (close.metadata.dictionary_page_offset(), close.metadata.data_page_offset());
    let by = i64::try_from(to)? - dictionary.unwrap_or(data);
    close.metadata = close
        .metadata
        .into_builder()
        .set_dictionary_page_offset(dictionary.map(|at| at + by))
        .set_data_page_offset(data + by)
        .set_index_page_offset(None)
        .set_bloom_filter_offset(None)
        .set_bloom_filter_length(None)
        .set_column_index_offset(None)
        .set_column_index_length(None)
        .set_offset_index_offset(None)
        .set_offset_index_length(None)
        .build()?;
    for location in close.offset_index.iter_mut().flat_map(|index| &mut index.page_locations) {
        location.offset += by;
    }
    Ok(close)
}
