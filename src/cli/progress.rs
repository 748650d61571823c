//! The live display at the foot of a terminal: what is done, what is in flight.
//! Knows only events; the lines above it are somebody else's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Event;

use super::terminal::Terminal;

/// How often the display moves by itself.
const TICK: Duration = Duration::from_millis(120);

/// How many addresses are named before the rest is counted.
const NAMED: usize = 3;

/// A live display; gone when dropped.
pub struct Progress {
    terminal: Arc<Terminal>,
    bar: ProgressBar,
    flight: Mutex<Flight>,
}

#[derive(Default)]
struct Flight {
    done: usize,
    total: Option<usize>,
    running: BTreeMap<String, ()>,
}

impl Progress {
    /// Shows a display where a person watches; elsewhere there is none.
    pub fn show(terminal: &Arc<Terminal>, total: Option<usize>) -> Option<Self> {
        if !terminal.is_live() || total == Some(0) {
            return None;
        }
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let bar = multi.add(ProgressBar::new_spinner());
        let template =
            if terminal.out_color() { "{spinner:.cyan} {wide_msg:.dim}" } else { "{spinner} {wide_msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        terminal.set_live(Some(multi));
        let progress = Progress {
            terminal: terminal.clone(),
            bar,
            flight: Mutex::new(Flight { total, ..Flight::default() }),
        };
        progress.bar.set_message(progress.flight.lock().unwrap_or_else(PoisonError::into_inner).message());
        Some(progress)
    }

    /// Takes an event in.
    pub fn observe(&self, event: &Event) {
        let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::RefreshStarted { addr, .. } | Event::StepStarted { addr, .. } => {
                flight.running.insert(addr.to_string(), ());
            }
            Event::RefreshDone { addr, .. }
            | Event::StepDone { addr, .. }
            | Event::StepFailed { addr, .. } => {
                flight.running.remove(&addr.to_string());
                flight.done += 1;
            }
            Event::Import { .. }
            | Event::StepRunning { .. }
            | Event::ProvisionStarted { .. }
            | Event::ProvisionSaid { .. }
            | Event::ProvisionDone { .. }
            | Event::Notice(_)
            | Event::Stopping { .. } => return,
        }
        self.bar.set_message(flight.message());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.terminal.set_live(None);
    }
}

impl Flight {
    fn message(&self) -> String {
        let done = match self.total {
            Some(total) => format!("{} of {total} done", self.done),
            None => format!("{} done", self.done),
        };
        if self.running.is_empty() {
            return done;
        }
        let mut names: Vec<&str> = self.running.keys().take(NAMED).map(String::as_str).collect();
        let more = format!("{} more", self.running.len().saturating_sub(NAMED));
        if self.running.len() > NAMED {
            names.push(&more);
        }
        format!("{done}, in flight: {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_a_few_and_counts_the_rest() {
        let running = |n: usize| (0..n).map(|i| (format!("a.x[{i}]"), ())).collect();
        for (flight, expected) in [
            (Flight::default(), "0 done"),
            (Flight { done: 2, total: Some(5), running: running(1) }, "2 of 5 done, in flight: a.x[0]"),
            (
                Flight { done: 0, total: None, running: running(5) },
                "0 done, in flight: a.x[0], a.x[1], a.x[2], 2 more",
            ),
        ] {
            assert_eq!(flight.message(), expected);
        }
    }
}
