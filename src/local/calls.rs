//! The log of calls, so that a test can count requests and see how many ran at once.
//! Records only; knows nothing of what a call does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// One call that was answered, or whose connection was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The operation, or the method and path when no operation answers them.
    pub operation: String,
    /// The function or layer, by bare name.
    pub function: Option<String>,
    /// The region.
    pub region: String,
    /// Milliseconds from the log's start to the call's.
    pub at_ms: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// HTTP status; 0 when the connection was dropped.
    pub status: u16,
    /// Calls in flight when it began, itself included.
    pub in_flight: usize,
}

/// Most records kept; the oldest go first.
const LIMIT: usize = 100_000;

/// The log of a server.
#[derive(Debug)]
pub struct Calls {
    log: Mutex<(Instant, std::collections::VecDeque<Record>)>,
    in_flight: AtomicUsize,
}

impl Default for Calls {
    fn default() -> Self {
        Self { log: Mutex::new((Instant::now(), Default::default())), in_flight: AtomicUsize::new(0) }
    }
}

/// A call that has begun. Dropping it writes its record, so a call whose client went away is counted too.
pub struct Flight<'a> {
    calls: &'a Calls,
    began: Instant,
    /// What will be recorded; the status stays 0 until the answer is known.
    pub record: Record,
}

impl Calls {
    /// Every record, oldest first.
    pub fn list(&self) -> Vec<Record> {
        self.log().1.iter().cloned().collect()
    }

    /// How many recorded calls were of this operation.
    pub fn count(&self, operation: &str) -> usize {
        self.log().1.iter().filter(|record| record.operation == operation).count()
    }

    /// Most calls that were in flight at once.
    pub fn most_in_flight(&self) -> usize {
        self.log().1.iter().map(|record| record.in_flight).max().unwrap_or_default()
    }

    /// Forgets everything; times start at zero again.
    pub fn reset(&self) {
        *self.log() = (Instant::now(), Default::default());
    }

    /// A call begins.
    pub fn begin(&self, operation: &str, region: &str) -> Flight<'_> {
        let in_flight = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        let record = Record {
            operation: operation.to_owned(),
            function: None,
            region: region.to_owned(),
            at_ms: 0,
            took_ms: 0,
            status: 0,
            in_flight,
        };
        Flight { calls: self, began: Instant::now(), record }
    }

    fn log(&self) -> std::sync::MutexGuard<'_, (Instant, std::collections::VecDeque<Record>)> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.calls.in_flight.fetch_sub(1, Ordering::SeqCst);
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let mut log = self.calls.log();
        let mut record = self.record.clone();
        record.at_ms = millis(self.began.saturating_duration_since(log.0));
        record.took_ms = millis(self.began.elapsed());
        if log.1.len() >= LIMIT {
            log.1.pop_front();
        }
        log.1.push_back(record);
    }
}
