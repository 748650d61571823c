//! When a refused call is tried again: named policies, and the loop that follows them.
//! Knows nothing of which call it is, and never retries what only a person can put right.

use std::future::Future;
use std::time::{Duration, Instant};

use super::error::{CallError, CallResult};
use super::unreachable;
use crate::provider::{Stop, Tempo};

/// What is tried again, beyond throttling and broken connections, which always are; and for how long, if not for as long
/// as each rule says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy(&'static [Rule], Option<Duration>);

/// One kind of answer that passes with time.
#[derive(Debug)]
struct Rule {
    /// Whether an answer is of this kind.
    matches: fn(&CallError) -> bool,
    /// For how long it is tried again.
    limit: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
const INVALID: &str = "InvalidParameterValueException";

/// A role, or a policy on it, made moments ago is not known everywhere yet.
const ROLE: Rule = Rule {
    matches: |e| {
        e.says(INVALID, "cannot be assumed by Lambda")
            || e.says(INVALID, "The provided execution role does not have permissions")
    },
    limit: MINUTE.saturating_mul(5),
};
/// EC2 limits how fast network interfaces are made: five minutes like the others, and nine more.
const EC2: Rule = Rule { matches: |e| e.says(INVALID, "throttled by EC2"), limit: MINUTE.saturating_mul(14) };
/// A grant on a key made moments ago.
const GRANT: Rule = Rule {
    matches: |e| e.says(INVALID, "KMS key is invalid for CreateGrant"),
    limit: MINUTE.saturating_mul(5),
};
/// Another operation on the same function. A name that is taken is no such thing.
const BUSY: Rule = Rule { matches: CallError::is_busy, limit: MINUTE.saturating_mul(5) };
/// What a capacity provider needs (its role, its network) made moments ago is not known everywhere yet, whatever the
/// service says is wrong.
const FRESH: Rule = Rule { matches: |e| e.code == INVALID, limit: MINUTE.saturating_mul(2) };
/// Lambda@Edge replicas take a while to go.
const REPLICA: Rule = Rule {
    matches: |e| e.says(INVALID, "because it is a replicated function"),
    limit: MINUTE.saturating_mul(10),
};

/// A function made moments ago.
const MISSING: Rule = Rule { matches: CallError::is_not_found, limit: MINUTE.saturating_mul(5) };
/// Something else still works on it.
const IN_USE: Rule =
    Rule { matches: |e| e.code == "ResourceInUseException", limit: MINUTE.saturating_mul(5) };
/// A role that may not read its event source yet.
const SOURCE: Rule =
    Rule { matches: |e| e.says(INVALID, "ensure the role can perform"), limit: MINUTE.saturating_mul(5) };
/// A destination made moments ago, or one that the role may not reach yet.
const DESTINATION: Rule = Rule {
    matches: |e| e.says(INVALID, "destination ARN") || e.says(INVALID, "does not have permissions"),
    limit: MINUTE.saturating_mul(2),
};

/// Another change of the same role or policy.
const CONCURRENT: Rule = Rule { matches: |e| e.code == "ConcurrentModification", limit: MINUTE };
/// A trusted role or user made moments ago.
const PRINCIPAL: Rule = Rule {
    matches: |e| e.says("MalformedPolicyDocument", "Invalid principal in policy"),
    limit: MINUTE.saturating_mul(2),
};
/// A role made moments ago. A policy that does not exist is not waited for.
const NEW_ROLE: Rule =
    Rule { matches: |e| e.says("NoSuchEntity", "role with name"), limit: Duration::from_secs(20) };
/// What hung on the object was taken away moments ago.
const CLEARED: Rule = Rule { matches: |e| e.code == "DeleteConflict", limit: MINUTE };

/// Another operation on the same log group.
const ABORTED: Rule = Rule { matches: |e| e.code == "OperationAbortedException", limit: MINUTE };

/// Another conditional request for the same object at the same moment.
const SIMULTANEOUS: Rule = Rule { matches: |e| e.code == "ConditionalRequestConflict", limit: MINUTE };

/// Nothing beyond throttling and broken connections.
pub(super) const PLAIN: Policy = Policy(&[], None);
/// CreateFunction and UpdateFunctionConfiguration (lambda-provider.md 4.1).
pub(super) const CONFIGURE: Policy = Policy(&[ROLE, EC2, GRANT, BUSY], None);
/// UpdateFunctionCode, PublishVersion and the calls on all that hangs on a function.
pub(super) const QUEUE: Policy = Policy(&[BUSY], None);
/// DeleteFunction.
pub(super) const DELETE: Policy = Policy(&[BUSY, REPLICA], None);
/// AddPermission.
pub(super) const PERMIT: Policy = Policy(&[BUSY, MISSING], None);
/// CreateEventSourceMapping and UpdateEventSourceMapping.
pub(super) const MAP: Policy = Policy(&[ROLE, SOURCE, IN_USE], None);
/// DeleteEventSourceMapping.
pub(super) const UNMAP: Policy = Policy(&[IN_USE], None);
/// Calls on IAM's roles and policies.
pub(super) const IAM: Policy = Policy(&[CONCURRENT, NEW_ROLE], None);
/// Calls that take something off a role or policy.
pub(super) const IAM_GONE: Policy = Policy(&[CONCURRENT], None);
/// CreateRole and UpdateAssumeRolePolicy.
pub(super) const TRUST: Policy = Policy(&[CONCURRENT, PRINCIPAL], None);
/// DeleteRole and DeletePolicy, once nothing hangs on them any more.
pub(super) const CLEAR: Policy = Policy(&[CONCURRENT, CLEARED], None);
/// Calls on log groups.
pub(super) const LOGS: Policy = Policy(&[ABORTED], None);
/// PutFunctionEventInvokeConfig.
pub(super) const DIRECT: Policy = Policy(&[BUSY, DESTINATION], None);
/// CreateCapacityProvider.
pub(super) const PROVIDE: Policy = Policy(&[FRESH, BUSY], None);

/// Calls on the objects and items that a backend keeps.
pub(super) const STATE: Policy = Policy(&[SIMULTANEOUS], None);

impl Policy {
    /// The same, but for this long, whatever its rules say.
    pub(super) const fn within(self, limit: Duration) -> Policy {
        Policy(self.0, Some(limit))
    }

    /// For how long an answer is tried again: `None` if not at all.
    fn patience(&self, error: &CallError) -> Option<Duration> {
        let rule = self.0.iter().find(|rule| (rule.matches)(error))?;
        Some(self.1.unwrap_or(rule.limit))
    }
}

/// Time as policies count it: what really passed, and what pauses would have taken at normal tempo. Limits then mean the
/// same number of attempts at any tempo.
#[derive(Debug)]
pub(super) struct Clock<'a> {
    tempo: Tempo,
    stop: Option<&'a Stop>,
    started: Instant,
    skipped: Duration,
}

impl<'a> Clock<'a> {
    /// A clock that starts now.
    pub(super) fn new(tempo: Tempo, stop: Option<&'a Stop>) -> Self {
        Clock { tempo, stop, started: Instant::now(), skipped: Duration::ZERO }
    }

    /// How much time has passed.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed() + self.skipped
    }

    /// Waits; `false` if the wish to end came first.
    pub(super) async fn pause(&mut self, pause: Duration) -> bool {
        let real = pause.mul_f64(self.tempo.pauses.clamp(0.0, 1000.0));
        self.skipped += pause.saturating_sub(real);
        match self.stop {
            Some(stop) if stop.is_set() => false,
            Some(stop) => tokio::select! {
                () = tokio::time::sleep(real) => true,
                () = stop.wait() => false,
            },
            None => {
                tokio::time::sleep(real).await;
                true
            }
        }
    }
}

/// Pauses between attempts: 0.5 s, doubling, at most 10 s (lambda-provider.md 0.5).
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(500).saturating_mul(1 << attempt.min(5)).min(Duration::from_secs(10))
}

/// Calls until it succeeds, the policy's patience or `attempts` run out, or the wish to end comes. An attempt that may have
/// landed without an answer is remembered in the error of a later one.
///
/// # Errors
/// The last answer.
pub(super) async fn run<T, F: Future<Output = CallResult<T>>>(
    policy: Policy,
    attempts: u32,
    mut clock: Clock<'_>,
    mut call: impl FnMut() -> F,
) -> CallResult<T> {
    let (mut tries, mut transient, mut unclear) = (0, 0, false);
    loop {
        let mut error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        error.after_unclear = unclear;
        unclear |= error.is_unclear();
        let again = match policy.patience(&error) {
            Some(limit) => clock.elapsed() < limit,
            None if error.is_unreachable() => clock.elapsed() < unreachable::PATIENCE,
            None if error.is_transient() => {
                transient += 1;
                transient < attempts
            }
            None => false,
        };
        let pause = error.retry_after.unwrap_or(Duration::ZERO).max(backoff(tries));
        if !again || !clock.pause(pause).await {
            return Err(error);
        }
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::aws::error::refused;

    const FAST: Tempo = Tempo { paced: None, pauses: 0.0 };

    fn refusal(code: &str, message: &str, status: u16) -> Box<CallError> {
        Box::new(refused(code, message, status))
    }

    async fn tries(policy: Policy, error: Box<CallError>, succeed_after: u32) -> (u32, bool) {
        let mut count = 0;
        let result = run(policy, 8, Clock::new(FAST, None), || {
            count += 1;
            std::future::ready(if count > succeed_after { Ok(()) } else { Err(error.clone()) })
        })
        .await;
        (count, result.is_ok())
    }

    #[tokio::test]
    async fn patience_depends_on_the_answer() {
        let role = refusal(INVALID, "The role defined for the function cannot be assumed by Lambda.", 400);
        let taken = refusal("ResourceConflictException", "Function already exist: f", 409);
        let busy = refusal("ResourceConflictException", "An update is in progress", 409);
        let throttled = refusal("TooManyRequestsException", "Rate exceeded", 429);
        let invalid = refusal(INVALID, "no such thing", 400);
        assert_eq!(tries(CONFIGURE, role.clone(), 20).await, (21, true));
        // 300 s of 0.5 + 1 + 2 + 4 + 8 + 10 + 10 …
        assert_eq!(tries(CONFIGURE, role.clone(), u32::MAX).await, (35, false));
        assert_eq!(tries(QUEUE, role, 3).await, (1, false));
        assert_eq!(tries(CONFIGURE, taken, 3).await, (1, false));
        assert_eq!(tries(CONFIGURE, busy.clone(), 3).await, (4, true));
        // 60 s of the same.
        assert_eq!(tries(QUEUE.within(MINUTE), busy.clone(), u32::MAX).await, (11, false));
        assert_eq!(tries(PLAIN, busy, 3).await, (1, false));
        assert_eq!(tries(PLAIN, throttled.clone(), 3).await, (4, true));
        assert_eq!(tries(PLAIN, throttled, u32::MAX).await, (8, false));
        assert_eq!(tries(CONFIGURE, invalid, 3).await, (1, false));
    }

    #[tokio::test]
    async fn the_wish_to_end_cuts_a_pause_short() {
        let stop = Stop::default();
        stop.set();
        let slow = Tempo { paced: None, pauses: 1.0 };
        let busy = refusal("ResourceConflictException", "An update is in progress", 409);
        let mut count = 0;
        let result: CallResult<()> = run(QUEUE, 8, Clock::new(slow, Some(&stop)), || {
            count += 1;
            std::future::ready(Err(busy.clone()))
        })
        .await;
        assert!(result.is_err());
        assert_eq!(count, 1);
    }

    #[tokio::test]
    async fn an_unanswered_attempt_is_remembered() {
        let mut answers = vec![
            refusal("ResourceConflictException", "Function already exist: f", 409),
            refusal("ServiceException", "oops", 500),
        ];
        let result: CallResult<()> =
            run(CONFIGURE, 8, Clock::new(FAST, None), || std::future::ready(Err(answers.pop().unwrap())))
                .await;
        assert!(result.unwrap_err().after_unclear);
    }
}
