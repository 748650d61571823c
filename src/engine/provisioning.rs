//! Provisioners in their turn: after the call that creates an object, or before the one that destroys it.
//! Knows nothing of what they do.
//!
//! While the provisioners of a new object run, state has it as tainted: a run that is killed meanwhile leaves an object
//! that is not whole, and the next one makes it anew.

use super::executor::{Executor, Finished, Started, scope};
use super::provisioners::Provisioners;
use super::task::Outcome;
use super::{StepRecord, StepResult, object};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::plan::{Action, ResourceChange, Step, StepKind};
use crate::provider::BoxFuture;
use crate::state::ObjectStatus;

impl<'r> Executor<'_, 'r> {
    /// The provisioners that belong to a step.
    fn provisioners(&self, step: StepKind, change: &ResourceChange) -> Option<Provisioners<'r>> {
        let (config, addr) = (self.run.config, &change.addr);
        let found = match step {
            StepKind::Up if change.action != Action::Update => Provisioners::after_creation(config, addr),
            // What was put aside, or never became whole, goes without.
            StepKind::Del if self.deposed_name(change).is_none() && !self.is_tainted(change) => {
                Provisioners::before_destruction(config, addr)
            }
            _ => return None,
        };
        Some(found).filter(|found| !found.is_empty())
    }

    fn is_tainted(&self, change: &ResourceChange) -> bool {
        self.state.object(&change.addr).is_some_and(|object| object.status == ObjectStatus::Tainted)
    }

    /// Whether an object is whole only after provisioners have run.
    pub(super) fn is_provisioned(&self, step: &Step, change: &ResourceChange) -> bool {
        step.kind == StepKind::Up && self.provisioners(step.kind, change).is_some()
    }

    /// Begins a destruction, with what comes before the call if there is any of it.
    pub(super) fn start_destruction(&mut self, change: &ResourceChange) -> Result<Started, Diagnostics> {
        match self.provisioner(StepKind::Del, change, 0) {
            Some(first) => {
                let id = object::identity(&change.before);
                first.map(|future| Started::Task { id, future })
            }
            None => self.start_deletion(change),
        }
    }

    /// The provisioner at a position, running; `None` behind the last one.
    fn provisioner(
        &mut self,
        step: StepKind,
        change: &ResourceChange,
        at: usize,
    ) -> Option<Result<BoxFuture<'static, Outcome>, Diagnostics>> {
        let addr = &change.addr;
        let all = self.provisioners(step, change)?;
        let object = match step {
            StepKind::Del => change.before.clone(),
            _ => self.world.instance(&addr.resource, addr.key.as_ref()).cloned().unwrap_or(Value::DYNAMIC),
        };
        let scope = scope(&self.expansions, &self.world, addr).with_self(object);
        let ready = all.ready(at, self.run.registry, addr, &scope)?;
        // What locals and arguments complain of is in the diagnostics of whoever refers to them.
        let found = self.world.take_problems();
        let ready = match ready {
            Ok(ready) if !found.has_errors() => ready,
            Ok(_) => return Some(Err(found)),
            Err(mut problems) => {
                problems.extend(found);
                return Some(Err(problems));
            }
        };
        self.provisioning.insert(addr.clone(), at);
        let events = self.events.clone();
        // Nobody listens any more only when the program ends.
        let tell = move |event| drop(events.send(event));
        let running = ready.run(tell, self.run.stop.clone());
        Some(Ok(Box::pin(async move { Outcome::Provisioned { at, ended: running.await } })))
    }

    /// Goes on with the provisioner at a position, or with what follows the last one.
    pub(super) fn provision(&mut self, step: &Step, change: &ResourceChange, at: usize) -> Finished {
        match self.provisioner(step.kind, change, at) {
            Some(Ok(future)) => Finished::Then(future),
            Some(Err(problems)) => {
                self.problems.extend(problems);
                Finished::Failed
            }
            None if step.kind == StepKind::Del => match self.start_deletion(change) {
                Ok(Started::Task { future, .. }) => Finished::Then(future),
                Ok(Started::Nothing) => Finished::Done(None),
                Ok(Started::Failed(problems)) | Err(problems) => {
                    self.problems.extend(problems);
                    Finished::Failed
                }
            },
            None => self.make_whole(change),
        }
    }

    /// Takes in how a provisioner ended.
    pub(super) fn take_provisioned(
        &mut self,
        step: &Step,
        change: &ResourceChange,
        at: usize,
        ended: Result<(), Diagnostics>,
    ) -> Finished {
        self.provisioning.remove(&change.addr);
        if let Err(problems) = ended {
            let passed_over = self.provisioners(step.kind, change).is_some_and(|all| all.may_fail(at))
                && !self.run.stop.is_set();
            if !passed_over {
                self.problems.extend(problems);
                return Finished::Failed;
            }
        }
        if self.run.stop.is_set() {
            self.problems.push(
                Diagnostic::error(
                    "Provisioning interrupted",
                    format!(
                        "The run was interrupted between the provisioners of {0} and what follows them. The next one begins \
                         with them again.",
                        change.addr
                    ),
                )
                .of(&change.addr),
            );
            return Finished::Failed;
        }
        self.provision(step, change, at + 1)
    }

    /// A new object whose provisioners have all run: no longer tainted.
    fn make_whole(&mut self, change: &ResourceChange) -> Finished {
        let addr = &change.addr;
        let value = self.world.instance(&addr.resource, addr.key.as_ref()).cloned().unwrap_or(Value::NULL);
        if let Some(object) = self.state.object(addr).cloned() {
            self.state.set(
                addr,
                None,
                &change.provider,
                crate::state::Object { status: ObjectStatus::Ready, ..object },
            );
        }
        // Not the creation: should the run be killed here, there is nothing to look for.
        let record = StepRecord {
            addr: addr.clone(),
            deposed: None,
            provider: change.provider.clone(),
            action: Action::Update,
            kind: StepKind::Up,
            prior: value.clone(),
            planned: value.clone(),
            private: change.private.clone(),
            package: None,
            template: None,
        };
        let written = self.run.recorder.step_begin(&record);
        let written = written.and_then(|id| self.run.recorder.step_end(id, StepResult::Done, &self.state));
        if let Err(error) = written {
            self.problems.push(
                Diagnostic::error(
                    "State cannot be written",
                    format!(
                        "The provisioners of {addr} have run, but that could not be written down: {error}. It is kept in \
                         memory and will be written when the apply ends."
                    ),
                )
                .of(addr),
            );
        }
        match self.postconditions(change, &value) {
            Ok(()) => Finished::Done(object::identity(&value)),
            Err(()) => Finished::Failed,
        }
    }
}
