//! Units of work on all threads, their results in the order of the units.
//!
//! 1. A worker takes the next unit under a lock, which also draws units from their lazy source.
//! 2. It works on the unit, alone.
//! 3. It puts the result in its place and hands over, in order, all results whose turn has come.
//!
//! No worker runs further ahead of the results that were handed over than [`WINDOW`] units a thread, so that memory stays
//! bounded whatever the number of units.

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Units a thread that may be taken before the oldest is handed over.
const WINDOW: usize = 16;

struct Shared<S, R, F> {
    source: S,
    taken: usize,
    handed: usize,
    waiting: BTreeMap<usize, R>,
    hand_over: F,
    failed: Option<Error>,
}

/// How many threads the machine runs at once.
pub(super) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs `work` over the units of `source` on `threads` threads, each with a state of its own from `start`, and calls
/// `hand_over` with the results in the order of the units. When `is_stopping` says so, no more units are taken; those in hand
/// are done.
///
/// # Errors
/// The first error of `start` or `hand_over`; the rest of the units is then left.
pub(super) fn in_order<U, R, W, S>(
    (threads, is_stopping): (usize, &(dyn Fn() -> bool + Sync)),
    source: S,
    start: impl Fn() -> Result<W> + Sync,
    work: impl Fn(&mut W, U) -> R + Sync,
    hand_over: impl FnMut(R) -> Result<()> + Send,
) -> Result<()>
where
    S: Iterator<Item = U> + Send,
    R: Send,
{
    let shared = Shared { source, taken: 0, handed: 0, waiting: BTreeMap::new(), hand_over, failed: None };
    let (shared, turn) = (Mutex::new(shared), Condvar::new());
    let run = || -> Result<()> {
        let mut worker = start()?;
        while !is_stopping()
            && let Some((number, unit)) = take(&shared, &turn, threads * WINDOW)
        {
            let result = work(&mut worker, unit);
            put(&shared, &turn, number, result);
        }
        Ok(())
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::request(format!("cannot start {threads} threads: {e}"), "ask for fewer"))?;
    pool.broadcast(|_| {
        let _end = EndOnPanic { shared: &shared, turn: &turn };
        if let Err(error) = run() {
            lock(&shared).failed.get_or_insert(error);
            turn.notify_all();
        }
    });
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    shared.failed.map_or(Ok(()), Err)
}

/// Ends the run when its thread panics: the others would wait for ever for a result that does not come.
struct EndOnPanic<'a, S, R, F> {
    shared: &'a Mutex<Shared<S, R, F>>,
    turn: &'a Condvar,
}

impl<S, R, F> Drop for EndOnPanic<'_, S, R, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(self.shared).failed.get_or_insert(Error::request("a thread has panicked", ""));
            self.turn.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take<U, R, F>(
    shared: &Mutex<Shared<impl Iterator<Item = U>, R, F>>,
    turn: &Condvar,
    window: usize,
) -> Option<(usize, U)> {
    let ahead = |s: &mut Shared<_, R, F>| s.failed.is_none() && s.taken - s.handed >= window;
    let mut shared = turn.wait_while(lock(shared), ahead).unwrap_or_else(PoisonError::into_inner);
    if shared.failed.is_some() {
        return None;
    }
    let unit = shared.source.next()?;
    shared.taken += 1;
    Some((shared.taken - 1, unit))
}

fn put<S, R, F: FnMut(R) -> Result<()>>(shared: &Mutex<Shared<S, R, F>>, turn: &Condvar, number: usize, result: R) {
    let mut shared = lock(shared);
    shared.waiting.insert(number, result);
    // Behind a result that could not be taken, the others would seem to follow on what was taken before it.
    while shared.failed.is_none() {
        let next = shared.handed;
        let Some(result) = shared.waiting.remove(&next) else { break };
        shared.handed += 1;
        if let Err(error) = (shared.hand_over)(result) {
            shared.failed.get_or_insert(error);
        }
    }
    turn.notify_all();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for threads in [1, 2, 7] {
            let mut got = Vec::new();
            let slow_first = |_: &mut (), unit: u64| {
                if unit.is_multiple_of(50) {
                    std::thread::sleep(Duration::from_millis(3));
                }
                unit * unit
            };
            in_order(
                (threads, &|| false),
                0..500_u64,
                || Ok(()),
                slow_first,
                |square| {
                    got.push(square);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(got, (0..500).map(|n| n * n).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn a_panic_ends_the_run_and_goes_on_to_the_caller() {
        for panicking in ["work", "hand over"] {
            let run = || {
                let work = |_: &mut (), unit: u64| assert!(unit != 3 || panicking != "work", "unit 3");
                let mut handed = 0;
                let hand_over = |()| {
                    handed += 1;
                    assert!(handed != 3 || panicking != "hand over", "third result");
                    Ok(())
                };
                in_order((3, &|| false), 0..1_000_000_u64, || Ok(()), work, hand_over)
            };
            assert!(crate::shard::guarded(run).is_err(), "{panicking}");
        }
    }

    #[test]
    fn an_error_ends_the_run() {
        let mut seen = 0;
        let refuse = |unit: u64| {
            seen += 1;
            if unit == 3 { Err(Error::request("full", "")) } else { Ok(()) }
        };
        let error = in_order((3, &|| false), 0..1_000_000_u64, || Ok(()), |_, unit| unit, refuse).unwrap_err();
        assert_eq!(error.to_string(), "full");
        assert_eq!(seen, 4, "units were handed over after the error at the fourth");
        assert!(
            in_order((2, &|| false), 0..5, || Err::<(), _>(Error::request("no", "")), |_, unit| unit, |_: i32| Ok(()))
                .is_err()
        );
    }
}
