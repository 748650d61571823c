//! `apply`: the verb. One dispatcher owns state and world, starts the steps that are ready and takes in their results.
//! Decides nothing: what to do and in which order is in the plan.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::checks::Checks;
use super::connections::Connections;
use super::executor::{Executor, Finished, Started};
use super::graph::Node;
use super::object::Objects;
use super::queue::Queue;
use super::refresh;
use super::task::Outcome;
use super::variables::Unset;
use super::{
    Applied, Event, EventSink, ImportStep, Planned, Run, StepVerb, Summary, Unfinished, graph, outputs,
    preload, variables,
};
use crate::base::{Diagnostics, InstanceAddr, ResourceAddr};
use crate::plan::{Action, CheckKind, CheckResult, CheckStatus, Plan, PlanMode, StepKind};
use crate::provider::Stop;

/// How often a step that takes long says so.
const STILL_RUNNING: Duration = Duration::from_secs(10);

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
        unrecorded: false,
        events: sender,
    };
    executor.preload_planned();
    let mut summary = if executor.problems.has_errors() {
        Summary { unfinished: all_unfinished(&plan), ..Summary::default() }
    } else {
        dispatch(&mut executor, &run.stop, events, told).await
    };
    summary.counts.import = tell_imports(&plan, events);
    finish_outputs(&mut executor, &summary);
    finish_variables(&mut executor);
    finish_checks(&mut executor, &summary);
    let Executor { mut state, checks, problems, .. } = executor;
    let kept = |results: &[CheckResult]| Some(super::checks::to_state(results)).filter(|c| !c.is_null());
    match plan.mode {
        PlanMode::Normal => state.check_results = kept(&checks.finish()),
        // What is destroyed is not judged, and what was judged before is gone; what was refreshed was judged then.
        PlanMode::Destroy | PlanMode::RefreshOnly => state.check_results = kept(&plan.checks),
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

/// A step that runs.
struct Running {
    addr: InstanceAddr,
    verb: StepVerb,
    id: Option<(String, String)>,
    begun: Instant,
}

async fn dispatch(
    executor: &mut Executor<'_, '_>,
    stop: &Stop,
    events: EventSink<'_>,
    mut told: UnboundedReceiver<Event>,
) -> Summary {
    let plan = executor.plan;
    let steps = &plan.steps;
    let mut queue = Queue::new(steps);
    let mut running: HashMap<usize, Running> = HashMap::new();
    let mut tasks: JoinSet<(usize, Outcome)> = JoinSet::new();
    let mut ids: HashMap<tokio::task::Id, usize> = HashMap::new();
    let mut summary = Summary::default();
    let mut warned = false;
    let mut ticker = tokio::time::interval(STILL_RUNNING);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticker.reset();

    loop {
        while !stop.is_set() && !executor.unrecorded && running.len() < executor.run.parallelism.max(1) {
            let Some(i) = queue.next() else { break };
            let step = &steps[i];
            if step.kind == StepKind::Join {
                queue.end(i, true);
                continue;
            }
            let change = &plan.changes[step.change];
            let verb = verb(step.kind, change.action);
            match executor.start(step, change) {
                Started::Nothing => queue.end(i, true),
                Started::Failed(problems) => {
                    executor.problems.extend(problems);
                    events(Event::StepFailed { addr: change.addr.clone(), verb, elapsed: Duration::ZERO });
                    queue.end(i, false);
                }
                Started::Task { id, future } => {
                    let deposed =
                        if step.kind == StepKind::Del { executor.deposed_name(change) } else { None };
                    events(Event::StepStarted { addr: change.addr.clone(), deposed, verb, id: id.clone() });
                    running.insert(i, Running { addr: change.addr.clone(), verb, id, begun: Instant::now() });
                    let handle = tasks.spawn(async move { (i, future.await) });
                    ids.insert(handle.id(), i);
                }
            }
        }
        // An interrupt is answered even if what was in flight has ended by then, as it may have ended for that reason.
        if stop.is_set() && !warned {
            warned = true;
            events(Event::Stopping { in_flight: tasks.len() });
        }
        if tasks.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            () = stop.wait(), if !warned => {}
            Some(event) = told.recv() => events(event),
            Some(joined) = tasks.join_next_with_id() => {
                let (i, outcome) = match joined {
                    Ok((_, (i, outcome))) => (i, outcome),
                    Err(error) => {
                        let Some(i) = ids.get(&error.id()).copied() else { continue };
                        let addr = &plan.changes[steps[i].change].addr;
                        (i, Outcome::crashed(addr, executor.provisioning.get(addr).copied()))
                    }
                };
                let step = &steps[i];
                let change = &plan.changes[step.change];
                while let Ok(event) = told.try_recv() {
                    events(event);
                }
                let ended = executor.finish(step, change, outcome);
                if let Finished::Then(future) = ended {
                    let handle = tasks.spawn(async move { (i, future.await) });
                    ids.insert(handle.id(), i);
                    continue;
                }
                let (verb, elapsed) = running
                    .remove(&i)
                    .map_or((verb(step.kind, change.action), Duration::ZERO), |r| (r.verb, r.begun.elapsed()));
                if let Finished::Done(id) = ended {
                    count(&mut summary, step.kind, change.action);
                    events(Event::StepDone { addr: change.addr.clone(), verb, id, elapsed });
                    queue.end(i, true);
                } else {
                    events(Event::StepFailed { addr: change.addr.clone(), verb, elapsed });
                    queue.end(i, false);
                }
            }
            _ = ticker.tick() => still_running(&running, events),
        }
    }
    summary.interrupted = stop.is_set() && !queue.is_done();
    let addr = |i: usize| plan.changes[steps[i].change].addr.clone();
    let unfinished = queue.unfinished().filter(|(i, _)| steps[*i].kind != StepKind::Join);
    summary.unfinished = unfinished
        .map(|(i, blame)| Unfinished {
            addr: addr(i),
            verb: verb(steps[i].kind, plan.changes[steps[i].change].action),
            because: blame.filter(|blame| *blame != i).map(addr),
            failed: blame == Some(i),
        })
        .collect();
    summary
}

/// Tells of every step that takes long.
fn still_running(running: &HashMap<usize, Running>, events: EventSink<'_>) {
    let mut long: Vec<&Running> = running.values().collect();
    long.sort_by(|a, b| a.addr.cmp(&b.addr));
    for Running { addr, verb, id, begun } in long {
        events(Event::StepRunning {
            addr: addr.clone(),
            verb: *verb,
            id: id.clone(),
            elapsed: begun.elapsed(),
        });
    }
}

fn verb(kind: StepKind, action: Action) -> StepVerb {
    match (kind, action) {
        (StepKind::Read, _) => StepVerb::Read,
        (StepKind::Del | StepKind::Forget, _) => StepVerb::Delete,
        (_, Action::Update) => StepVerb::Update,
        _ => StepVerb::Create,
    }
}

fn count(summary: &mut Summary, kind: StepKind, action: Action) {
    match (kind, action) {
        (StepKind::Del, _) => summary.counts.remove += 1,
        (StepKind::Up, Action::Update) => summary.counts.change += 1,
        (StepKind::Up, _) => summary.counts.add += 1,
        _ => {}
    }
}

fn all_unfinished(plan: &Plan) -> Vec<Unfinished> {
    let steps = plan.steps.iter().filter(|s| s.kind != StepKind::Join);
    steps
        .map(|step| {
            let change = &plan.changes[step.change];
            let verb = verb(step.kind, change.action);
            Unfinished { addr: change.addr.clone(), verb, because: None, failed: false }
        })
        .collect()
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
        match outputs::evaluate(output, &executor.world, &mut executor.checks, &mut executor.problems) {
            Some(value) if value.is_null() => {
                state.outputs.remove(name);
            }
            Some(value) if value.is_wholly_known() => {
                let recorded = outputs::record(&value, output.sensitive);
                state.outputs.insert(name.clone(), recorded);
            }
            _ => {}
        }
    }
}
