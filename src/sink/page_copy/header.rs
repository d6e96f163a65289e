//! The header of a page, as far as copying pages needs it. The parquet crate reads headers, but shows neither their length nor the place of a page.

use parquet::basic::{Encoding, PageType};

use crate::thrift::{I32, STRUCT, Thrift};

/// What a page's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageHeader {
    pub(super) kind: PageType,
    /// Bytes of the header itself.
    pub(super) length: usize,
    /// Bytes of what follows it.
    pub(super) compressed: usize,
    pub(super) uncompressed: usize,
    /// Values and nulls; of a dictionary: entries.
    pub(super) values: usize,
    pub(super) encoding: Encoding,
}

/// Numbers of fields, by the format's definition, of `PageHeader` and of the headers in it.
const KIND: i64 = 1;
const UNCOMPRESSED: i64 = 2;
const COMPRESSED: i64 = 3;
const DATA: i64 = 5;
const DICTIONARY: i64 = 7;
const DATA_V2: i64 = 8;
const VALUES: i64 = 1;

impl PageHeader {
    /// The header that `bytes` begin with; none if they do not, or end within it.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut thrift = Thrift::new(bytes);
        let (mut kind, mut sizes, mut inner) = (None, [None; 2], None);
        let mut number = 0;
        while let Some((next, of)) = thrift.field(number)? {
            number = next;
            match (number, of) {
                (KIND, I32) => kind = Some(thrift.integer()?),
                (UNCOMPRESSED, I32) => sizes[0] = Some(thrift.integer()?),
                (COMPRESSED, I32) => sizes[1] = Some(thrift.integer()?),
                (DATA | DICTIONARY | DATA_V2, STRUCT) => {
                    inner = Some((number, values_and_encoding(&mut thrift, number)?))
                }
                _ => thrift.skip(of)?,
            }
        }
        let kind = *PageType::VARIANTS.iter().find(|known| Some(**known as i64) == kind)?;
        let wanted = match kind {
            PageType::DATA_PAGE => DATA,
            PageType::DICTIONARY_PAGE => DICTIONARY,
            PageType::DATA_PAGE_V2 => DATA_V2,
            PageType::INDEX_PAGE => return None,
        };
        let (_, (values, encoding)) = inner.filter(|(number, _)| *number == wanted)?;
        Some(Self {
            kind,
            length: bytes.len() - thrift.rest().len(),
            uncompressed: usize::try_from(sizes[0]?).ok()?,
            compressed: usize::try_from(sizes[1]?).ok()?,
            values: usize::try_from(values).ok()?,
            encoding: *Encoding::VARIANTS.iter().find(|known| **known as i64 == encoding)?,
        })
    }

    pub(super) fn is_dictionary_encoded(&self) -> bool {
        matches!(self.encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)
    }
}

/// The number of values and the encoding, out of the header of one kind of page.
fn values_and_encoding(thrift: &mut Thrift<'_>, kind: i64) -> Option<(i64, i64)> {
    // Counts of nulls and of rows come between them in version 2.
    let encoding_field = if kind == DATA_V2 { 4 } else { 2 };
    let (mut values, mut encoding, mut number) = (None, None, 0);
    while let Some((next, of)) = thrift.field(number)? {
        number = next;
        match (number, of) {
            (VALUES, I32) => values = Some(thrift.integer()?),
            (number, I32) if number == encoding_field => encoding = Some(thrift.integer()?),
            _ => thrift.skip(of)?,
        }
    }
    values.zip(encoding)
}
