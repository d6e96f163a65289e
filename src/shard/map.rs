//! The bytes of an input file, by memory map or by positioned reads.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use memmap2::Mmap;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::error::{Error, Result};
use crate::shard::Io;

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
    source: Source,
    len: u64,
}

#[derive(Debug, Clone)]
enum Source {
    Map { bytes: Bytes, map: Arc<Mmap> },
    File(Arc<File>),
}

impl ShardData {
    /// Opens the regular file at `path` for reading.
    ///
    /// # Errors
    /// The system's refusal, or that the path is not a regular file.
    pub fn open(path: &Path, io: Io) -> Result<Self> {
        let facts = std::fs::metadata(path).map_err(Error::io("open", path))?;
        if !facts.is_file() {
            let found = if facts.is_dir() { "a folder" } else { "a device, pipe or socket" };
            return Err(Error::content(path, "a regular file", found));
        }
        let file = File::open(path).map_err(Error::io("open", path))?;
        let len = file.metadata().map_err(Error::io("open", path))?.len();
        let source = match io {
            Io::Read => Source::File(Arc::new(file)),
            Io::Map => {
                let map = Arc::new(map_file(&file).map_err(Error::io("map", path))?);
                Source::Map { bytes: Bytes::from_owner(MapOwner(Arc::clone(&map))), map }
            }
        };
        Ok(Self { source, len })
    }

    /// The file's length in bytes when it was opened.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.len
    }

    /// A sequential reader from the byte `start` on. Of a map it lends the bytes themselves and lets go of what it has
    /// passed; otherwise it reads `buffer` bytes at a time.
    #[must_use]
    pub fn reader(&self, start: u64, buffer: usize) -> DataReader {
        DataReader(match &self.source {
            Source::Map { bytes, .. } => {
                let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
                Reading::Map { data: self.clone(), position: start, kept_from: start }
            }
            Source::File(file) => {
                let from = FileFrom { file: Arc::clone(file), position: start };
                Reading::File(BufReader::with_capacity(buffer, from))
            }
        })
    }

    /// Lets the kernel drop the mapped pages of this byte range from the process, so that resident memory does not
    /// grow with what was read. The bytes stay readable: the next access brings them back. Without a map, nothing.
    pub(super) fn release(&self, range: Range<u64>) {
        let (Source::Map { map, .. }, Ok(start), Ok(end)) = (
            &self.source,
            usize::try_from(range.start.saturating_sub(MAPPED_AROUND)),
            usize::try_from(range.end.saturating_add(MAPPED_AROUND)),
        ) else {
            return;
        };
        let end = end.min(map.len());
        if start < end {
            drop_pages(map, start, end - start);
        }
    }

    /// Asks the kernel to read a byte range of a map that will be needed soon. Without a map, nothing: reads are one after
    /// the other there.
    pub(super) fn read_ahead(&self, range: Range<u64>) {
        if let (Source::Map { map, .. }, Ok(start), Ok(end)) =
            (&self.source, usize::try_from(range.start), usize::try_from(range.end))
            && start < end.min(map.len())
        {
            // Advice: a refusal is of no consequence.
            #[cfg(unix)]
            let _ = map.advise_range(memmap2::Advice::WillNeed, start, end.min(map.len()) - start);
        }
    }
}

/// Maps a file read-only.
#[expect(unsafe_code, reason = "a memory map cannot be made in safe Rust")]
fn map_file(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and this process never writes to its input files. That nobody else writes to or
    // truncates them while they are scanned cannot be checked; it is a documented condition of `Io::Map` (module docs).
    unsafe { Mmap::map(file) }
}

/// Tells the kernel that a range of the map is not needed for now; a refusal is of no consequence.
#[cfg_attr(not(unix), expect(unused_variables, reason = "only Unix can drop pages of a map"))]
#[cfg_attr(unix, expect(unsafe_code, reason = "dropping mapped pages is unchecked advice in memmap2"))]
fn drop_pages(map: &Mmap, start: usize, len: usize) {
    #[cfg(unix)]
    // SAFETY: `start..start + len` is inside the map (the one caller clamps it). The map is read-only and backed by
    // a file, so dropped pages are read again from that file with the same content when they are next touched, and
    // slices into the range stay valid. (On anonymous or private written memory this advice would zero the data.)
    let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, len) };
}

/// Keeps the map alive for as long as any slice of it.
struct MapOwner(Arc<Mmap>);

impl AsRef<[u8]> for MapOwner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Length for ShardData {
    fn len(&self) -> u64 {
        self.len
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
        match &self.source {
            Source::Map { bytes, .. } => Ok(bytes.slice(range)),
            Source::File(file) => {
                let mut buffer = vec![0; length];
                let mut from = FileFrom { file: Arc::clone(file), position: start };
                from.read_exact(&mut buffer)?;
                Ok(buffer.into())
            }
        }
    }
}

impl ShardData {
    /// The range as indices, if it is inside the file.
    fn check_range(&self, start: u64, length: usize) -> ParquetResult<Range<usize>> {
        let outside =
            || ParquetError::EOF(format!("bytes {start} + {length} are outside the file of {} bytes", self.len));
        let first = usize::try_from(start).map_err(|_| outside())?;
        let end = first.checked_add(length).ok_or_else(outside)?;
        if end as u64 > self.len { Err(outside()) } else { Ok(first..end) }
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
            Reading::Map { data, position, .. } => Ok(match &data.source {
                Source::Map { bytes, .. } => bytes.get(*position..).unwrap_or_default(),
                Source::File(_) => &[],
            }),
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
    file: Arc<File>,
    position: u64,
}

impl Read for FileFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.position)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}
