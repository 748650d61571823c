//! `Event`: what happens while the engine works, for whoever shows it.
//! Knows nothing of how it is shown.

use std::time::Duration;

use crate::base::{Diagnostic, InstanceAddr, Name};
use crate::plan::Counts;

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStep {
    /// While planning, the provider is asked for the object.
    Preparing,
    /// While applying, it is recorded.
    Started,
    /// … and is in the state.
    Done,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Reading of an object's real state begins.
    RefreshStarted {
        /// Which.
        addr: InstanceAddr,
        /// The name and value of what identifies it: `("id", "my-function")`.
        id: Option<(String, String)>,
    },
    /// … and is done.
    RefreshDone {
        /// Which.
        addr: InstanceAddr,
        /// The name and value of what identifies it.
        id: Option<(String, String)>,
    },
    /// An object is taken over for an `import` block.
    Import {
        /// By which instance.
        addr: InstanceAddr,
        /// What the provider knows the object by.
        id: String,
        /// How far it has come.
        step: ImportStep,
    },
    /// A step begins.
    StepStarted {
        /// Which.
        addr: InstanceAddr,
        /// The name of the deposed object it is about, if it is about one.
        deposed: Option<Name>,
        /// What it does.
        verb: StepVerb,
        /// What identifies the object, if it exists already.
        id: Option<(String, String)>,
    },
    /// A step still runs; sent every ten seconds.
    StepRunning {
        /// Which.
        addr: InstanceAddr,
        /// What it does.
        verb: StepVerb,
        /// What identifies the object, if it exists already.
        id: Option<(String, String)>,
        /// Since it began.
        elapsed: Duration,
    },
    /// A step is done.
    StepDone {
        /// Which.
        addr: InstanceAddr,
        /// What it did.
        verb: StepVerb,
        /// What identifies the object.
        id: Option<(String, String)>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step failed; the diagnostics come at the end.
    StepFailed {
        /// Which.
        addr: InstanceAddr,
        /// What it tried.
        verb: StepVerb,
        /// How long it took.
        elapsed: Duration,
    },
    /// A provisioner begins to run.
    ProvisionStarted {
        /// For which object.
        addr: InstanceAddr,
        /// Its kind: `local-exec`.
        provisioner: &'static str,
    },
    /// … says something.
    ProvisionSaid {
        /// For which object.
        addr: InstanceAddr,
        /// Its kind.
        provisioner: &'static str,
        /// One line, without its end.
        line: String,
    },
    /// … has ended.
    ProvisionDone {
        /// For which object.
        addr: InstanceAddr,
        /// Its kind.
        provisioner: &'static str,
        /// Whether it failed; why is among the diagnostics, unless failing does not matter.
        failed: bool,
    },
    /// Something to be said at once, such as what was settled from a killed run.
    Notice(Diagnostic),
    /// The first interrupt was heard.
    Stopping {
        /// How many calls are in flight.
        in_flight: usize,
    },
}

/// What a step does, in the words of progress lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepVerb {
    /// Creating
    Create,
    /// Modifying
    Update,
    /// Destroying
    Delete,
    /// Reading
    Read,
}

/// How an apply ended.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// What was done.
    pub counts: Counts,
    /// What failed and what was not tried, in step order.
    pub unfinished: Vec<Unfinished>,
    /// Whether an interrupt ended it.
    pub interrupted: bool,
    /// Whether the state with all that was done could not be saved.
    pub unsaved: bool,
}

/// A step that is not done.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// Which.
    pub addr: InstanceAddr,
    /// What it would do.
    pub verb: StepVerb,
    /// The failed step it waited for; `None` when it failed itself, or when the run was ended first.
    pub because: Option<InstanceAddr>,
    /// Whether it was tried and failed.
    pub failed: bool,
}
