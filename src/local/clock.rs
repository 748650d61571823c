//! The control plane's time: what "now" is, and the two ways Lambda writes it.
//! Knows nothing of functions; a manual clock lets a test move time without waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
pub type Millis = u64;

/// Where the server reads the time: the system, or a counter that a test advances.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// A clock that stands still at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: Millis) -> Self {
        Self(Some(Arc::new(AtomicU64::new(start))))
    }

    /// The current time.
    pub fn now(&self) -> Millis {
        match &self.0 {
            Some(held) => held.load(Ordering::SeqCst),
            None => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
            }
        }
    }

    /// Moves a manual clock forward; the system clock ignores it.
    pub fn advance(&self, by: Millis) {
        if let Some(held) = &self.0 {
            held.fetch_add(by, Ordering::SeqCst);
        }
    }
}

/// `2026-11-23T06:16:38.123+0000`, as function and layer timestamps are written.
pub fn stamp(at: Millis) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S%.3f+0000")
}

/// `2026-11-23T06:16:38.123Z`, as function URLs and code signing configurations are dated.
pub fn stamp_z(at: Millis) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// `Mon, 23 Nov 2026 06:16:38 GMT`, as HTTP dates what S3 holds.
pub fn stamp_http(at: Millis) -> String {
    format(at, "%a, %d %b %Y %H:%M:%S GMT")
}

/// Seconds since the epoch with a fraction, as event source mappings are dated.
pub fn epoch_seconds(at: Millis) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit a double exactly")]
    let seconds = at as f64 / 1000.0;
    seconds
}

fn format(at: Millis, pattern: &str) -> String {
    let moment = i64::try_from(at).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.unwrap_or(jiff::Timestamp::UNIX_EPOCH).strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_written_as_lambda_writes_them() {
        assert_eq!(stamp(1_795_414_598_007), "2026-11-23T06:16:38.007+0000");
        assert_eq!(stamp_z(1_795_414_598_120), "2026-11-23T06:16:38.120Z");
        assert_eq!(stamp_http(1_795_414_598_120), "Mon, 23 Nov 2026 06:16:38 GMT");
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(5);
        assert_eq!(clock.now(), 5);
        clock.advance(7);
        assert_eq!(clock.now(), 12);
    }
}
