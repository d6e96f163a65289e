//! How a scan gets on: a bar on a terminal, plain lines elsewhere.

use super::speak::warn;
use super::stop::Stop;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ringfence::report::size;
use ringfence::scan::Progress;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Time between two plain lines.
const INTERVAL: Duration = Duration::from_secs(30);
/// Problems that are printed; the rest is only counted.
const PROBLEMS: usize = 20;

/// Shows progress and problems on standard error.
pub(crate) struct Reporter {
    bar: ProgressBar,
    plain: bool,
    stop: Stop,
    is_told: AtomicBool,
    state: Mutex<State>,
}

struct State {
    started: Instant,
    next: Instant,
    problems: usize,
}

impl Reporter {
    pub(crate) fn new(stop: Stop) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let target = if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
        let bar = ProgressBar::with_draw_target(None, target);
        let template = "{bar:30} {bytes} of {total_bytes}  {binary_bytes_per_sec}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let now = Instant::now();
        let state = Mutex::new(State { started: now, next: now + INTERVAL, problems: 0 });
        Self { bar, plain, stop, is_told: AtomicBool::new(false), state }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
        let problems = self.state.lock().map_or(0, |state| state.problems);
        if problems > PROBLEMS {
            warn(&format!("... and {} more: see summary.json", problems - PROBLEMS));
        }
    }

    fn print_line(&self, state: &mut State) {
        let (now, done, total) = (Instant::now(), self.bar.position(), self.bar.length().unwrap_or(0));
        if now < state.next || done == 0 {
            return;
        }
        state.next = now + INTERVAL;
        let speed = done as f64 / (now - state.started).as_secs_f64();
        let left = total.saturating_sub(done) as f64 / speed;
        warn(&format!("{} of {}, {}/s, {left:.0} s left", size(done), size(total), size(speed as u64)));
    }
}

impl Progress for Reporter {
    fn begin(&self, file_bytes: u64, _shards: u64) {
        self.bar.set_length(file_bytes);
    }

    fn advance(&self, file_bytes: u64) {
        self.bar.inc(file_bytes);
        if let (true, Ok(mut state)) = (self.plain, self.state.lock()) {
            self.print_line(&mut state);
        }
    }

    fn resumed(&self, shards: u64) {
        self.bar.suspend(|| warn(&format!("continued: {shards} shards were finished by an earlier run")));
    }

    fn is_stopping(&self) -> bool {
        let stops = self.stop.is_set();
        if stops && !self.is_told.swap(true, Ordering::Relaxed) {
            let words = "stopping: what is in hand is finished first; a second signal ends the run at once";
            self.bar.suspend(|| warn(words));
        }
        stops
    }

    fn problem(&self, message: &str) {
        let Ok(mut state) = self.state.lock() else { return };
        state.problems += 1;
        if state.problems <= PROBLEMS {
            self.bar.suspend(|| warn(&format!("problem: {message}")));
        }
    }
}
