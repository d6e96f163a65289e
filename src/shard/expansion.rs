//! Compressed pages that become larger than their header says. Most codecs stop at the size that is claimed; the decoders of
//! gzip, Brotli and LZ4 frames go on to the end of the data, which may be a thousand times as long, or a million.

use std::io::{Read, sink};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use parquet::basic::Compression;

/// How many bytes one byte of gzip or LZ4 becomes at most.
const GZIP_RATIO: u64 = 1032;
const LZ4_RATIO: u64 = 255;

/// With what an LZ4 frame begins. Other data of that codec says how long it is.
const LZ4_FRAME: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// Bytes that Brotli is decompressed to at a time.
const BUFFER: usize = 64 << 10;

/// Whether a page of so many stored bytes becomes more than `limit`: then a number above that. It is decompressed, to nowhere,
/// only where that is the only way to know. Damaged data is for the decoder to refuse.
pub(super) fn may_expand(
    codec: Compression,
    compressed: u64,
    limit: u64,
    stored: impl FnOnce(usize) -> Result<Bytes, String>,
) -> Result<Option<u64>, String> {
    let least = match codec {
        Compression::GZIP(_) => limit / GZIP_RATIO,
        Compression::LZ4 => limit / LZ4_RATIO,
        Compression::BROTLI(_) => 0,
        _ => u64::MAX,
    };
    if compressed <= least {
        return Ok(None);
    }
    let stored = stored(usize::try_from(compressed).map_err(|error| error.to_string())?)?;
    let bytes = match codec {
        Compression::GZIP(_) => count(MultiGzDecoder::new(&*stored), limit),
        Compression::BROTLI(_) => count(brotli::Decompressor::new(&*stored, BUFFER), limit),
        _ if stored.starts_with(&LZ4_FRAME) => count(lz4_flex::frame::FrameDecoder::new(&*stored), limit),
        _ => 0,
    };
    Ok((bytes > limit).then_some(bytes))
}

/// How many bytes come, up to one more than `limit`.
fn count(data: impl Read, limit: u64) -> u64 {
    let mut data = data.take(limit.saturating_add(1));
    // What came before an error was held in memory too.
    let _ = std::io::copy(&mut data, &mut sink());
    limit.saturating_add(1) - data.limit()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn expands(codec: Compression, stored: Vec<u8>, limit: u64) -> Option<u64> {
        may_expand(codec, stored.len() as u64, limit, |length| {
            assert_eq!(length, stored.len());
            Ok(stored.clone().into())
        })
        .unwrap()
    }

    #[test]
    fn what_becomes_more_than_the_limit_is_known_and_no_more_is_decompressed() {
        let text = vec![b'a'; 1 << 20];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&text).unwrap();
        let one = gzip.finish().unwrap();
        let mut brotli = brotli::CompressorWriter::new(Vec::new(), BUFFER, 5, 22);
        brotli.write_all(&text).unwrap();
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(&text).unwrap();
        for (codec, stored) in [
            (Compression::GZIP(Default::default()), one.clone()),
            (Compression::BROTLI(Default::default()), brotli.into_inner()),
            (Compression::LZ4, lz4.finish().unwrap()),
        ] {
            for (limit, found) in [(1 << 20, None), ((1 << 20) - 1, Some(1 << 20)), (999, Some(1000)), (2 << 20, None)]
            {
                assert_eq!(expands(codec, stored.clone(), limit), found, "{codec:?} {limit}");
            }
        }
        // Of several members, all count.
        assert_eq!(expands(Compression::GZIP(Default::default()), one.repeat(3), 1 << 21), Some((1 << 21) + 1));
        // The other decoders stop where they should.
        for codec in [Compression::SNAPPY, Compression::ZSTD(Default::default()), Compression::UNCOMPRESSED] {
            assert_eq!(expands(codec, one.clone(), 1), None);
        }
    }

    #[test]
    fn nothing_is_read_where_the_ratio_says_enough() {
        let never = |_| -> Result<Bytes, String> { panic!("read") };
        assert_eq!(may_expand(Compression::GZIP(Default::default()), 1000, 1 << 20, never), Ok(None));
        assert_eq!(may_expand(Compression::LZ4, 4000, 1 << 20, never), Ok(None));
    }
}
