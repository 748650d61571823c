//! The requests and responses of the port.
//! Plain data; knows nothing of who asks or answers.

use std::path::PathBuf;
use std::sync::Arc;

use super::{CallLog, Stop};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Path, Value};
use crate::schema::Group;

/// A provider's own bytes that state keeps verbatim beside an object (the SDK's timeouts, for example).
pub type Private = Option<Arc<[u8]>>;

/// An object of another type, as a state file has it.
#[derive(Clone)]
pub struct Foreign<'a> {
    /// Its type.
    pub type_name: &'a str,
    /// The attributes.
    pub attributes: &'a serde_json::Value,
    /// Where secrets are.
    pub sensitive_paths: &'a [Path],
}

/// What became of a [`Foreign`] object: one of the provider's own types and of the current schema, as a state file has it.
#[derive(Clone, PartialEq)]
pub struct TakenOver {
    /// The attributes.
    pub attributes: serde_json::Value,
    /// Where secrets are.
    pub sensitive_paths: Vec<Path>,
}

/// One object to read.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// Its type.
    pub type_name: Arc<str>,
    /// The object as state has it.
    pub prior: Value,
    /// The provider's own bytes.
    pub private: Private,
}

/// The object as it is.
#[derive(Debug, Clone, Default)]
pub struct ReadResponse {
    /// The object; `None` when it is gone.
    pub object: Option<Value>,
    /// The provider's own bytes.
    pub private: Private,
    /// The service's name for this very revision of the object (Lambda's `RevisionId`), if it has one.
    pub revision: Option<Arc<str>>,
    /// Errors mean that nothing is known; state then stays as it was.
    pub problems: Diagnostics,
}

/// One object to plan; never a deletion, which needs no planning.
#[derive(Debug, Clone, Copy)]
pub struct PlanRequest<'a> {
    /// Its type.
    pub type_name: &'a str,
    /// The refreshed object; `None` for a creation, also when a replacement is planned again as one.
    pub prior: Option<&'a Value>,
    /// Prior state merged with configuration, computed attributes unknown where they must be.
    pub proposed: &'a Value,
    /// The conformed configuration.
    pub config: &'a Value,
    /// What `ignore_changes` names. The proposed state already keeps it; a provider that detects changes by other means
    /// than attributes (a package by its content) leaves those alone too.
    pub ignored: &'a [Path],
    /// Whether something that this plan does before may write files: a package may be another one when it is uploaded.
    pub files_may_change: bool,
}

/// A completed plan for one object.
#[derive(Debug, Clone)]
pub struct PlanResponse {
    /// The planned new state.
    pub planned: Value,
    /// Changes that force replacement beyond those the schema says.
    pub replace: Vec<Path>,
    /// The provider's own bytes to keep.
    pub private: Private,
    /// The deployment package, when the object has one on this machine.
    pub package: Option<PackageChange>,
    /// Warnings; errors stop the plan.
    pub problems: Diagnostics,
}

impl PlanResponse {
    /// A plan without anything special.
    pub fn of(planned: Value) -> Self {
        PlanResponse {
            planned,
            replace: Vec::new(),
            private: None,
            package: None,
            problems: Diagnostics::new(),
        }
    }
}

/// A deployment package on this machine, pinned by the plan, and what changed in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PackageChange {
    /// The file as configuration names it.
    pub path: PathBuf,
    /// Its sha256 in base64, as Lambda's `CodeSha256`.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// The sha256 of what is deployed, if something is.
    pub deployed: Option<String>,
    /// The files that changed between the two, when the deployed package's manifest is at hand.
    pub files: Option<Vec<FileChange>>,
}

impl PackageChange {
    /// The refusal of a package that is not the one the plan was made for; `now` says what is there instead.
    pub fn moved(&self, now: &str) -> Diagnostic {
        Diagnostic::error(
            "Package changed since the plan",
            format!(
                "The plan was made for the package {} with the sha256 {}, and now it {now}. Nothing was uploaded. Plan \
                 again, and let whatever builds the package finish first.",
                self.path.display(),
                self.sha256
            ),
        )
        .on("filename")
    }
}

/// What happened to one file of a package.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileChange {
    /// The path inside the package; after the change, if it is still there.
    pub path: String,
    /// The path it had, when only that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What happened.
    pub kind: FileChangeKind,
    /// Size before in bytes, if it was there.
    pub size_before: Option<u64>,
    /// Size after in bytes, if it still is.
    pub size_after: Option<u64>,
}

/// Added, removed, renamed, or changed in content or mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileChangeKind {
    /// Only in the new package.
    Added,
    /// Only in the deployed one.
    Removed,
    /// In both, different.
    Changed,
    /// In both under different paths.
    Renamed,
}

/// One object to create, update or delete.
#[derive(Debug, Clone)]
pub struct ApplyRequest {
    /// Its type.
    pub type_name: Arc<str>,
    /// The object as it is; `None` to create.
    pub prior: Option<Value>,
    /// The planned new state with everything known that can be by now; `None` to delete.
    pub planned: Option<Value>,
    /// The conformed configuration; null to delete.
    pub config: Value,
    /// The provider's own bytes.
    pub private: Private,
    /// The API calls whose attributes changed, as the schema groups them.
    pub groups: Group,
    /// The revision the plan was made for, to be compared by the service where it can.
    pub revision: Option<Arc<str>>,
    /// The package the plan was made for; a different one on disk is refused.
    pub package: Option<PackageChange>,
    /// Where it stands in the configuration, for messages that show configuration.
    pub address: Option<InstanceAddr>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct ApplyResponse {
    /// The object as it now is, also after a failure that left one; `None` when there is none.
    pub object: Option<Value>,
    /// The provider's own bytes.
    pub private: Private,
    /// Errors mean that the step failed.
    pub problems: Diagnostics,
    /// After a failed creation that left an object: whether it must be replaced. Never set because of an interrupt.
    pub tainted: bool,
}

/// What surrounds a step while it runs.
#[derive(Clone, Copy)]
pub struct ApplyContext<'a> {
    /// Where mutating calls are announced.
    pub calls: &'a dyn CallLog,
    /// The wish to end.
    pub stop: &'a Stop,
}

/// A call of a killed run whose outcome nobody recorded.
#[derive(Debug, Clone)]
pub struct SettleRequest {
    /// The type of the object.
    pub type_name: Arc<str>,
    /// The operation that was announced.
    pub operation: String,
    /// The target that was announced with it.
    pub target: String,
    /// The object before the step; `None` when it was a creation.
    pub prior: Option<Value>,
    /// The planned new state; `None` when it was a deletion.
    pub planned: Option<Value>,
    /// The sha256 of the package that was uploaded, in base64, if it was a file.
    pub package: Option<String>,
}

impl SettleRequest {
    /// The object that the call was about, to be looked for: as planned, or as it was when the call would delete it; null
    /// when neither is recorded.
    pub fn subject(&self) -> &Value {
        self.planned.as_ref().or(self.prior.as_ref()).unwrap_or(&Value::NULL)
    }
}

/// Whether such a call landed.
#[derive(Debug, Clone)]
pub enum Settled {
    /// It landed: this is the object (`None` after a deletion).
    Landed {
        /// The object as it is.
        object: Option<Value>,
        /// The provider's own bytes.
        private: Private,
        /// Whether the object cannot be used as the killed run left it, and must be made anew.
        tainted: bool,
    },
    /// It did not land; nothing is there.
    NotLanded,
    /// Something is there that this call would not have made, or it could not be read; a person must look.
    Unclear(Diagnostics),
}

/// An object found by its import id.
#[derive(Debug, Clone)]
pub struct ImportResponse {
    /// The object, complete enough to be read.
    pub object: Value,
    /// The provider's own bytes.
    pub private: Private,
}

/// What a configuration that was written for an object would say.
#[derive(Debug, Clone)]
pub struct Description {
    /// The object without what its configuration is better off without: arguments that exclude others, and those that
    /// repeat what others say or what the service decides.
    pub object: Value,
    /// What the object is made of, where an argument names a file with it.
    pub content: Option<Content>,
    /// What could not be described, and why.
    pub problems: Diagnostics,
}

impl Description {
    /// An object whose configuration says what it says.
    pub fn of(object: Value) -> Self {
        Description { object, content: None, problems: Diagnostics::new() }
    }
}

/// What an object is made of.
#[derive(Clone)]
pub struct Content {
    /// A name for the file, such as `orders.zip`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The argument that names the file.
    pub path: &'static str,
    /// The argument that gives its hash, if there is one, and the function of the language that computes it.
    pub hash: Option<(&'static str, &'static str)>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({:?}, {} bytes)", self.name, self.bytes.len())
    }
}
