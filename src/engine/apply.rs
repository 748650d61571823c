//! `apply`: the verb. One task owns state and world, has the steps dispatched, and judges in the end what came of it.
//! Decides nothing: what to do and in which order is in the plan.

use std::collections::{HashMap, HashSet};

use tokio::sync::mpsc::unbounded_channel;

use super::checks::Checks;
use super::connections::Connections;
use super::dispatch::{all_unfinished, dispatch};
use super::executor::Executor;
use super::graph::Node;
use super::object::Objects;
use super::refresh;
use super::variables::Unset;
use super::{
    Applied, Event, EventSink, ImportStep, Planned, Run, StepVerb, Summary, graph, outputs, preload,
    variables,
};
use crate::base::{Diagnostics, ResourceAddr};
use crate::plan::{CheckKind, CheckResult, CheckStatus, Plan, PlanMode};

/// Executes a plan. Every finished step is recorded before the next depends on it; a failing one skips its dependents
/// and nothing else; after `run.stop` is set nothing new starts and what is in flight is finished and recorded.
pub async fn apply(run: &Run<'_>, planned: Planned, events: EventSink<'_>) -> Applied {
    let Planned { plan, state } = planned;
    let mut problems = Diagnostics::new();
    let graph = match graph::build(run.config, run.registry) {
        Ok(graph) => graph,
        Err(problems) => return Applied { state, summary: Summary::default(), problems },
    };
    let mut checks = Checks::resume(&plan.checks);
    let mut world = preload::variables(run, Some(run.started), Unset::Refused, &mut checks, &mut problems);
    let mut objects = Objects::new(run.registry);
    // What could not be understood the plan has left alone.
    let recorded = refresh::recorded(&state, &mut objects, |_| false, &mut problems);
    preload::state(&mut world, &graph, &state, &recorded, &mut objects);
    let (sender, told) = unbounded_channel();
    let mut executor = Executor {
        run,
        plan: &plan,
        graph: &graph,
        connections: Connections::new(run.config, run.registry, &run.environment),
        world,
        state,
        checks,
        problems,
        expansions: HashMap::new(),
        deposed: HashMap::new(),
        provisioning: HashMap::new(),
        events: sender,
    };
    executor.preload_planned();
    let mut summary = if executor.problems.has_errors() {
        Summary { unfinished: all_unfinished(&plan), ..Summary::default() }
    } else {
        dispatch(&mut executor, events, told).await
    };
    summary.counts.import = tell_imports(&plan, events);
    finish_outputs(&mut executor, &summary);
    finish_variables(&mut executor);
    finish_checks(&mut executor, &summary);
    let Executor { mut state, checks, problems, .. } = executor;
    let kept = |results: &[CheckResult]| Some(super::checks::to_state(results)).filter(|c| !c.is_null());
    match plan.mode {
        PlanMode::Normal => state.check_results = kept(&checks.finish()),
        // Nothing was judged, and what was judged before is gone.
        PlanMode::Destroy => state.check_results = kept(&plan.checks),
        PlanMode::RefreshOnly => {}
    }
    Applied { state, summary, problems }
}

/// Tells of what was imported, which the state the plan brought along holds already, and how many there are.
fn tell_imports(plan: &Plan, events: EventSink<'_>) -> usize {
    let imported = plan.changes.iter().filter_map(|c| c.importing.clone().map(|id| (c.addr.clone(), id)));
    imported
        .map(|(addr, id)| {
            events(Event::Import { addr: addr.clone(), id: id.clone(), step: ImportStep::Started });
            events(Event::Import { addr, id, step: ImportStep::Done });
        })
        .count()
}

/// Evaluates the validations of modules' variables that the plan could not, now that there are values.
fn finish_variables(executor: &mut Executor<'_, '_>) {
    let Executor { run, plan, graph, world, checks, problems, .. } = executor;
    let open: HashSet<&str> = plan
        .checks
        .iter()
        .filter(|result| result.kind == CheckKind::Variable && result.status == CheckStatus::Unknown)
        .filter(|result| !result.objects.is_empty())
        .map(|result| result.address.as_str())
        .collect();
    if plan.mode != PlanMode::Normal || open.is_empty() {
        return;
    }
    for node in &graph.order {
        let Node::Variable(path, name) = node else { continue };
        if !open.contains(path.address_of(format_args!("var.{name}")).as_str()) {
            continue;
        }
        for module in world.instances(path).to_vec() {
            problems.extend(variables::check(run.config, world, &module, name, checks));
            problems.extend(world.take_problems());
        }
    }
}

/// Evaluates the checks that the plan did, now that there are values. One that is about something unfinished keeps what the
/// plan says of it.
fn finish_checks(executor: &mut Executor<'_, '_>, summary: &Summary) {
    let Executor { run, plan, graph, world, checks, problems, .. } = executor;
    let planned =
        plan.checks.iter().any(|result| result.kind == CheckKind::Check && !result.objects.is_empty());
    if plan.mode != PlanMode::Normal || !planned {
        return;
    }
    let lost: HashSet<ResourceAddr> = summary.unfinished.iter().map(|u| u.addr.resource.config()).collect();
    for node in &graph.order {
        let Node::Check(path, name) = node else { continue };
        let Some(check) = run.config.module(path).and_then(|module| module.checks.get(name)) else {
            continue;
        };
        let needed = graph.checks.get(&(path.clone(), name.clone()));
        if needed.into_iter().flatten().any(|addr| lost.contains(addr)) {
            continue;
        }
        for module in world.instances(path).to_vec() {
            problems.extend(checks.block(check, &module, world));
            problems.extend(world.take_problems());
        }
    }
}

/// Records the outputs as they are now. One that is made from a resource with an unfinished step keeps what state has.
fn finish_outputs(executor: &mut Executor<'_, '_>, summary: &Summary) {
    let plan = executor.plan;
    let state = &mut executor.state;
    if plan.mode == PlanMode::Destroy {
        if summary.unfinished.is_empty() {
            for name in plan.outputs.keys() {
                state.outputs.remove(name);
            }
        }
        return;
    }
    let unfinished = summary.unfinished.iter().filter(|u| u.verb != StepVerb::Delete);
    let lost: HashSet<ResourceAddr> = unfinished.map(|u| u.addr.resource.config()).collect();
    for name in plan.outputs.keys() {
        let Some(output) = executor.run.config.root.outputs.get(name) else {
            state.outputs.remove(name);
            continue;
        };
        if executor.graph.outputs.get(name).into_iter().flatten().any(|addr| lost.contains(addr)) {
            continue;
        }
        match outputs::evaluate(output, &executor.world, &mut executor.checks) {
            Ok(value) if value.is_null() => {
                state.outputs.remove(name);
            }
            Ok(value) if value.is_wholly_known() => {
                let recorded = outputs::record(&value, output.sensitive);
                state.outputs.insert(name.clone(), recorded);
            }
            Ok(_) => {}
            Err(found) => executor.problems.extend(found),
        }
    }
}
