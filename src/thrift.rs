//! Steps over values in Thrift's compact encoding, in which Parquet's footers and page headers are written. The parquet crate keeps its own
//! reader of it to itself, and skips fields that must be seen: those that say that a file is encrypted.

/// Deepest nesting of values that is looked through; the format needs less than ten.
const MAX_DEPTH: u32 = 32;

/// The kinds of values that are named outside: integers are written alike in all widths.
pub(crate) const I32: u8 = 5;
/// A list.
pub(crate) const LIST: u8 = 9;
/// A struct: fields, each by [`Thrift::field`], to their end.
pub(crate) const STRUCT: u8 = 12;

/// A place in Thrift. Every step is `None` where the bytes make no sense, and consumes input: the work is bounded by its length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thrift<'a> {
    rest: &'a [u8],
}

impl<'a> Thrift<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not stepped over yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The number and kind of the next field of a struct, or that it ends. `last` is the number of the field before, at first 0.
    pub(crate) fn field(&mut self, last: i64) -> Option<Option<(i64, u8)>> {
        let head = self.byte()?;
        let number = match head >> 4 {
            _ if head == 0 => return Some(None),
            0 => self.integer()?,
            step => last.checked_add(i64::from(step))?,
        };
        Some(Some((number, head & 0x0f)))
    }

    /// Steps over a value.
    pub(crate) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_to(kind, MAX_DEPTH)
    }

    fn skip_to(&mut self, kind: u8, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // In a field, true and false are told by the kind alone.
            1 | 2 => Some(()),
            3 => self.advance(1),
            4 | I32 | 6 => self.varint().map(|_| ()),
            7 => self.advance(8),
            8 => {
                let length = self.varint()?;
                self.advance(length)
            }
            LIST | 10 => {
                let (count, kind) = self.list()?;
                if matches!(kind, 1 | 2) {
                    // They take a byte each, but the library passes over them as over nothing: it would read something else
                    // behind them. No footer and no page header has such a list.
                    return None;
                }
                (0..count).try_for_each(|_| self.skip_to(kind, depth))
            }
            STRUCT => {
                let mut number = 0;
                while let Some((next, kind)) = self.field(number)? {
                    number = next;
                    self.skip_to(kind, depth)?;
                }
                Some(())
            }
            // Maps (11): Parquet has none.
            13 => self.advance(16),
            _ => None,
        }
    }

    /// The number and kind of the elements of a list.
    pub(crate) fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Some((count, head & 0x0f))
    }

    /// An integer of any width.
    pub(crate) fn integer(&mut self) -> Option<i64> {
        let zigzag = self.varint()?;
        let half = i64::try_from(zigzag >> 1).ok()?;
        Some(if zigzag & 1 == 0 { half } else { !half })
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// Steps over so many bytes.
    pub(crate) fn advance(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Bytes in which most values end.
const USUAL_BYTES: usize = 1 << 10;

/// Parses a value of unknown length at the beginning of `room` bytes, of which `read` gives so many: some at first, more while
/// `parse` finds no end in them, until there are no more or over `longest` were tried.
pub(crate) fn parse_growing<B: AsRef<[u8]>, T, E>(
    room: usize,
    longest: usize,
    mut read: impl FnMut(usize) -> Result<B, E>,
    parse: impl Fn(&[u8]) -> Option<T>,
) -> Result<Option<T>, E> {
    let mut length = USUAL_BYTES;
    loop {
        match parse(read(length.min(room))?.as_ref()) {
            None if length < room && length < longest => length *= 8,
            parsed => return Ok(parsed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the fields of the struct that is all of `bytes`.
    fn fields(bytes: &[u8]) -> Option<Vec<i64>> {
        let (mut thrift, mut numbers) = (Thrift::new(bytes), vec![0]);
        while let Some((number, kind)) = thrift.field(*numbers.last()?)? {
            numbers.push(number);
            thrift.skip(kind)?;
        }
        thrift.rest().is_empty().then(|| numbers.split_off(1))
    }

    #[test]
    fn values_of_every_kind_are_stepped_over() {
        let bytes = [
            // Fields 1, 2, 4 to 7: true, -1, a text, a double, a list of two structs, a set of two bytes.
            vec![0x11, 0x16, 0x01, 0x28, 0x03, b'a', b'b', b'c', 0x17, 0, 0, 0, 0, 0, 0, 0, 0],
            vec![0x19, 0x2c, 0x15, 0x02, 0x00, 0x00, 0x1a, 0x23, 0x01, 0x02],
            // By its own number: 40, a struct; then 41, a byte; 42, 16 bytes.
            vec![0x0c, 80, 0x11, 0x00, 0x13, 7, 0x1d],
            vec![9; 16],
            vec![0x00],
        ]
        .concat();
        assert_eq!(fields(&bytes), Some(vec![1, 2, 4, 5, 6, 7, 40, 41, 42]));
        for cut in 0..bytes.len() {
            assert_eq!(fields(&bytes[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn integers_have_a_sign() {
        for (bytes, value) in [(&[0][..], 0), (&[1], -1), (&[2], 1), (&[0xac, 2], 150), (&[0xab, 2], -150)] {
            assert_eq!(Thrift::new(bytes).integer(), Some(value));
        }
        assert_eq!(Thrift::new(&[0xff; 9]).integer(), None);
        assert_eq!(Thrift::new(&[0xff; 11]).integer(), None);
    }

    #[test]
    fn values_nested_without_end_are_given_up() {
        assert_eq!(fields(&[0x3c; 1 << 20]), None);
        assert_eq!(fields(&[0x39; 1 << 20]), None);
        // A list of two truths.
        assert_eq!(fields(&[0x19, 0x21, 1, 2, 0]), None);
    }
}
