//! `CallLog`: where a provider announces each mutating call before it goes out and reports how it ended.
//! Knows nothing of how the announcements are kept.

use std::io;

/// Names one announced call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallId(pub u64);

/// How an announced call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The service did it.
    Landed,
    /// The service answered that it did not.
    Refused,
    /// Nobody knows: the connection broke or timed out after the request left.
    Unclear,
}

/// Keeps announcements of mutating calls.
pub trait CallLog: Send + Sync {
    /// Announces a call; on return the intent is on disk.
    ///
    /// # Errors
    /// When the intent could not be written; the call must then not be made.
    fn begin(&self, operation: &'static str, target: &str) -> io::Result<CallId>;

    /// Reports how it ended.
    fn end(&self, call: CallId, outcome: CallOutcome);
}
