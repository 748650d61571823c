//! `validate`: the verb that needs nothing but the configuration.
//! Reads no state, asks no service, and takes every variable for unknown.

use super::checks::Checks;
use super::connections::{self, provider_of};
use super::world::{InstanceScope, Repetition, World};
use super::{expand, graph, instance, planner, variables};
use crate::base::{Diagnostics, InstanceKey, Value};
use crate::config::{Config, Resource};
use crate::lang::FunctionEnv;
use crate::provider::Registry;

/// Checks a configuration without state, credentials or variable values: names, types, constraints and references.
/// What depends on a variable's value counts as unknown.
pub fn validate(config: &Config, registry: &Registry) -> Diagnostics {
    let module = &config.root;
    let mut problems = Diagnostics::new();
    let graph = match graph::build(module, |r| provider_of(registry, r)) {
        Ok(graph) => graph,
        Err(found) => return found,
    };
    let env = FunctionEnv { base_dir: ".".into(), ..FunctionEnv::default() };
    let mut world = World::new(module, "default", env);
    let mut checks = Checks::default();
    problems.extend(variables::fill(&mut world, module, &Default::default(), true, &mut checks));
    for declared in &module.providers {
        if let Some(provider) = registry.named(&declared.reference.name) {
            problems.extend(connections::configuration(Some(declared), provider.as_ref(), &world).1);
        }
    }
    for addr in &graph.order {
        if let Some(resource) = module.resources.get(addr) {
            validate_resource(resource, registry, &mut world, &mut checks, &mut problems);
        }
    }
    for output in module.outputs.values() {
        if let Err(found) = super::outputs::evaluate(output, &world, &mut checks) {
            problems.extend(found);
        }
    }
    problems.extend(world.check_locals());
    problems
}

fn validate_resource(
    resource: &Resource,
    registry: &Registry,
    world: &mut World<'_>,
    checks: &mut Checks,
    problems: &mut Diagnostics,
) {
    let addr = &resource.addr;
    let Some((provider, schema)) = planner::kind_of(registry, resource) else {
        problems.push(planner::unsupported(registry, resource));
        return;
    };
    if let Err(problem) = connections::declared(world.module(), registry, &provider_of(registry, resource)) {
        problems.push(problem.at(resource.span).within(resource.context()));
    }
    problems.extend(instance::check_ignored(resource, schema));
    if let Err(found) = expand::check(resource, world) {
        problems.extend(found.map(|d| d.within(resource.context())));
    }
    let instance = addr.instance(None);
    let value = Value::unknown(schema.block.ty());
    let scope = match (&resource.count, &resource.for_each) {
        (Some(_), _) => InstanceScope::of(world, Some(&InstanceKey::Int(0)), None),
        (_, Some(_)) => InstanceScope::of_some_key(world),
        _ => world.scope(),
    };
    let _ = instance::configure(resource, schema, provider.as_ref(), &instance, &scope, problems);
    problems.extend(checks.before(resource, &instance, &scope.context()));
    problems.extend(checks.after(resource, &instance, &scope.clone().with_self(value.clone()).context()));
    problems.extend(world.take_problems());
    if resource.count.is_some() || resource.for_each.is_some() {
        world.set_repetition(addr, Repetition::Unknown);
    } else {
        world.set_repetition(addr, Repetition::One);
        world.set_instance(addr, None, value);
    }
}
