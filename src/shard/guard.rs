//! A fault in a decoder must cost its shard, not the run.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDS: Cell<u32> = const { Cell::new(0) };
}

/// Runs work on foreign bytes; if it panics, the panic's words come back. Whatever the work was changing must not be used
/// after that.
///
/// # Errors
/// The words of a panic.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    GUARDS.set(GUARDS.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDS.set(GUARDS.get() - 1);
    done.map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        words.unwrap_or("no reason given").to_owned()
    })
}

/// Whether this thread is inside [`guarded`]: a panic is then an error like any other, which a panic hook need not report.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDS.get() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_as_words_and_guards_end() {
        assert_eq!(guarded(|| guarded(is_guarded)), Ok(Ok(true)));
        assert_eq!(guarded(|| panic!("page {}", 3)), Err::<(), _>("page 3".to_owned()));
        assert!(!is_guarded());
    }
}
