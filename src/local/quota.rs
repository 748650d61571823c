//! The control plane's request quotas, as token buckets per region.
//! Knows nothing of calls but the operation's name.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::clock::Millis;

/// Requests per second. Source: "Lambda API requests" of the Lambda quotas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// GetFunction.
    pub get_function: f64,
    /// GetPolicy.
    pub get_policy: f64,
    /// All other calls of the control plane together.
    pub other: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self { get_function: 100.0, get_policy: 15.0, other: 15.0 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Class {
    GetFunction,
    GetPolicy,
    Other,
}

/// The buckets; each holds one second's worth of calls.
#[derive(Debug)]
pub struct Quota {
    rates: Rates,
    buckets: Mutex<HashMap<(String, Class), (f64, Millis)>>,
}

impl Quota {
    /// Full buckets at these rates.
    pub fn new(rates: Rates) -> Self {
        Self { rates, buckets: Mutex::default() }
    }

    /// Takes a token; false when the call is above the rate.
    pub fn admit(&self, region: &str, operation: &str, now: Millis) -> bool {
        let (class, rate) = match operation {
            "GetFunction" => (Class::GetFunction, self.rates.get_function),
            "GetPolicy" => (Class::GetPolicy, self.rates.get_policy),
            _ => (Class::Other, self.rates.other),
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, since) = buckets.entry((region.to_owned(), class)).or_insert((rate.max(1.0), now));
        #[expect(clippy::cast_precision_loss, reason = "elapsed milliseconds are far below 2^52")]
        let elapsed = now.saturating_sub(*since) as f64 / 1000.0;
        *tokens = (*tokens + elapsed * rate).min(rate.max(1.0));
        *since = now;
        let admitted = *tokens >= 1.0;
        if admitted {
            *tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_a_second_and_refills() {
        let quota = Quota::new(Rates::default());
        let admitted =
            |operation: &str, now| (0..200).filter(|_| quota.admit("us-east-1", operation, now)).count();
        assert_eq!(admitted("CreateFunction", 0), 15);
        assert_eq!(admitted("DeleteFunction", 0), 0);
        assert_eq!(admitted("GetPolicy", 0), 15);
        assert_eq!(admitted("GetFunction", 0), 100);
        assert_eq!(admitted("CreateFunction", 200), 3);
        assert_eq!(admitted("CreateFunction", 60_000), 15);
        assert!(quota.admit("eu-west-1", "CreateFunction", 0));
    }
}
