//! `Recorder`: where the engine writes down what it is about to do and what came of it.
//! Knows nothing of files; `cli` puts the journal and the state store behind it.

use std::io;

use crate::base::{InstanceAddr, Name, Value};
use crate::plan::{Action, StepKind};
use crate::provider::{CallId, CallOutcome, Private};
use crate::state::{Object, State};

/// Names one step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StepId(pub u64);

/// What a step is about to do: enough to settle it by reading, should the run be killed.
#[derive(Debug, Clone)]
pub struct StepRecord {
    /// The instance.
    pub addr: InstanceAddr,
    /// The deposed object, when the step is about one.
    pub deposed: Option<Name>,
    /// The provider configuration.
    pub provider: String,
    /// What happens to the instance.
    pub action: Action,
    /// Which half of it this step is.
    pub kind: StepKind,
    /// The object before; null when there is none.
    pub prior: Value,
    /// The planned object; null when there will be none.
    pub planned: Value,
    /// The provider's own bytes.
    pub private: Private,
    /// The sha256 of the package that is uploaded, in base64: by the time of settling, the file may be another.
    pub package: Option<String>,
    /// What state will say beside the attributes, should the object be adopted.
    pub template: Option<Object>,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepResult {
    /// It is done and in the state handed over with it.
    Done,
    /// It failed; what is left of it is in the state handed over with it.
    Failed,
}

/// Where the engine writes down what it does. Implementations are shared between tasks.
pub trait Recorder: Send + Sync {
    /// Writes down that a step begins; on return the record will survive a kill together with the step's first call.
    ///
    /// # Errors
    /// When it could not be written; the step is then not taken.
    fn step_begin(&self, record: &StepRecord) -> io::Result<StepId>;

    /// Announces a mutating call of a step; on return the intent is on disk.
    ///
    /// # Errors
    /// When it could not be written; the call is then not made.
    fn call_begin(&self, step: StepId, operation: &'static str, target: &str) -> io::Result<CallId>;

    /// Writes down how a call ended.
    fn call_end(&self, call: CallId, outcome: CallOutcome);

    /// Writes down how a step ended, with the state as it is from now on. Later states may overtake earlier ones on
    /// their way to disk; the journal covers what is between.
    ///
    /// # Errors
    /// When the state could not be handed over.
    fn step_end(&self, step: StepId, result: StepResult, state: &State) -> io::Result<()>;
}

/// Writes nothing down: for verbs that change nothing, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRecord;

impl Recorder for NoRecord {
    fn step_begin(&self, _: &StepRecord) -> io::Result<StepId> {
        Ok(StepId(0))
    }

    fn call_begin(&self, _: StepId, _: &'static str, _: &str) -> io::Result<CallId> {
        Ok(CallId(0))
    }

    fn call_end(&self, _: CallId, _: CallOutcome) {}

    fn step_end(&self, _: StepId, _: StepResult, _: &State) -> io::Result<()> {
        Ok(())
    }
}
