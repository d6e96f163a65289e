//! From bytes to records: JSON Lines, a JSON list, a JSON document, or lines of text; and from the first of them to the reader.

use super::found::Found;
use super::readers::{Head, Reader, Session};
use super::rows;
use super::written::Written;
use crate::error::{Error, Result};
use serde::de::{DeserializeSeed, Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Value};
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, Chain, Read};
use std::path::Path;
use std::rc::Rc;

/// The longest record: it is held in memory as a whole, some ten times over while it is read.
pub const MAX_RECORD: usize = 128 << 20;
/// Records, and bytes of them, that are looked at to recognise a format.
const HEAD_RECORDS: usize = 40;
const HEAD_BYTES: usize = 1 << 20;

/// A file to read.
pub(super) struct Input<'a> {
    /// Its name in messages.
    pub(super) name: &'a str,
    pub(super) bytes: &'a mut dyn BufRead,
}

/// Reads a file with the reader that recognises it; returns this reader's name, or `None` if none did.
///
/// # Errors
/// The system's, a record over [`MAX_RECORD`], JSON that breaks off, and whatever takes the texts.
pub(super) fn feed(
    input: &mut Input<'_>,
    readers: &[Box<dyn Reader>],
    found: &mut Found<'_>,
) -> Result<Option<&'static str>> {
    Feed::new(input.name, readers, found).run(input)
}

/// The same of the rows of a Parquet file.
///
/// # Errors
/// As those of [`feed`].
pub(super) fn feed_rows(
    path: &Path,
    name: &str,
    readers: &[Box<dyn Reader>],
    found: &mut Found<'_>,
) -> Result<Option<&'static str>> {
    Feed::new(name, readers, found).rows(path)
}

/// The same as [`recognise`] of a Parquet file.
///
/// # Errors
/// As those of [`feed`].
pub(super) fn recognise_rows(path: &Path, readers: &[Box<dyn Reader>]) -> Result<Option<&'static str>> {
    let mut nothing = |_: Written<'_>| Ok(());
    let mut found = Found::new(&mut nothing);
    let mut feed = Feed::new("", readers, &mut found);
    feed.only_choose = true;
    feed.rows(path)
}

/// The reader that recognises a file, from its beginning.
///
/// # Errors
/// As those of [`feed`].
pub(super) fn recognise(input: &mut Input<'_>, readers: &[Box<dyn Reader>]) -> Result<Option<&'static str>> {
    let mut nothing = |_: Written<'_>| Ok(());
    let mut found = Found::new(&mut nothing);
    let mut feed = Feed::new(input.name, readers, &mut found);
    feed.only_choose = true;
    feed.run(input)
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

/// A record before it is known who reads it.
enum Record {
    Json(Value),
    Text(String),
    /// A line that is no JSON.
    Bad,
}

struct Feed<'f, 'a> {
    name: &'f str,
    readers: &'f [Box<dyn Reader>],
    found: &'f mut Found<'a>,
    waiting: Vec<Record>,
    waiting_bytes: usize,
    chosen: Option<(&'static str, Box<dyn Session>)>,
    /// Nothing more is to be read.
    given_up: bool,
    only_choose: bool,
}

impl<'f, 'a> Feed<'f, 'a> {
    fn new(name: &'f str, readers: &'f [Box<dyn Reader>], found: &'f mut Found<'a>) -> Self {
        let (waiting, waiting_bytes, chosen, given_up, only_choose) = (Vec::new(), 0, None, false, false);
        Self { name, readers, found, waiting, waiting_bytes, chosen, given_up, only_choose }
    }

    fn run(mut self, input: &mut Input<'_>) -> Result<Option<&'static str>> {
        let mut lines = Lines { input };
        let Some(mut first) = lines.next()? else { return Ok(None) };
        if let Some(rest) = first.bytes.strip_prefix(b"\xEF\xBB\xBF") {
            first.bytes = rest.to_vec();
        }
        let is_text = self.readers.iter().all(|reader| reader.reads_lines());
        match first.bytes.trim_ascii_start().first().filter(|_| !is_text) {
            Some(b'{') => self.objects(first, &mut lines)?,
            Some(b'[') => self.document([first.bytes, Vec::new()].join(&b'\n'), lines.input)?,
            _ => {
                self.text_line(&first)?;
                while let (false, Some(line)) = (self.given_up, lines.next()?) {
                    self.text_line(&line)?;
                }
            }
        }
        self.finish()
    }

    fn rows(mut self, path: &Path) -> Result<Option<&'static str>> {
        rows::read(path, &mut |row| self.push(Record::Json(row), 0).map(|()| self.given_up))?;
        self.finish()
    }

    /// An object a line, or one document in lines.
    fn objects(&mut self, first: Line, lines: &mut Lines<'_, '_>) -> Result<()> {
        if !is_json(&first.bytes) {
            let second = lines.next()?;
            let damaged =
                second.as_ref().is_some_and(|line| is_json(&line.bytes)) || (second.is_none() && !first.is_whole);
            if !damaged {
                let begun = [first.bytes, second.map(|line| line.bytes).unwrap_or_default()].join(&b'\n');
                return self.document(begun, lines.input);
            }
            self.json_line(&first)?;
            second.iter().try_for_each(|line| self.json_line(line))?;
        } else {
            self.json_line(&first)?;
        }
        while let (false, Some(line)) = (self.given_up, lines.next()?) {
            self.json_line(&line)?;
        }
        Ok(())
    }

    fn json_line(&mut self, line: &Line) -> Result<()> {
        if line.bytes.trim_ascii().is_empty() {
            return Ok(());
        }
        match serde_json::from_slice(&line.bytes) {
            Ok(value) => self.push(Record::Json(value), line.bytes.len()),
            Err(_) if !line.is_whole => {
                self.found.tally.cut_off = true;
                Ok(())
            }
            Err(_) => self.push(Record::Bad, line.bytes.len()),
        }
    }

    fn text_line(&mut self, line: &Line) -> Result<()> {
        self.push(Record::Text(String::from_utf8_lossy(&line.bytes).into_owned()), line.bytes.len())
    }

    fn push(&mut self, record: Record, bytes: usize) -> Result<()> {
        if self.chosen.is_some() {
            return self.read(&record);
        }
        self.waiting.push(record);
        self.waiting_bytes += bytes;
        if self.waiting.len() >= HEAD_RECORDS || self.waiting_bytes >= HEAD_BYTES { self.choose() } else { Ok(()) }
    }

    /// Finds the reader and gives it what waits.
    fn choose(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let texts: Vec<&str> = waiting
            .iter()
            .filter_map(|r| if let Record::Text(text) = r { Some(text.as_str()) } else { None })
            .collect();
        let values: Vec<&Value> =
            waiting.iter().filter_map(|r| if let Record::Json(value) = r { Some(value) } else { None }).collect();
        let head = if texts.is_empty() { Head::Json(&values) } else { Head::Text(&texts) };
        let Some(reader) = self.readers.iter().find(|reader| reader.recognises(&head)) else {
            self.given_up = true;
            return Ok(());
        };
        self.chosen = Some((reader.name(), reader.session(self.name)));
        if self.only_choose {
            self.given_up = true;
            return Ok(());
        }
        waiting.iter().try_for_each(|record| self.read(record))
    }

    fn read(&mut self, record: &Record) -> Result<()> {
        let Some((_, session)) = &mut self.chosen else { return Ok(()) };
        match record {
            Record::Json(value) => session.json(value, self.found),
            Record::Text(line) => session.line(line, self.found),
            Record::Bad => self.found.unknown("not JSON"),
        }
        self.found.end_record()
    }

    /// Reads JSON that is more than a line: the elements of a list one by one, or documents.
    fn document(&mut self, begun: Vec<u8>, input: &mut Input<'_>) -> Result<()> {
        let name = input.name;
        let read = Rc::new(Cell::new(0));
        let bytes = Counting { inner: begun.as_slice().chain(&mut *input.bytes), read: Rc::clone(&read) };
        let mut json = Deserializer::from_reader(bytes);
        let mut failed = None;
        let parsed = json.deserialize_any(Elements { feed: self, read: &read, failed: &mut failed });
        let parsed = parsed.and_then(|()| json.end());
        match (failed, parsed) {
            (Some(error), _) => Err(error),
            (None, Err(error)) if !self.given_up => {
                let help = "the file is damaged, truncated or still being written";
                Err(Error::content(name, "a whole JSON document", error.to_string()).help(help))
            }
            _ => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Option<&'static str>> {
        if self.chosen.is_none() && !self.given_up && !self.waiting.is_empty() {
            self.choose()?;
        }
        let Some((name, mut session)) = self.chosen.take() else { return Ok(None) };
        if self.only_choose {
            return Ok(Some(name));
        }
        session.finish(self.found);
        self.found.end_file()?;
        Ok(Some(name))
    }
}

/// The elements of a list, each a record; or one document.
struct Elements<'e, 'f, 'a> {
    feed: &'e mut Feed<'f, 'a>,
    read: &'e Cell<usize>,
    failed: &'e mut Option<Error>,
}

impl<'de> Visitor<'de> for Elements<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        loop {
            self.read.set(0);
            let Some(element) = list.next_element_seed(Element)? else { return Ok(()) };
            let pushed = self.feed.push(Record::Json(element), self.read.get());
            if pushed.is_err() || self.feed.given_up {
                *self.failed = pushed.err();
                return Err(serde::de::Error::custom("stopped"));
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        let mut document = Map::new();
        while let Some((name, value)) = members.next_entry()? {
            document.insert(name, value);
        }
        *self.failed = self.feed.push(Record::Json(Value::Object(document)), self.read.get()).err();
        Ok(())
    }
}

struct Element;

impl<'de> DeserializeSeed<'de> for Element {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> std::result::Result<Value, D::Error> {
        serde::Deserialize::deserialize(from)
    }
}

/// Counts the bytes of a record, and ends one that is too long.
struct Counting<'b> {
    inner: Chain<&'b [u8], &'b mut dyn BufRead>,
    read: Rc<Cell<usize>>,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        let all = self.read.get().saturating_add(bytes);
        self.read.set(all);
        if all > MAX_RECORD {
            Err(io::Error::other(format!("a record of more than {MAX_RECORD} bytes")))
        } else {
            Ok(bytes)
        }
    }
}

struct Line {
    bytes: Vec<u8>,
    /// Whether its line feed was there.
    is_whole: bool,
}

struct Lines<'l, 'a> {
    input: &'l mut Input<'a>,
}

impl Lines<'_, '_> {
    /// The next line, without its end.
    fn next(&mut self) -> Result<Option<Line>> {
        let mut bytes = Vec::new();
        let limit = MAX_RECORD as u64 + 1;
        (&mut *self.input.bytes)
            .take(limit)
            .read_until(b'\n', &mut bytes)
            .map_err(|e| unreadable(self.input.name, e))?;
        let is_whole = bytes.pop_if(|last| *last == b'\n').is_some();
        if bytes.len() > MAX_RECORD {
            let error =
                Error::content(self.input.name, format!("records of at most {MAX_RECORD} bytes"), "a longer one");
            return Err(error.help("one record a line is read into memory: is this another format?"));
        }
        if bytes.is_empty() && !is_whole {
            return Ok(None);
        }
        let _ = bytes.pop_if(|last| *last == b'\r');
        Ok(Some(Line { bytes, is_whole }))
    }
}

/// A failed read: the system's, or of data that cannot be decompressed.
fn unreadable(name: &str, error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(_) => Error::io("read", name)(error),
        None => Error::content(name, "complete data", error)
            .help("the file is damaged or truncated: fetch or write it again"),
    }
}
