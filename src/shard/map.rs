//! The bytes of an input file, by memory map or by positioned reads.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::error::{Error, Result};
use crate::mapped::Mapping;
use crate::shard::Io;
use crate::shard::opened::Opened;

/// How many bytes a sequential reader of a map leaves behind before it lets the kernel drop them.
const RELEASE_BYTES: usize = 8 << 20;

/// Linux maps up to this many bytes around a page that is touched: they go with it, or a little stays of each row group.
const MAPPED_AROUND: u64 = 64 << 10;

/// Buffer of [`ChunkReader::get_read`]: Parquet reads page headers through it, some tens of bytes each.
const HEADER_BUFFER: usize = 4 << 10;

/// A whole input file for random access; cheap to clone, shared between threads.
///
/// Reads are positioned, so threads do not disturb each other (the `ChunkReader` of a plain `File` shares one cursor).
#[derive(Debug, Clone)]
pub struct ShardData {
    opened: Arc<Opened>,
    /// None: it is read.
    map: Option<Mapped>,
}

/// A map, and the same as bytes that keep it alive.
#[derive(Debug, Clone)]
struct Mapped {
    bytes: Bytes,
    map: Arc<Mapping>,
}

impl ShardData {
    /// Opens the regular file at `path` for reading.
    ///
    /// # Errors
    /// The system's refusal, or that the path is not a regular file.
    pub fn open(path: &Path, io: Io) -> Result<Self> {
        let opened = Opened::open(path)?;
        let map = match io {
            Io::Read => None,
            // Where no more maps can be had, it is read.
            Io::Map => Mapping::new(&opened.file, opened.size()).map_err(Error::io("map", path))?.map(|map| {
                let map = Arc::new(map);
                Mapped { bytes: Bytes::from_owner(MapOwner(Arc::clone(&map))), map }
            }),
        };
        Ok(Self { opened: Arc::new(opened), map })
    }

    /// The file's length in bytes when it was opened.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.opened.size()
    }

    /// An error if the file has changed since it was opened, its name means another file, or a part of its map could not be
    /// read. What was read is then not to be used; so this is asked after the reading.
    ///
    /// # Errors
    /// What has changed.
    pub fn check_unchanged(&self) -> Result<()> {
        self.opened.check(self.map.as_ref().is_some_and(|mapped| mapped.map.has_lost_pages()))
    }

    /// A sequential reader from the byte `start` on. Of a map it lends the bytes themselves and lets go of what it has
    /// passed; otherwise it reads `buffer` bytes at a time.
    #[must_use]
    pub fn reader(&self, start: u64, buffer: usize) -> DataReader {
        DataReader(match &self.map {
            Some(Mapped { bytes, .. }) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
                Reading::Map { data: self.clone(), position: start, kept_from: start }
            }
            None => Reading::File(BufReader::with_capacity(buffer, self.read_from(start))),
        })
    }

    /// Lets the kernel drop the mapped pages of this byte range from the process, so that resident memory does not
    /// grow with what was read. The bytes stay readable: the next access brings them back. Without a map, nothing.
    pub(super) fn release(&self, range: Range<u64>) {
        if let (Some(Mapped { map, .. }), Ok(start), Ok(end)) = (
            &self.map,
            usize::try_from(range.start.saturating_sub(MAPPED_AROUND)),
            usize::try_from(range.end.saturating_add(MAPPED_AROUND)),
        ) {
            map.release(start..end);
        }
    }

    /// Asks the kernel to read a byte range of a map that will be needed soon. Without a map, nothing: reads are one after
    /// the other there.
    pub(super) fn read_ahead(&self, range: Range<u64>) {
        if let (Some(Mapped { map, .. }), Ok(start), Ok(end)) =
            (&self.map, usize::try_from(range.start), usize::try_from(range.end))
        {
            map.read_ahead(start..end);
        }
    }

    fn read_from(&self, position: u64) -> FileFrom {
        FileFrom { opened: Arc::clone(&self.opened), position }
    }
}

/// Keeps the map alive for as long as any slice of it.
struct MapOwner(Arc<Mapping>);

impl AsRef<[u8]> for MapOwner {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl Length for ShardData {
    fn len(&self) -> u64 {
        self.size()
    }
}

impl ChunkReader for ShardData {
    type T = DataReader;

    fn get_read(&self, start: u64) -> ParquetResult<DataReader> {
        self.check_range(start, 0)?;
        Ok(self.reader(start, HEADER_BUFFER))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let range = self.check_range(start, length)?;
        if let Some(Mapped { bytes, .. }) = &self.map {
            return Ok(bytes.slice(range));
        }
        let mut buffer = vec![0; length];
        self.read_from(start).read_exact(&mut buffer)?;
        Ok(buffer.into())
    }
}

impl ShardData {
    /// The range as indices, if it is inside the file.
    fn check_range(&self, start: u64, length: usize) -> ParquetResult<Range<usize>> {
        let outside =
            || ParquetError::EOF(format!("bytes {start} + {length} are outside the file of {} bytes", self.size()));
        let first = usize::try_from(start).map_err(|_| outside())?;
        let end = first.checked_add(length).ok_or_else(outside)?;
        if end as u64 > self.size() { Err(outside()) } else { Ok(first..end) }
    }
}

/// A sequential reader of a [`ShardData`].
#[derive(Debug)]
pub struct DataReader(Reading);

#[derive(Debug)]
enum Reading {
    Map { data: ShardData, position: usize, kept_from: usize },
    File(BufReader<FileFrom>),
}

impl Read for DataReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Reading::File(file) = &mut self.0 {
            return file.read(buffer);
        }
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for DataReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.0 {
            Reading::File(file) => file.fill_buf(),
            Reading::Map { data, position, .. } => {
                Ok(data.map.as_ref().and_then(|mapped| mapped.bytes.get(*position..)).unwrap_or_default())
            }
        }
    }

    fn consume(&mut self, count: usize) {
        match &mut self.0 {
            Reading::File(file) => file.consume(count),
            Reading::Map { data, position, kept_from } => {
                *position += count;
                if *position - *kept_from >= RELEASE_BYTES {
                    data.release(*kept_from as u64..*position as u64);
                    *kept_from = *position;
                }
            }
        }
    }
}

/// Reads on from a position of its own, whatever others do with the same file.
#[derive(Debug)]
struct FileFrom {
    opened: Arc<Opened>,
    position: u64,
}

impl Read for FileFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(&self.opened.file, buffer, self.position)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(&self.opened.file, buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}
