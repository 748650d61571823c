//! `Task`: a change of one object, announced and then left to its provider.
//! Knows nothing of state, or of other steps.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Recorder, StepId, StepRecord};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Path, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, CallId, CallLog, CallOutcome, Connection, Stop,
};

/// A change of one object.
pub(super) struct Task {
    /// Who makes it.
    pub(super) connection: Arc<dyn Connection>,
    /// How it is announced.
    pub(super) record: StepRecord,
    /// What is asked for.
    pub(super) request: ApplyRequest,
    /// Where configuration puts secrets into the object.
    pub(super) sensitive: Vec<Path>,
}

impl Task {
    /// Announces the step and has it done. What cannot be announced is not done.
    pub(super) async fn run(self, recorder: Arc<dyn Recorder>, stop: Stop) -> Outcome {
        let Task { connection, record, request, sensitive } = self;
        let planned = request.planned.clone().unwrap_or(Value::NULL);
        let step = match recorder.step_begin(&record) {
            Ok(step) => step,
            Err(error) => return Outcome::Unannounced(unannounced(&record.addr, &error)),
        };
        let calls = StepCalls { recorder, step, unclear: AtomicUsize::new(0) };
        let response = match connection.connect().await {
            Ok(()) => Ok(connection.apply(request, ApplyContext { calls: &calls, stop: &stop }).await),
            Err(problems) => Err(problems),
        };
        let unclear = calls.unclear.load(Ordering::SeqCst) > 0;
        Outcome::Called(Called { step: Some(step), sensitive, planned, response, unclear })
    }
}

/// What a finished task brings.
pub(super) enum Outcome {
    /// It could not be written down that it begins, so that nothing was done.
    Unannounced(Diagnostic),
    /// Of the step's calls.
    Called(Called),
    /// Of one of its provisioners.
    Provisioned {
        /// Its position.
        at: usize,
        ended: Result<(), Diagnostics>,
    },
}

/// What the calls of a step bring.
pub(super) struct Called {
    /// How the recorder knows it, if it has been announced.
    pub(super) step: Option<StepId>,
    /// Where configuration put secrets into the object.
    pub(super) sensitive: Vec<Path>,
    /// What was asked for.
    pub(super) planned: Value,
    /// What the provider answered, or why it was not asked.
    pub(super) response: Result<ApplyResponse, Diagnostics>,
    /// Whether nobody knows how a call of it ended.
    pub(super) unclear: bool,
}

impl Outcome {
    /// For a task that ended in a panic: a bug of ours, but state and the other steps must survive it.
    pub(super) fn crashed(addr: &InstanceAddr, provisioning: Option<usize>) -> Self {
        let problem = Diagnostic::error(
            "Step ended unexpectedly",
            format!(
                "The step for {addr} ended with an internal error. This is a bug in lambdaform, which should be reported. \
                 The next run reads the object again."
            ),
        )
        .of(addr);
        match provisioning {
            Some(at) => Outcome::Provisioned { at, ended: Err(problem.into()) },
            None => Outcome::Called(Called {
                step: None,
                sensitive: Vec::new(),
                planned: Value::NULL,
                response: Err(problem.into()),
                unclear: true,
            }),
        }
    }
}

/// Announces the calls of one step.
struct StepCalls {
    recorder: Arc<dyn Recorder>,
    step: StepId,
    /// How many were announced and not reported to have landed or been refused.
    unclear: AtomicUsize,
}

impl CallLog for StepCalls {
    fn begin(&self, operation: &'static str, target: &str) -> io::Result<CallId> {
        let call = self.recorder.call_begin(self.step, operation, target)?;
        self.unclear.fetch_add(1, Ordering::SeqCst);
        Ok(call)
    }

    fn end(&self, call: CallId, outcome: CallOutcome) {
        self.recorder.call_end(call, outcome);
        if outcome != CallOutcome::Unclear {
            self.unclear.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn unannounced(addr: &InstanceAddr, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        "Journal cannot be written",
        format!(
            "The intent to change {addr} could not be written down ({error}), so nothing was done to it, and nothing \
             more is begun. Make room or fix the permissions of the .lambdaform directory, then apply again.",
        ),
    )
    .of(addr)
}
