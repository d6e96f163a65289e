//! Lines on their way out, compressed as their source is.

use std::io::{self, BufWriter, Write};

use flate2::write::GzEncoder;

use super::level::Level;
use crate::shard::Compression;

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
    pub fn new(out: W, compression: Compression, level: Level) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 20, out);
        Ok(Self(match compression {
            Compression::None => Encoder::Plain(out),
            Compression::Gzip => Encoder::Gzip(GzEncoder::new(out, flate2::Compression::new(level.gzip()))),
            Compression::Zstd => Encoder::Zstd(zstd::Encoder::new(out, level.zstd())?),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn lines_come_out_of_every_compression_as_they_went_in() {
        let text = "{\"a\" : 1}\r\n\n{\"c\":\"\u{2028}\"}";
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let mut out = Vec::new();
            let mut lines = LineWriter::new(&mut out, compression, Level::default()).unwrap();
            text.split_inclusive('\n').for_each(|line| lines.write(line.as_bytes()).unwrap());
            lines.finish().unwrap();
            let mut read = String::new();
            match compression {
                Compression::None => read = String::from_utf8(out).unwrap(),
                Compression::Gzip => drop(flate2::read::GzDecoder::new(&out[..]).read_to_string(&mut read).unwrap()),
                Compression::Zstd => read = String::from_utf8(zstd::decode_all(&out[..]).unwrap()).unwrap(),
            }
            assert_eq!(read, text, "{compression:?}");
        }
    }
}
