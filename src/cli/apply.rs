//! `apply`: makes a plan or takes a saved one, asks, executes it, and keeps the state.
//! Decides nothing about infrastructure.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{Diagnostic, Sources, file};
use crate::config;
use crate::engine::{Applied, Planned, Summary};
use crate::plan::file::PlanFile;
use crate::plan::{Plan, PlanMode};
use crate::state::journal::RunBegin;
use crate::state::{State, local, v4};

use super::approval::{self, Question};
use super::backend::{Held, Stores};
use super::early;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{Destination, Place, Planning, Running};
use super::operation::{Operation, may_ask, require_configuration};
use super::prompt;
use super::recorder::StateRecorder;
use super::session::Session;
use super::variables;
use super::view::View;

/// The arguments of `apply`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A plan saved by plan -out; it is executed without a question.
    #[arg(value_name = "PLAN")]
    pub(super) plan_file: Option<PathBuf>,
    /// Do not ask before applying.
    #[arg(long)]
    pub(super) auto_approve: bool,
    #[command(flatten)]
    pub(super) planning: Planning,
    #[command(flatten)]
    pub(super) running: Running,
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) destination: Destination,
}

pub(super) fn run(args: Args, session: &Session) -> Result<Exit, CommandError> {
    execute(&args, "apply", session)
}

/// Runs `apply` or `destroy`.
pub(super) fn execute(args: &Args, command: &str, session: &Session) -> Result<Exit, CommandError> {
    session.view.begin();
    if args.running.json && !args.auto_approve && args.plan_file.is_none() {
        return Err(CommandError::problem(
            "Plan file or auto-approve required",
            "lambdaform cannot ask for interactive approval when -json is set. You can either apply a saved plan file, \
             or enable the -auto-approve option.",
        ));
    }
    match &args.plan_file {
        Some(path) => apply_saved(path, args, session),
        None => apply_new(args, command, session),
    }
}

fn apply_new(args: &Args, command: &str, session: &Session) -> Result<Exit, CommandError> {
    let mode = args.planning.mode(command)?;
    args.planning.replaced(command)?;
    let mut config = session.config()?;
    if mode != PlanMode::Destroy {
        require_configuration(&config, "apply")?;
    }
    let inputs = variables::gather(session, &mut config, &args.planning.assignments, may_ask(&args.running))?;
    let backend = early::backend(session, &config, &inputs)?;
    let stores = Stores::open(session, backend.as_ref(), &args.place, &args.destination)?;
    let operation = Operation::start(session, config, inputs, &args.place, args.running.parallelism)?;
    let _lock = lock(args, &stores, &operation)?;
    let before = operation.settled(&stores, args.running.lock.0)?;
    let planned = operation.plan(&before, mode, &args.planning, command)?;
    session.view.plan(&planned.plan, &operation.registry, &operation.config.sources);
    if planned.plan.errored {
        return Err(CommandError::Reported);
    }
    if planned.plan.has_changes() && !args.auto_approve {
        approve(&operation, mode)?;
    }
    let told = told(command, limits(&planned.plan));
    finish(&operation, &stores, &before, planned, told)
}

/// How it went. As Terraform, only the command `destroy` calls it that when all went well.
fn told(command: &str, limited: Option<Diagnostic>) -> impl FnOnce(&View, &Summary, PlanMode, &State) {
    move |view, summary, mode, state| {
        view.problems(&limited.into_iter().collect(), &Sources::default());
        let done = summary.unfinished.is_empty() && !summary.interrupted;
        let applied = done && mode == PlanMode::Destroy && command != "destroy";
        view.applied(summary, if applied { PlanMode::Normal } else { mode }, state);
    }
}

/// The warning after a plan was applied that was limited to some resources.
fn limits(plan: &Plan) -> Option<Diagnostic> {
    let option = match (plan.targets.is_empty(), plan.excludes.is_empty()) {
        (false, _) => "-target",
        (true, false) => "-exclude",
        (true, true) => return None,
    };
    Some(Diagnostic::warning(
        "Applied changes may be incomplete",
        format!(
            "The plan was created with the {option} option in effect, so some changes requested in the configuration may \
             have been ignored and the output values may not be fully updated. Run the following command to verify that \
             no other changes are pending:\n    lambdaform plan\n\nNote that the {option} option is not suitable for \
             routine use, and is provided only for exceptional situations such as recovering from errors or mistakes, or \
             when lambdaform specifically suggests to use it as part of an error message."
        ),
    ))
}

fn apply_saved(path: &Path, args: &Args, session: &Session) -> Result<Exit, CommandError> {
    if let Some(flag) = args.planning.given() {
        return Err(CommandError::usage(
            "apply",
            "Incompatible options",
            format!(
                "The option {flag} shapes a new plan, so it cannot be used when applying a saved plan file."
            ),
        ));
    }
    let file = read_plan(path)?;
    let place = place_of(&file, &args.place)?;
    let read = v4::read(&file.state).map_err(|error| broken(path, &error.to_string()))?;
    let (mut config, problems) = config::load_sources(Path::new("."), file.sources);
    if problems.has_errors() {
        return Err(CommandError::Problems(problems, config.sources));
    }
    let inputs = variables::for_saved_plan(session, &mut config, &args.planning.assignments, &file.plan)?;
    let backend = early::backend(session, &config, &inputs)?;
    let stores = Stores::open(session, backend.as_ref(), &place, &args.destination)?;
    let mut operation = Operation::start(session, config, inputs, &place, args.running.parallelism)?;
    operation.plan_time = Some(file.plan.timestamp);
    let planned = Planned { plan: file.plan, state: read.state };
    if planned.plan.errored {
        return Err(CommandError::problem(
            "Plan is not applyable",
            "The plan file holds a plan that was not completed because of an error, so it cannot be applied.",
        ));
    }
    let _lock = lock(args, &stores, &operation)?;
    let now = operation.settled(&stores, args.running.lock.0)?;
    let moved = operation.verify_pins(&planned.plan, &now);
    if moved.has_errors() {
        return Err(operation.problems(moved));
    }
    let told = told("apply", limits(&planned.plan));
    finish(&operation, &stores, &now, planned, told)
}

/// Reads a plan file.
///
/// # Errors
/// When it is none.
pub(super) fn read_plan(path: &Path) -> Result<PlanFile, CommandError> {
    let bytes = file::read_named(path).map_err(|error| {
        CommandError::problem(
            format!("Failed to load {:?} as a plan file", path.display().to_string()),
            format!("The file cannot be read: {error}."),
        )
    })?;
    PlanFile::decode(&bytes).map_err(|error| broken(path, &error.to_string()))
}

fn broken(path: &Path, what: &str) -> CommandError {
    CommandError::problem(
        format!("Failed to load {:?} as a plan file", path.display().to_string()),
        format!("The file cannot be used as a plan: {what}. Make a plan with lambdaform plan -out=FILE."),
    )
}

/// Where a saved plan is applied: where it was made, and nowhere else.
fn place_of(file: &PlanFile, given: &Place) -> Result<Place, CommandError> {
    let origin = &file.origin;
    if given.local && !origin.local {
        return Err(CommandError::problem(
            "Incompatible options",
            "The plan was made for real infrastructure, so it cannot be applied with -local.",
        ));
    }
    Ok(Place { local: origin.local, state: given.state.clone().or_else(|| origin.state.clone()) })
}

fn lock<'a>(
    args: &Args,
    stores: &'a Stores,
    operation: &Operation<'_>,
) -> Result<Option<Held<'a>>, CommandError> {
    if !args.running.lock.0 {
        return Ok(None);
    }
    let pause = |time| operation.pause(time);
    stores.lock(operation.session, "OperationTypeApply", args.running.lock_timeout, pause).map(Some)
}

/// Asks; anything but yes is a no.
fn approve(operation: &Operation<'_>, mode: PlanMode) -> Result<(), CommandError> {
    let view = &operation.session.view;
    let Question { title, explanation, cancelled } = approval::question(mode, &operation.workspace);
    view.say("\n");
    let terminal = view.terminal.clone();
    match operation.ask(move || prompt::ask(&terminal, &title, &explanation)) {
        Some(Ok(answer)) if answer == "yes" => {
            view.say("\n");
            Ok(())
        }
        Some(Ok(_)) => {
            view.say(&format!("\n{cancelled}\n"));
            Err(CommandError::Reported)
        }
        Some(Err(error)) => Err(CommandError::problem(
            "No approval",
            format!("error asking for approval: {error}. Use -auto-approve where nobody can answer."),
        )),
        None => {
            Err(CommandError::problem("Interrupted", "The question was interrupted. Nothing was changed."))
        }
    }
}

/// Executes, keeps the state, and says how it went with `tell`. `before` is the state as its store has it.
pub(super) fn finish(
    operation: &Operation<'_>,
    stores: &Stores,
    before: &State,
    planned: Planned,
    tell: impl FnOnce(&View, &Summary, PlanMode, &State),
) -> Result<Exit, CommandError> {
    let session = operation.session;
    let stored = stores.stored(before)?;
    let (mode, run) = (planned.plan.mode, RunBegin::new(stored.version(), stores.run.clone()));
    let recorder = StateRecorder::begin(
        stores.written().clone(),
        operation.registry.clone(),
        stores.journal_dir(),
        run,
        &stored,
        &planned.state,
    )
    .map(Arc::new)
    .map_err(|error| {
        CommandError::problem("Journal could not be written", format!("{error}. Nothing was changed."))
    })?;
    let last = recorder.clone();
    let Some(applied) = operation.apply(planned, recorder.clone(), move || last.flush()) else {
        return Err(CommandError::Reported);
    };
    let Applied { state, mut summary, problems } = applied;
    let finished = recorder.finish(state);
    session.view.problems(&problems, &operation.config.sources);
    let saved = match finished.error {
        None => Ok(()),
        Some(error) => Err(rescue(session, &finished.state, &error.to_string())),
    };
    if saved.is_ok()
        && let Ok(recorder) = Arc::try_unwrap(recorder)
        && let Err(error) = recorder.end()
    {
        session.view.problems(
            &Diagnostic::warning(
                "Journal could not be ended",
                format!("{error}. The next run will look at it."),
            )
            .into(),
            &operation.config.sources,
        );
    }
    summary.unsaved = saved.is_err();
    tell(&session.view, &summary, mode, &finished.state);
    saved?;
    let done = !problems.has_errors() && !summary.interrupted && summary.unfinished.is_empty();
    if done { Ok(Exit::Success) } else { Err(CommandError::Reported) }
}

/// Keeps a state that its store did not take.
fn rescue(session: &Session, state: &State, why: &str) -> CommandError {
    match local::rescue(Path::new("."), state) {
        Ok(path) => CommandError::problem(
            "Failed to save state",
            format!(
                "Error saving state: {why}.\n\nThe state was written to {} instead, so that nothing is lost. Once \
                 the cause is removed, run \"lambdaform state push errored.tfstate\". In this directory the next run does \
                 that by itself: its journal knows the same. Until then nobody else should run another apply.",
                path.display()
            ),
        ),
        Err(unsaved) => {
            session.view.terminal.err(&format!("\n{}\n", unsaved.json));
            CommandError::problem(
                "Failed to save state",
                format!(
                    "Error saving state: {why}. Writing it to {} failed, too: {}.\n\nThe state is printed above. Keep \
                     that text: it is the only record of what was done.",
                    unsaved.path.display(),
                    unsaved.source
                ),
            )
        }
    }
}
