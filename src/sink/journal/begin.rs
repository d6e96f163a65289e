//! Claiming a results folder for a run, new or continued.

use super::line::{Lines, decode, encode};
use super::{Entry, FinishedShard, JOURNAL_NAME, Plan};
use crate::error::{Error, Result};
use crate::sink::publish::sync_folder;
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The journal of a run, and what it held when it was opened.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    plan: Plan,
    index: Option<String>,
    shards: BTreeMap<String, FinishedShard>,
    last: String,
    fresh: bool,
}

const REFUSED: &str = "give the same command as before, or name another folder with --out, or remove this one first";

impl Journal {
    /// Claims `out` for a run: a new or empty folder, or that of a run that was asked for the same.
    ///
    /// The claim lasts as long as the journal, or a writer of it.
    ///
    /// # Errors
    /// A folder with other files or of another run, or one that a run is writing to.
    pub fn begin(out: &Path, plan: Plan) -> Result<Self> {
        let path = out.join(JOURNAL_NAME);
        if !path.exists() {
            check_empty(out)?;
            fs::create_dir_all(out).map_err(Error::io("create the folder", out))?;
        }
        let mut how = File::options();
        let mut file = how.read(true).append(true).create(true).open(&path).map_err(Error::io("open", &path))?;
        lock(&file, out)?;
        let lines = read_lines(&path, &mut file)?;
        // What was cut off goes, so that what is appended begins a line.
        if file.metadata().map_err(Error::io("open", &path))?.len() != lines.bytes as u64 {
            file.set_len(lines.bytes as u64).map_err(Error::io("write", &path))?;
        }
        if lines.entries.is_empty() {
            return Self { path, file, plan, index: None, shards: BTreeMap::new(), last: lines.last, fresh: true }
                .claimed();
        }
        let journal = Self::of(path, file, lines)?;
        let differences = journal.plan.differences(&plan);
        if differences.is_empty() {
            return Ok(journal);
        }
        let said = |value: &str| if value.is_empty() { "nothing".to_owned() } else { value.to_owned() };
        let each = differences.iter().map(|d| format!("{} {} (now {})", d.what, said(&d.here), said(&d.there)));
        let found = format!("a run with {}", each.collect::<Vec<_>>().join(", "));
        let expected = "a new folder for the results, or that of a run that was asked for the same";
        Err(Error::content(out, expected, found).help(REFUSED))
    }

    /// Reads the journal of a run, whoever holds it.
    ///
    /// # Errors
    /// A folder without one, or a journal that was altered.
    pub fn read(out: &Path) -> Result<Self> {
        let path = out.join(JOURNAL_NAME);
        let mut file = File::open(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Error::content(&path, "the journal of a scan", "no such file").help("name the --out folder of a scan")
            }
            _ => Error::io("open", &path)(error),
        })?;
        let lines = read_lines(&path, &mut file)?;
        Self::of(path, file, lines)
    }

    fn of(path: PathBuf, file: File, lines: Lines) -> Result<Self> {
        let mut entries = lines.entries.into_iter();
        let Some(Entry::Plan(plan)) = entries.next() else {
            return Err(Error::content(&path, "the journal of a scan", "no plan in its first line").help(REFUSED));
        };
        let (mut index, mut shards) = (None, BTreeMap::new());
        for entry in entries {
            match entry {
                Entry::Index(id) if index.is_none() => index = Some(id),
                Entry::Shard(shard) => drop(shards.insert(shard.name().to_owned(), *shard)),
                Entry::Plan(_) | Entry::Index(_) => {
                    return Err(Error::content(&path, "one plan and one index", "another one").help(REFUSED));
                }
            }
        }
        Ok(Self { path, file, plan, index, shards, last: lines.last, fresh: false })
    }

    /// Writes the plan into a new journal.
    fn claimed(mut self) -> Result<Self> {
        let plan = self.encode(&Entry::Plan(self.plan.clone()))?;
        self.write(&plan)?;
        sync_folder(&self.path)?;
        Ok(self)
    }

    /// Whether the run begins with it.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// What the run was asked for.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The id of the index, where it was open already.
    #[must_use]
    pub fn index(&self) -> Option<&str> {
        self.index.as_deref()
    }

    /// The shards that were finished, by their relative paths: of more lines of one, the last.
    #[must_use]
    pub fn shards(&self) -> &BTreeMap<String, FinishedShard> {
        &self.shards
    }

    /// Notes the index that the run uses, or checks that it is that which it began with.
    ///
    /// # Errors
    /// Another index, or what the system says.
    pub fn set_index(&mut self, id: &str) -> Result<()> {
        match &self.index {
            Some(known) if known == id => Ok(()),
            Some(known) => {
                let problem = format!("{}: the run began with the index {known}, not {id}", self.path.display());
                Err(Error::request(problem, "give the index that it began with, or name another folder with --out"))
            }
            None => {
                self.index = Some(id.to_owned());
                let line = self.encode(&Entry::Index(id.to_owned()))?;
                self.write(&line)
            }
        }
    }

    /// The line that says that a shard is finished. Lines are to be written in the order in which they were made.
    ///
    /// # Errors
    /// An entry that cannot be written as JSON.
    pub fn line(&mut self, shard: FinishedShard) -> Result<String> {
        self.encode(&Entry::Shard(Box::new(shard)))
    }

    /// Appends lines; when it returns, they are on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, lines: &str) -> Result<()> {
        write_synced(&self.path, &self.file, lines)
    }

    /// The file, for a writer of lines.
    ///
    /// # Errors
    /// What the system says.
    pub fn pages(&self) -> Result<Pages> {
        let file = self.file.try_clone().map_err(Error::io("write", &self.path))?;
        Ok(Pages { path: self.path.clone(), file })
    }

    /// Takes a claim back from which nothing came: the folder is as it was, or gone.
    pub fn withdraw(self, out: &Path) {
        // Whatever stays there is refused, or continued, by the next run.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_dir(out);
    }

    /// Takes all finished shards out of the journal: what was found in them does not count. The next run begins anew.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget(&self) -> Result<()> {
        let failed = || Error::io("write", &self.path);
        let bytes = fs::read(&self.path).map_err(Error::io("read", &self.path))?;
        let head: usize = bytes.split_inclusive(|byte| *byte == b'\n').take(2).map(<[u8]>::len).sum();
        self.file.set_len(head as u64).and_then(|()| self.file.sync_all()).map_err(failed())
    }

    fn encode(&mut self, entry: &Entry) -> Result<String> {
        encode(&self.path, entry, &mut self.last)
    }
}

/// The file of a journal, and its claim.
#[derive(Debug)]
pub struct Pages {
    path: PathBuf,
    file: File,
}

impl Pages {
    /// Appends lines; when it returns, they are on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, lines: &str) -> Result<()> {
        write_synced(&self.path, &self.file, lines)
    }
}

fn write_synced(path: &Path, mut file: &File, lines: &str) -> Result<()> {
    file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()).map_err(Error::io("write", path))
}

fn read_lines(path: &Path, file: &mut File) -> Result<Lines> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(Error::io("read", path))?;
    decode(path, &bytes)
}

fn check_empty(out: &Path) -> Result<()> {
    let help = "name another folder with --out, or remove this one first: results are never overwritten";
    let mut entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("use as the results folder", out)(e)),
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Error::content(out, "an empty or new folder for the results", "one with files").help(help)),
    }
}

fn lock(file: &File, out: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let help = "wait until it has ended, or name another folder with --out";
            Err(Error::content(out, "a folder for the results that is not in use", "a run that writes to it")
                .help(help))
        }
        // No locks on this file system: two runs in one folder then refuse each other's files.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", out)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::journal::JOURNAL_VERSION;

    fn plan(threshold: &str) -> Plan {
        let parameters = [("--threshold".to_owned(), threshold.to_owned())].into();
        Plan { journal_version: JOURNAL_VERSION, version: "1".into(), parameters, of: 1, ..Plan::default() }
    }

    fn shard(name: &str, records: u64) -> FinishedShard {
        let mut shard = FinishedShard::default();
        shard.counts.shard = name.to_owned();
        shard.counts.records = records;
        shard
    }

    #[test]
    fn a_run_continues_what_is_there_and_the_last_line_of_a_shard_counts() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a/out");
        let mut journal = Journal::begin(&out, plan("0.5")).unwrap();
        assert!(journal.is_fresh());
        journal.set_index("id").unwrap();
        for finished in [shard("x", 1), shard("y", 2), shard("x", 3)] {
            let line = journal.line(finished).unwrap();
            journal.pages().unwrap().write(&line).unwrap();
        }
        assert!(Journal::begin(&out, plan("0.5")).unwrap_err().to_string().contains("a run that writes to it"));
        drop(journal);
        let mut file = File::options().append(true).open(out.join(JOURNAL_NAME)).unwrap();
        file.write_all(b"{\"entry\": {\"shard").unwrap();
        let mut journal = Journal::begin(&out, plan("0.5")).unwrap();
        assert!(!journal.is_fresh());
        assert_eq!(journal.index(), Some("id"));
        let records: Vec<(&str, u64)> = journal.shards().values().map(|s| (s.name(), s.counts.records)).collect();
        assert_eq!(records, [("x", 3), ("y", 2)]);
        journal.set_index("id").unwrap();
        assert!(journal.set_index("other").unwrap_err().to_string().contains("the index id, not other"));
        let line = journal.line(shard("z", 4)).unwrap();
        journal.write(&line).unwrap();
        assert_eq!(Journal::read(&out).unwrap().shards().len(), 3);
        journal.forget().unwrap();
        drop(journal);
        let journal = Journal::begin(&out, plan("0.5")).unwrap();
        assert!(!journal.is_fresh() && journal.shards().is_empty() && journal.index() == Some("id"));
    }

    #[test]
    fn other_plans_and_other_folders_are_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        drop(Journal::begin(&out, plan("0.5")).unwrap());
        let said = |plan| Journal::begin(&out, plan).unwrap_err().to_string();
        assert!(said(plan("0.6")).contains("--threshold 0.5 (now 0.6)"), "{}", said(plan("0.6")));
        assert!(said(Plan { version: "2".into(), ..plan("0.5") }).contains("version 1 (now 2)"));
        assert!(said(Plan { part: 1, of: 3, ..plan("0.5") }).contains("--shard-range 0/1 (now 1/3)"));
        assert!(
            said(Plan { shards: 7, shards_digest: "x".into(), ..plan("0.5") }).contains("number of shards 0 (now 7)")
        );
        assert!(said(Plan { shards_digest: "x".into(), ..plan("0.5") }).contains("shards' names"));
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("mine"), "").unwrap();
        assert!(Journal::begin(&other, plan("0.5")).unwrap_err().to_string().contains("one with files"));
        assert!(!other.join(JOURNAL_NAME).exists());
        assert!(Journal::read(&other).unwrap_err().to_string().contains("no such file"));
    }

    #[test]
    fn a_claim_can_be_withdrawn_and_an_empty_journal_is_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        Journal::begin(&out, plan("0.5")).unwrap().withdraw(&out);
        assert!(!out.exists());
        fs::create_dir(&out).unwrap();
        fs::write(out.join(JOURNAL_NAME), "{\"ent").unwrap();
        assert!(Journal::begin(&out, plan("0.5")).unwrap().is_fresh());
    }
}
