//! Roles and managed policies as they are kept.
//! Knows nothing of requests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::local::clock::Millis;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its unique id.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// Who may take it on: a policy.
    pub trust: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Seconds a session may last.
    pub duration: i64,
    /// ARN of the policy that bounds its permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Tags,
    /// Inline policies by name.
    #[serde(default)]
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached policies.
    #[serde(default)]
    pub attached: BTreeSet<String>,
}

/// A managed policy of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its unique id.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// When it last changed.
    pub updated: Millis,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Tags,
    /// Versions by number.
    pub versions: BTreeMap<u64, Version>,
    /// The version in force.
    pub default: u64,
    /// The number of the next version; numbers are never used twice.
    pub next: u64,
}

/// A version of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    /// The policy.
    pub document: String,
    /// When it was made.
    pub created: Millis,
}
