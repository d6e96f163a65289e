//! The output, which remembers its first failure: the parquet crate flushes in a destructor, where an error is lost.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Copying is fastest with few, large writes, from memory that stays in the cache.
pub(super) const BUFFER: usize = 256 << 10;

/// A handle of an output.
pub(super) struct Steady<W: Write>(Arc<Mutex<Inner<W>>>);

struct Inner<W: Write> {
    out: Option<BufWriter<W>>,
    failure: Option<io::Error>,
}

impl<W: Write> Clone for Steady<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: Write> Steady<W> {
    pub(super) fn new(out: W) -> Self {
        let out = Some(BufWriter::with_capacity(BUFFER, out));
        Self(Arc::new(Mutex::new(Inner { out, failure: None })))
    }

    /// Ends the output: an error if anything at all could not be written.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut inner = self.lock();
        let flushed = inner.out.as_mut().map_or(Ok(()), Write::flush);
        inner.failure.take().map_or(flushed, Err)
    }

    /// The failure, when writing was what failed. The output is then given up.
    pub(super) fn failure(&self) -> Option<io::Error> {
        let mut inner = self.lock();
        let failure = inner.failure.take()?;
        // A buffer's destructor would flush it.
        inner.out.take().map(BufWriter::into_parts);
        Some(failure)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Write for Steady<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.lock();
        let Some(out) = &mut inner.out else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let result = out.write(bytes);
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
            && inner.failure.is_none()
        {
            // Interrupted is not a failure: the caller repeats the call.
            let copy = error
                .raw_os_error()
                .map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error);
            inner.failure = Some(copy);
        }
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        // Each chunk asks for a flush; only the last one matters.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a number of bytes, then is full.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_failure_inside_a_destructor_is_not_lost() {
        for room in [0, 10, BUFFER + 1] {
            let out = Steady::new(Disk(room));
            let mut lossy = BufWriter::new(out.clone());
            lossy.write_all(&vec![0; BUFFER + 2]).ok();
            drop(lossy);
            assert_eq!(out.finish().unwrap_err().kind(), io::ErrorKind::StorageFull, "room for {room}");
        }
    }

    #[test]
    fn what_was_written_is_there_at_the_end() {
        let mut bytes = Vec::new();
        let out = Steady::new(&mut bytes);
        out.clone().write_all(&[7; BUFFER + 9]).unwrap();
        out.finish().unwrap();
        drop(out);
        assert_eq!(bytes, [7; BUFFER + 9]);
    }
}
