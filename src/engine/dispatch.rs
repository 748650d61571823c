//! `dispatch`: the steps of a plan started as they become ready, and their results taken in as they come.
//! Knows nothing of what a step does; the executor begins and finishes it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinError, JoinSet};

use super::executor::{Executor, Finished, Started};
use super::queue::{Progress, Queue};
use super::task::Outcome;
use super::{Event, EventSink, StepVerb, Summary, Unfinished};
use crate::base::InstanceAddr;
use crate::plan::{Action, Plan, ResourceChange, Step, StepKind};
use crate::provider::BoxFuture;

/// How often a step that takes long says so.
const STILL_RUNNING: Duration = Duration::from_secs(10);

/// Executes the steps of a plan. A failing one takes those that wait for it with it, and nothing else; after the run's
/// stop is set nothing new starts, and what is in flight is finished.
pub(super) async fn dispatch(
    executor: &mut Executor<'_, '_>,
    events: EventSink<'_>,
    mut told: UnboundedReceiver<Event>,
) -> Summary {
    let stop = executor.run.stop.clone();
    let queue = Queue::new(executor.plan.steps.iter().map(|step| &*step.waits_for));
    let mut dispatcher = Dispatcher {
        executor,
        events,
        queue,
        running: HashMap::new(),
        tasks: JoinSet::new(),
        ids: HashMap::new(),
        summary: Summary::default(),
    };
    let mut warned = false;
    let mut ticker = tokio::time::interval(STILL_RUNNING);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticker.reset();
    loop {
        dispatcher.begin_ready();
        // An interrupt is answered even if what was in flight has ended by then, as it may have ended for that reason.
        if stop.is_set() && !warned {
            warned = true;
            events(Event::Stopping { in_flight: dispatcher.tasks.len() });
        }
        if dispatcher.tasks.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            () = stop.wait(), if !warned => {}
            Some(event) = told.recv() => events(event),
            Some(joined) = dispatcher.tasks.join_next_with_id() => {
                // What the task told before it ended comes first.
                while let Ok(event) = told.try_recv() {
                    events(event);
                }
                dispatcher.take(joined);
            }
            _ = ticker.tick() => dispatcher.tell_running(),
        }
    }
    dispatcher.sum_up()
}

/// A step that runs.
struct Running {
    addr: InstanceAddr,
    verb: StepVerb,
    id: Option<(String, String)>,
    begun: Instant,
}

struct Dispatcher<'d, 'a, 'r> {
    executor: &'d mut Executor<'a, 'r>,
    events: EventSink<'d>,
    queue: Queue,
    running: HashMap<usize, Running>,
    tasks: JoinSet<(usize, Outcome)>,
    /// The step of each task.
    ids: HashMap<Id, usize>,
    summary: Summary,
}

impl<'a> Dispatcher<'_, 'a, '_> {
    /// A step with the change it is about.
    fn step(&self, i: usize) -> (&'a Step, &'a ResourceChange) {
        let plan = self.executor.plan;
        let step = &plan.steps[i];
        (step, &plan.changes[step.change])
    }

    /// Begins what is ready, as much as may run at once.
    fn begin_ready(&mut self) {
        while !self.executor.run.stop.is_set() && self.running.len() < self.executor.run.parallelism.max(1) {
            let Some(i) = self.queue.next() else { break };
            self.begin(i);
        }
    }

    fn begin(&mut self, i: usize) {
        if self.executor.plan.steps[i].kind == StepKind::Join {
            self.queue.done(i);
            return;
        }
        let (step, change) = self.step(i);
        let (addr, verb) = (change.addr.clone(), verb(step.kind, change.action));
        match self.executor.start(step, change) {
            Started::Nothing => self.queue.done(i),
            Started::Failed(problems) => {
                self.executor.problems.extend(problems);
                (self.events)(Event::StepFailed { addr, verb, elapsed: Duration::ZERO });
                self.queue.failed(i);
            }
            Started::Task { id, future } => {
                let deposed = match step.kind {
                    StepKind::Del => self.executor.deposed_name(change),
                    _ => None,
                };
                (self.events)(Event::StepStarted { addr: addr.clone(), deposed, verb, id: id.clone() });
                self.running.insert(i, Running { addr, verb, id, begun: Instant::now() });
                self.spawn(i, future);
            }
        }
    }

    fn spawn(&mut self, i: usize, future: BoxFuture<'static, Outcome>) {
        let handle = self.tasks.spawn(async move { (i, future.await) });
        self.ids.insert(handle.id(), i);
    }

    /// Takes in what a task brought, and goes on with its step or ends it.
    fn take(&mut self, joined: Result<(Id, (usize, Outcome)), JoinError>) {
        let (i, outcome) = match joined {
            Ok((_, brought)) => brought,
            Err(error) => {
                let Some(i) = self.ids.get(&error.id()).copied() else { return };
                let addr = &self.step(i).1.addr;
                (i, Outcome::crashed(addr, self.executor.provisioning.get(addr).copied()))
            }
        };
        let (step, change) = self.step(i);
        let ended = self.executor.finish(step, change, outcome);
        if let Finished::Then(future) = ended {
            self.spawn(i, future);
            return;
        }
        let running = self.running.remove(&i);
        let elapsed = running.map_or(Duration::ZERO, |running| running.begun.elapsed());
        let (addr, verb) = (change.addr.clone(), verb(step.kind, change.action));
        if let Finished::Done(id) = ended {
            count(&mut self.summary, step.kind, change.action);
            (self.events)(Event::StepDone { addr, verb, id, elapsed });
            self.queue.done(i);
        } else {
            (self.events)(Event::StepFailed { addr, verb, elapsed });
            self.queue.failed(i);
        }
    }

    fn tell_running(&self) {
        let mut long: Vec<&Running> = self.running.values().collect();
        long.sort_by(|a, b| a.addr.cmp(&b.addr));
        for Running { addr, verb, id, begun } in long {
            let (addr, id) = (addr.clone(), id.clone());
            (self.events)(Event::StepRunning { addr, verb: *verb, id, elapsed: begun.elapsed() });
        }
    }

    fn sum_up(mut self) -> Summary {
        let progress = self.queue.progress();
        self.summary.interrupted =
            self.executor.run.stop.is_set() && progress.iter().any(|p| *p != Progress::Done);
        for (i, progress) in progress.iter().enumerate() {
            let because = match *progress {
                Progress::Lost(blame) => Some(blame),
                Progress::Waiting(_) => None,
                Progress::Running | Progress::Done => continue,
            };
            let (step, change) = self.step(i);
            if step.kind != StepKind::Join {
                let blame = because.filter(|blame| *blame != i).map(|blame| self.step(blame).1.addr.clone());
                let failed = because == Some(i);
                self.summary.unfinished.push(Unfinished { because: blame, failed, ..untried(step, change) });
            }
        }
        self.summary
    }
}

/// Every step of a plan, none of them tried.
pub(super) fn all_unfinished(plan: &Plan) -> Vec<Unfinished> {
    let steps = plan.steps.iter().filter(|step| step.kind != StepKind::Join);
    steps.map(|step| untried(step, &plan.changes[step.change])).collect()
}

fn untried(step: &Step, change: &ResourceChange) -> Unfinished {
    let verb = verb(step.kind, change.action);
    Unfinished { addr: change.addr.clone(), verb, because: None, failed: false }
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
