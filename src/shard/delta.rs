//! What delta-encoded texts claim. Their decoder makes room for as many lengths as the data says, and writes out every text whose
//! beginning it has in common with the one before: a page of some bytes may claim 2^31 texts, and be honest about a terabyte.

use parquet::basic::Encoding;

/// Memory of the decoder for the lengths of one text.
const LENGTH_BYTES: u64 = 3 * size_of::<i32>() as u64;

/// Bytes of memory that the values of a page in this encoding take beside the page, added up until they are over `limit`; none if
/// they make no sense.
pub(super) fn memory(encoding: Encoding, values: &[u8], limit: u64) -> Option<u64> {
    let mut rest = values;
    if !matches!(encoding, Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY) {
        return Some(0);
    }
    let header = Header::read(&mut rest)?;
    let lengths = header.count.saturating_mul(LENGTH_BYTES);
    if encoding == Encoding::DELTA_LENGTH_BYTE_ARRAY || lengths > limit {
        return Some(lengths);
    }
    let prefixes = header.sum(&mut rest)?;
    let suffixes = Header::read(&mut rest)?.count.saturating_mul(LENGTH_BYTES);
    Some(lengths.saturating_add(suffixes).saturating_add(prefixes).saturating_add(rest.len() as u64))
}

/// The beginning of numbers in DELTA_BINARY_PACKED.
struct Header {
    /// Numbers in a miniblock.
    miniblock: usize,
    miniblocks: usize,
    count: u64,
    first: i32,
}

impl Header {
    fn read(rest: &mut &[u8]) -> Option<Self> {
        let block = usize::try_from(varint(rest)?).ok()?;
        let miniblocks = usize::try_from(varint(rest)?).ok()?;
        let count = varint(rest)?;
        let first = zigzag(varint(rest)?);
        let miniblock = block.checked_div(miniblocks)?;
        (miniblock > 0 && miniblock % 8 == 0).then_some(Self { miniblock, miniblocks, count, first })
    }

    /// The sum of the numbers, without those below 0, which no decoder takes.
    fn sum(&self, rest: &mut &[u8]) -> Option<u64> {
        let (mut number, mut left, mut sum) = (self.first, self.count, 0_u64);
        let mut add = |number: i32| sum = sum.saturating_add(u64::try_from(number).unwrap_or(0));
        if left > 0 {
            add(number);
            left -= 1;
        }
        while left > 0 {
            let least = zigzag(varint(rest)?);
            let widths = take(rest, self.miniblocks)?;
            for width in widths {
                // The last block need not have all of its miniblocks.
                if left == 0 {
                    break;
                }
                let packed = take(rest, (self.miniblock / 8).checked_mul(usize::from(*width))?)?;
                let here = left.min(self.miniblock as u64);
                for nth in 0..here {
                    let delta = bits(packed, nth * u64::from(*width), *width)?;
                    number = number.wrapping_add(least).wrapping_add(delta.cast_signed());
                    add(number);
                }
                left -= here;
            }
        }
        Some(sum)
    }
}

/// The number of `width` bits that begins at a bit.
fn bits(packed: &[u8], at: u64, width: u8) -> Option<u32> {
    if width > 32 {
        return None;
    }
    let start = usize::try_from(at / 8).ok()?;
    let bytes = packed.get(start..).unwrap_or_default();
    let word = bytes.iter().take(8).rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
    u32::try_from(word >> (at % 8) & ((1 << width) - 1)).ok()
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?.first().copied()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// The number that a decoder of 32 bits takes from a zigzag of any length.
fn zigzag(value: u64) -> i32 {
    ((value >> 1).cast_signed() ^ -(value & 1).cast_signed()) as i32
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::column::page::Page;
    use parquet::file::properties::WriterProperties;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use proptest::prelude::*;

    use super::*;

    /// The values of the one page that the library makes of these texts.
    fn page(texts: &[String], encoding: Encoding) -> Vec<u8> {
        let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let batch = RecordBatch::try_from_iter_with_nullable([("text", array, false)]).unwrap();
        let plan = WriterProperties::builder().set_dictionary_enabled(false).set_encoding(encoding).build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(plan)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let page = reader.get_row_group(0).unwrap().get_column_page_reader(0).unwrap().get_next_page();
        let Some(Page::DataPage { buf, .. }) = page.unwrap() else { panic!("no page") };
        buf.to_vec()
    }

    proptest! {
        #[test]
        fn what_the_library_writes_takes_its_texts_and_their_lengths(
            texts in prop::collection::vec("(common start of )?[a-c]{0,9}(x{200})?", 1..300)
        ) {
            let (count, written) = (texts.len() as u64, texts.iter().map(String::len).sum::<usize>() as u64);
            let values = page(&texts, Encoding::DELTA_LENGTH_BYTE_ARRAY);
            prop_assert_eq!(memory(Encoding::DELTA_LENGTH_BYTE_ARRAY, &values, u64::MAX), Some(count * LENGTH_BYTES));
            let values = page(&texts, Encoding::DELTA_BYTE_ARRAY);
            let found = memory(Encoding::DELTA_BYTE_ARRAY, &values, u64::MAX).unwrap();
            // The suffixes are counted with their lengths as they are stored.
            let least = written + 2 * count * LENGTH_BYTES;
            prop_assert!((least..=least + values.len() as u64).contains(&found), "{} is not about {}", found, least);
        }

        #[test]
        fn no_bytes_make_it_panic_or_go_on_for_ever(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY, Encoding::PLAIN] {
                let _ = memory(encoding, &bytes, 1 << 16);
            }
        }
    }

    #[test]
    fn a_claim_of_many_texts_is_not_added_up() {
        // Blocks of 2^20 numbers in one miniblock, 2^40 texts.
        let bytes = [128, 128, 64, 1, 128, 128, 128, 128, 128, 32, 0, 0, 0];
        assert_eq!(memory(Encoding::DELTA_BYTE_ARRAY, &bytes, 1 << 30), Some((1 << 40) * LENGTH_BYTES));
        assert_eq!(memory(Encoding::DELTA_LENGTH_BYTE_ARRAY, &bytes, 1 << 30), Some((1 << 40) * LENGTH_BYTES));
    }
}
