//! `Planner`: walks the graph, plans instance by instance, then what is left over, then the outputs and the order.
//! Decides which instance is planned with what; how one instance is planned is `instance`'s business.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::checks::Checks;
use super::connections::{Connections, provider_of, state_form};
use super::expand::{self, Expansion, Times};
use super::graph::{Graph, Node};
use super::imports::Imports;
use super::instance::{self, Configured, Managed, Prior};
use super::object::{self, Objects};
use super::refresh::{Refreshed, interrupted};
use super::removals::Removals;
use super::scope::InstanceScope;
use super::target::Targets;
use super::world::{Repetition, World};
use super::{Event, EventSink, PlanOptions, Run, StepVerb, outputs, variables};
use crate::base::suggest::did_you_mean;
use crate::base::{
    Diagnostic, Diagnostics, InstanceAddr, InstanceKey, Mode, ModuleAddr, Name, ResourceAddr, Value,
};
use crate::config::Resource;
use crate::plan::order::{self, Dependencies, Ordered};
use crate::plan::propose::Proposal;
use crate::plan::{Action, Plan, PlanMode, Reason, ResourceChange};
use crate::provider::{Connection, Provider, ResourceType};
use crate::schema::Schema;
use crate::state::{ObjectStatus, State};

/// Everything a plan is made from, and what has been planned so far.
pub(super) struct Planner<'a, 'r, 'w> {
    pub(super) run: &'a Run<'r>,
    pub(super) options: &'a PlanOptions,
    pub(super) graph: &'a Graph,
    pub(super) targets: Targets,
    pub(super) world: World<'w>,
    pub(super) connections: Connections<'a>,
    pub(super) objects: Objects<'a>,
    pub(super) state: State,
    pub(super) refreshed: Refreshed,
    /// New address → old address, for objects that moved.
    pub(super) moved: BTreeMap<InstanceAddr, InstanceAddr>,
    /// What leaves state without being destroyed.
    pub(super) removals: Removals,
    pub(super) checks: Checks,
    pub(super) problems: Diagnostics,
    pub(super) changes: Vec<ResourceChange>,
    /// Where the changes of each planned resource stand in `changes`.
    pub(super) planned: HashMap<ResourceAddr, Range<usize>>,
    /// Resources with an instance that changes.
    pub(super) pending: BTreeSet<ResourceAddr>,
    /// Resources whose replacement creates first: by their own wish, or that of one that depends on them.
    pub(super) create_first: HashSet<ResourceAddr>,
    /// Instances that configuration asks for.
    pub(super) wanted: HashSet<InstanceAddr>,
    /// Resources whose instances could not be determined; nothing of theirs is an orphan.
    pub(super) failed: HashSet<ResourceAddr>,
    /// Calls of which nobody can say how often they stand; nothing in them is an orphan either.
    pub(super) failed_modules: Vec<ModuleAddr>,
    /// What import blocks ask for.
    pub(super) imports: Imports,
}

impl Planner<'_, '_, '_> {
    /// Plans every resource of the configuration, in order.
    pub(super) async fn plan_resources(&mut self, events: EventSink<'_>) {
        let graph = self.graph;
        // What was made from state's values is made anew from the planned ones, when its turn comes.
        self.world.forget();
        for node in &graph.order {
            if self.run.stop.is_set() {
                return;
            }
            match node {
                Node::Call(path) => self.expand_call(path),
                Node::Variable(path, name) => self.check_variable(path, name),
                Node::Output(path, name) => self.set_output(path, name),
                Node::Resource(addr) => self.plan_everywhere(addr, events).await,
                Node::Check(path, name) => self.check(path, name),
                Node::Local(..) | Node::Provider(_) | Node::Close(_) => {}
            }
        }
    }

    /// Plans a resource in every instance of its module.
    async fn plan_everywhere(&mut self, addr: &ResourceAddr, events: EventSink<'_>) {
        let Some(resource) = self.run.config.resource(addr) else { return };
        if !self.targets.include_some_of(addr) {
            return;
        }
        self.find_imports(addr);
        for module in self.world.instances(&addr.module).to_vec() {
            let addr = addr.within(&module);
            let begin = self.changes.len();
            if self.plan_resource(&addr, resource, events).await.is_err() {
                self.failed.insert(addr.clone());
                self.world.set_repetition(&addr, Repetition::Unknown);
            }
            self.planned.insert(addr, begin..self.changes.len());
        }
    }

    /// Evaluates a check in every instance of its module. With targets, it would judge what is not all there.
    fn check(&mut self, path: &ModuleAddr, name: &Name) {
        let Some(check) = self.run.config.module(path).and_then(|module| module.checks.get(name)) else {
            return;
        };
        if !self.targets.is_everything() {
            return;
        }
        for module in self.world.instances(path).to_vec() {
            self.problems.extend(self.checks.block(check, &module, &self.world));
            self.take_local_problems();
        }
    }

    fn expand_call(&mut self, path: &ModuleAddr) {
        let (Some((parent, (name, _))), Some(call)) = (path.parent(), self.run.config.call(path)) else {
            return;
        };
        for parent in self.world.instances(&parent).to_vec() {
            if let Err(found) = self.world.expand_call(&parent, name) {
                // With only some of the resources targeted, this module may not matter.
                if self.targets.include_some_within(path) {
                    self.problems.extend(found.map(|d| d.at(call.span)));
                }
                self.failed_modules.push(parent.child(name.clone(), None));
                self.world.set_call(&parent, name, Expansion::of_any([]));
            }
            self.take_world_problems(path);
        }
    }

    fn check_variable(&mut self, path: &ModuleAddr, name: &Name) {
        for module in self.world.instances(path).to_vec() {
            let found = variables::check(self.run.config, &self.world, &module, name, &mut self.checks);
            if self.targets.include_some_within(path) {
                self.problems.extend(found);
            }
        }
        self.take_world_problems(path);
    }

    fn set_output(&mut self, path: &ModuleAddr, name: &Name) {
        for module in self.world.instances(path).to_vec() {
            let mut found = outputs::check(self.run.config, &module, name, &self.world, &mut self.checks);
            if let Err(more) = self.world.set_output(&module, name) {
                found.extend(more);
            }
            if self.targets.include_some_within(path) {
                self.problems.extend(found);
            }
        }
        self.take_world_problems(path);
    }

    /// Takes over what went wrong in a module, unless nothing in it is asked for.
    fn take_world_problems(&mut self, path: &ModuleAddr) {
        let found = self.world.take_problems();
        if self.targets.include_some_within(path) {
            self.problems.extend(found);
        }
    }

    /// `Err` when not even its instances can be told; the problems say why.
    async fn plan_resource(
        &mut self,
        addr: &ResourceAddr,
        resource: &Resource,
        events: EventSink<'_>,
    ) -> Result<(), ()> {
        let Some((provider, schema)) = kind_of(self.run.registry, resource) else {
            self.problems.push(unsupported(self.run.registry, resource));
            return Err(());
        };
        self.problems.extend(instance::check_ignored(resource, schema));
        let expansion = expand::expand(Times::of(resource), &self.world.scope(&addr.module))
            .map_err(|found| self.problems.extend(found.map(|d| d.within(resource.context()))));
        self.take_local_problems();
        let expansion = expansion?;
        let reference = provider_of(self.run.config, self.run.registry, addr);
        let mut found = Diagnostics::new();
        let connection = self.connections.get(&reference, &self.world, &mut found);
        self.problems.extend(found.map(|d| d.at(resource.span).within(resource.context())));
        let connection = connection.ok_or(())?;
        let provider_text = state_form(self.run.config, self.run.registry, &reference);
        let kept = self.kept_instances(addr, &expansion);
        self.world.set_repetition(addr, expansion.repetition);
        for (key, value) in kept {
            self.world.set_instance(addr, key, value);
        }
        for key in expansion.instances.keys() {
            let instance = addr.instance(key.clone());
            self.wanted.insert(instance.clone());
            if !self.targets.include(&instance) {
                continue;
            }
            let one = One {
                resource,
                schema,
                provider: provider.as_ref(),
                connection: &connection,
                addr: &instance,
                expansion: &expansion,
            };
            let planned = match addr.mode {
                Mode::Managed => match self.import(&one, &provider_text, events).await {
                    Ok(()) => self.plan_managed(&one, &provider_text),
                    Err(()) => Err(()),
                },
                Mode::Data => self.read_data(&one, &provider_text, events).await,
            };
            let value = match planned {
                Ok(value) => value,
                Err(()) => {
                    self.failed.insert(addr.clone());
                    Value::unknown(schema.block.ty())
                }
            };
            self.world.set_instance(addr, key.clone(), value);
        }
        self.take_local_problems();
        Ok(())
    }

    /// Instances that targeting leaves out keep the value that state has, if it has them.
    fn kept_instances(
        &self,
        addr: &ResourceAddr,
        expansion: &Expansion,
    ) -> Vec<(Option<InstanceKey>, Value)> {
        if self.targets.is_everything() {
            return Vec::new();
        }
        let keys =
            expansion.instances.keys().filter(|key| !self.targets.include(&addr.instance((*key).clone())));
        let value = |key: &Option<InstanceKey>| self.world.instance(addr, key.as_ref()).cloned();
        keys.map(|key| (key.clone(), value(key).unwrap_or(Value::DYNAMIC))).collect()
    }

    fn take_local_problems(&mut self) {
        self.problems.extend(self.world.take_problems());
    }

    fn plan_managed(&mut self, one: &One<'_>, provider_text: &str) -> Result<Value, ()> {
        let One { resource, addr, .. } = one;
        let Some((_, ty)) = self.run.registry.resource(&addr.resource.type_name) else { return Err(()) };
        let config = self.configure(one)?;
        let prior = self.prior(addr);
        let drift = self.refreshed.drifted(addr).filter(|d| !d.after.is_null()).cloned();
        let managed = Managed {
            addr,
            resource,
            ty,
            provider: provider_text.to_owned(),
            connection: one.connection.as_ref(),
            config: &config,
            prior,
            drift: drift.as_ref(),
            requested: self.options.replace.contains(addr),
            triggered: self.triggered(one),
            create_first: self.create_first.contains(&addr.resource.config()),
        };
        let mut change = instance::plan(&managed, &mut self.problems)?;
        change.previous_addr = self.moved.get(*addr).cloned();
        change.importing = self.imported(addr);
        change.generated = self.generated(addr);
        let dependencies = self.graph.dependencies.get(&addr.resource.config());
        change.dependencies = dependencies.into_iter().flatten().cloned().collect();
        // Terraform lists them by their texts.
        change.dependencies.sort_by_cached_key(ToString::to_string);
        if change.action != Action::NoOp {
            self.pending.insert(addr.resource.config());
        }
        let value = change.after.clone();
        self.changes.push(change);
        self.postconditions(one, &value)?;
        Ok(value)
    }

    fn configure(&mut self, one: &One<'_>) -> Result<Configured, ()> {
        let scope = one.scope(&self.world);
        let failed = self.checks.before(one.resource, one.addr, &scope.context());
        let stop = failed.has_errors();
        self.problems.extend(failed);
        if stop {
            return Err(());
        }
        instance::configure(one.resource, one.schema, one.provider, one.addr, &scope, &mut self.problems)
    }

    fn postconditions(&mut self, one: &One<'_>, value: &Value) -> Result<(), ()> {
        let scope = one.scope(&self.world).with_self(value.clone());
        let failed = self.checks.after(one.resource, one.addr, &scope.context());
        let stop = failed.has_errors();
        self.problems.extend(failed);
        if stop { Err(()) } else { Ok(()) }
    }

    fn prior(&self, addr: &InstanceAddr) -> Option<Prior> {
        let object = self.state.object(addr)?;
        Some(Prior {
            value: self.refreshed.values.get(addr)?.clone(),
            tainted: object.status == ObjectStatus::Tainted,
            private: object::private(object),
            revision: self.refreshed.revisions.get(addr).cloned(),
        })
    }

    /// Whether something that `replace_triggered_by` names changes or is replaced. What is only created or destroyed does
    /// not count, and of an attribute, only a change of its value does; as observed with Terraform 1.11.
    fn triggered(&self, one: &One<'_>) -> bool {
        let scope = one.scope(&self.world);
        let changes = |resource: &ResourceAddr| {
            self.planned.get(resource).and_then(|range| self.changes.get(range.clone())).unwrap_or_default()
        };
        one.resource.lifecycle.replace_triggered_by.iter().any(|expr| {
            super::trigger::resource_part(expr, &scope.context()).is_some_and(|(resource, key, path)| {
                let resource = resource.within(&one.addr.resource.module);
                changes(&resource).iter().any(|change| {
                    (change.action == Action::Update || change.action.is_replace())
                        && (key.is_none() || change.addr.key == key)
                        && (path.is_empty() || change.before.at(&path) != change.after.at(&path))
                })
            })
        })
    }

    async fn read_data(
        &mut self,
        one: &One<'_>,
        provider_text: &str,
        events: EventSink<'_>,
    ) -> Result<Value, ()> {
        let One { resource, addr, schema, .. } = one;
        let config = self.configure(one)?;
        let pure = self.run.registry.data(&addr.resource.type_name).is_some_and(|(_, t)| t.pure);
        let unknown = !config.value.is_wholly_known();
        let mut awaited = self.graph.awaited.get(&addr.resource.config()).into_iter().flatten();
        let waits = awaited.any(|addr| self.pending.contains(addr) && (!pure || self.may_write_files(addr)));
        let check = self.run.config.check_around(&addr.resource);
        let proposed = || {
            let proposal = Proposal { block: &schema.block, empty_is_null: false };
            let after = proposal.propose(None, &config.value).mark_paths(&config.sensitive);
            object::mark_schema(schema, after)
        };
        if unknown || waits {
            let reason = match unknown {
                true => Reason::ReadBecauseConfigUnknown,
                false => Reason::ReadBecauseDependencyPending,
            };
            return Ok(self.put_off(one, provider_text, reason, proposed()));
        }
        events(Event::StepStarted {
            addr: InstanceAddr::clone(addr),
            deposed: None,
            verb: StepVerb::Read,
            id: None,
        });
        let begun = std::time::Instant::now();
        let reading = async {
            one.connection.connect().await?;
            one.connection.read_data(&addr.resource.type_name, config.value.clone()).await
        };
        // Reading can be left at any time, a program of the user's included.
        let read = tokio::select! {
            read = reading => read,
            () = self.run.stop.wait() => Err(interrupted().into()),
        };
        let value = match read {
            Ok(value) => object::mark_schema(schema, value.mark_paths(&config.sensitive)),
            Err(found) => {
                let mut found = instance::located(found, resource, addr);
                if let Some(check) = check {
                    found = self.checks.unread(check, &addr.resource.module, found);
                }
                self.problems.extend(found);
                events(Event::StepFailed {
                    addr: InstanceAddr::clone(addr),
                    verb: StepVerb::Read,
                    elapsed: begun.elapsed(),
                });
                if check.is_none() || self.run.stop.is_set() {
                    return Err(());
                }
                return Ok(self.put_off(one, provider_text, Reason::ReadBecauseCheckNested, proposed()));
            }
        };
        events(Event::StepDone {
            addr: InstanceAddr::clone(addr),
            verb: StepVerb::Read,
            id: object::identity(&value),
            elapsed: begun.elapsed(),
        });
        if check.is_some() {
            // As in Terraform, every apply reads it again, to judge what the apply has made.
            return Ok(self.put_off(one, provider_text, Reason::ReadBecauseCheckNested, value));
        }
        let recorded = object::object(schema, &value, &None, None);
        self.state.set(addr, None, provider_text, recorded);
        self.postconditions(one, &value)?;
        Ok(value)
    }

    /// Whether files may come of a resource: because it is some, or because a provisioner of it builds what is packed.
    fn may_write_files(&self, addr: &ResourceAddr) -> bool {
        let provider = self.run.registry.resource(&addr.type_name).map(|(provider, _)| provider);
        let provisioned =
            self.run.config.resource(addr).is_some_and(|resource| !resource.provisioners.is_empty());
        provisioned || provider.is_some_and(|provider| provider.writes_files())
    }

    /// Leaves the reading of a data source to the apply.
    fn put_off(&mut self, one: &One<'_>, provider_text: &str, reason: Reason, after: Value) -> Value {
        let One { addr, schema, .. } = one;
        self.pending.insert(addr.resource.config());
        self.changes.push(ResourceChange {
            addr: InstanceAddr::clone(addr),
            previous_addr: None,
            deposed: None,
            provider: provider_text.to_owned(),
            action: Action::Read,
            reason: Some(reason),
            before: Value::null(schema.block.ty()),
            after: after.clone(),
            replace_paths: Vec::new(),
            importing: None,
            generated: None,
            private: None,
            revision: None,
            package: None,
            dependencies: Vec::new(),
            create_before_destroy: false,
            undoes_drift: Vec::new(),
        });
        after
    }

    /// Whether it could not be told what instances a resource has.
    pub(super) fn has_failed(&self, addr: &ResourceAddr) -> bool {
        self.failed.contains(addr) || self.failed_modules.iter().any(|module| addr.module.is_within(module))
    }

    /// Objects in state that configuration does not ask for, deposed ones, and everything when destroying.
    pub(super) fn plan_deletions(&mut self) {
        let destroying = self.options.mode == PlanMode::Destroy;
        let mut deletions = Vec::new();
        let mut gone_data = Vec::new();
        for (addr, resource, object) in self.state.managed() {
            if !self.targets.include(&addr) || self.has_failed(&addr.resource) {
                continue;
            }
            if destroying || !self.wanted.contains(&addr) {
                let Some(before) = self.refreshed.values.get(&addr) else { continue };
                let reason = (!destroying).then(|| self.why_deleted(&addr));
                deletions.push((
                    addr,
                    None,
                    resource.provider.clone(),
                    before.clone(),
                    object.clone(),
                    reason,
                ));
            }
        }
        for (addr, deposed, resource, object) in self.state.deposed() {
            if !self.targets.include(&addr) {
                continue;
            }
            match self.objects.value(&addr, object) {
                Ok(before) => {
                    deletions.push((
                        addr,
                        Some(deposed.clone()),
                        resource.provider.clone(),
                        before,
                        object.clone(),
                        None,
                    ));
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        for (addr, resource) in self.state.resources.iter().filter(|(addr, _)| addr.mode == Mode::Data) {
            let instances = resource.objects.keys().map(|key| addr.instance(key.instance.clone()));
            let gone = instances.filter(|instance| {
                destroying
                    || !self.wanted.contains(instance)
                        && !self.has_failed(addr)
                        && self.targets.include(instance)
            });
            gone_data.extend(gone);
        }
        for addr in gone_data {
            self.state.remove(&addr, None);
        }
        for (addr, deposed, provider, before, object, reason) in deletions {
            let declared = self.run.config.resource(&addr.resource);
            if let Some(resource) = declared
                && resource.lifecycle.prevent_destroy
                && deposed.is_none()
            {
                self.problems.push(instance::prevented(&addr, resource));
                continue;
            }
            self.pending.insert(addr.resource.config());
            let forgotten = !destroying && !self.wanted.contains(&addr) && self.removals.forget(&addr);
            self.changes.push(ResourceChange {
                revision: self.refreshed.revisions.get(&addr).cloned(),
                previous_addr: self.moved.get(&addr).cloned(),
                addr,
                deposed,
                provider,
                action: if forgotten { Action::Forget } else { Action::Delete },
                reason,
                after: Value::null(before.ty()),
                before,
                replace_paths: Vec::new(),
                importing: None,
                generated: None,
                private: object::private(&object),
                package: None,
                dependencies: object.dependencies.clone(),
                create_before_destroy: object.create_before_destroy,
                undoes_drift: Vec::new(),
            });
        }
    }

    fn why_deleted(&self, addr: &InstanceAddr) -> Reason {
        let Some(resource) = self.run.config.resource(&addr.resource) else {
            let moved = self.moved.contains_key(addr);
            return if moved {
                Reason::DeleteBecauseNoMoveTarget
            } else {
                Reason::DeleteBecauseNoResourceConfig
            };
        };
        let module = &addr.resource.module;
        if !self.world.instances(&module.path()).contains(module) {
            return Reason::DeleteBecauseNoModule;
        }
        match &addr.key {
            Some(InstanceKey::Int(_)) if resource.count.is_some() => Reason::DeleteBecauseCountIndex,
            Some(InstanceKey::Str(_)) if resource.for_each.is_some() => Reason::DeleteBecauseEachKey,
            _ => Reason::DeleteBecauseWrongRepetition,
        }
    }

    /// Puts the steps in order.
    pub(super) fn order(&mut self, plan: &mut Plan) {
        self.changes.sort_by(|a, b| (&a.addr, &a.deposed).cmp(&(&b.addr, &b.deposed)));
        let mut ordered: Vec<Ordered> = self
            .changes
            .iter()
            .map(|c| Ordered {
                resource: c.addr.resource.config(),
                action: c.action,
                deposed: c.deposed.is_some(),
            })
            .collect();
        let destroying = self.options.mode == PlanMode::Destroy;
        let new = if destroying { Dependencies::new() } else { self.graph.dependencies.clone() };
        let old = old_dependencies(&self.state);
        let changes = &self.changes;
        let registry = self.run.registry;
        order::settle_replacements(&mut ordered, &new, &old, |i| {
            let change = &changes[i];
            registry
                .resource(&change.addr.resource.type_name)
                .is_some_and(|(_, ty)| !instance::keeps_name(ty, Some(&change.before), &change.after))
        });
        for (change, ordered) in self.changes.iter_mut().zip(&ordered) {
            change.action = ordered.action;
        }
        match order::steps(&ordered, &new, &old) {
            Ok(steps) => plan.steps = steps,
            Err(cycle) => {
                let addresses: Vec<String> =
                    cycle.0.iter().map(|i| self.changes[*i].addr.to_string()).collect();
                self.problems.push(Diagnostic::error(
                    "Cycle",
                    format!(
                        "The steps of this plan wait for each other in a circle: {}. Apply it in two parts with -target.",
                        addresses.join(" -> ")
                    ),
                ));
            }
        }
        plan.changes = std::mem::take(&mut self.changes);
    }
}

/// The dependencies that state recorded, closed transitively.
pub(super) fn old_dependencies(state: &State) -> Dependencies {
    let mut direct: Dependencies = BTreeMap::new();
    for (addr, resource) in &state.resources {
        let entry = direct.entry(addr.config()).or_default();
        for object in resource.objects.values() {
            entry.extend(object.dependencies.iter().cloned());
        }
    }
    // Terraform writes the closure already; a state from elsewhere may not.
    let mut closed = direct.clone();
    for dependencies in closed.values_mut() {
        let mut open: Vec<ResourceAddr> = dependencies.iter().cloned().collect();
        while let Some(next) = open.pop() {
            for further in direct.get(&next).into_iter().flatten() {
                if dependencies.insert(further.clone()) {
                    open.push(further.clone());
                }
            }
        }
    }
    closed
}

/// One instance on its way through the planner.
pub(super) struct One<'i> {
    pub(super) resource: &'i Resource,
    pub(super) schema: &'static Schema,
    pub(super) provider: &'i dyn Provider,
    pub(super) connection: &'i Arc<dyn Connection>,
    pub(super) addr: &'i InstanceAddr,
    pub(super) expansion: &'i Expansion,
}

impl One<'_> {
    fn scope<'w>(&self, world: &'w World<'w>) -> InstanceScope<'w> {
        self.expansion.scope(world, &self.addr.resource.module, self.addr.key.as_ref())
    }
}

/// The provider and schema of a resource's type.
pub(super) fn kind_of<'r>(
    registry: &'r crate::provider::Registry,
    resource: &Resource,
) -> Option<(&'r Arc<dyn Provider>, &'static Schema)> {
    match resource.addr.mode {
        Mode::Managed => registry
            .resource(&resource.addr.type_name)
            .map(|(p, t): (_, &'static ResourceType)| (p, &t.schema)),
        Mode::Data => registry.data(&resource.addr.type_name).map(|(p, t)| (p, &t.schema)),
    }
}

/// The error for a type that is not supported: what it is, where, and what is.
pub(super) fn unsupported(registry: &crate::provider::Registry, resource: &Resource) -> Diagnostic {
    unsupported_type(registry, &resource.addr).at(resource.span).within(resource.context())
}

/// The error for a type that is not supported: what it is, and what is.
pub(super) fn unsupported_type(registry: &crate::provider::Registry, addr: &ResourceAddr) -> Diagnostic {
    let (what, mut known): (&str, Vec<&str>) = match addr.mode {
        Mode::Managed => (
            "resource type",
            registry.iter().flat_map(|p| p.schema().resources.iter().map(|t| t.name)).collect(),
        ),
        Mode::Data => {
            ("data source", registry.iter().flat_map(|p| p.schema().data.iter().map(|t| t.name)).collect())
        }
    };
    known.sort_unstable();
    let hint = did_you_mean(&addr.type_name, known.iter().copied());
    Diagnostic::error(
        format!("Unsupported {what}"),
        format!(
            "The {what} {:?} is not supported by this version of lambdaform.{hint} Supported are: {}. Keep the others in \
             Terraform, in a directory of their own, and hand over what is needed in variables.",
            &*addr.type_name,
            known.join(", ")
        ),
    )
}
