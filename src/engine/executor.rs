//! `Executor`: one step begun, and its result taken into state and world.
//! Knows nothing of when steps run; the dispatcher says so.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use super::checks::Checks;
use super::connections::{Connections, provider_in_state};
use super::expand::{self, Expansion, Times};
use super::graph::{Graph, Node};
use super::instance::{self, Configured, Managed, Prior};
use super::object;
use super::planner::kind_of;
use super::scope::InstanceScope;
use super::world::World;
use super::{Event, Recorder, Run, StepId, StepRecord, StepResult};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, InstanceKey, Name, ResourceAddr, Value};
use crate::config::Resource;
use crate::plan::{Action, Plan, ResourceChange, Step, StepKind, contract};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, CallId, CallLog, CallOutcome, Connection, Private,
    ResourceType,
};
use crate::schema::{Group, Schema};
use crate::state::{Object, ObjectStatus, State};

/// Everything an apply works on.
pub(super) struct Executor<'a, 'r> {
    pub(super) run: &'a Run<'r>,
    pub(super) plan: &'a Plan,
    pub(super) graph: &'a Graph,
    pub(super) connections: Connections<'a>,
    pub(super) world: World<'a>,
    pub(super) state: State,
    pub(super) checks: Checks,
    pub(super) problems: Diagnostics,
    pub(super) expansions: HashMap<ResourceAddr, Expansion>,
    /// Old objects of replacements that create first, by the name they got.
    pub(super) deposed: HashMap<InstanceAddr, Name>,
    /// The position of the provisioner that runs for an instance.
    pub(super) provisioning: HashMap<InstanceAddr, usize>,
    /// Takes what running steps have to tell.
    pub(super) events: UnboundedSender<Event>,
}

/// How a step began.
pub(super) enum Started {
    /// There was nothing to do but in state.
    Nothing,
    /// It could not begin.
    Failed(Diagnostics),
    /// It runs.
    Task { id: Option<(String, String)>, future: BoxFuture<'static, Outcome> },
}

/// What a finished task brings.
pub(super) enum Outcome {
    /// Of the step's calls.
    Called(Called),
    /// Of one of its provisioners.
    Provisioned {
        /// Its position.
        at: usize,
        ended: Result<(), Diagnostics>,
    },
}

/// How it goes on after a task.
pub(super) enum Finished {
    /// Not at all, the step is done. What identifies the object, if there still is one.
    Done(Option<(String, String)>),
    /// Not at all, the step failed.
    Failed,
    /// With another task.
    Then(BoxFuture<'static, Outcome>),
}

/// What the calls of a step bring.
pub(super) struct Called {
    step: Option<StepId>,
    sensitive: Vec<crate::base::Path>,
    planned: Value,
    response: Result<ApplyResponse, Diagnostics>,
    /// Whether nobody knows how a call of it ended.
    unclear: bool,
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

impl Executor<'_, '_> {
    /// Gives names their planned values, unknown where apply is to bring them. What the plan left alone keeps the value
    /// that state has.
    pub(super) fn preload_planned(&mut self) {
        let changes = self.plan.changes.iter().filter(|c| c.deposed.is_none() && !c.after.is_null());
        let planned: HashMap<&InstanceAddr, &Value> = changes.map(|c| (&c.addr, &c.after)).collect();
        self.world.forget();
        // The plan has been made from the same values, so nothing of this can fail where it did not.
        for node in &self.graph.order {
            match node {
                Node::Call(path) => self.world.expand_everywhere(path),
                Node::Output(path, name) => self.world.set_output_everywhere(path, name),
                Node::Resource(addr) => {
                    let Some(resource) = self.run.config.resource(addr) else { continue };
                    for module in self.world.instances(&addr.module).to_vec() {
                        self.preload_resource(&addr.within(&module), resource, &planned);
                    }
                }
                _ => {}
            }
        }
        let _ = self.world.take_problems();
    }

    fn preload_resource(
        &mut self,
        addr: &ResourceAddr,
        resource: &Resource,
        planned: &HashMap<&InstanceAddr, &Value>,
    ) {
        let Ok(expansion) = expand::expand(Times::of(resource), &self.world.scope(&addr.module)) else {
            return;
        };
        let value = |key: &Option<InstanceKey>| {
            let value = planned.get(&addr.instance(key.clone())).copied();
            value.or_else(|| self.world.instance(addr, key.as_ref())).cloned().unwrap_or(Value::DYNAMIC)
        };
        let values: Vec<(&Option<InstanceKey>, Value)> =
            expansion.instances.keys().map(|key| (key, value(key))).collect();
        self.world.set_repetition(addr, expansion.repetition);
        for (key, value) in values {
            self.world.set_instance(addr, key.clone(), value);
        }
    }

    /// Gives an instance its value, and what was made from it.
    fn set_instance(&mut self, addr: &InstanceAddr, value: Value) {
        self.world.set_instance(&addr.resource, addr.key.clone(), value);
        if let Some(derived) = self.graph.made_of.get(&addr.resource.config()) {
            self.world.renew(derived, &addr.resource.module);
        }
    }

    /// Begins a step.
    pub(super) fn start(&mut self, step: &Step, change: &ResourceChange) -> Started {
        let begun = match step.kind {
            StepKind::Join => return Started::Nothing,
            StepKind::Forget => {
                self.state.remove(&change.addr, change.deposed.clone());
                return Started::Nothing;
            }
            StepKind::Del => self.start_destruction(change),
            StepKind::Up => self.start_up(change),
            StepKind::Read => self.start_read(change),
        };
        begun.unwrap_or_else(Started::Failed)
    }

    fn connection(&mut self, change: &ResourceChange) -> Result<Arc<dyn Connection>, Diagnostics> {
        let mut problems = Diagnostics::new();
        let reference =
            provider_in_state(self.run.registry, self.run.config, &change.addr, &change.provider)?;
        self.connections.get(&reference, &self.world, &mut problems).ok_or(problems)
    }

    fn record(
        &self,
        change: &ResourceChange,
        kind: StepKind,
        planned: Value,
        like: Option<Object>,
    ) -> StepRecord {
        let prior = if kind == StepKind::Up && change.action != Action::Update {
            Value::NULL
        } else {
            change.before.clone()
        };
        StepRecord {
            addr: change.addr.clone(),
            deposed: change.deposed.clone(),
            provider: change.provider.clone(),
            action: change.action,
            kind,
            prior,
            planned,
            private: change.private.clone(),
            package: change.package.as_ref().map(|package| package.sha256.clone()),
            template: like,
        }
    }

    pub(super) fn start_deletion(&mut self, change: &ResourceChange) -> Result<Started, Diagnostics> {
        let connection = self.connection(change)?;
        let mut record = self.record(change, StepKind::Del, Value::NULL, None);
        record.deposed = self.deposed_name(change);
        let request = ApplyRequest {
            type_name: change.addr.resource.type_name.clone(),
            address: Some(change.addr.clone()),
            prior: Some(change.before.clone().unmark_deep().0),
            planned: None,
            config: Value::NULL,
            private: change.private.clone(),
            groups: Group::NONE,
            revision: None,
            package: None,
        };
        let id = object::identity(&change.before);
        Ok(Started::Task { id, future: self.task(connection, record, request, Vec::new(), Value::NULL) })
    }

    /// The name of the deposed object that a deletion is about, if it is about one.
    pub(super) fn deposed_name(&self, change: &ResourceChange) -> Option<Name> {
        change.deposed.clone().or_else(|| match change.action {
            Action::CreateThenDelete => self.deposed.get(&change.addr).cloned(),
            _ => None,
        })
    }

    fn start_up(&mut self, change: &ResourceChange) -> Result<Started, Diagnostics> {
        let connection = self.connection(change)?;
        let addr = &change.addr;
        let Some(resource) = self.run.config.resource(&addr.resource) else {
            return Err(missing(addr).into());
        };
        let Some((_, ty)) = self.run.registry.resource(&addr.resource.type_name) else {
            return Err(missing(addr).into());
        };
        let config = self.configure(resource, &ty.schema, addr)?;
        let prior = (change.action == Action::Update).then(|| Prior {
            value: change.before.clone(),
            tainted: false,
            private: change.private.clone(),
            revision: change.revision.clone(),
        });
        let managed = Managed {
            addr,
            resource,
            ty,
            provider: change.provider.clone(),
            connection: connection.as_ref(),
            config: &config,
            prior,
            drift: None,
            requested: false,
            triggered: false,
            create_first: change.create_before_destroy,
        };
        let mut problems = Diagnostics::new();
        let refined = instance::refine(&managed, &mut problems);
        let Ok((refined, wanted, private)) = refined else { return Err(problems) };
        let planned = refined.planned;
        if let (Some(pin), Some(now)) = (&change.package, &refined.package)
            && pin.sha256 != now.sha256
        {
            let problem = pin.moved(&format!("has {}", now.sha256));
            return Err(instance::located(problem.into(), resource, addr));
        }
        let promised = change.after.clone().unmark_deep().0;
        let broken = contract::fits(&promised, &planned);
        if !broken.is_empty() {
            return Err(moved_since_plan(addr, &broken).at(resource.span).within(resource.context()).into());
        }
        let old = (change.action == Action::Update).then(|| change.before.clone().unmark_deep().0);
        if old.as_ref() == Some(&planned) && !promised.is_wholly_known() {
            self.keep(change, ty, &config.sensitive, planned, &private);
            return Ok(Started::Nothing);
        }
        let groups =
            old.as_ref().map_or(Group::NONE, |old| ty.schema.block.changed(old, &planned, ty.empty_is_null));
        let mut like = object::object(&ty.schema, &planned, &private, self.state.object(addr));
        like.dependencies.clone_from(&change.dependencies);
        like.create_before_destroy = change.create_before_destroy;
        like.sensitive_paths.clone_from(&config.sensitive);
        let marked = object::mark_schema(&ty.schema, planned.mark_paths(&config.sensitive));
        let record = self.record(change, StepKind::Up, marked, Some(like));
        if change.action == Action::CreateThenDelete {
            self.depose(change);
        }
        let request = ApplyRequest {
            type_name: addr.resource.type_name.clone(),
            address: Some(addr.clone()),
            prior: old,
            planned: Some(planned.clone()),
            config: wanted,
            private,
            groups,
            revision: change.revision.clone().filter(|_| change.action == Action::Update),
            package: change.package.clone(),
        };
        let id = if change.action == Action::Update { object::identity(&change.before) } else { None };
        Ok(Started::Task { id, future: self.task(connection, record, request, config.sensitive, planned) })
    }

    /// An update for which there is nothing to do after all, now that what was unknown turned out to be what it was: state
    /// and names get the object as it is.
    fn keep(
        &mut self,
        change: &ResourceChange,
        ty: &'static ResourceType,
        sensitive: &[crate::base::Path],
        value: Value,
        private: &Private,
    ) {
        let addr = &change.addr;
        let value = object::mark_schema(&ty.schema, value.mark_paths(sensitive));
        let mut object = object::object(&ty.schema, &value, private, self.state.object(addr));
        object.dependencies.clone_from(&change.dependencies);
        object.create_before_destroy = change.create_before_destroy;
        self.state.set(addr, None, &change.provider, object);
        self.set_instance(addr, value);
    }

    /// Puts the current object aside under a name of its own, so that the new one can take its place.
    fn depose(&mut self, change: &ResourceChange) {
        if let Some(old) = self.state.remove(&change.addr, None) {
            let name = object::deposed_name();
            self.state.set(&change.addr, Some(name.clone()), &change.provider, old);
            self.deposed.insert(change.addr.clone(), name);
        }
    }

    /// Gives a deposed object its place back, because no new one came to be.
    fn restore(&mut self, change: &ResourceChange) {
        if let Some(name) = self.deposed.remove(&change.addr)
            && let Some(old) = self.state.remove(&change.addr, Some(name))
        {
            self.state.set(&change.addr, None, &change.provider, old);
        }
    }

    fn start_read(&mut self, change: &ResourceChange) -> Result<Started, Diagnostics> {
        let connection = self.connection(change)?;
        let addr = change.addr.clone();
        let Some(resource) = self.run.config.resource(&addr.resource) else {
            return Err(missing(&addr).into());
        };
        let Some((_, schema)) = kind_of(self.run.registry, resource) else {
            return Err(missing(&addr).into());
        };
        let config = self.configure(resource, schema, &addr)?;
        let type_name = addr.resource.type_name.clone();
        let value = config.value;
        let sensitive = config.sensitive;
        let future = Box::pin(async move {
            let read = match connection.connect().await {
                Ok(()) => connection.read_data(&type_name, value).await,
                Err(problems) => Err(problems),
            };
            let response =
                read.map(|object| ApplyResponse { object: Some(object), ..ApplyResponse::default() });
            Outcome::Called(Called {
                step: None,
                sensitive,
                planned: Value::DYNAMIC,
                response,
                unclear: false,
            })
        });
        Ok(Started::Task { id: None, future })
    }

    fn configure(
        &mut self,
        resource: &Resource,
        schema: &'static Schema,
        addr: &InstanceAddr,
    ) -> Result<Configured, Diagnostics> {
        if !self.expansions.contains_key(&addr.resource) {
            let scope = self.world.scope(&addr.resource.module);
            let expansion = expand::expand(Times::of(resource), &scope)?;
            self.expansions.insert(addr.resource.clone(), expansion);
        }
        let Some((provider, _)) = kind_of(self.run.registry, resource) else {
            return Err(missing(addr).into());
        };
        let scope = scope(&self.expansions, &self.world, addr);
        let mut problems = self.checks.before(resource, addr, &scope.context());
        if problems.has_errors() {
            return Err(problems);
        }
        let config = instance::configure(resource, schema, provider.as_ref(), addr, &scope, &mut problems);
        problems.extend(self.world.take_problems());
        match config {
            Ok(config) if !problems.has_errors() => {
                // Warnings were given with the plan.
                Ok(config)
            }
            _ => Err(problems),
        }
    }

    fn task(
        &self,
        connection: Arc<dyn Connection>,
        record: StepRecord,
        request: ApplyRequest,
        sensitive: Vec<crate::base::Path>,
        planned: Value,
    ) -> BoxFuture<'static, Outcome> {
        let recorder = Arc::clone(&self.run.recorder);
        let stop = self.run.stop.clone();
        Box::pin(async move {
            let step = match recorder.step_begin(&record) {
                Ok(step) => step,
                Err(error) => {
                    let problem = Diagnostic::error(
                        "Journal cannot be written",
                        format!(
                            "The intent to change {} could not be written down ({error}), so nothing was done to it. Make \
                             room or fix the permissions of the .lambdaform directory, then apply again.",
                            record.addr
                        ),
                    )
                    .of(&record.addr);
                    return Outcome::Called(Called {
                        step: None,
                        sensitive,
                        planned,
                        response: Err(problem.into()),
                        unclear: false,
                    });
                }
            };
            let calls = StepCalls { recorder, step, unclear: AtomicUsize::new(0) };
            let response = match connection.connect().await {
                Ok(()) => Ok(connection.apply(request, ApplyContext { calls: &calls, stop: &stop }).await),
                Err(problems) => Err(problems),
            };
            let unclear = calls.unclear.load(Ordering::SeqCst) > 0;
            Outcome::Called(Called { step: Some(step), sensitive, planned, response, unclear })
        })
    }

    /// Takes in what a task brought, and says how it goes on.
    pub(super) fn finish(&mut self, step: &Step, change: &ResourceChange, outcome: Outcome) -> Finished {
        match outcome {
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
        let context = self.run.config.resource(&change.addr.resource);
        problems = match context {
            Some(resource) => instance::located(problems, resource, &change.addr),
            None => problems.map(|d| d.of(&change.addr)),
        };
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
            let result = if failed { StepResult::Failed } else { StepResult::Done };
            if let Err(error) = self.run.recorder.step_end(id, result, &self.state) {
                self.problems.push(
                    Diagnostic::error(
                        "State cannot be written",
                        format!(
                            "What was done to {} is done, but could not be written down: {error}. It is kept in memory and \
                             will be written when the apply ends.",
                            change.addr
                        ),
                    )
                    .of(&change.addr),
                );
            }
        }
        if failed { Err(()) } else { Ok(object::identity(&new)) }
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
        sensitive: &[crate::base::Path],
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
        let mut value = object::mark_schema(schema, without_unknowns(&found).mark_paths(sensitive));
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

/// The scope of an instance whose resource has been expanded.
pub(super) fn scope<'w>(
    expansions: &HashMap<ResourceAddr, Expansion>,
    world: &'w World<'w>,
    addr: &InstanceAddr,
) -> InstanceScope<'w> {
    match expansions.get(&addr.resource) {
        Some(expansion) => expansion.scope(world, &addr.resource.module, addr.key.as_ref()),
        None => InstanceScope::of(world, &addr.resource.module, addr.key.as_ref(), None),
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

fn missing(addr: &InstanceAddr) -> Diagnostic {
    Diagnostic::error(
        "Plan does not fit configuration",
        format!("The plan has a step for {addr}, which the configuration does not declare. Make a new plan."),
    )
    .of(addr)
}

fn still_unknown(addr: &InstanceAddr, paths: &[crate::base::Path]) -> Diagnostic {
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

fn moved_since_plan(addr: &InstanceAddr, broken: &[crate::base::Path]) -> Diagnostic {
    let paths: Vec<String> = broken.iter().map(|p| format!(".{p}")).collect();
    Diagnostic::error(
        "Provider produced inconsistent final plan",
        format!(
            "When values that were unknown at plan time became known, the configuration of {addr} gave other values than \
             those planned at {}. Something the plan was made from has changed since, such as a file or the result of a \
             function that is not the same every time. Nothing was done to it; make a new plan.",
            paths.join(", ")
        ),
    )
    .of(addr)
}
