//! What the commands say, on standard output and standard error.

use ringfence::report::{escape, escape_json};
use ringfence::{Error, Result};
use std::io::{ErrorKind, Write, stderr, stdout};

/// Prints a result. That its reader has gone away (`ringfence explain OUT | head`) is no fault of the command.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(gone) if gone.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Error::io("write", "standard output")),
    }
}

/// Prints a value as JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value);
    print(&(escape_json(&json.map_err(|e| Error::request(format!("cannot write JSON: {e}"), ""))?) + "\n"))
}

/// Says something on standard error; if nobody can hear it, so be it.
pub(super) fn warn(line: &str) {
    let _ = writeln!(stderr(), "{}", escape(line));
}

/// Reports the error that ended a command, and what can be done.
pub(super) fn error(error: &Error) {
    warn(&format!("error: {error}"));
    if let Some(advice) = error.advice() {
        warn(&format!("  help: {advice}"));
    }
}

/// Lets panics that become errors of a shard pass in silence; all others are reported, as they are bugs.
pub(super) fn silence_guarded_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !ringfence::shard::is_guarded() {
            report(panic);
        }
    }));
}
