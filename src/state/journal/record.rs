//! The records of a journal, one JSON text per line.
//! Knows nothing of the file they are in.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::base::{InstanceAddr, Path as ValuePath};
use crate::state::history::Run;
use crate::state::store::Version;
use crate::state::{Deposed, Object};

/// The beginning of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunBegin {
    /// The version of the state that the run found.
    pub state: Version,
    /// The process.
    pub pid: u32,
    /// Who, when, and with which command line.
    #[serde(flatten)]
    pub run: Run,
}

impl RunBegin {
    /// A run of this process on a state.
    pub fn new(state: Version, run: Run) -> Self {
        RunBegin { state, pid: std::process::id(), run }
    }
}

/// A step that is about to be taken. `Debug` shows no attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepBegin {
    /// The instance.
    #[serde(with = "text")]
    pub addr: InstanceAddr,
    /// The deposed object it is about; none for the current one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "name")]
    pub deposed: Option<Deposed>,
    /// `create`, `update`, `delete`, …
    pub action: String,
    /// The provider configuration, as in [`crate::state::ResourceState::provider`].
    pub provider: String,
    /// The object before; none for a creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<Object>,
    /// The object as planned, without what is unknown; none for a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Object>,
    /// The sha256 of the package that goes with it, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// What is unknown in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::state::v4::paths")]
    pub unknown: Vec<ValuePath>,
}

/// A call that is about to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallBegin {
    /// The step it belongs to.
    pub step: StepId,
    /// `CreateFunction`
    pub operation: String,
    /// What it is made on: a name or an ARN.
    pub target: String,
    /// What helps to find out later whether it landed, such as a `CodeSha256`. No secrets.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub evidence: Json,
}

/// How a call went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The service said yes.
    Done,
    /// The service said no, or could not be reached; with its words.
    Failed(String),
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It was done; with the object as it is now, none if it is gone.
    Done(Option<Object>),
    /// It failed.
    Failed {
        /// What the provider said.
        message: String,
        /// The object as it is now, none if there is none.
        left: Option<Object>,
    },
}

/// Names a step within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub(super) u64);

/// Names a call within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub(super) u64);

/// How many steps of a run have ended. A state that holds their results is saved up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub(super) u64);

/// One line. The variants are tagged from outside, since numbers of any size do not survive serde's other ways.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    Run(RunBegin),
    Step { id: StepId, step: Box<StepBegin> },
    Call { id: CallId, call: CallBegin },
    CallEnd { id: CallId, outcome: CallOutcome },
    StepEnd { id: StepId, outcome: StepOutcome },
    Saved { state: Version, position: Position },
    RunEnd { when: String },
}

/// Addresses as texts.
mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Names that may be missing.
mod name {
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::Serializer;

    use crate::base::Name;

    pub(super) fn serialize<S: Serializer>(value: &Option<Name>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(name) => serializer.serialize_some(&**name),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Name>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Into::into))
    }
}
