//! A JSON Lines shard: plain or compressed bytes, cut into lines.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use crate::error::{Error, Result};
use crate::shard::map::ShardData;
use crate::shard::{Compression, Io};

/// The longest line that is read, in bytes. A line is held in memory as a whole; no record is this long.
const MAX_LINE: usize = 1 << 30;

/// Bytes that are read or decompressed at a time.
const BUFFER: usize = 256 << 10;

/// Largest Zstandard window that is accepted, as a power of two: that of `zstd --long=31`, which published text
/// corpora use. The decoder only takes the memory if a frame asks for it.
const ZSTD_WINDOW_LOG: u32 = 31;

/// An open JSON Lines file.
#[derive(Debug)]
pub struct JsonLinesShard {
    path: PathBuf,
    compression: Compression,
    data: ShardData,
    max_line: usize,
}

impl JsonLinesShard {
    /// Opens a file; nothing is read yet. An empty file is one without records, but compressed data is never empty.
    ///
    /// # Errors
    /// The system's refusal; a compressed file of 0 bytes.
    pub fn open(path: &Path, compression: Compression, io: Io) -> Result<Self> {
        let data = ShardData::open(path, io)?;
        let shard = Self { path: path.to_path_buf(), compression, data, max_line: MAX_LINE };
        match shard.format_name() {
            Some(expected) if shard.data.size() == 0 => Err(Error::content(path, expected, "an empty file (0 bytes)")
                .help("the file is truncated; fetch or write it again")),
            _ => Ok(shard),
        }
    }

    /// Refuses lines of more bytes: a line is held in memory as a whole.
    #[must_use]
    pub fn limit_lines(self, bytes: u64) -> Self {
        Self { max_line: usize::try_from(bytes).unwrap_or(usize::MAX).min(MAX_LINE), ..self }
    }

    /// The file, as it was named to [`JsonLinesShard::open`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of the file.
    #[must_use]
    pub fn data(&self) -> &ShardData {
        &self.data
    }

    /// The size of the file in bytes, as it is stored.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.data.size()
    }

    /// Visits each line that is not blank: its number from 0, blank lines counted, and its bytes without the `\n`. A
    /// carriage return before that is left in place, for to JSON it is white space. The last line may lack its `\n`.
    ///
    /// An error may come after lines have been visited: they are right, but the file is not complete.
    ///
    /// # Errors
    /// What `visit` returns; a failed read; compressed data that is damaged or truncated; a line over 1 GiB, or over what [`JsonLinesShard::limit_lines`] allows.
    pub fn read_lines(&self, visit: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let stored = self.data.reader(0, BUFFER);
        match self.compression {
            Compression::None => self.split(stored, visit),
            Compression::Gzip => self.split(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(stored)), visit),
            Compression::Zstd => {
                let mut decoder = ZstdDecoder::with_buffer(stored).map_err(|error| self.read_error(error, 0))?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|error| self.read_error(error, 0))?;
                self.split(BufReader::with_capacity(BUFFER, decoder), visit)
            }
        }
    }

    /// A line that lies whole in the reader's buffer is lent from there: all lines of a mapped plain file.
    fn split(&self, mut bytes: impl BufRead, visit: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let mut line: u64 = 0;
        // The start of a line of which the end is not in the buffer yet.
        let mut begun: Vec<u8> = Vec::new();
        loop {
            let buffer = match bytes.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.read_error(error, line)),
            };
            if buffer.is_empty() {
                return visit_line(line, &begun, visit);
            }
            let end = memchr::memchr(b'\n', buffer);
            let (part, rest) = buffer.split_at(end.unwrap_or(buffer.len()));
            let used = part.len() + usize::from(!rest.is_empty());
            if begun.len().saturating_add(part.len()) > self.max_line {
                return Err(self.too_long(line));
            }
            match (end, begun.is_empty()) {
                (Some(_), true) => visit_line(line, part, visit)?,
                (Some(_), false) => {
                    begun.extend_from_slice(part);
                    visit_line(line, &begun, visit)?;
                    begun.clear();
                }
                (None, _) => begun.extend_from_slice(part),
            }
            line += u64::from(end.is_some());
            bytes.consume(used);
        }
    }

    fn too_long(&self, line: u64) -> Error {
        let help = match self.max_line {
            MAX_LINE => "JSON Lines has one record on each line; is this another format?",
            _ => "a line is held in memory as a whole: allow more with --memory, or use fewer --threads",
        };
        let expected = format!("lines of at most {} bytes", self.max_line);
        Error::content(&self.path, expected, "a longer one").at(format!("line {line} (from 0)")).help(help)
    }

    /// A failed read, as the fault of the system or of the compressed data.
    fn read_error(&self, error: io::Error, line: u64) -> Error {
        match self.format_name() {
            Some(expected) if error.raw_os_error().is_none() => Error::content(&self.path, expected, error)
                .at(format!("after {line} lines"))
                .help("the file is damaged or truncated; fetch or write it again"),
            _ => Error::io("read", &self.path)(error),
        }
    }

    fn format_name(&self) -> Option<&'static str> {
        match self.compression {
            Compression::None => None,
            Compression::Gzip => Some("complete gzip data"),
            Compression::Zstd => Some("complete Zstandard data"),
        }
    }
}

/// Passes a line on, unless it is blank.
fn visit_line(number: u64, line: &[u8], visit: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let is_blank = line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    if is_blank { Ok(()) } else { visit(number, line) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    const ALL: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

    fn pack(bytes: &[u8], compression: Compression) -> Vec<u8> {
        match compression {
            Compression::None => bytes.to_vec(),
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        }
    }

    fn read(stored: &[u8], compression: Compression, io: Io) -> Result<Vec<(u64, Vec<u8>)>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(stored).unwrap();
        let mut lines = Vec::new();
        JsonLinesShard::open(file.path(), compression, io)?.read_lines(&mut |number, line| {
            lines.push((number, line.to_vec()));
            Ok(())
        })?;
        Ok(lines)
    }

    #[test]
    fn blank_lines_are_counted_and_not_visited() {
        let text = b"{\"a\":1}\n\n \t\r\n{\"b\":2}\r\n{\"c\":3}";
        let expected = vec![(0, b"{\"a\":1}".to_vec()), (3, b"{\"b\":2}\r".to_vec()), (4, b"{\"c\":3}".to_vec())];
        for compression in ALL {
            for io in [Io::Map, Io::Read] {
                let lines = read(&pack(text, compression), compression, io).unwrap();
                assert_eq!(lines, expected, "{compression:?} {io:?}");
            }
        }
    }

    #[test]
    fn an_empty_plain_file_has_no_lines_and_an_empty_compressed_file_is_an_error() {
        for io in [Io::Map, Io::Read] {
            assert_eq!(read(b"", Compression::None, io).unwrap(), vec![]);
            for compression in [Compression::Gzip, Compression::Zstd] {
                let error = read(b"", compression, io).unwrap_err();
                assert!(error.to_string().contains("an empty file"), "{error}");
                assert_eq!(read(&pack(b"", compression), compression, io).unwrap(), vec![]);
            }
        }
    }

    #[test]
    fn compressed_data_cut_anywhere_is_an_error() {
        let text: String = (0..200).map(|n| format!("{{\"n\":{n},\"square\":{}}}\n", n * n)).collect();
        for compression in [Compression::Gzip, Compression::Zstd] {
            let stored = pack(text.as_bytes(), compression);
            for cut in 1..stored.len() {
                let error = read(&stored[..cut], compression, Io::Map).expect_err(&format!("{compression:?} {cut}"));
                assert!(error.to_string().contains("complete"), "{error}");
            }
        }
    }

    #[test]
    fn what_is_not_compressed_data_is_an_error() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let error = read(b"{\"text\":\"plain\"}\n", compression, Io::Map).unwrap_err();
            assert!(matches!(error, Error::Content { .. }), "{error}");
        }
    }

    #[test]
    fn members_and_frames_that_follow_each_other_are_one_text() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let mut stored = pack(b"{\"a\":1}\n{\"b\"", compression);
            stored.extend(pack(b":2}\n", compression));
            let lines = read(&stored, compression, Io::Read).unwrap();
            assert_eq!(lines, [(0, b"{\"a\":1}".to_vec()), (1, b"{\"b\":2}".to_vec())], "{compression:?}");
        }
    }

    #[test]
    fn an_error_of_the_visitor_ends_the_reading() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"1\n2\n3\n").unwrap();
        let shard = JsonLinesShard::open(file.path(), Compression::None, Io::Map).unwrap();
        let mut visits = 0;
        let error = shard.read_lines(&mut |_, _| {
            visits += 1;
            if visits == 2 { Err(Error::request("enough", "")) } else { Ok(()) }
        });
        assert_eq!((visits, error.unwrap_err().to_string().as_str()), (2, "enough"));
    }

    #[test]
    fn a_line_over_the_limit_is_an_error_whether_it_ends_or_not() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for (text, place) in
            [("12345\n123456\n1\n", Some("line 1")), ("123456", Some("line 0")), ("12345\n12345", None)]
        {
            std::fs::write(file.path(), text).unwrap();
            file.flush().unwrap();
            for io in [Io::Map, Io::Read] {
                let mut shard = JsonLinesShard::open(file.path(), Compression::None, io).unwrap();
                shard.max_line = 5;
                let error = shard.read_lines(&mut |_, _| Ok(())).err().map(|error| error.to_string());
                assert_eq!(error.is_some(), place.is_some(), "{text}: {error:?}");
                assert!(error.unwrap_or_default().contains(place.unwrap_or_default()), "{text}");
            }
        }
    }

    #[test]
    fn lines_longer_than_every_buffer_are_whole() {
        let long = vec![b'x'; 3 * BUFFER + 17];
        let text = [b"a\n", long.as_slice(), b"\nb"].concat();
        for compression in ALL {
            for io in [Io::Map, Io::Read] {
                let lines = read(&pack(&text, compression), compression, io).unwrap();
                assert_eq!(
                    lines,
                    [(0, b"a".to_vec()), (1, long.clone()), (2, b"b".to_vec())],
                    "{compression:?} {io:?}"
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn lines_are_what_splitting_at_newlines_gives(text in "[ab\\r \\n]{0,40}") {
            let expected: Vec<(u64, Vec<u8>)> = text
                .split('\n')
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(number, line)| (number as u64, line.as_bytes().to_vec()))
                .collect();
            for compression in ALL {
                for io in [Io::Map, Io::Read] {
                    prop_assert_eq!(&read(&pack(text.as_bytes(), compression), compression, io).unwrap(), &expected);
                }
            }
        }
    }
}
