//! `Lab`: a fake provider, a state and a recorder, with the verbs around them, and short texts for what they give.
//! Knows nothing of what is tested.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::base::{Diagnostics, Name, ResourceAddr};
use crate::config::{Config, Input, InputOrigin, InputValue, load_sources};
use crate::engine::{
    Applied, Event, OpenCall, OpenStep, PlanOptions, Planned, Recorder, Run, StepId, StepRecord, StepResult,
    apply, plan, settle,
};
use crate::plan::{Action, Plan, PlanMode, ResourceChange, StepKind};
use crate::provider::fake::Fake;
use crate::provider::{CallId, CallOutcome, Environment, Registry, Stop};
use crate::state::verify::verify;
use crate::state::{Object, ObjectStatus, State};

/// Keeps in memory what a journal keeps on disk.
#[derive(Default)]
pub(super) struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    next: u64,
    steps: BTreeMap<u64, OpenStep>,
    calls: BTreeMap<u64, (u64, usize)>,
    /// The addresses in the last state that was handed over.
    handed: Vec<ResourceAddr>,
    broken: bool,
}

impl Memory {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Steps that began and did not end.
    pub(super) fn open(&self) -> Vec<OpenStep> {
        self.kept().steps.values().cloned().collect()
    }

    /// What was in the state that the last step to end handed over.
    pub(super) fn handed(&self) -> Vec<ResourceAddr> {
        self.kept().handed.clone()
    }

    /// Nothing can be written from now on.
    pub(super) fn break_down(&self) {
        self.kept().broken = true;
    }
}

impl Recorder for Memory {
    fn step_begin(&self, record: &StepRecord) -> io::Result<StepId> {
        let mut kept = self.kept();
        if kept.broken {
            return Err(io::Error::other("no space left"));
        }
        kept.next += 1;
        let id = kept.next;
        kept.steps.insert(id, OpenStep { record: record.clone(), calls: Vec::new() });
        Ok(StepId(id))
    }

    fn call_begin(&self, step: StepId, operation: &'static str, target: &str) -> io::Result<CallId> {
        let mut kept = self.kept();
        kept.next += 1;
        let id = kept.next;
        let open = kept.steps.get_mut(&step.0).expect("a call of a step that has not begun");
        open.calls.push(OpenCall { operation: operation.into(), target: target.into(), outcome: None });
        let position = open.calls.len() - 1;
        kept.calls.insert(id, (step.0, position));
        Ok(CallId(id))
    }

    fn call_end(&self, call: CallId, outcome: CallOutcome) {
        let mut kept = self.kept();
        let (step, position) = kept.calls[&call.0];
        kept.steps.get_mut(&step).expect("a call that outlived its step").calls[position].outcome =
            Some(outcome);
    }

    fn step_end(&self, step: StepId, _result: StepResult, state: &State) -> io::Result<()> {
        let mut kept = self.kept();
        kept.steps.remove(&step.0).expect("a step ended twice");
        kept.handed = state.resources.keys().cloned().collect();
        Ok(())
    }
}

/// Everything a test works with.
pub(super) struct Lab {
    pub(super) fake: Fake,
    pub(super) recorder: Arc<Memory>,
    pub(super) state: State,
    pub(super) variables: BTreeMap<Name, Input>,
    pub(super) options: PlanOptions,
    pub(super) parallelism: usize,
    pub(super) stop: Stop,
    pub(super) events: Arc<Mutex<Vec<Event>>>,
}

impl Lab {
    pub(super) fn new() -> Lab {
        Lab {
            fake: Fake::default(),
            recorder: Arc::default(),
            state: State::default(),
            variables: BTreeMap::new(),
            options: PlanOptions {
                mode: PlanMode::Normal,
                refresh: true,
                targets: Vec::new(),
                excludes: Vec::new(),
                replace: Vec::new(),
                generated: None,
            },
            parallelism: 10,
            stop: Stop::default(),
            events: Arc::default(),
        }
    }

    /// A lab in which a configuration has been applied.
    pub(super) fn with(hcl: &str) -> Lab {
        let mut lab = Lab::new();
        lab.applied(hcl);
        lab
    }

    pub(super) fn set(&mut self, variable: &str, text: &str) {
        let value = InputValue::Literal(text.into());
        self.variables.insert(variable.into(), Input { value, origin: InputOrigin::CommandLine });
    }

    pub(super) fn target(mut self, addresses: &[&str]) -> Lab {
        self.options.targets = addresses.iter().map(|a| (*a).to_owned()).collect();
        self
    }

    pub(super) fn exclude(mut self, addresses: &[&str]) -> Lab {
        self.options.excludes = addresses.iter().map(|a| (*a).to_owned()).collect();
        self
    }

    pub(super) fn mode(mut self, mode: PlanMode) -> Lab {
        self.options.mode = mode;
        self
    }

    /// Plans and gives whatever comes.
    pub(super) fn plan(&self, hcl: &str) -> Planned {
        let (config, problems) = configuration(hcl);
        assert!(problems.is_empty(), "{:?}", messages(&config, &problems));
        self.plan_config(&config)
    }

    pub(super) fn plan_config(&self, config: &Config) -> Planned {
        let registry = self.fake.registry();
        let run = self.run(config, &registry);
        let events = Arc::clone(&self.events);
        block_on(plan(&run, &self.state, &self.options, &move |event| events.lock().unwrap().push(event)))
    }

    /// Plans without a problem.
    pub(super) fn planned(&self, hcl: &str) -> Plan {
        let (config, _) = configuration(hcl);
        let planned = self.plan(hcl);
        assert!(!planned.plan.errored, "{:?}", messages(&config, &planned.plan.problems));
        planned.plan
    }

    /// What the plan complains of.
    pub(super) fn refused(&self, hcl: &str) -> Vec<String> {
        let (config, _) = configuration(hcl);
        let planned = self.plan(hcl);
        assert!(planned.plan.errored, "planned {:?}", actions(&planned.plan));
        messages(&config, &planned.plan.problems)
    }

    /// Applies a plan and takes in the state, as the program does.
    pub(super) fn apply_plan(&mut self, hcl: &str, planned: Planned) -> Applied {
        let (config, _) = configuration(hcl);
        let registry = self.fake.registry();
        let run = self.run(&config, &registry);
        let events = Arc::clone(&self.events);
        let applied = block_on(apply(&run, planned, &move |event| events.lock().unwrap().push(event)));
        self.keep(applied.state.clone());
        applied
    }

    /// Plans without a problem and applies.
    pub(super) fn apply(&mut self, hcl: &str) -> Applied {
        let (config, _) = configuration(hcl);
        let planned = self.plan(hcl);
        assert!(!planned.plan.errored, "{:?}", messages(&config, &planned.plan.problems));
        self.apply_plan(hcl, planned)
    }

    /// Plans and applies without a problem.
    pub(super) fn applied(&mut self, hcl: &str) {
        let (config, _) = configuration(hcl);
        let applied = self.apply(hcl);
        let found = messages(&config, &applied.problems);
        assert!(found.is_empty(), "{found:?}");
        assert!(applied.summary.unfinished.is_empty());
        assert!(self.recorder.open().is_empty());
    }

    /// What the apply complains of.
    pub(super) fn failed(&mut self, hcl: &str) -> Vec<String> {
        let (config, _) = configuration(hcl);
        let applied = self.apply(hcl);
        assert!(applied.problems.has_errors());
        messages(&config, &applied.problems)
    }

    /// Settles what the recorder still has open.
    pub(super) fn settle(&mut self, hcl: &str) -> Diagnostics {
        let (config, _) = configuration(hcl);
        let registry = self.fake.registry();
        let open = std::mem::take(&mut self.recorder).open();
        let mut state = self.state.clone();
        let found = {
            let run = self.run(&config, &registry);
            block_on(settle(&run, &open, &mut state, &|_| {}))
        };
        self.keep(state);
        found
    }

    /// Nothing is left to do.
    pub(super) fn settled(&self, hcl: &str) {
        let plan = self.planned(hcl);
        assert!(!plan.has_changes(), "{:?} {:?}", actions(&plan), plan.outputs);
    }

    fn keep(&mut self, state: State) {
        if state != self.state {
            let serial = self.state.serial + 1;
            self.state = State { serial, lineage: "0".into(), ..state };
        }
        let broken: Vec<String> =
            verify(&self.state).iter().filter(|v| !v.rule.is_tolerable()).map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{broken:?}");
    }

    pub(super) fn run<'a>(&self, config: &'a Config, registry: &'a Registry) -> Run<'a> {
        Run {
            config,
            registry,
            environment: Environment::default(),
            variables: self.variables.clone(),
            workspace: "default".into(),
            cwd: "/".into(),
            home_dir: None,
            started: jiff::Timestamp::UNIX_EPOCH,
            plan_time: jiff::Timestamp::UNIX_EPOCH,
            parallelism: self.parallelism,
            stop: self.stop.clone(),
            recorder: Arc::clone(&self.recorder) as Arc<dyn Recorder>,
        }
    }

    /// An output as state has it.
    pub(super) fn output(&self, name: &str) -> serde_json::Value {
        self.state.outputs.get(name).map(|o| o.value.clone()).unwrap_or(serde_json::Value::Null)
    }

    /// An attribute as state has it.
    pub(super) fn attribute(&self, addr: &str, name: &str) -> serde_json::Value {
        let object = self.state.object(&addr.parse().unwrap()).expect("not in state");
        object.attributes[name].clone()
    }

    /// Puts an object of a type that no provider has into the state.
    pub(super) fn set_foreign(&mut self, addr: &str, attributes: serde_json::Value) {
        let object = Object {
            status: ObjectStatus::Ready,
            schema_version: 0,
            attributes,
            sensitive_paths: Vec::new(),
            private: None,
            dependencies: Vec::new(),
            create_before_destroy: false,
            extra: Default::default(),
        };
        let provider = "provider[\"registry.terraform.io/x/other\"]";
        self.state.set(&addr.parse().unwrap(), None, provider, object);
    }

    /// The addresses in state, deposed and tainted ones so marked.
    pub(super) fn addresses(&self) -> Vec<String> {
        let all = self.state.resources.iter().flat_map(|(addr, resource)| {
            resource.objects.iter().map(|(key, object)| {
                let deposed = if key.deposed.is_some() { " deposed" } else { "" };
                let tainted =
                    if object.status == crate::state::ObjectStatus::Tainted { " tainted" } else { "" };
                format!("{}{deposed}{tainted}", addr.instance(key.instance.clone()))
            })
        });
        all.collect()
    }
}

/// The root module, and after lines like `#--- m/main.tf` the files of others.
pub(super) fn configuration(hcl: &str) -> (Config, Diagnostics) {
    let mut parts = hcl.split("#--- ");
    let root = ("main.tf".to_owned(), parts.next().unwrap_or_default().to_owned());
    let others =
        parts.filter_map(|part| part.split_once('\n')).map(|(name, text)| (name.into(), text.into()));
    load_sources(Path::new("."), std::iter::once(root).chain(others).collect())
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// `fake_thing.a +` for a creation, `~` update, `-` deletion, `-/+` and `+/-` replacements, `<=` read; with the reason and
/// what forces a replacement. No-ops are left out.
pub(super) fn actions(plan: &Plan) -> Vec<String> {
    plan.changes.iter().filter_map(action).collect()
}

fn action(change: &ResourceChange) -> Option<String> {
    let sign = match change.action {
        Action::NoOp => return None,
        Action::Create => "+",
        Action::Read => "<=",
        Action::Update => "~",
        Action::DeleteThenCreate => "-/+",
        Action::CreateThenDelete => "+/-",
        Action::Delete => "-",
        Action::Forget => ".",
    };
    let deposed = if change.deposed.is_some() { " deposed" } else { "" };
    let reason = change.reason.map(|r| format!(" {r:?}")).unwrap_or_default();
    let paths: String = change.replace_paths.iter().map(|p| format!(" {p}")).collect();
    Some(format!("{}{deposed} {sign}{reason}{paths}", change.addr))
}

/// The steps in order: `+fake_thing.a -fake_thing.b`.
pub(super) fn steps(plan: &Plan) -> String {
    let shown = plan.steps.iter().filter_map(|step| {
        let sign = match step.kind {
            StepKind::Up => '+',
            StepKind::Del => '-',
            StepKind::Read => '<',
            StepKind::Forget => '.',
            StepKind::Join => return None,
        };
        Some(format!("{sign}{}", plan.changes[step.change].addr))
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Each problem as `Summary | the text it points at`.
pub(super) fn messages(config: &Config, problems: &Diagnostics) -> Vec<String> {
    let shown = problems.iter().map(|d| match d.span {
        Some(span) => format!("{} | {}", d.summary, config.sources.text(span)),
        None => d.summary.clone(),
    });
    shown.collect()
}
