//! Dropping lines of a JSONL shard: those that stay, stay as they are to the byte.

use std::io::{self, BufWriter, Write};
use std::ops::AddAssign;
use std::path::Path;

use flate2::write::GzEncoder;

use crate::error::{Error, Result};

/// How a file of lines is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// `.gz`, written at level 6.
    Gzip,
    /// `.zst`, written at level 3.
    Zstd,
}

impl Compression {
    /// What a file's name says.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// Lines on their way out, compressed.
pub struct LineWriter<W: Write>(Encoder<W>);

enum Encoder<W: Write> {
    Plain(BufWriter<W>),
    Gzip(GzEncoder<BufWriter<W>>),
    Zstd(zstd::Encoder<'static, BufWriter<W>>),
}

impl<W: Write> LineWriter<W> {
    /// Starts an output.
    ///
    /// # Errors
    /// When there is no memory for the compressor.
    pub fn new(out: W, compression: Compression) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 20, out);
        Ok(Self(match compression {
            Compression::Plain => Encoder::Plain(out),
            Compression::Gzip => Encoder::Gzip(GzEncoder::new(out, flate2::Compression::default())),
            Compression::Zstd => Encoder::Zstd(zstd::Encoder::new(out, 3)?),
        }))
    }

    /// Writes bytes as they are: a line brings its own line end, if it had one.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&mut self, line: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Encoder::Plain(out) => out.write_all(line),
            Encoder::Gzip(out) => out.write_all(line),
            Encoder::Zstd(out) => out.write_all(line),
        }
    }

    /// Ends the compressed stream; without this the output is not whole.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Encoder::Plain(out) => Ok(out),
            Encoder::Gzip(out) => out.finish(),
            Encoder::Zstd(out) => out.finish(),
        }?
        .flush()
    }
}

/// What [`filter_lines`] did; blank lines are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filtered {
    /// Lines in the copy.
    pub kept: u64,
    /// Lines that are not in the copy.
    pub dropped: u64,
}

impl AddAssign for Filtered {
    fn add_assign(&mut self, other: Self) {
        self.kept += other.kept;
        self.dropped += other.dropped;
    }
}

/// Writes those of `lines` to `out` that `keep` wants, byte for byte, and all blank ones.
///
/// Each item is one line with its line end (the last may have none). `keep` is given the line's number in the file, from
/// 0 and counting blank lines, and the line; it is not asked about blank lines.
///
/// # Errors
/// The first error among `lines` or of `keep`, or when `out` cannot be written (named with `path`, the source).
pub fn filter_lines<L: AsRef<[u8]>, W: Write>(
    path: &Path,
    lines: impl Iterator<Item = Result<L>>,
    keep: &mut dyn FnMut(u64, &[u8]) -> Result<bool>,
    out: W,
    compression: Compression,
) -> Result<Filtered> {
    let unwritten = || Error::io("write a copy", path);
    let mut out = LineWriter::new(out, compression).map_err(unwritten())?;
    let mut done = Filtered::default();
    for (line, number) in lines.zip(0..) {
        let line = line?;
        let line = line.as_ref();
        let blank = line.trim_ascii().is_empty();
        if blank || keep(number, line)? {
            out.write(line).map_err(unwritten())?;
            done.kept += u64::from(!blank);
        } else {
            done.dropped += 1;
        }
    }
    out.finish().map_err(unwritten())?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn filtered(lines: &[&str], compression: Compression) -> (Vec<u8>, Filtered) {
        let mut out = Vec::new();
        let source = lines.iter().map(|line| Ok(line.as_bytes()));
        let mut keep = |number: u64, _: &[u8]| Ok(number != 2);
        let done = filter_lines(Path::new("x"), source, &mut keep, &mut out, compression).unwrap();
        (out, done)
    }

    #[test]
    fn kept_lines_and_blank_lines_are_byte_identical() {
        let lines = ["{\"a\" : 1}\r\n", "\n", "{\"b\":2}\n", "  \n", "{\"c\":\"\u{2028}\"}"];
        let kept = [lines[0], lines[1], lines[3], lines[4]].concat();
        let (plain, done) = filtered(&lines, Compression::Plain);
        assert_eq!(String::from_utf8(plain).unwrap(), kept);
        assert_eq!(done, Filtered { kept: 2, dropped: 1 });

        let (gzip, _) = filtered(&lines, Compression::of(Path::new("x.jsonl.gz")));
        let mut text = String::new();
        flate2::read::GzDecoder::new(&gzip[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, kept);

        let (zst, _) = filtered(&lines, Compression::of(Path::new("x.jsonl.zst")));
        assert_eq!(zstd::decode_all(&zst[..]).unwrap(), kept.as_bytes());
    }

    #[test]
    fn an_error_among_the_lines_ends_the_copy() {
        let lines = [Ok("{}\n"), Err(Error::content("x", "JSON", "rubbish"))];
        let done =
            filter_lines(Path::new("x"), lines.into_iter(), &mut |_, _| Ok(true), io::sink(), Compression::Plain);
        assert!(done.unwrap_err().to_string().contains("rubbish"));
    }
}
