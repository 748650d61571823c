//! `Planner`: walks the graph and plans instance by instance.
//! Decides which instance is planned with what; how one is planned is `instance`'s business, and what is left over in state
//! that of `deletions`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::checks::Checks;
use super::connections::{Connections, provider_of, state_form};
use super::expand::{self, Expansion, Times};
use super::graph::{self, Graph, Node};
use super::imports::Imports;
use super::instance::{self, Configured, Managed, Prior};
use super::kinds::{kind_of, unsupported};
use super::object::{self, Objects};
use super::refresh::Refreshed;
use super::removals::Removals;
use super::scope::InstanceScope;
use super::target::Targets;
use super::world::{Repetition, World};
use super::{EventSink, PlanOptions, Run, ignore_changes, outputs, variables};
use crate::base::{Diagnostics, InstanceAddr, InstanceKey, Mode, ModuleAddr, Name, ResourceAddr, Value};
use crate::config::Resource;
use crate::plan::{Action, CheckKind, ResourceChange};
use crate::provider::{Connection, Provider};
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
    /// How many resources the instances that are wanted depend on, one with the other.
    pub(super) depended: usize,
}

/// Whether it could not be told what instances a resource has in some instance of its module.
pub(super) fn has_failed_anywhere(failed: &HashSet<ResourceAddr>, addr: &ResourceAddr) -> bool {
    failed.iter().any(|failed| failed.config() == *addr)
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
    pub(super) async fn plan_everywhere(&mut self, addr: &ResourceAddr, events: EventSink<'_>) {
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
        if !has_failed_anywhere(&self.failed, addr) {
            self.checks.met(CheckKind::Resource, addr.to_string());
        }
    }

    /// Evaluates a check in every instance of its module. With targets, it would judge what is not all there.
    pub(super) fn check(&mut self, path: &ModuleAddr, name: &Name) {
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
        self.checks.met(CheckKind::Check, path.address_of(format_args!("check.{name}")));
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

    pub(super) fn check_variable(&mut self, path: &ModuleAddr, name: &Name) {
        for module in self.world.instances(path).to_vec() {
            let found = variables::check(self.run.config, &self.world, &module, name, &mut self.checks);
            if self.targets.include_some_within(path) {
                self.problems.extend(found);
            }
        }
        self.take_world_problems(path);
    }

    pub(super) fn set_output(&mut self, path: &ModuleAddr, name: &Name) {
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
        let kind = kind_of(self.run.registry, resource);
        let expansion = expand::expand(Times::of(resource), &self.world.scope(&addr.module));
        let Some((provider, schema)) = kind else {
            // Modules that many use declare more than each of them needs.
            if let Ok(expansion) = &expansion
                && expansion.instances.is_empty()
            {
                self.world.set_repetition(addr, expansion.repetition);
                return Ok(());
            }
            self.problems.push(unsupported(self.run.registry, resource, &addr.module));
            return Err(());
        };
        self.problems.extend(ignore_changes::check(resource, schema));
        let expansion =
            expansion.map_err(|found| self.problems.extend(found.map(|d| d.within(resource.context()))));
        self.take_local_problems();
        let expansion = expansion?;
        if self.wanted.len() + expansion.instances.len() > expand::MOST {
            self.problems.push(expand::too_many(resource.span).within(resource.context()));
            return Err(());
        }
        let dependencies = self.graph.dependencies.get(addr).map_or(0, BTreeSet::len);
        self.depended += dependencies.saturating_mul(expansion.instances.len());
        if self.depended > graph::MOST {
            let problem = graph::too_many(&addr.to_string()).at(resource.span);
            self.problems.push(problem.within(resource.context()));
            return Err(());
        }
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

    /// Whether it could not be told what instances a resource has.
    pub(super) fn has_failed(&self, addr: &ResourceAddr) -> bool {
        self.failed.contains(addr) || self.failed_modules.iter().any(|module| addr.module.is_within(module))
    }

    fn take_local_problems(&mut self) {
        self.problems.extend(self.world.take_problems());
    }

    fn plan_managed(&mut self, one: &One<'_>, provider_text: &str) -> Result<Value, ()> {
        let One { resource, addr, .. } = one;
        let Some((_, ty)) = self.run.registry.resource(&addr.resource.type_name) else { return Err(()) };
        let config = self.configure(one)?;
        self.adopt(one, &config, provider_text);
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
            files_may_change: self.files_may_change(&addr.resource.config()),
        };
        let mut change = instance::plan(&managed, &mut self.problems)?;
        change.previous_addr = self.moved.get(*addr).cloned();
        change.importing = self.imported(addr);
        change.generated = self.generated(addr);
        let dependencies = self.graph.dependencies.get(&addr.resource.config());
        change.dependencies = dependencies.into_iter().flatten().cloned().collect();
        // Terraform lists them by their texts.
        change.dependencies.sort_by_cached_key(ToString::to_string);
        let value = change.after.clone();
        // As in Terraform, nothing is planned for what needs something that could not be planned.
        if change.dependencies.iter().any(|on| has_failed_anywhere(&self.failed, on)) {
            return Ok(value);
        }
        if change.action != Action::NoOp {
            self.pending.insert(addr.resource.config());
        }
        self.changes.push(change);
        self.postconditions(one, &value)?;
        Ok(value)
    }

    pub(super) fn configure(&mut self, one: &One<'_>) -> Result<Configured, ()> {
        let scope = one.scope(&self.world);
        let failed = self.checks.before(one.resource, one.addr, &scope.context());
        let stop = failed.has_errors();
        self.problems.extend(failed);
        if stop {
            return Err(());
        }
        instance::configure(one.resource, one.schema, one.provider, one.addr, &scope, &mut self.problems)
    }

    pub(super) fn postconditions(&mut self, one: &One<'_>, value: &Value) -> Result<(), ()> {
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
