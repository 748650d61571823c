//! Waiting until an object has settled: polls that start quickly and slow down, within the resource's own timeouts.
//! Knows nothing of what is polled.

use std::future::Future;
use std::time::Duration;

use super::error::{CallError, CallResult};
use super::fields::text;
use super::retry::Clock;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::Private;
use crate::schema::{Attribute, Block, Constraint};

/// The time each of create, update and delete may take unless `timeouts` says otherwise.
pub(super) const DEFAULT: Duration = Duration::from_secs(600);

/// The `timeouts` block of types that may take their time in all three.
pub(super) const TIMEOUTS: Block = Block {
    attributes: &[
        Attribute::string("create").check(CHECKS),
        Attribute::string("delete").check(CHECKS),
        Attribute::string("update").check(CHECKS),
    ],
    blocks: &[],
};

/// What holds for each of its arguments.
pub(super) const CHECKS: &[Constraint] = &[Constraint::Custom(check_duration)];

/// How waiting ended.
#[derive(Debug)]
pub(super) enum Waited<T> {
    /// It settled.
    Settled(T),
    /// The time was up; this is the last that was seen.
    TimedOut(T),
    /// The wish to end came; this is the last that was seen, if anything was.
    Stopped(Option<T>),
    /// Reading failed.
    Failed(Box<CallError>),
}

impl<T> Waited<T> {
    /// The last that was seen; what is to be said when it has not settled goes to `problems`.
    pub(super) fn take(self, target: &str, limit: Duration, problems: &mut Diagnostics) -> Option<T> {
        match self {
            Waited::Settled(seen) => Some(seen),
            Waited::TimedOut(seen) => {
                problems.push(Diagnostic::error(
                    "Not settled in time",
                    format!(
                        "Everything that was sent for {target:?} has been accepted, but Lambda was still working on it \
                         after {} seconds. Plan again to see how it is by then.",
                        limit.as_secs()
                    ),
                ));
                Some(seen)
            }
            Waited::Stopped(seen) => {
                problems.push(not_verified(target));
                seen
            }
            Waited::Failed(error) => {
                problems.push(error.diagnostic(target));
                None
            }
        }
    }
}

/// The wait was cut short; what was sent has landed.
pub(super) fn not_verified(name: &str) -> Diagnostic {
    Diagnostic::warning(
        "Not waited for",
        format!(
            "Everything that was sent for {name:?} has been accepted, but the run was asked to end before Lambda had \
             finished its work on it. Plan again to see how it is."
        ),
    )
}

/// Asks until `settled`: first after 0.2 s, then at pauses that grow to 5 s.
pub(super) async fn until<T, F: Future<Output = CallResult<T>>>(
    mut clock: Clock<'_>,
    limit: Duration,
    mut ask: impl FnMut() -> F,
    settled: impl Fn(&T) -> bool,
) -> Waited<T> {
    let mut pause = Duration::from_millis(200);
    let mut last = None;
    loop {
        if !clock.pause(pause).await {
            return Waited::Stopped(last);
        }
        let seen = match ask().await {
            Ok(seen) => seen,
            Err(error) => return Waited::Failed(error),
        };
        if settled(&seen) {
            return Waited::Settled(seen);
        }
        if clock.elapsed() >= limit {
            return Waited::TimedOut(seen);
        }
        last = Some(seen);
        pause = pause.mul_f64(2.5).min(Duration::from_secs(5));
    }
}

/// The time an operation may take, by the object's `timeouts` block.
pub(super) fn limit(object: &Value, operation: &str) -> Duration {
    limit_or(object, operation, DEFAULT)
}

/// The same for a type with another default.
pub(super) fn limit_or(object: &Value, operation: &str, default: Duration) -> Duration {
    configured(object, operation).unwrap_or(default)
}

/// The time that the object's `timeouts` block gives an operation, if it does.
pub(super) fn configured(object: &Value, operation: &str) -> Option<Duration> {
    duration(&object.get("timeouts").and_then(|t| text(t, operation))?)
}

/// The provider SDK's private bytes for an object with timeouts, exactly as Terraform writes them.
pub(super) fn private(object: &Value, imported: bool) -> Private {
    private_of(object, &["create", "delete", "update"], DEFAULT, imported.then_some(0))
}

/// The same for a type with these operations, in the order of the alphabet, and another default. The schema's version is
/// noted by imports, and always when it is not 0.
pub(super) fn private_of(
    object: &Value,
    operations: &[&str],
    default: Duration,
    version: Option<u64>,
) -> Private {
    let limits: Vec<String> = operations
        .iter()
        .map(|operation| format!(r#""{operation}":{}"#, limit_or(object, operation, default).as_nanos()))
        .collect();
    let limits = format!(r#""e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{{{}}}"#, limits.join(","));
    let version = version.map_or_else(String::new, |version| format!(r#","schema_version":"{version}""#));
    Some(format!("{{{limits}{version}}}").into_bytes().into())
}

/// A duration as Go writes it: `90s`, `1h30m`, `1.5h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = tail;
    }
    (!text.trim().is_empty()).then_some(())?;
    Duration::try_from_secs_f64(total).ok().filter(|d| *d < Duration::from_secs(30 * 24 * 3600))
}

/// What is wrong with a duration, if anything is.
pub(super) fn check_duration(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    duration(text).is_none().then(|| {
        format!("A duration such as \"30s\", \"10m\" or \"1h30m\" is required, and the value is {text:?}.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Stop, Tempo};

    #[test]
    fn reads_durations_as_go_writes_them() {
        for (text, millis) in [
            ("10m", Some(600_000)),
            ("1h30m", Some(5_400_000)),
            ("1.5h", Some(5_400_000)),
            ("90s", Some(90_000)),
            ("250ms", Some(250)),
            ("", None),
            ("10", None),
            ("m", None),
            ("10 minutes", None),
            ("-5m", None),
        ] {
            assert_eq!(duration(text).map(|d| d.as_millis()), millis, "{text}");
        }
    }

    #[test]
    fn private_bytes_are_terraforms() {
        let text = |object: &Value| String::from_utf8(private(object, false).unwrap().to_vec()).unwrap();
        assert_eq!(
            text(&Value::NULL),
            r#"{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":600000000000,"delete":600000000000,"update":600000000000}}"#
        );
        let own = Value::object([("timeouts", Value::object([("update", Value::from("1m"))]))]);
        assert!(text(&own).contains(r#""update":60000000000"#));
    }

    #[tokio::test]
    async fn waits_until_settled_or_out_of_time_or_asked_to_end() {
        let fast = Tempo { paced: None, pauses: 0.0 };
        let mut polls = 0;
        let waited = until(
            Clock::new(fast, None),
            DEFAULT,
            || {
                polls += 1;
                std::future::ready(Ok(polls))
            },
            |n| *n == 4,
        )
        .await;
        assert!(matches!(waited, Waited::Settled(4)));
        let limit = Duration::from_secs(3);
        let waited = until(Clock::new(fast, None), limit, || std::future::ready(Ok(())), |()| false).await;
        assert!(matches!(waited, Waited::TimedOut(())));
        let stop = Stop::default();
        stop.set();
        let waited =
            until(Clock::new(fast, Some(&stop)), limit, || std::future::ready(Ok(())), |()| false).await;
        assert!(matches!(waited, Waited::Stopped(None)));
    }
}
