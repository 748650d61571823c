//! `Plan` and what it is made of: everything that apply will do, why, in which order and on which inputs.
//! Plain data; knows nothing of how it was decided.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::{Diagnostics, InstanceAddr, Name, Path, ResourceAddr, Value};
use crate::provider::{PackageChange, Private};

/// Everything that apply will do. Apply executes it and decides nothing.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the plan was asked to reach.
    pub mode: PlanMode,
    /// The changes in address order, no-ops included.
    pub changes: Vec<ResourceChange>,
    /// What changed outside since the state was written, in address order.
    pub drift: Vec<ResourceChange>,
    /// The root module's outputs, unchanged ones included.
    pub outputs: BTreeMap<Name, OutputChange>,
    /// What to do, each step after all that it waits for.
    pub steps: Vec<Step>,
    /// The inputs that must not have moved when the plan is applied.
    pub pins: Pins,
    /// The variables of the root module as they were given or defaulted, without the ephemeral ones that were given.
    pub variables: BTreeMap<Name, Value>,
    /// The names of those: to apply the plan, they are given again.
    pub ephemeral: BTreeSet<Name>,
    /// The addresses it was limited to.
    pub targets: Vec<String>,
    /// The addresses it leaves alone.
    pub excludes: Vec<String>,
    /// The results of checks and conditions.
    pub checks: Vec<CheckResult>,
    /// Attributes of resources that other resources' changes depend on; drift elsewhere is not worth a note.
    pub relevant: Vec<(InstanceAddr, Path)>,
    /// When it was made.
    pub timestamp: jiff::Timestamp,
    /// Whether making it failed half-way; such a plan is shown but never applied.
    pub errored: bool,
    /// Warnings, and the errors of an errored plan.
    pub problems: Diagnostics,
}

/// What a plan was asked to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanMode {
    /// The configuration.
    Normal,
    /// Nothing.
    Destroy,
    /// What is already there, recorded.
    RefreshOnly,
}

/// What happens to one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source is read during apply.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed, then made anew.
    DeleteThenCreate,
    /// A new one is made, then the old one destroyed.
    CreateThenDelete,
    /// It is destroyed.
    Delete,
    /// It leaves state and stays where it is.
    Forget,
}

impl Action {
    /// Whether it is one of the two replacements.
    pub fn is_replace(self) -> bool {
        matches!(self, Action::DeleteThenCreate | Action::CreateThenDelete)
    }
}

/// Why an action was chosen, where the change alone does not say it. Serialised as Terraform's `action_reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the format's own, see terraform-surface 3.3")]
pub enum Reason {
    ReplaceBecauseTainted,
    ReplaceBecauseCannotUpdate,
    ReplaceByRequest,
    ReplaceByTriggers,
    DeleteBecauseNoResourceConfig,
    DeleteBecauseNoModule,
    DeleteBecauseWrongRepetition,
    DeleteBecauseCountIndex,
    DeleteBecauseEachKey,
    DeleteBecauseNoMoveTarget,
    ReadBecauseConfigUnknown,
    ReadBecauseDependencyPending,
    ReadBecauseCheckNested,
}

/// What happens to one object, and everything apply needs to do it.
#[derive(Debug, Clone)]
pub struct ResourceChange {
    /// Where the object belongs.
    pub addr: InstanceAddr,
    /// Where it belonged before, when it moved.
    pub previous_addr: Option<InstanceAddr>,
    /// Which deposed object, when it is one.
    pub deposed: Option<Name>,
    /// The provider configuration: `provider["registry.terraform.io/hashicorp/aws"].west`.
    pub provider: String,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: Option<Reason>,
    /// The object before (refreshed), with its marks; null when there is none. For drift: as state had it.
    pub before: Value,
    /// The object after, with unknowns and marks; null when there will be none. For drift: as it was found.
    pub after: Value,
    /// The changes that force replacement.
    pub replace_paths: Vec<Path>,
    /// The id it is imported by.
    pub importing: Option<String>,
    /// The resource block that was generated for it, if that was asked for.
    pub generated: Option<String>,
    /// The provider's own bytes.
    pub private: Private,
    /// The revision the plan was made for.
    pub revision: Option<Name>,
    /// The deployment package on this machine.
    pub package: Option<PackageChange>,
    /// The resources it depends on, near and far, to be kept in state.
    pub dependencies: Vec<ResourceAddr>,
    /// Whether a replacement creates first; kept in state.
    pub create_before_destroy: bool,
    /// Paths at which drift, not configuration, is what the change undoes: (path, value that state had).
    pub undoes_drift: Vec<Path>,
}

impl ResourceChange {
    /// A change with nothing to be said of it but what happens.
    pub fn new(addr: InstanceAddr, provider: String, action: Action, before: Value, after: Value) -> Self {
        ResourceChange {
            addr,
            previous_addr: None,
            deposed: None,
            provider,
            action,
            reason: None,
            before,
            after,
            replace_paths: Vec::new(),
            importing: None,
            generated: None,
            private: None,
            revision: None,
            package: None,
            dependencies: Vec::new(),
            create_before_destroy: false,
            undoes_drift: Vec::new(),
        }
    }
}

/// What happens to one output.
#[derive(Clone, PartialEq)]
pub struct OutputChange {
    /// Create, update, delete or no-op.
    pub action: Action,
    /// The value before; null when there was none.
    pub before: Value,
    /// The value after; null when there will be none.
    pub after: Value,
    /// Whether it is a secret, before or after.
    pub sensitive: bool,
}

impl fmt::Debug for OutputChange {
    /// The values of a secret output are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("OutputChange");
        shown.field("action", &self.action);
        if self.sensitive {
            return shown.field("sensitive", &true).finish_non_exhaustive();
        }
        shown.field("before", &self.before).field("after", &self.after).finish()
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// The index of its change in [`Plan::changes`]; meaningless for a join.
    pub change: usize,
    /// The indexes of the steps it waits for; all smaller than its own.
    pub waits_for: Vec<usize>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// Creates or updates.
    Up,
    /// Deletes.
    Del,
    /// Reads a data source.
    Read,
    /// Drops from state without a call.
    Forget,
    /// Nothing; stands for all steps it waits for, so that many waiting for many stay few edges.
    Join,
}

/// The inputs a plan was made from; packages and revisions are pinned in each change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// The state's serial.
    pub serial: u64,
    /// The state's lineage; empty when there was no state yet.
    pub lineage: String,
    /// The workspace.
    pub workspace: String,
}

/// What a check guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckKind {
    /// Pre- and postconditions of a resource.
    Resource,
    /// Preconditions of an output.
    #[serde(rename = "output_value")]
    Output,
    /// A `check` block.
    Check,
    /// Validations of a variable.
    #[serde(rename = "var")]
    Variable,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// All conditions hold.
    Pass,
    /// A condition does not hold.
    Fail,
    /// A condition could not be evaluated.
    Error,
    /// A condition cannot be known yet.
    Unknown,
}

/// The conditions of one object of configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// What is guarded.
    pub kind: CheckKind,
    /// Its address: `aws_lambda_function.this`, `var.env`, `output.arn`.
    pub address: String,
    /// The worst of its objects.
    pub status: CheckStatus,
    /// One entry per instance.
    pub objects: Vec<CheckObject>,
}

/// The conditions of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckObject {
    /// Its address.
    pub address: String,
    /// How it ended.
    pub status: CheckStatus,
    /// What the failed conditions say.
    pub failures: Vec<String>,
}

impl Plan {
    /// A plan that does nothing.
    pub fn empty(mode: PlanMode) -> Self {
        Plan {
            mode,
            changes: Vec::new(),
            drift: Vec::new(),
            outputs: BTreeMap::new(),
            steps: Vec::new(),
            pins: Pins::default(),
            variables: BTreeMap::new(),
            ephemeral: BTreeSet::new(),
            targets: Vec::new(),
            excludes: Vec::new(),
            checks: Vec::new(),
            relevant: Vec::new(),
            timestamp: jiff::Timestamp::UNIX_EPOCH,
            errored: false,
            problems: Diagnostics::new(),
        }
    }

    /// Whether applying it would do anything to objects, state or outputs.
    pub fn has_changes(&self) -> bool {
        self.changes
            .iter()
            .any(|c| c.action != Action::NoOp || c.previous_addr.is_some() || c.importing.is_some())
            || self.outputs.values().any(|o| o.action != Action::NoOp)
            || (self.mode == PlanMode::RefreshOnly && !self.drift.is_empty())
    }

    /// How many objects are added, changed, destroyed and imported.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.changes {
            counts.import += usize::from(change.importing.is_some());
            match change.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.remove += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    counts.add += 1;
                    counts.remove += 1;
                }
                Action::NoOp | Action::Read | Action::Forget => {}
            }
        }
        counts
    }
}

/// How many objects are added, changed, destroyed and imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Created, replacements included.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Destroyed, replacements included.
    pub remove: usize,
    /// Imported.
    pub import: usize,
}
