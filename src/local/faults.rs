//! Fault rules: what goes wrong, in which call, how often.
//! Decides only; the exchange carries out what a rule says.
//!
//! Over HTTP a rule is JSON, sent to `/_lambdaform/faults`:
//!
//! ```json
//! {"operation": "CreateFunction", "function": "f", "nth": 2, "times": 3, "action": "drop_after"}
//! {"operation": "GetFunction", "times": null, "action": {"delay": {"ms": 100}}}
//! {"action": {"error": {"code": "ServiceException", "status": 500, "message": "injected"}}}
//! {"operation": "CreateFunction", "action": {"fail_state": {"code": "InvalidImage", "reason": "No such image."}}}
//! {"operation": "Invoke", "action": {"function_error": {"type": "ValueError", "message": "boom"}}}
//! ```

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::clock::Millis;
use super::invoke::FunctionError;
use super::lifecycle::Failure;

/// What a rule does to a call it meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Answers an error instead of running the operation.
    Error {
        /// The exception, for example `ServiceException`.
        code: String,
        /// HTTP status; by default the one AWS documents for the code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// The message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Answers 429 `TooManyRequestsException`.
    Throttle,
    /// Waits before the operation runs.
    Delay {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Waits until the rules are removed, and runs the operation then.
    Hold,
    /// Closes the connection before the operation runs: nothing happened.
    DropBefore,
    /// Runs the operation, keeps its result, and closes the connection without an answer.
    DropAfter,
    /// Runs the operation, keeps its result, and answers only after a while.
    AnswerLate {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The function this call creates or updates ends `Failed`.
    FailState(Failure),
    /// The function this call invokes raises an error.
    FunctionError(FunctionError),
    /// The change this call makes takes this long to settle.
    Settle {
        /// How long, in milliseconds.
        ms: Millis,
    },
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The operation it is about; absent means every operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The function or layer it is about, by bare name; absent means every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The first matching call it acts on, counted from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many calls it acts on; null means all that follow.
    #[serde(default = "once")]
    pub times: Option<u64>,
    /// What it does.
    pub action: Action,
}

impl Rule {
    /// A rule for the first call of one operation.
    pub fn on(operation: &str, action: Action) -> Self {
        Self { operation: Some(operation.to_owned()), function: None, nth: 1, times: Some(1), action }
    }

    /// The same for one function or layer.
    #[must_use]
    pub fn function(mut self, name: &str) -> Self {
        self.function = Some(name.to_owned());
        self
    }

    /// The same from the nth matching call on.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// The same for so many calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// The same for every call that follows.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }
}

/// The rules of a server.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<(Rule, u64)>>,
    cleared: watch::Sender<()>,
}

impl Faults {
    /// Adds a rule after those that are there.
    pub fn add(&self, rule: Rule) {
        self.rules().push((rule, 0));
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.rules().clear();
        self.cleared.send_replace(());
    }

    /// Tells when the rules are removed from now on.
    pub fn cleared(&self) -> watch::Receiver<()> {
        self.cleared.subscribe()
    }

    /// The rules, each with the number of calls it has met.
    pub fn list(&self) -> Vec<(Rule, u64)> {
        self.rules().clone()
    }

    /// What happens to this call: the actions of all rules that are due, in the order they were added.
    pub fn meet(&self, operation: &str, function: Option<&str>) -> Vec<Action> {
        let mut due = Vec::new();
        for (rule, met) in self.rules().iter_mut() {
            let same_operation = rule.operation.as_deref().is_none_or(|wanted| wanted == operation);
            let same_function = rule.function.as_deref().is_none_or(|wanted| function == Some(wanted));
            if !(same_operation && same_function) {
                continue;
            }
            *met += 1;
            let first = rule.nth.max(1);
            if *met >= first && rule.times.is_none_or(|times| *met - first < times) {
                due.push(rule.action.clone());
            }
        }
        due
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Vec<(Rule, u64)>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn one() -> u64 {
    1
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an optional member")]
fn once() -> Option<u64> {
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_act_on_the_calls_they_name() {
        let faults = Faults::default();
        faults.add(Rule::on("GetFunction", Action::Throttle).nth(2).times(2));
        faults.add(Rule::on("GetFunction", Action::DropAfter).function("b").always());
        let met: Vec<usize> =
            ["a", "b", "a", "b"].iter().map(|name| faults.meet("GetFunction", Some(name)).len()).collect();
        assert_eq!(met, [0, 2, 1, 1]);
        assert!(faults.meet("CreateFunction", Some("b")).is_empty());
    }

    #[test]
    fn rules_are_written_in_json() {
        let rule: Rule = serde_json::from_str(
            r#"{"operation": "CreateFunction", "times": null, "action": {"fail_state": {"code": "InvalidImage"}}}"#,
        )
        .unwrap();
        let failure = Failure { code: "InvalidImage".to_owned(), reason: String::new() };
        assert_eq!(rule, Rule::on("CreateFunction", Action::FailState(failure)).always());
        let rule: Rule = serde_json::from_str(r#"{"action": "drop_before"}"#).unwrap();
        assert_eq!((rule.nth, rule.times, rule.action), (1, Some(1), Action::DropBefore));
        assert!(serde_json::from_str::<Rule>(r#"{"action": "explode"}"#).is_err());
    }
}
