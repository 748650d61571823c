//! `Executor`: what an apply works on, and how one of its steps begins.
//! Knows nothing of when steps run, which the dispatcher says, nor of what comes of them, which `results` takes in.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::checks::Checks;
use super::connections::{Connections, provider_in_state};
use super::expand::{self, Expansion, Times};
use super::graph::{Graph, Node};
use super::instance::{self, Configured, Managed, Prior};
use super::kinds::kind_of;
use super::object;
use super::scope::InstanceScope;
use super::task::{Called, Outcome, Task};
use super::world::World;
use super::{Event, Run, StepRecord};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, InstanceKey, Name, Path, ResourceAddr, Value};
use crate::config::Resource;
use crate::plan::{Action, Plan, ResourceChange, Step, StepKind, contract};
use crate::provider::{ApplyRequest, ApplyResponse, BoxFuture, Connection, Private, ResourceType};
use crate::schema::{Group, Schema, mark_secrets};
use crate::state::{Object, State};

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
    /// Whether the journal takes nothing any more: then nothing more is begun.
    pub(super) unrecorded: bool,
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

/// How it goes on after a task.
pub(super) enum Finished {
    /// Not at all, the step is done. What identifies the object, if there still is one.
    Done(Option<(String, String)>),
    /// Not at all, the step failed.
    Failed,
    /// With another task.
    Then(BoxFuture<'static, Outcome>),
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
    pub(super) fn set_instance(&mut self, addr: &InstanceAddr, value: Value) {
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
        Ok(self.run_task(id, Task { connection, record, request, sensitive: Vec::new() }))
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
            files_may_change: false,
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
        let marked = mark_secrets(&ty.schema, planned.clone().mark_paths(&config.sensitive));
        let record = self.record(change, StepKind::Up, marked, Some(like));
        if change.action == Action::CreateThenDelete {
            self.depose(change);
        }
        let request = ApplyRequest {
            type_name: addr.resource.type_name.clone(),
            address: Some(addr.clone()),
            prior: old,
            planned: Some(planned),
            config: wanted,
            private,
            groups,
            revision: change.revision.clone().filter(|_| change.action == Action::Update),
            package: change.package.clone(),
        };
        let id = if change.action == Action::Update { object::identity(&change.before) } else { None };
        Ok(self.run_task(id, Task { connection, record, request, sensitive: config.sensitive }))
    }

    fn run_task(&self, id: Option<(String, String)>, task: Task) -> Started {
        let running = task.run(Arc::clone(&self.run.recorder), self.run.stop.clone());
        Started::Task { id, future: Box::pin(running) }
    }

    /// An update for which there is nothing to do after all, now that what was unknown turned out to be what it was: state
    /// and names get the object as it is.
    fn keep(
        &mut self,
        change: &ResourceChange,
        ty: &'static ResourceType,
        sensitive: &[Path],
        value: Value,
        private: &Private,
    ) {
        let addr = &change.addr;
        let value = mark_secrets(&ty.schema, value.mark_paths(sensitive));
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
    pub(super) fn restore(&mut self, change: &ResourceChange) {
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

pub(super) fn missing(addr: &InstanceAddr) -> Diagnostic {
    Diagnostic::error(
        "Plan does not fit configuration",
        format!("The plan has a step for {addr}, which the configuration does not declare. Make a new plan."),
    )
    .of(addr)
}

fn moved_since_plan(addr: &InstanceAddr, broken: &[Path]) -> Diagnostic {
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
