//! `Operation`: what `plan`, `apply` and `destroy` have in common: configuration, inputs, store, lock, runtime, interrupts.
//! Knows nothing of how a plan is made or executed.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::base::{Diagnostic, Diagnostics};
use crate::config::Config;
use crate::engine::{self, Event, Found, NoRecord, OpenStep, PlanOptions, Planned, Recorder, Run};
use crate::local;
use crate::plan::{Plan, PlanMode, StepKind};
use crate::provider::{Environment, Registry, Stop, Tempo};
use crate::render;
use crate::state::State;

use super::backend::Stores;
use super::error::CommandError;
use super::flags::{Place, Planning, Running};
use super::pins;
use super::progress::Progress;
use super::recovery;
use super::session::Session;
use super::signal::{self, Reaction};
use super::variables::Inputs;
use super::view::View;

/// Most worker threads of the runtime: the work is waiting for the service, and more threads than cores only take turns.
const WORKERS: usize = 4;

/// How much shorter pauses are with the embedded control plane, which settles in a fraction of a second.
const LOCAL_PAUSES: f64 = 0.1;

/// The variable that sets that factor itself: against an emulator there is nothing to be patient with.
const PAUSES: &str = "LAMBDAFORM_PAUSES";

/// What runs at the second interrupt, before the process ends.
type LastWords = Arc<Mutex<Option<Box<dyn Fn() + Send>>>>;

/// Everything that one run of the engine needs.
pub struct Operation<'s> {
    /// Where it was started from.
    pub session: &'s Session,
    /// The configuration.
    pub config: Config,
    /// What was given for its variables.
    pub inputs: Inputs,
    /// The workspace.
    pub workspace: String,
    /// The providers.
    pub registry: Registry,
    /// When the plan was made, if that was not in this run.
    pub plan_time: Option<jiff::Timestamp>,
    /// What was found while configuration was generated, if it was.
    pub found: Option<Found>,
    stop: Stop,
    environment: Environment,
    parallelism: usize,
    last_words: LastWords,
    server: Option<local::Server>,
    runtime: Option<Runtime>,
}

impl<'s> Operation<'s> {
    /// Starts the runtime, listens for interrupts and, with `-local`, starts the embedded control plane.
    ///
    /// # Errors
    /// When the machine does not let it, or the workspace has no proper name.
    pub fn start(
        session: &'s Session,
        config: Config,
        inputs: Inputs,
        place: &Place,
        parallelism: usize,
    ) -> Result<Self, CommandError> {
        let workspace = session.workspace()?;
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            CommandError::problem("lambdaform could not start", format!("{what}: {error}."))
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(1, |cores| cores.get().min(WORKERS)))
            .enable_all()
            .build()
            .map_err(|error| failed("Starting threads", &error))?;
        let (stop, last_words) = (Stop::default(), LastWords::default());
        {
            let _context = runtime.enter();
            let (view, words) = (session.view.clone(), last_words.clone());
            signal::listen(stop.clone(), Arc::new(move || reaction(view.clone(), words.clone())))
                .map_err(|error| failed("Listening for interrupts", &error))?;
        }
        let data_dir = session.data_dir(place.local);
        let server = match place.local {
            true => {
                let options = local::Options {
                    data_dir: Some(data_dir.join("lambda")),
                    // Buckets are made elsewhere, where this control plane is out of reach.
                    any_bucket: true,
                    ..local::Options::default()
                };
                Some(
                    runtime
                        .block_on(local::start(options))
                        .map_err(|error| failed("Starting the local control plane", &error))?,
                )
            }
            false => None,
        };
        let tempo = tempo(session, place.local);
        let endpoint = server.as_ref().map(local::Server::endpoint);
        Ok(Operation {
            session,
            config,
            inputs,
            workspace,
            registry: session.registry(),
            plan_time: None,
            found: None,
            stop,
            environment: Environment { data_dir, endpoint, tempo },
            parallelism: parallelism.max(1),
            last_words,
            server,
            runtime: Some(runtime),
        })
    }

    /// What the engine starts from.
    pub fn run(&self, recorder: Arc<dyn Recorder>) -> Run<'_> {
        Run {
            config: &self.config,
            registry: &self.registry,
            environment: self.environment.clone(),
            variables: self.inputs.clone(),
            workspace: self.workspace.clone(),
            cwd: self.session.cwd.clone(),
            home_dir: self.session.home_dir(),
            started: self.session.started,
            plan_time: self.plan_time.unwrap_or(self.session.started),
            parallelism: self.parallelism,
            stop: self.stop.clone(),
            recorder,
        }
    }

    /// Finds out what became of the open steps of an interrupted run and brings the state in line.
    pub fn settle(&self, open: &[OpenStep], state: &mut State) -> Diagnostics {
        let run = self.run(Arc::new(NoRecord));
        let sink = self.sink(None);
        self.block_on(engine::settle(&run, open, state, &sink)).unwrap_or_default()
    }

    /// Whether anything that a saved plan pinned has moved.
    pub fn verify_pins(&self, plan: &Plan, state: &State) -> Diagnostics {
        let mut moved = pins::moved_packages(plan);
        let run = self.run(Arc::new(NoRecord));
        moved.extend(self.block_on(engine::verify_pins(&run, plan, state)).unwrap_or_default());
        moved
    }

    /// The state, with what interrupted runs left behind settled, if the lock is held.
    ///
    /// # Errors
    /// When the state or a journal cannot be read, or not be brought in line.
    pub fn settled(&self, stores: &Stores, locked: bool) -> Result<State, CommandError> {
        let state = stores.read(self.session)?;
        if locked {
            return recovery::recover(self, stores, state);
        }
        recovery::warn_unsettled(self, stores.journal_dir())?;
        Ok(state)
    }

    /// What the flags ask for.
    ///
    /// # Errors
    /// For flags that cannot be understood.
    pub fn options(
        &self,
        mode: PlanMode,
        planning: &Planning,
        command: &str,
    ) -> Result<PlanOptions, CommandError> {
        Ok(PlanOptions {
            mode,
            refresh: planning.refresh.0,
            targets: planning.limits.target.clone(),
            excludes: planning.limits.exclude.clone(),
            replace: planning.replaced(command)?,
            generated: self.found.clone(),
        })
    }

    /// Plans. An interrupt ends it at once: nothing has been changed.
    ///
    /// # Errors
    /// When it was interrupted.
    pub fn plan(
        &self,
        state: &State,
        mode: PlanMode,
        planning: &Planning,
        command: &str,
    ) -> Result<Planned, CommandError> {
        let options = self.options(mode, planning, command)?;
        let run = self.run(Arc::new(NoRecord));
        let progress = self.progress(None);
        let sink = self.sink(progress.as_ref());
        let planned = self.block_on(async {
            tokio::select! {
                planned = engine::plan(&run, state, &options, &sink) => Some(planned),
                () = self.stop.wait() => None,
            }
        });
        drop(sink);
        drop(progress);
        planned.flatten().ok_or_else(|| {
            CommandError::problem("Interrupted", "Planning was interrupted. Nothing was changed.")
        })
    }

    /// Applies a plan. `last_words` runs at a second interrupt.
    pub fn apply(
        &self,
        planned: Planned,
        recorder: Arc<dyn Recorder>,
        last_words: impl Fn() + Send + 'static,
    ) -> Option<engine::Applied> {
        *self.last_words.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(last_words));
        let run = self.run(recorder);
        let steps = planned.plan.steps.iter().filter(|step| step.kind != StepKind::Join).count();
        let progress = self.progress(Some(steps));
        let sink = self.sink(progress.as_ref());
        let applied = self.block_on(engine::apply(&run, planned, &sink));
        drop(sink);
        drop(progress);
        *self.last_words.lock().unwrap_or_else(PoisonError::into_inner) = None;
        applied
    }

    /// Waits, unless an interrupt comes first; false then.
    pub fn pause(&self, time: Duration) -> bool {
        let wait = async {
            tokio::select! {
                () = tokio::time::sleep(time) => true,
                () = self.stop.wait() => false,
            }
        };
        self.block_on(wait).unwrap_or(false)
    }

    /// Does something that waits for a person; `None` when an interrupt came first.
    pub fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let wait = async {
            let answer = tokio::task::spawn_blocking(question);
            tokio::select! {
                answer = answer => answer.ok(),
                () = self.stop.wait() => None,
            }
        };
        self.block_on(wait).flatten()
    }

    /// Runs a future to its end. `None` only after the runtime is gone, which it is not before `self` is.
    pub fn block_on<F: Future>(&self, future: F) -> Option<F::Output> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(future))
    }

    fn progress(&self, total: Option<usize>) -> Option<Progress> {
        if self.session.view.is_json() { None } else { Progress::show(&self.session.view.terminal, total) }
    }

    fn sink<'a>(&'a self, progress: Option<&'a Progress>) -> impl Fn(Event) + Send + Sync + 'a {
        move |event| {
            if let Some(progress) = progress {
                progress.observe(&event);
            }
            self.session.view.event(&event, &self.config.sources);
        }
    }

    /// The problems with the sources they are about.
    pub fn problems(&self, problems: Diagnostics) -> CommandError {
        CommandError::Problems(problems, self.config.sources.clone())
    }
}

impl Drop for Operation<'_> {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            if let Some(server) = self.server.take() {
                runtime.block_on(server.stop());
            }
            // A question that nobody answered may still wait for its line.
            runtime.shutdown_background();
        }
    }
}

fn reaction(view: View, last_words: LastWords) -> Reaction {
    let (second, words) = (view.clone(), last_words.clone());
    Reaction {
        first: Box::new(move || {
            // During an apply the engine says it, and knows what is in flight.
            if last_words.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
                view.notice(
                    "\n\nInterrupt received.\nNothing has been changed.\nGracefully shutting down...\n",
                );
            }
        }),
        second: Box::new(move || {
            second.notice(&render::second_interrupt());
            if let Some(words) = &*words.lock().unwrap_or_else(PoisonError::into_inner) {
                words();
            }
        }),
    }
}

/// How calls follow each other.
pub fn tempo(session: &Session, local: bool) -> Tempo {
    let pauses = session.env.get(PAUSES).and_then(|factor| factor.parse().ok());
    let usual = if local { LOCAL_PAUSES } else { Tempo::default().pauses };
    Tempo { pauses: pauses.unwrap_or(usual), ..Tempo::default() }
}

/// Whether a directory has configuration; `verb` is what cannot be done without.
pub fn require_configuration(config: &Config, verb: &str) -> Result<(), CommandError> {
    if config.sources.iter().next().is_some() {
        return Ok(());
    }
    let detail = match verb {
        "providers" => "The directory contains no configuration files (.tf or .tf.json).",
        "apply" => {
            "Apply requires configuration to be present. Applying without a configuration would mark everything for \
             destruction, which is normally not what is desired. If you would like to destroy everything, run \
             'lambdaform destroy' instead."
        }
        _ => {
            "Plan requires configuration to be present. Planning without a configuration would mark everything for \
             destruction, which is normally not what is desired. If you would like to destroy everything, run plan \
             with the -destroy option. Otherwise, create a configuration file (.tf file) and try again."
        }
    };
    Err(Diagnostic::error("No configuration files", detail).into())
}

/// Whether a person may be asked.
pub fn may_ask(running: &Running) -> bool {
    running.input.0 && !running.json
}
