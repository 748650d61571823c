//! `validate`: the verb that needs nothing but the configuration.
//! Reads no state, asks no service, and takes every variable for unknown.

use super::checks::Checks;
use super::connections::provider_of;
use super::expand;
use super::world::{Repetition, World};
use super::{graph, instance, planner, variables};
use crate::base::{Diagnostics, InstanceKey, Value};
use crate::config::{Config, Resource};
use crate::lang::{self, FunctionEnv};
use crate::provider::Registry;
use crate::schema;

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
            let block = &provider.schema().config.block;
            let (body, mut found) = lang::evaluate_body(&declared.body, block, &world.scope().context());
            if !found.has_errors() {
                found.extend(schema::conform(block, &body).1);
            }
            let context = format!("provider {:?}", &*declared.reference.name);
            problems.extend(found.map(|d| {
                let span = d.path.as_ref().map_or(declared.span, |path| declared.body.locate(path));
                d.at(span).within(context.clone())
            }));
        }
    }
    for addr in &graph.order {
        if let Some(resource) = module.resources.get(addr) {
            validate_resource(resource, registry, &mut world, &mut problems);
        }
    }
    for output in module.outputs.values() {
        if let Err(found) = super::outputs::evaluate(output, &world, &mut checks) {
            problems.extend(found);
        }
    }
    for name in module.locals.keys() {
        let _ = lang::Scope::resolve(&world.scope(), &lang::Reference::Local(name.clone()));
    }
    problems.extend(world.take_problems());
    problems
}

fn validate_resource(
    resource: &Resource,
    registry: &Registry,
    world: &mut World<'_>,
    problems: &mut Diagnostics,
) {
    let addr = &resource.addr;
    let Some((provider, schema)) = planner::kind_in(registry, resource) else {
        problems.push(planner::unsupported(registry, resource));
        return;
    };
    let repeated = resource.count.is_some() || resource.for_each.is_some();
    for expr in resource.count.iter().chain(&resource.for_each) {
        if let Err(found) = lang::evaluate(expr, &world.scope().context()) {
            problems.extend(found.map(|d| d.within(resource.context())));
        }
    }
    let key = resource.count.is_some().then_some(InstanceKey::Int(0));
    let each = Value::DYNAMIC;
    let scope = expand::scope(world, key.as_ref(), None);
    let scope =
        if resource.for_each.is_some() { scope.with_unknown_keys(Repetition::Unknown, false) } else { scope };
    let _ = each;
    let _ = instance::configure(resource, schema, provider.as_ref(), &addr.instance(None), &scope, problems);
    let value = Value::unknown(schema.block.ty());
    world.set_repetition(addr, if repeated { Repetition::Unknown } else { Repetition::One });
    if !repeated {
        world.set_instance(addr, None, value);
    }
}
