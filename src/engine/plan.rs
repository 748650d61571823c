//! `plan`: the verb. Reality is read, every instance planned, the leftovers and outputs decided, the steps ordered.
//! Changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::checks::Checks;
use super::connections::Connections;
use super::graph::{self, Graph};
use super::kinds;
use super::moves::{self, Moves};
use super::object::Objects;
use super::planner::{Planner, has_failed_anywhere};
use super::refresh::{self, Drifted};
use super::relevant;
use super::removals::{self, Removals};
use super::target::Targets;
use super::variables::Unset;
use super::world::World;
use super::{EventSink, PlanOptions, Planned, Run, ephemeral, imports, outputs, preload};
use crate::base::{Diagnostics, InstanceAddr, InstanceKey, Mode, ResourceAddr};
use crate::config::Config;
use crate::plan::{Action, Pins, Plan, PlanMode, ResourceChange};
use crate::state::State;

/// Plans what has to be done to reach what the options ask for. Reads real objects and data sources, changes nothing.
///
/// The plan is returned also after errors (`plan.errored`, `plan.problems`), with what could be planned.
pub async fn plan(run: &Run<'_>, state: &State, options: &PlanOptions, events: EventSink<'_>) -> Planned {
    let (mut planned, _) = with_world(run, state, options, Unset::Refused, events).await;
    planned.plan.problems = kinds::together(std::mem::take(&mut planned.plan.problems));
    planned
}

/// [`plan`], and the values of everything that was planned, unless it never came so far.
pub(super) async fn with_world<'r>(
    run: &'r Run<'_>,
    state: &State,
    options: &PlanOptions,
    unset: Unset,
    events: EventSink<'_>,
) -> (Planned, Option<World<'r>>) {
    let graph = match graph::build(run.config, run.registry) {
        Ok(graph) => graph,
        Err(problems) => return (Planned::failed(state.clone(), problems), None),
    };
    let targets = match Targets::new(options, run.registry, &graph, state) {
        Ok(targets) => targets,
        Err(problems) => return (Planned::failed(state.clone(), problems), None),
    };
    let mut checks = match options.mode {
        PlanMode::RefreshOnly => Checks::of(run.config).lenient(),
        PlanMode::Normal | PlanMode::Destroy => Checks::of(run.config),
    };
    let mut problems = Diagnostics::new();
    problems.extend(targets.warning());
    if options.mode == PlanMode::Normal {
        problems.extend(imports::check(run.config, options.generated.is_some()));
    }
    let mut world = preload::variables(run, None, unset, &mut checks, &mut problems);
    if problems.has_errors() {
        return (Planned::failed(state.clone(), problems), None);
    }

    let (moves, removals) = match (Moves::new(run.config), Removals::new(run.config)) {
        (Ok(moves), Ok(removals)) => (moves, removals),
        (moves, removals) => {
            problems.extend(moves.err().into_iter().flatten());
            problems.extend(removals.err().into_iter().flatten());
            return (Planned::failed(state.clone(), problems), None);
        }
    };
    let pinned = state;
    let mut state = state.clone();
    let mut moved = moves.apply(run.config, run.registry, &mut state, &mut problems);
    move_repetitions(&mut state, run.config, &mut moved);
    problems.extend(moves::check_targets(&moved, &targets));
    let mut objects = Objects::new(run.registry);
    let mut refreshed = refresh::recorded(&state, &mut objects, |addr| targets.include(addr), &mut problems);
    let mut connections = Connections::new(run.config, run.registry, &run.environment);
    preload::state(&mut world, &graph, &state, &refreshed, &mut objects);
    if options.refresh && !problems.has_errors() {
        refresh::refresh(
            run,
            &mut state,
            &mut refreshed,
            |addr| targets.include(addr) && !(options.mode == PlanMode::Normal && removals.forget(addr)),
            &mut connections,
            &world,
            events,
            &mut problems,
        )
        .await;
        preload::state(&mut world, &graph, &state, &refreshed, &mut objects);
        connections.forget(&graph.providers);
    }
    if problems.has_errors() {
        if options.mode == PlanMode::Normal {
            let included = |addr: &ResourceAddr| targets.include_some_of(addr);
            problems = kinds::with_declared(run.config, run.registry, included, problems);
        }
        return (Planned::failed(state, problems), None);
    }

    let mut plan = Plan::empty(options.mode);
    plan.timestamp = run.started;
    plan.ephemeral = ephemeral::given(run);
    plan.variables = world.variables().clone();
    plan.variables.retain(|name, _| !plan.ephemeral.contains(name));
    plan.targets.clone_from(&options.targets);
    plan.excludes.clone_from(&options.excludes);
    plan.pins =
        Pins { serial: pinned.serial, lineage: pinned.lineage.clone(), workspace: run.workspace.clone() };
    plan.drift = refreshed.drift.iter().map(|drift| drifted(drift, &moved)).collect();

    let create_first = create_first(run.config, &graph, &targets);
    let mut planner = Planner {
        run,
        options,
        graph: &graph,
        targets,
        world,
        connections,
        objects,
        state,
        refreshed,
        moved,
        removals,
        checks,
        problems,
        changes: Vec::new(),
        planned: HashMap::new(),
        pending: BTreeSet::new(),
        create_first,
        wanted: HashSet::new(),
        failed: HashSet::new(),
        failed_modules: Vec::new(),
        imports: BTreeMap::new(),
        depended: 0,
    };
    match options.mode {
        PlanMode::Normal => {
            planner.plan_resources(events).await;
            planner.check_imports();
            planner.plan_deletions();
            planner.problems.extend(moves.check(run.config, &planner.world, &planner.wanted));
            planner.problems.extend(removals::warning(&planner.changes));
        }
        PlanMode::Destroy => {
            planner.checks = Checks::of_nothing(run.config);
            planner.plan_deletions();
        }
        PlanMode::RefreshOnly => planner.judge(events).await,
    }
    planner.order(&mut plan);
    plan_outputs(&mut planner, &mut plan);
    plan.relevant = relevant::relevant(run.config, &planner.world, &plan);
    if run.stop.is_set() {
        planner.problems.push(refresh::interrupted());
    }
    plan.checks = planner.checks.finish();
    plan.problems = planner.problems;
    plan.errored = plan.problems.has_errors();
    (Planned { plan, state: planner.state }, Some(planner.world))
}

/// Where `count` came to a single instance or left it, `r` and `r[0]` are the same object.
/// What a `moved` block has just put somewhere stays there, as in Terraform.
fn move_repetitions(state: &mut State, config: &Config, moved: &mut BTreeMap<InstanceAddr, InstanceAddr>) {
    let managed = state.resources.keys().filter(|addr| addr.mode == Mode::Managed).cloned();
    for addr in &managed.collect::<Vec<_>>() {
        let Some(resource) = config.resource(addr) else { continue };
        let zero = addr.instance(Some(InstanceKey::Int(0)));
        let single = addr.instance(None);
        let (from, to) = match (resource.count.is_some(), resource.for_each.is_some()) {
            (true, _) => (single, zero),
            (false, false) => (zero, single),
            (false, true) => continue,
        };
        if state.object(&to).is_some() || moved.contains_key(&from) {
            continue;
        }
        let Some(provider) = state.resources.get(addr).map(|r| r.provider.clone()) else { continue };
        if let Some(object) = state.remove(&from, None) {
            state.set(&to, None, &provider, object);
            let aside: Vec<_> =
                state.deposed().filter(|(of, ..)| *of == from).map(|(_, name, ..)| name.clone()).collect();
            for name in aside {
                if let Some(object) = state.remove(&from, Some(name.clone())) {
                    state.set(&to, Some(name), &provider, object);
                }
            }
            moved.insert(to, from);
        }
    }
}

fn drifted(drift: &Drifted, moved: &BTreeMap<InstanceAddr, InstanceAddr>) -> ResourceChange {
    let action = if drift.after.is_null() { Action::Delete } else { Action::Update };
    let Drifted { addr, provider, before, after, .. } = drift;
    ResourceChange {
        previous_addr: moved.get(addr).cloned(),
        ..ResourceChange::new(addr.clone(), provider.clone(), action, before.clone(), after.clone())
    }
}

/// Resources whose replacement creates first: by their own wish, or that of one that depends on them and is planned too.
fn create_first(config: &Config, graph: &Graph, targets: &Targets) -> HashSet<ResourceAddr> {
    let mut found = HashSet::new();
    for (at, module) in config.modules() {
        for (addr, resource) in &module.resources {
            let addr = addr.within(&at);
            if resource.lifecycle.create_before_destroy == Some(true) && targets.include_some_of(&addr) {
                found.extend(graph.dependencies.get(&addr).into_iter().flatten().cloned());
                found.insert(addr);
            }
        }
    }
    found
}

fn plan_outputs(planner: &mut Planner<'_, '_, '_>, plan: &mut Plan) {
    let module = &planner.run.config.root;
    if planner.options.mode == PlanMode::Destroy {
        if planner.targets.is_everything() {
            plan.outputs =
                planner.state.outputs.iter().map(|(name, o)| (name.clone(), outputs::deletion(o))).collect();
        }
        return;
    }
    let Planner { targets, graph, failed, .. } = planner;
    let included = |name: &crate::base::Name| {
        let nothing = BTreeSet::new();
        let needs = graph.outputs.get(name).unwrap_or(&nothing);
        !needs.iter().any(|addr| has_failed_anywhere(failed, addr)) && targets.include_output(needs)
    };
    plan.outputs = outputs::plan(
        module,
        &planner.state,
        &planner.world,
        included,
        &mut planner.checks,
        &mut planner.problems,
    );
    planner.problems.extend(planner.world.check_locals());
}
