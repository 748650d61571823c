//! The service's request rates, kept to by everyone who calls it from here.
//! Knows nothing of what is called, only which of the service's quotas it counts against.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// One quota of a service: which operations count against it, and how many requests it allows.
#[derive(Debug)]
pub(super) struct Rate {
    /// The operations, by their API names; empty for all that no other rate names.
    operations: &'static [&'static str],
    /// Requests a second.
    rate: f64,
    /// Requests at once after a pause.
    burst: f64,
}

/// Lambda's control plane (its quotas page: per account and region).
pub(super) static LAMBDA: &[Rate] = &[
    Rate { operations: &["GetFunction"], rate: 100.0, burst: 20.0 },
    Rate { operations: &["GetPolicy"], rate: 15.0, burst: 5.0 },
    Rate { operations: &[], rate: 15.0, burst: 5.0 },
];

/// IAM, which is global and names no rates: modest ones, since every tool of the account shares them.
pub(super) static IAM: &[Rate] = &[
    Rate { operations: &["GetRole", "GetRolePolicy", "GetPolicy"], rate: 25.0, burst: 25.0 },
    Rate { operations: &[], rate: 15.0, burst: 15.0 },
];

/// CloudWatch Logs (its quotas page: per account and region; the rates of tags are not named there).
pub(super) static LOGS: &[Rate] = &[
    Rate { operations: &["DescribeLogGroups"], rate: 10.0, burst: 5.0 },
    Rate { operations: &["CreateLogGroup"], rate: 10.0, burst: 5.0 },
    Rate { operations: &["DeleteLogGroup"], rate: 10.0, burst: 5.0 },
    Rate { operations: &["PutRetentionPolicy", "DeleteRetentionPolicy"], rate: 10.0, burst: 5.0 },
    Rate { operations: &["ListTagsForResource"], rate: 25.0, burst: 25.0 },
    Rate { operations: &[], rate: 5.0, burst: 5.0 },
];

/// A service whose rates nobody here reaches.
pub(super) static UNPACED: &[Rate] = &[];

/// The quotas of one service, account and region.
#[derive(Debug)]
pub(super) struct Quota(Vec<(&'static Rate, Bucket)>);

impl Quota {
    /// Full rates, small bursts.
    pub(super) fn new(rates: &'static [Rate]) -> Self {
        Quota(rates.iter().map(|rate| (rate, Bucket::new(rate.rate, rate.burst))).collect())
    }

    /// No pace until the service says "too many" for the first time, then as [`Quota::new`]: for what answers in AWS's
    /// place and may have no quotas.
    pub(super) fn asleep(rates: &'static [Rate]) -> Self {
        Quota(Quota::new(rates).0.into_iter().map(|(rate, bucket)| (rate, bucket.asleep())).collect())
    }

    fn bucket(&self, operation: &str) -> Option<&Bucket> {
        let counts = |rate: &Rate| rate.operations.is_empty() || rate.operations.contains(&operation);
        self.0.iter().find(|(rate, _)| counts(rate)).map(|(_, bucket)| bucket)
    }

    /// Waits for the turn of a call.
    pub(super) async fn acquire(&self, operation: &str) {
        let now = Instant::now();
        let at = self.bucket(operation).map_or(now, |bucket| bucket.reserve(now));
        if at > now {
            tokio::time::sleep_until(at).await;
        }
    }

    /// The service took a call: rates that were lowered recover.
    pub(super) fn accepted(&self, operation: &str) {
        if let Some(bucket) = self.bucket(operation) {
            bucket.accepted();
        }
    }

    /// The service said "too many": nothing goes out for a while, and the rate is halved, once for all calls that were
    /// under way together.
    pub(super) fn throttled(&self, operation: &str, retry_after: Option<Duration>) {
        if let Some(bucket) = self.bucket(operation) {
            bucket.throttled(Instant::now(), retry_after);
        }
    }
}

/// Spaces calls evenly. A call takes the next free slot; slots unused in the past may be used up to `burst` of them.
#[derive(Debug)]
struct Bucket {
    full: f64,
    burst: f64,
    state: Mutex<Slots>,
}

#[derive(Debug)]
struct Slots {
    rate: f64,
    next: Option<Instant>,
    /// When the rate was last lowered.
    lowered: Option<Instant>,
}

/// How long after a refusal others belong to it.
const TOGETHER: Duration = Duration::from_secs(1);

impl Bucket {
    const fn new(rate: f64, burst: f64) -> Self {
        Bucket { full: rate, burst, state: Mutex::new(Slots { rate, next: None, lowered: None }) }
    }

    fn asleep(self) -> Self {
        Bucket { state: Mutex::new(Slots { rate: f64::INFINITY, next: None, lowered: None }), ..self }
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut slots = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Duration::from_secs_f64(1.0 / slots.rate);
        let oldest = now.checked_sub(slot.mul_f64(self.burst - 1.0)).unwrap_or(now);
        let at = slots.next.map_or(oldest, |next| next.max(oldest));
        slots.next = Some(at + slot);
        at
    }

    fn accepted(&self) {
        let mut slots = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.rate < self.full {
            slots.rate = (slots.rate * 1.05).min(self.full);
        }
    }

    fn throttled(&self, now: Instant, retry_after: Option<Duration>) {
        let mut slots = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.lowered.is_none_or(|before| now >= before + TOGETHER) {
            slots.lowered = Some(now);
            let lower = if slots.rate.is_finite() { slots.rate / 2.0 } else { self.full };
            slots.rate = lower.max(self.full / 16.0);
        }
        let free = now + retry_after.unwrap_or(Duration::from_secs_f64(1.0 / slots.rate));
        slots.next = Some(slots.next.map_or(free, |next| next.max(free)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(bucket: &Bucket, now: Instant, calls: usize) -> Vec<u128> {
        (0..calls).map(|_| bucket.reserve(now).saturating_duration_since(now).as_millis()).collect()
    }

    #[test]
    fn a_burst_then_an_even_pace() {
        let bucket = Bucket::new(10.0, 3.0);
        let now = Instant::now() + Duration::from_secs(60);
        assert_eq!(waits(&bucket, now, 6), [0, 0, 0, 100, 200, 300]);
        assert_eq!(waits(&bucket, now + Duration::from_secs(60), 4), [0, 0, 0, 100]);
    }

    #[test]
    fn a_throttle_holds_everyone_back_and_halves_the_rate() {
        let bucket = Bucket::new(10.0, 1.0);
        let now = Instant::now() + Duration::from_secs(60);
        bucket.throttled(now, Some(Duration::from_secs(2)));
        bucket.throttled(now + Duration::from_millis(5), None);
        assert_eq!(waits(&bucket, now, 3), [2000, 2200, 2400]);
        for _ in 0..100 {
            bucket.accepted();
        }
        let later = now + Duration::from_secs(60);
        assert_eq!(waits(&bucket, later, 2), [0, 100]);
    }

    #[test]
    fn a_sleeping_pace_wakes_with_the_first_refusal() {
        let bucket = Bucket::new(10.0, 1.0).asleep();
        let now = Instant::now() + Duration::from_secs(60);
        bucket.accepted();
        assert_eq!(waits(&bucket, now, 3), [0, 0, 0]);
        bucket.throttled(now, None);
        bucket.throttled(now, None);
        assert_eq!(waits(&bucket, now, 3), [100, 200, 300]);
    }
}
