//! The journal's lines to the disk, on a thread of their own: a scan does not wait for the disk between two shards.

use crate::error::{Error, Result};
use crate::sink::journal::Pages;
use std::fs::File;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// Takes lines and brings them to the disk in the order in which they came, as many at a time as have come meanwhile.
pub(super) struct Syncer {
    lines: Sender<Line>,
    /// None once it has ended, with an error that was handed on.
    thread: Option<JoinHandle<Result<()>>>,
}

struct Line {
    text: String,
    /// Whether it speaks of bytes in the file of what was found.
    has_found: bool,
}

impl Syncer {
    /// `found` is synced before a line that speaks of what is in it.
    pub(super) fn start(pages: Pages, found: File) -> Self {
        let (lines, received) = channel();
        Self { lines, thread: Some(std::thread::spawn(move || sync_all(&received, pages, &found))) }
    }

    /// Hands a line over; what it speaks of is written, if not synced.
    ///
    /// # Errors
    /// What the system said to an earlier one.
    pub(super) fn send(&mut self, text: String, has_found: bool) -> Result<()> {
        match self.lines.send(Line { text, has_found }) {
            Ok(()) => Ok(()),
            // The thread only ends early with an error.
            Err(_) => self.thread.take().map_or(Ok(()), join),
        }
    }

    /// Waits until all lines are on the disk.
    ///
    /// # Errors
    /// What the system said to any of them.
    pub(super) fn finish(self) -> Result<()> {
        drop(self.lines);
        self.thread.map_or(Ok(()), join)
    }
}

fn join(thread: JoinHandle<Result<()>>) -> Result<()> {
    thread.join().unwrap_or_else(|_| Err(Error::request("the thread of the journal has panicked", "")))
}

fn sync_all(lines: &Receiver<Line>, mut pages: Pages, found: &File) -> Result<()> {
    while let Ok(first) = lines.recv() {
        let (mut text, mut has_found) = (first.text, first.has_found);
        for line in lines.try_iter() {
            text += &line.text;
            has_found |= line.has_found;
        }
        if has_found {
            found.sync_data().map_err(Error::io("sync", crate::sink::found::FOUND_NAME))?;
        }
        pages.write(&text)?;
    }
    Ok(())
}
