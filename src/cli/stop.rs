//! Ctrl-C and SIGTERM: once, the run finishes what is in hand; twice, it ends at once.

use ringfence::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a run that was stopped.
pub(crate) const STOPPED: u8 = 130;

/// Whether the run was asked to stop.
#[derive(Clone)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens to the signals from here on.
    pub(crate) fn on_signals() -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag unset, and sets it.
            register_conditional_shutdown(signal, i32::from(STOPPED), Arc::clone(&stop))
                .and_then(|_| register(signal, Arc::clone(&stop)))
                .map_err(|e| Error::request(format!("cannot listen to signals: {e}"), ""))?;
        }
        Ok(Self(stop))
    }

    /// Whether there was a signal.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
