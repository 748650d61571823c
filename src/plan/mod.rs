//! The plan: changes, ordered steps and pinned inputs, as pure data and pure functions.
//! Does no IO and never sees configuration.

mod change;
pub mod contract;
pub mod diff;
pub mod file;
pub mod order;
pub mod propose;
mod wire;

pub use crate::provider::{FileChange, FileChangeKind, PackageChange};
pub use change::{
    Action, CheckKind, CheckObject, CheckResult, CheckStatus, Counts, OutputChange, Pins, Plan, PlanMode,
    Reason, ResourceChange, Step, StepKind,
};
