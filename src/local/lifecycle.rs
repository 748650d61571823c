//! The states a function passes through, computed from the clock when somebody looks: nothing runs in the background.
//! Knows nothing of configurations or code.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::clock::Millis;
use super::error::Refusal;
use super::shape::Object;

/// Why a create or update ended badly: a code of the reference's `StateReasonCode` list, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For example `InvalidImage`.
    pub code: String,
    /// The sentence that goes with it.
    #[serde(default)]
    pub reason: String,
}

/// When a change settles, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settling {
    /// The moment it is over.
    pub at: Millis,
    /// How it ends, when not well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// The life of one version of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    creation: Settling,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update: Option<Settling>,
}

impl Life {
    /// A version that is being created.
    pub fn begin(creation: Settling) -> Self {
        Self { creation, update: None }
    }

    /// An update starts.
    pub fn update(&mut self, update: Settling) {
        self.update = Some(update);
    }

    /// True when no change is under way.
    pub fn is_settled(&self, now: Millis) -> bool {
        self.creation.at <= now && self.update.as_ref().is_none_or(|update| update.at <= now)
    }

    /// Refuses a change while another is under way, as AWS does.
    pub fn refuse_unless_settled(&self, now: Millis, arn: &str) -> Result<(), Refusal> {
        self.refuse_while_pending(now)?;
        if !self.is_settled(now) {
            return Err(in_progress(arn));
        }
        Ok(())
    }

    /// Refuses what needs a version that has been created; an update may be under way.
    pub fn refuse_while_pending(&self, now: Millis) -> Result<(), Refusal> {
        if self.creation.at > now {
            return Err(Refusal::conflict(
                "The operation cannot be performed at this time. The function is currently in the following state: \
                 Pending",
            ));
        }
        Ok(())
    }

    /// Writes `State…` and `LastUpdateStatus…` into a configuration.
    pub fn describe(&self, now: Millis, published: bool, into: &mut Object) {
        let mut put = |key: &str, value: &str| into.insert(key.to_owned(), json!(value));
        match &self.creation {
            pending if pending.at > now => {
                put("State", "Pending");
                put("StateReason", "The function is being created.");
                put("StateReasonCode", "Creating");
            }
            Settling { failure: Some(failure), .. } => {
                put("State", "Failed");
                put("StateReason", &failure.reason);
                put("StateReasonCode", &failure.code);
            }
            _ => {
                put("State", "Active");
            }
        }
        match &self.update {
            Some(update) if update.at > now => {
                put("LastUpdateStatus", "InProgress");
                put("LastUpdateStatusReason", "The function is being created.");
                put("LastUpdateStatusReasonCode", "Creating");
            }
            Some(Settling { failure: Some(failure), .. }) => {
                put("LastUpdateStatus", "Failed");
                put("LastUpdateStatusReason", &failure.reason);
                put("LastUpdateStatusReasonCode", &failure.code);
            }
            // AWS sets it to Successful only after the creation completes; a published version starts with it.
            None if self.creation.at > now && !published => {}
            _ => {
                put("LastUpdateStatus", "Successful");
            }
        }
    }
}

/// The refusal of a change while another is under way.
pub fn in_progress(arn: &str) -> Refusal {
    Refusal::conflict(format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(life: &Life, now: Millis) -> (Option<String>, Option<String>) {
        let mut object = Object::new();
        life.describe(now, false, &mut object);
        let text = |key: &str| object.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        (text("State"), text("LastUpdateStatus"))
    }

    #[test]
    fn a_function_becomes_active_and_then_updates() {
        let mut life = Life::begin(Settling { at: 100, failure: None });
        assert_eq!(seen(&life, 99), (Some("Pending".to_owned()), None));
        assert!(life.refuse_unless_settled(99, "arn").unwrap_err().message.contains("state: Pending"));
        assert_eq!(seen(&life, 100), (Some("Active".to_owned()), Some("Successful".to_owned())));
        life.update(Settling { at: 200, failure: None });
        assert_eq!(seen(&life, 150), (Some("Active".to_owned()), Some("InProgress".to_owned())));
        assert!(life.refuse_unless_settled(150, "arn:x").unwrap_err().message.ends_with("resource: arn:x"));
        assert_eq!(seen(&life, 200), (Some("Active".to_owned()), Some("Successful".to_owned())));
    }

    #[test]
    fn failures_show_their_code() {
        let failure = Failure { code: "InvalidImage".to_owned(), reason: "bad".to_owned() };
        let life = Life::begin(Settling { at: 100, failure: Some(failure) });
        let mut object = Object::new();
        life.describe(100, false, &mut object);
        assert_eq!(object["State"], "Failed");
        assert_eq!(object["StateReasonCode"], "InvalidImage");
    }
}
