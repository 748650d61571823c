//! `validate`: the verb that needs nothing but the configuration.
//! Reads no state, asks no service, and takes every variable for unknown.

use super::checks::Checks;
use super::connections::{self, ProviderAddr, provider_of};
use super::expand::{self, Expansion, Times};
use super::graph::{self, Node};
use super::scope::InstanceScope;
use super::variables::Unset;
use super::world::{Repetition, World};
use super::{ignore_changes, import_rules, instance, kinds, provisioners, variables};
use crate::base::{Diagnostic, Diagnostics, ModuleAddr, Name, Severity, Value};
use crate::config::{Config, Resource};
use crate::lang::FunctionEnv;
use crate::provider::Registry;

/// Checks a configuration without state, credentials or variable values: names, types, constraints and references.
/// What depends on a variable's value counts as unknown. `env` is what functions may know.
pub fn validate(config: &Config, registry: &Registry, env: FunctionEnv) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let graph = match graph::build(config, registry) {
        Ok(graph) => graph,
        Err(found) => return found,
    };
    let mut world = World::new(config, registry, "default", env);
    world.open();
    let mut checks = Checks::default();
    problems.extend(variables::fill(&mut world, &config.root, &Default::default(), Unset::Open, &mut checks));
    for node in &graph.order {
        match node {
            Node::Call(path) => validate_call(config, path, &mut world, &mut problems),
            Node::Variable(at, name) => {
                problems.extend(variables::check(config, &world, at, name, &mut checks));
                problems.extend(world.take_problems());
            }
            Node::Resource(addr) => {
                if let Some(resource) = config.resource(addr) {
                    let mut one = Validation {
                        config,
                        registry,
                        world: &mut world,
                        checks: &mut checks,
                        problems: &mut problems,
                    };
                    one.resource(&addr.module, resource);
                }
            }
            Node::Output(at, name) => {
                problems.extend(validate_output(config, at, name, &mut world, &mut checks))
            }
            Node::Check(at, name) => {
                if let Some(check) = config.module(at).and_then(|module| module.checks.get(name)) {
                    let found = checks.block(check, at, &world);
                    problems.extend(found.into_iter().filter(|d| d.severity == Severity::Error));
                    problems.extend(world.take_problems());
                }
            }
            Node::Local(..) | Node::Provider(_) | Node::Close(_) => {}
        }
    }
    for (at, module) in config.modules() {
        for declared in &module.providers {
            let addr = ProviderAddr { module: at.clone(), reference: declared.reference.clone() };
            if let Some(provider) = connections::provider(config, registry, &addr) {
                let found = connections::configuration(Some(declared), provider.as_ref(), &at, &world);
                problems.extend(found.1);
            }
        }
    }
    for output in config.root.outputs.values() {
        super::outputs::evaluate(output, &world, &mut checks, &mut problems);
    }
    problems.extend(world.check_locals());
    problems.extend(import_rules::validate(config, registry, &world));
    kinds::together(problems)
}

/// One instance stands for all that a module may have.
fn validate_call(config: &Config, path: &ModuleAddr, world: &mut World<'_>, problems: &mut Diagnostics) {
    let (Some(call), Some((parent, (name, _)))) = (config.call(path), path.parent()) else { return };
    let times = Times::of_call(call);
    if let Err(found) = expand::check(times, &world.scope(&parent)) {
        problems.extend(found.map(|d| d.within(call.context())));
    }
    problems.extend(world.take_problems());
    let expansion = if times.repeats() { Expansion::of_any([None]) } else { Expansion::of_keys([None]) };
    world.set_call(&parent, name, expansion);
}

fn validate_output(
    config: &Config,
    at: &ModuleAddr,
    name: &Name,
    world: &mut World<'_>,
    checks: &mut Checks,
) -> Diagnostics {
    let mut problems = super::outputs::check(config, at, name, world, checks);
    if let Err(found) = world.set_output(at, name) {
        problems.extend(found);
    }
    problems.extend(world.take_problems());
    problems
}

struct Validation<'v, 'w> {
    config: &'w Config,
    registry: &'v Registry,
    world: &'v mut World<'w>,
    checks: &'v mut Checks,
    problems: &'v mut Diagnostics,
}

impl Validation<'_, '_> {
    fn resource(&mut self, at: &ModuleAddr, resource: &Resource) {
        let Validation { config, registry, world, checks, problems } = self;
        let addr = resource.addr.within(at);
        let Some((provider, schema)) = kinds::kind_of(registry, resource) else {
            let problem = kinds::unsupported(registry, resource, at);
            match expand::expand(Times::of(resource), &world.scope(at)) {
                Ok(expansion) if expansion.instances.is_empty() => {
                    world.set_repetition(&addr, expansion.repetition);
                }
                Ok(_) if kinds::stands_once(config, at) => problems.push(problem),
                // Whether it stands for anything is not known before values are.
                _ => problems.push(Diagnostic { severity: Severity::Warning, ..problem }),
            }
            return;
        };
        let home = provider_of(config, registry, &addr);
        if let Err(problem) = connections::declared(config, registry, &home) {
            problems.push(problem.at(resource.span).within(resource.context()));
        }
        problems.extend(ignore_changes::check(resource, schema));
        if let Err(found) = expand::check(Times::of(resource), &world.scope(at)) {
            problems.extend(found.map(|d| d.within(resource.context())));
        }
        let instance = addr.instance(None);
        let value = Value::unknown(schema.block.ty());
        let scope =
            InstanceScope::of_anything(world, at).only(resource.for_each.is_some(), resource.count.is_some());
        let _ = instance::configure(resource, schema, provider.as_ref(), &instance, &scope, problems);
        problems.extend(checks.before(resource, &instance, &scope.context()));
        let after = scope.with_self(value.clone());
        problems.extend(checks.after(resource, &instance, &after.context()));
        problems.extend(provisioners::validate(resource, registry, &instance, &after));
        problems.extend(world.take_problems());
        if Times::of(resource).repeats() {
            world.set_repetition(&addr, Repetition::Unknown);
        } else {
            world.set_repetition(&addr, Repetition::One);
            world.set_instance(&addr, None, value);
        }
    }
}
