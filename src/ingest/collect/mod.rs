//! References from where models' texts are: assistants' logs, logs of interfaces, chat data.
//!
//! 1. [`find_sources`] turns paths into files; without a path, [`places`] says where this machine's assistants keep theirs.
//! 2. An archive is unpacked as a stream, member by member, within stated limits ([`MAX_UNPACKED`], [`MAX_MEMBERS`]).
//! 3. The first records of a file say which reader knows it; records are then read one by one, so that a log may be of any size.
//! 4. A reader hands out only what the model wrote: its answers, the files it wrote, what an edit or a patch put in beyond the
//!    text that was there, its commands and its reasoning. What it does not know it counts, by type.
//! 5. What the model quotes of what it was shown in the session is cut.
//! 6. Secrets are replaced, texts that the same model wrote before are left out, and each row gets its id.
//!
//! A file of which more than [`MAX_NOT_UNDERSTOOD`] percent of the records were not understood has failed, and is listed so: formats change by the month, and a
//! silent loss would be taken for a clean corpus.

mod anthropic;
mod archive;
mod calls;
mod collected;
mod edit;
mod feed;
mod found;
mod json;
mod openai;
mod patch;
mod places;
mod readers;
mod report;
mod response;
mod rows;
mod search_replace;
mod secret_rules;
mod secrets;
mod shown;
mod sources;
mod times;
mod vendors;
mod write;
mod written;

pub use archive::{MAX_LAYERS, MAX_MEMBERS, MAX_UNPACKED};
pub use collected::{COLUMNS, Collected};
pub use feed::MAX_RECORD;
pub use found::Tally;
pub use places::{Place, places};
pub use readers::Mapping;
pub use report::{Coverage, Failure, FileReport, Group, MAX_NOT_UNDERSTOOD, Report, Volume};
pub use sources::{SourceFile, Sources, find_sources};
pub use write::CollectedWriter;
pub use written::{Kind, Origin, Written};

use crate::error::{Error, Result};
use archive::Member;
use feed::{Input, feed};
use found::Found;
use readers::Reader;
use report::{Counting, widen};
use secrets::Secrets;
use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;

/// Reads files of any known format.
pub struct Collector {
    readers: Vec<Box<dyn Reader>>,
    licence: String,
    secrets: Secrets,
    seen: HashSet<[u8; 16]>,
    counting: Counting,
}

type Readers = [Box<dyn Reader>];
/// Reads one file or member.
type Read<'r> = dyn FnMut(&Readers, &mut Found<'_>) -> Result<Option<&'static str>> + 'r;

/// A file, or a member of an archive.
struct Piece<'p, 'r> {
    source: &'p SourceFile,
    /// Empty for the file itself.
    member: &'p str,
    read: &'p mut Read<'r>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    /// An assistant's or an interface's log, which nothing else looks like.
    Log,
    /// Chat data.
    Data,
}

type Take<'t> = dyn FnMut(&Collected) -> Result<()> + 't;

impl Collector {
    /// A collector for all formats, or for one of [`Collector::formats`]; `licence` is that of all texts.
    ///
    /// # Errors
    /// A format that does not exist.
    pub fn new(format: Option<&str>, licence: &str) -> Result<Self> {
        let mut readers = readers::all();
        if let Some(name) = format {
            let help = format!("it is one of {}", Self::formats().join(", "));
            let at = readers.iter().position(|reader| reader.name() == name);
            let at = at.ok_or_else(|| Error::request(format!("--format {}: not known", name.escape_debug()), help))?;
            readers = vec![Box::new(readers::Forced(readers.swap_remove(at)))];
        }
        let (seen, counting) = (HashSet::new(), Counting::default());
        Ok(Self { readers, licence: licence.to_owned(), secrets: Secrets::new()?, seen, counting })
    }

    /// A collector for the logs of a gateway of which a mapping says where everything stands.
    ///
    /// # Errors
    /// None that the caller could mend.
    pub fn mapped(mapping: Mapping, licence: &str) -> Result<Self> {
        let mut collector = Self::new(None, licence)?;
        collector.readers = vec![Box::new(readers::Mapped(mapping))];
        Ok(collector)
    }

    /// The names of all formats.
    #[must_use]
    pub fn formats() -> Vec<&'static str> {
        readers::all().iter().map(|reader| reader.name()).collect()
    }

    /// Whether folders are trees of source code, of which a `.gitignore` names what does not belong.
    #[must_use]
    pub fn reads_trees(&self) -> bool {
        self.readers.iter().any(|reader| reader.reads_trees()) && self.readers.len() == 1
    }

    /// What a file is, from its beginning; of an archive, what its first known member is.
    ///
    /// # Errors
    /// A file that cannot be opened, unpacked or read so far.
    pub fn recognise(&self, source: &SourceFile) -> Result<Option<Recognised>> {
        let file = File::open(&source.path).map_err(Error::io("open", &source.path))?;
        let is_log = |name: &str| self.readers.iter().any(|reader| reader.name() == name && reader.is_log());
        let recognised = |name: &str| if is_log(name) { Recognised::Log } else { Recognised::Data };
        if rows::is_parquet(&source.path)? {
            return Ok(feed::recognise_rows(&source.path, &self.readers)?.map(recognised));
        }
        let mut known = None;
        let walked = archive::members(&source.name, &mut BufReader::new(file), &mut |member| {
            known = feed::recognise(&mut Input { name: &source.name, bytes: member.bytes }, &self.readers)?;
            // The rest of the archive is of no interest.
            if known.is_some() { Err(Error::request("known", "")) } else { Ok(()) }
        });
        known.map_or_else(|| walked.map(|()| None), |name| Ok(Some(recognised(name))))
    }

    /// Reads a file and hands out each new text; a file that cannot be read is a failure in the report, and no error.
    ///
    /// # Errors
    /// What `take` returns.
    pub fn read(&mut self, source: &SourceFile, take: &mut Take<'_>) -> Result<()> {
        let mut stopped = None;
        let opened = File::open(&source.path).map_err(Error::io("open", &source.path));
        let read = opened.and_then(|file| {
            if rows::is_parquet(&source.path)? {
                let mut read = |readers: &Readers, found: &mut Found<'_>| {
                    feed::feed_rows(&source.path, &source.name, readers, found)
                };
                return self.member(Piece { source, member: "", read: &mut read }, take, &mut stopped);
            }
            let mut bytes = BufReader::with_capacity(256 << 10, file);
            archive::members(&source.name, &mut bytes, &mut |Member { name, bytes }| {
                let shown = if name.is_empty() { source.name.clone() } else { format!("{}/{name}", source.name) };
                let mut read =
                    |readers: &Readers, found: &mut Found<'_>| feed(&mut Input { name: &shown, bytes }, readers, found);
                self.member(Piece { source, member: name, read: &mut read }, take, &mut stopped)
            })
        });
        match (stopped, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => {
                self.fail(&source.name, &error);
                Ok(())
            }
            (None, Ok(())) => Ok(()),
        }
    }

    /// What was found in all files.
    #[must_use]
    pub fn finish(self) -> Report {
        let mut report = self.counting.finish();
        report.secrets = self.secrets.replaced;
        report
    }

    fn member(&mut self, piece: Piece<'_, '_>, take: &mut Take<'_>, stopped: &mut Option<Error>) -> Result<()> {
        let Piece { source, member, read } = piece;
        let name = if member.is_empty() { source.name.clone() } else { format!("{}/{member}", source.name) };
        let mut file = FileReport { source: name.clone(), ..FileReport::default() };
        let Self { readers, licence, secrets, seen, counting } = self;
        let mut row = |written: Written<'_>| {
            *file.models.entry(written.origin.model.clone()).or_default() += 1;
            let kind = file.kinds.entry(written.kind.name().to_owned()).or_default();
            *kind = Volume { texts: kind.texts + 1, bytes: kind.bytes + written.whole_bytes as u64 };
            widen(&mut file.first, &mut file.last, &written.origin.timestamp);
            file.quoted_bytes += written.whole_bytes.saturating_sub(written.text.len()) as u64;
            if written.text.trim().is_empty() {
                return Ok(());
            }
            let mut row = Collected { source: name.clone(), licence: licence.clone(), ..Collected::of(written) };
            for value in [&mut row.text, &mut row.path, &mut row.session] {
                if let std::borrow::Cow::Owned(without) = secrets.replace(value) {
                    *value = without;
                }
            }
            if !seen.insert(row.identity()) {
                file.repeated += 1;
                return Ok(());
            }
            row.id = row.digest().to_hex().chars().take(16).collect();
            file.texts += 1;
            counting.text(&row);
            take(&row).map_err(|error| {
                *stopped = Some(error);
                Error::request("stopped", "")
            })
        };
        let mut found = Found::new(&mut row);
        let format = read(readers, &mut found);
        file.tally = std::mem::take(&mut found.tally);
        for names in [&mut file.tally.unknown, &mut file.tally.calls_without_text] {
            // Names of types and tools are foreign text too.
            let clean = |(name, count): (String, u64)| (secrets.replace(&name).into_owned(), count);
            *names = std::mem::take(names).into_iter().map(clean).collect();
        }
        match format {
            _ if stopped.is_some() => return Err(Error::request("stopped", "")),
            Ok(Some(format)) => {
                format.clone_into(&mut file.format);
                counting.file(file);
            }
            Ok(None) if source.is_named && member.is_empty() => {
                let expected = "one of the known formats";
                let error = Error::content(&name, expected, "none of them");
                self.fail(&name, &error.help("say which with --format, if it is one"));
            }
            Ok(None) => counting.report.ignored.push(name),
            Err(error) => {
                counting.file(file);
                self.fail(&name, &error);
            }
        }
        Ok(())
    }

    fn fail(&mut self, source: &str, error: &Error) {
        let (problem, help) = (error.to_string(), error.advice().unwrap_or_default().to_owned());
        self.counting.report.failed.push(Failure { source: source.to_owned(), problem, help });
    }
}
