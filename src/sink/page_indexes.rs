//! Page indexes, looked through before the parquet crate reads them: it passes over truths in a list that it does not know as over
//! nothing, so that a few bytes can claim two thousand million of them, again and again.

use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;

use crate::thrift::{LIST, Thrift};

/// `ColumnIndex.null_pages`, the one list of truths that there is; in an `OffsetIndex` it is a list of structs.
const NULL_PAGES: i64 = 1;
/// How truths are told apart in lists.
const TRUTHS: [u8; 2] = [1, 2];

/// An error where a page index has no end inside its bytes.
pub(super) fn check<R: ChunkReader>(metadata: &ParquetMetaData, reader: &R) -> ParquetResult<()> {
    for chunk in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let columns = chunk.column_index_offset().zip(chunk.column_index_length());
        let offsets = chunk.offset_index_offset().zip(chunk.offset_index_length());
        for (start, length) in columns.into_iter().chain(offsets) {
            let bytes = reader.get_bytes(u64::try_from(start)?, usize::try_from(length)?)?;
            // Some writers say that an index of no bytes is there.
            if !bytes.is_empty() && ends(&bytes).is_none() {
                return Err(ParquetError::General(format!("a page index without an end at byte {start}")));
            }
        }
    }
    Ok(())
}

/// Steps over the struct that some bytes begin with; none if they do not, or end within it.
fn ends(bytes: &[u8]) -> Option<()> {
    let (mut thrift, mut last) = (Thrift::new(bytes), 0);
    while let Some((number, kind)) = thrift.field(last)? {
        last = number;
        if (number, kind) != (NULL_PAGES, LIST) {
            thrift.skip(kind)?;
            continue;
        }
        match thrift.list()? {
            (count, kind) if TRUTHS.contains(&kind) => thrift.advance(count)?,
            (count, kind) => (0..count).try_for_each(|_| thrift.skip(kind))?,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_claims_more_than_it_has_is_refused() {
        // Two pages without nulls, and two extremes; two places of pages.
        let columns = [0x19, 0x22, 2, 2, 0x19, 0x28, 1, b'a', 1, b'b', 0];
        let offsets = [0x19, 0x2c, 0x16, 8, 0, 0x16, 16, 0, 0];
        for good in [columns.as_slice(), &offsets] {
            assert_eq!(ends(good), Some(()));
            (0..good.len()).for_each(|cut| assert_eq!(ends(&good[..cut]), None, "{cut}"));
        }
        // Truths that are not there, in the field that has them and in one that is not known.
        for list in [0x19, 0x99] {
            assert_eq!(ends(&[list, 0xf2, 0xff, 0xff, 0xff, 0xff, 0x07, 0]), None);
        }
    }
}
