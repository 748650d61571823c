//! What came of a step, taken into state and world, and written down.
//! Knows nothing of how it was done.

use super::executor::{Executor, Finished, missing, scope};
use super::task::{Called, Outcome};
use super::{StepId, StepResult, instance, object};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Path, Value};
use crate::plan::{Action, ResourceChange, Step, StepKind, contract};
use crate::provider::ApplyResponse;
use crate::schema::mark_secrets;
use crate::state::{Object, ObjectStatus};

impl Executor<'_, '_> {
    /// Takes in what a task brought, and says how it goes on.
    pub(super) fn finish(&mut self, step: &Step, change: &ResourceChange, outcome: Outcome) -> Finished {
        match outcome {
            Outcome::Unannounced(problem) => {
                if step.kind == StepKind::Up {
                    self.restore(change);
                }
                // Once is enough for all that were about to begin.
                if !std::mem::replace(&mut self.unrecorded, true) {
                    let problems = self.located(problem.into(), change);
                    self.problems.extend(problems);
                }
                Finished::Failed
            }
            Outcome::Provisioned { at, ended } => self.take_provisioned(step, change, at, ended),
            Outcome::Called(called) => {
                let provisioned = self.is_provisioned(step, change);
                match self.take_called(step, change, called, provisioned) {
                    Err(()) => Finished::Failed,
                    Ok(_) if provisioned => self.provision(step, change, 0),
                    Ok(id) => Finished::Done(id),
                }
            }
        }
    }

    /// Takes in what calls brought: the new state is recorded, names get their values. `Ok` has the object's identity. A
    /// new object that is to be `provisioned` is not whole yet.
    fn take_called(
        &mut self,
        step: &Step,
        change: &ResourceChange,
        called: Called,
        provisioned: bool,
    ) -> Result<Option<(String, String)>, ()> {
        let Called { step: id, sensitive, planned, response, unclear } = called;
        let mut problems = Diagnostics::new();
        let mut new = Value::NULL;
        match response {
            Err(found) => {
                problems.extend(found);
                if step.kind == StepKind::Up {
                    self.restore(change);
                }
            }
            Ok(response) => match step.kind {
                StepKind::Del => self.take_deletion(change, response, &mut problems),
                _ => new = self.take_object(step, change, response, &sensitive, &planned, &mut problems),
            },
        }
        if provisioned
            && let Some(object) = self.state.object(&change.addr).filter(|_| !new.is_null()).cloned()
        {
            let tainted = Object { status: ObjectStatus::Tainted, ..object };
            self.state.set(&change.addr, None, &change.provider, tainted);
        }
        problems = self.located(problems, change);
        if problems.has_errors()
            && let Some(check) = self.run.config.check_around(&change.addr.resource)
        {
            problems = self.checks.unread(check, &change.addr.resource.module, problems);
            self.state.remove(&change.addr, None);
        }
        let mut failed = problems.has_errors();
        self.problems.extend(problems);
        if !failed && !provisioned && step.kind != StepKind::Del {
            failed = self.postconditions(change, &new).is_err();
        }
        // When nobody has seen what became of the object, the step stays open, for the next run to settle.
        let lost = failed && unclear && new.is_null();
        if let Some(id) = id.filter(|_| !lost) {
            self.record_end(id, failed, &change.addr);
        }
        if failed { Err(()) } else { Ok(object::identity(&new)) }
    }

    fn located(&self, problems: Diagnostics, change: &ResourceChange) -> Diagnostics {
        match self.run.config.resource(&change.addr.resource) {
            Some(resource) => instance::located(problems, resource, &change.addr),
            None => problems.map(|d| d.of(&change.addr)),
        }
    }

    /// Writes down that a step is done, and what the state is now.
    fn record_end(&mut self, id: StepId, failed: bool, addr: &InstanceAddr) {
        let result = if failed { StepResult::Failed } else { StepResult::Done };
        if let Err(error) = self.run.recorder.step_end(id, result, &self.state) {
            self.unrecorded = true;
            self.problems.push(
                Diagnostic::error(
                    "State cannot be written",
                    format!(
                        "What was done to {addr} is done, but could not be written down: {error}. It is kept in memory and \
                         will be written when the apply ends.",
                    ),
                )
                .of(addr),
            );
        }
    }

    fn take_deletion(
        &mut self,
        change: &ResourceChange,
        response: ApplyResponse,
        problems: &mut Diagnostics,
    ) {
        let deposed = self.deposed_name(change);
        let failed = response.problems.has_errors();
        problems.extend(response.problems);
        // The current object of a replacement that creates first is the new one.
        if !failed && (deposed.is_some() || change.action != Action::CreateThenDelete) {
            self.state.remove(&change.addr, deposed);
        }
    }

    fn take_object(
        &mut self,
        step: &Step,
        change: &ResourceChange,
        response: ApplyResponse,
        sensitive: &[Path],
        planned: &Value,
        problems: &mut Diagnostics,
    ) -> Value {
        let addr = &change.addr;
        let failed = response.problems.has_errors();
        problems.extend(response.problems);
        let Some(found) = response.object else {
            if step.kind == StepKind::Up {
                self.restore(change);
                if change.action == Action::Update && !failed {
                    self.state.remove(addr, None);
                }
                if !failed {
                    problems.push(vanished(addr));
                }
            }
            return Value::NULL;
        };
        let Some(schema) = self.run.registry.schema(addr.resource.mode, &addr.resource.type_name) else {
            problems.push(missing(addr));
            return Value::NULL;
        };
        if !failed {
            let unknown = contract::unknowns(&found);
            if !unknown.is_empty() {
                problems.push(still_unknown(addr, &unknown));
            }
            let broken = contract::result_fits(&schema.block, planned, &found);
            if !broken.is_empty() && step.kind == StepKind::Up {
                problems.push(instance::contract_broken(
                    addr,
                    "Provider produced inconsistent result after apply",
                    &broken,
                ));
            }
        }
        let mut value = mark_secrets(schema, without_unknowns(&found).mark_paths(sensitive));
        if failed {
            // Part of it may be as it was, and as secret.
            value = value.mark_paths(&change.before.sensitive_paths());
        }
        let like = self.state.object(addr).cloned();
        let mut object = object::object(schema, &value, &response.private, like.as_ref());
        object.dependencies.clone_from(&change.dependencies);
        object.create_before_destroy = change.create_before_destroy;
        object.status = if failed && response.tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready };
        if step.kind == StepKind::Read {
            object.private = None;
            object.dependencies = Vec::new();
        }
        self.state.set(addr, None, &change.provider, object);
        self.set_instance(addr, value.clone());
        value
    }

    pub(super) fn postconditions(&mut self, change: &ResourceChange, value: &Value) -> Result<(), ()> {
        let Some(resource) = self.run.config.resource(&change.addr.resource) else { return Ok(()) };
        let scope = scope(&self.expansions, &self.world, &change.addr).with_self(value.clone());
        let found = self.checks.after(resource, &change.addr, &scope.context());
        let failed = found.has_errors();
        self.problems.extend(found);
        if failed { Err(()) } else { Ok(()) }
    }
}

/// An object must hold nothing unknown; what a provider left so is a bug of its, and null in state.
fn without_unknowns(value: &Value) -> Value {
    if value.is_unknown() {
        return Value::null(value.ty()).with_sensitive(value.is_sensitive());
    }
    if value.is_wholly_known() {
        return value.clone();
    }
    value.map_children(without_unknowns)
}

fn still_unknown(addr: &InstanceAddr, paths: &[Path]) -> Diagnostic {
    let paths: Vec<String> = paths.iter().map(|p| format!(".{p}")).collect();
    Diagnostic::error(
        "Provider returned invalid result object after apply",
        format!(
            "After the apply, the provider still gave unknown values for {addr} at {}; they are null in state. This is a \
             bug in lambdaform, which should be reported.",
            paths.join(", ")
        ),
    )
    .of(addr)
}

fn vanished(addr: &InstanceAddr) -> Diagnostic {
    Diagnostic::error(
        "Object vanished",
        format!("{addr} was there while it was being changed and is gone now. Plan again to create it anew."),
    )
    .of(addr)
}
