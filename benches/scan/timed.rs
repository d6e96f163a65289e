//! Seconds by the clock, and of the processors.

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::time::Instant;

/// What some work took.
#[derive(Clone, Copy)]
pub(crate) struct Time {
    seconds: f64,
    /// Of all threads of this process together.
    cpu_seconds: f64,
}

impl Time {
    pub(crate) fn seconds(self) -> f64 {
        self.seconds
    }

    pub(crate) fn json(self) -> Value {
        json!({"seconds": self.seconds, "cpu": self.cpu_seconds})
    }
}

pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Time) {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    (result, Time { seconds: start.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds() - cpu })
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
