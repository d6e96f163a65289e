//! Where in a JSON line its texts are written.
//!
//! The walk of [`JsonColumns::texts`] hands out texts, not places. This one follows the same paths over the bytes of a line
//! that the other has found to be in order, and meets the same texts in the same order.

use std::ops::Range;

use memchr::memchr2;

use crate::shard::json_text::{JsonColumns, Node};

/// Hears of a column's text as the line's bytes between its quotes.
type Visit<'v> = dyn FnMut(usize, Range<usize>) + 'v;

impl JsonColumns {
    /// Visits the texts that [`texts`](Self::texts) visits, in the same order, each as its column and the range of the line's
    /// bytes between its quotes. For lines that `texts` has no problem with; of others it may visit anything.
    pub fn places(&self, line: &[u8], visit: &mut dyn FnMut(usize, Range<usize>)) {
        let mark = line.len() - line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).len();
        Cursor { line, at: mark }.value(self.root(), visit);
    }
}

/// The raw ranges of ascending ranges of a JSON string's text; `string` is what is written between the quotes. None if a range
/// ends inside an escape or beyond the text.
#[must_use]
pub fn written_ranges(string: &[u8], ranges: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
    let (mut written, mut text) = (0, 0);
    let mut at = |place: usize| {
        while text < place {
            let (bytes, stands_for) = unit(string.get(written..)?)?;
            written += bytes;
            text += stands_for;
        }
        (text == place).then_some(written)
    };
    ranges.iter().map(|range| Some(at(range.start)?..at(range.end)?)).collect()
}

/// The bytes of an escape, or of anything else byte by byte, and the bytes of the text that they stand for.
fn unit(string: &[u8]) -> Option<(usize, usize)> {
    match string {
        [b'\\', b'u', ..] => {
            let digits = std::str::from_utf8(string.get(2..6)?).ok()?;
            let code = u32::from_str_radix(digits, 16).ok()?;
            // The first half of a pair stands for nothing without the second, and both for four bytes.
            Some(char::from_u32(code).map_or((12, 4), |c| (6, c.len_utf8())))
        }
        [b'\\', _, ..] => Some((2, 1)),
        [_, ..] => Some((1, 1)),
        [] => None,
    }
}

/// A place in a line. All steps are `None` where the line ends too early.
struct Cursor<'l> {
    line: &'l [u8],
    at: usize,
}

impl Cursor<'_> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.line.get(self.at..)?;
        self.at += rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))?;
        self.line.get(self.at).copied()
    }

    /// Passes a byte if it comes next.
    fn pass(&mut self, byte: u8) -> Option<bool> {
        let is_next = self.peek()? == byte;
        self.at += usize::from(is_next);
        Some(is_next)
    }

    /// A value that paths lead to: no deeper than the longest of them.
    fn value(&mut self, node: &Node, visit: &mut Visit<'_>) -> Option<()> {
        match (self.peek()?, &node.elements) {
            (b'"', _) => {
                let string = self.string()?;
                node.ends.iter().for_each(|&column| visit(column, string.clone()));
            }
            (b'{', _) => {
                self.at += 1;
                while !self.pass(b'}')? {
                    let key = self.string()?;
                    self.pass(b':')?;
                    match self.field(node, key) {
                        Some(child) => self.value(child, visit)?,
                        None => self.skip()?,
                    }
                    self.pass(b',')?;
                }
            }
            (b'[', Some(element)) => {
                self.at += 1;
                while !self.pass(b']')? {
                    self.value(element, visit)?;
                    self.pass(b',')?;
                }
            }
            _ => self.skip()?,
        }
        Some(())
    }

    /// A string: the bytes between its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        self.pass(b'"')?;
        let start = self.at;
        loop {
            self.at += memchr2(b'"', b'\\', self.line.get(self.at..)?)?;
            if self.line.get(self.at) == Some(&b'"') {
                self.at += 1;
                return Some(start..self.at - 1);
            }
            self.at += 2;
        }
    }

    /// The node of a key, which may be written with escapes.
    fn field<'n>(&self, node: &'n Node, key: Range<usize>) -> Option<&'n Node> {
        let quoted = self.line.get(key.start.checked_sub(1)?..key.end + 1)?;
        let key: String = serde_json::from_slice(quoted).ok()?;
        node.fields.iter().find(|(name, _)| *name == key).map(|(_, child)| child)
    }

    /// Passes a value of any depth.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ => {
                    // A number or word; between values also a comma or colon.
                    let rest = self.line.get(self.at + 1..)?;
                    self.at += 1 + rest.iter().take_while(|byte| !br#"",:[]{}"#.contains(byte)).count();
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use proptest::prelude::*;

    use super::*;

    /// Texts by the walk that reads them, and by the places where they are written.
    fn both_ways(paths: &[&str], line: &str) -> [Vec<(usize, String)>; 2] {
        let columns = JsonColumns::new(paths.iter().map(|path| path.parse().unwrap()).collect());
        let (mut read, mut placed) = (Vec::new(), Vec::new());
        columns.texts(line.as_bytes(), &mut |column, _, text| read.push((column, text.to_owned()))).unwrap();
        columns.places(line.as_bytes(), &mut |column, range| {
            let quoted = &line[range.start - 1..range.end + 1];
            placed.push((column, serde_json::from_str(quoted).unwrap()));
        });
        [read, placed]
    }

    #[test]
    fn places_are_those_of_the_texts_that_are_read() {
        let cases: [(&[&str], &str, usize); 9] = [
            (&["a"], r#"{"a":"x"}"#, 1),
            (&["a"], "\u{feff} { \"a\"\t: \"x\\\"]}\" } \r", 1),
            (&["b", "a"], r#"{"n":-1.5e+3,"a":"x","t":true,"b":"y\\","o":{"a":["b",{"a":"z"}]}}"#, 2),
            (&["a"], r#"{"a":"first","a":null,"a":"third"}"#, 2),
            (&["a"], r#"{"\u0061":"spelt","a":""}"#, 2),
            (&["m[].c"], r#"{"m":[{"c":"x","d":[[]]},null,{"d":1},{"c":null},{"c":"y"}]}"#, 2),
            (&["l[][]", "l[]"], r#"{"l":[]}"#, 0),
            (&["a.b[].c", "a.d"], r#"{"a":{"b":[{"c":"x"}, {"c":"y"}],"d":"z"}}"#, 3),
            (&["a"], r#"{"deep":[[[[{"a":"]"}]]]], "a":"x"}"#, 1),
        ];
        for (paths, line, texts) in cases {
            let [read, placed] = both_ways(paths, line);
            assert_eq!((&placed, placed.len()), (&read, texts), "{line}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let line = format!(r#"{{"x":{}1{},"a":"t"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let mut found = Vec::new();
        JsonColumns::new(vec!["a".parse().unwrap()])
            .places(line.as_bytes(), &mut |_, range| found.push(line[range].to_owned()));
        assert_eq!(found, ["t"]);
    }

    #[test]
    fn ranges_of_the_text_are_ranges_of_what_is_written() {
        let string = br"a\n\u00e9\ud83d\ude00z";
        assert_eq!("a\né😀z".len(), 9);
        let ranges = written_ranges(string, &[0..1, 1..4, 8..9]).unwrap();
        let written: Vec<_> = ranges.into_iter().map(|range| std::str::from_utf8(&string[range]).unwrap()).collect();
        assert_eq!(written, ["a", r"\n\u00e9", "z"]);
        for bad in [2..3, 0..6, 0..10, 12..13] {
            assert_eq!(written_ranges(string, from_ref(&bad)), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_range_of_characters_is_found_however_they_are_written(text in r#"[a"\\\n é漢😀]{0,12}"#, escaped in any::<u16>(), cut in any::<(u8, u8)>()) {
            let escape = |(nth, c): (usize, char)| {
                if escaped >> nth & 1 == 1 {
                    return c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
                }
                let quoted = serde_json::to_string(&c).unwrap();
                quoted[1..quoted.len() - 1].to_owned()
            };
            let pieces: Vec<String> = text.chars().enumerate().map(escape).collect();
            let count = pieces.len() + 1;
            let (a, b) = (cut.0 as usize % count, cut.1 as usize % count);
            let (a, b) = (a.min(b), a.max(b));
            let in_text = |nth: usize| text.chars().take(nth).map(char::len_utf8).sum::<usize>();
            let string = pieces.concat();
            let found = written_ranges(string.as_bytes(), from_ref(&(in_text(a)..in_text(b)))).unwrap();
            prop_assert_eq!(&string[found[0].clone()], pieces[a..b].concat());
        }

        #[test]
        fn no_line_makes_the_walk_panic_or_run_on(line in r#"[{}\[\]":,mc1n\\ ]{0,16}"#) {
            JsonColumns::new(["m[].c", "m", "m[]"].iter().map(|path| path.parse().unwrap()).collect()).places(line.as_bytes(), &mut |_, _| {});
        }
    }
}
