//! How a world begins: with the values of the root module's variables, and with what state says of resources.
//! Plans nothing; knows nothing of what becomes of the values.

use std::collections::BTreeSet;

use super::Run;
use super::checks::Checks;
use super::expand::Expansion;
use super::graph::{self, Graph, Node};
use super::kinds;
use super::object::Objects;
use super::refresh::{self, Refreshed};
use super::variables::{self, Unset};
use super::world::{Repetition, World};
use crate::base::{Diagnostics, InstanceAddr, InstanceKey, ModuleAddr};
use crate::lang::{Budget, FunctionEnv};
use crate::state::State;

/// A world in which the root module's variables have their values. `apply_time` is when the apply began, if this is one.
pub(super) fn variables<'r>(
    run: &'r Run<'_>,
    apply_time: Option<jiff::Timestamp>,
    unset: Unset,
    checks: &mut Checks,
    problems: &mut Diagnostics,
) -> World<'r> {
    let mut world = World::new(run.config, run.registry, &run.workspace, functions(run, apply_time));
    problems.extend(variables::fill(&mut world, &run.config.root, &run.variables, unset, checks));
    world
}

/// The world of variables and of what state has, with the warnings on the way to it.
///
/// # Errors
/// When the configuration refers to itself in a circle, a variable has no proper value, or state cannot be understood.
pub(super) fn recorded<'r>(
    run: &'r Run<'_>,
    recorded: &State,
) -> Result<(World<'r>, Diagnostics), Diagnostics> {
    let graph = graph::build(run.config, run.registry)?;
    let mut problems = Diagnostics::new();
    let mut world = variables(run, None, Unset::Refused, &mut Checks::default(), &mut problems);
    let mut objects = Objects::new(run.registry);
    let known = |addr: &InstanceAddr| kinds::is_supported(run.registry, &addr.resource);
    let refreshed = refresh::recorded(recorded, &mut objects, known, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    state(&mut world, &graph, recorded, &refreshed, &mut objects);
    Ok((world, problems))
}

/// What functions may know: the directory is the working directory, as the program has changed into it.
fn functions(run: &Run<'_>, apply_time: Option<jiff::Timestamp>) -> FunctionEnv {
    FunctionEnv {
        base_dir: ".".into(),
        cwd: run.cwd.clone(),
        home_dir: run.home_dir.clone(),
        plan_time: Some(run.plan_time),
        apply_time,
        effort: None,
        budget: Budget::default(),
    }
}

/// Gives names the values that state has, for provider blocks, for what targeting leaves out, and for destroying.
pub(super) fn state(
    world: &mut World<'_>,
    graph: &Graph,
    state: &State,
    refreshed: &Refreshed,
    objects: &mut Objects<'_>,
) {
    world.restart();
    for (addr, resource) in &state.resources {
        world.set_repetition(addr, Repetition::of_keys(resource.objects.keys().map(|k| &k.instance)));
        for (key, object) in &resource.objects {
            if key.deposed.is_some() {
                continue;
            }
            let instance = addr.instance(key.instance.clone());
            let value = refreshed.values.get(&instance).cloned();
            if let Some(value) = value.or_else(|| objects.seen(&instance, object)) {
                world.set_instance(addr, key.instance.clone(), value);
            }
        }
    }
    for node in &graph.order {
        match node {
            Node::Call(path) => call(world, state, path),
            Node::Output(path, name) => world.set_output_everywhere(path, name),
            _ => {}
        }
    }
    // They are reported where the plan meets them.
    let _ = world.take_problems();
}

/// Says how often a module stands: what configuration says with the values at hand, or else what state shows.
fn call(world: &mut World<'_>, state: &State, path: &ModuleAddr) {
    let Some((parent, (name, _))) = path.parent() else { return };
    for parent in world.instances(&parent).to_vec() {
        if world.expand_call(&parent, name).is_ok() {
            continue;
        }
        let steps = state.resources.keys().filter_map(|addr| {
            let step = addr.module.steps().get(parent.steps().len())?;
            (addr.module.is_within(&parent) && step.0 == *name).then(|| step.1.clone())
        });
        let keys: BTreeSet<Option<InstanceKey>> = steps.collect();
        world.set_call(&parent, name, Expansion::of_keys(keys));
    }
}
