//! `refresh`: reads real objects into the state, without a question and without changing them.
//! Decides nothing about infrastructure.

use crate::base::{Diagnostic, Sources};
use crate::plan::PlanMode;

use super::apply;
use super::backend::Stores;
use super::early;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{Assignments, Destination, Limits, Place, Planning, Refresh, Running};
use super::operation::{Operation, may_ask};
use super::session::Session;
use super::variables;
use super::view::View;

/// The arguments of `refresh`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    assignments: Assignments,
    #[command(flatten)]
    pub(super) running: Running,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    destination: Destination,
    // Terraform takes these and does the same whatever they say.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, hide = true)]
    refresh: Option<Option<String>>,
    #[arg(long, hide = true)]
    refresh_only: bool,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let Args { running, place, .. } = args;
    session.view.begin();
    args.limits.check("refresh")?;
    let mut config = session.config()?;
    let inputs = variables::gather(session, &mut config, &args.assignments, may_ask(running))?;
    let backend = early::backend(session, &config, &inputs)?;
    let stores = Stores::open(session, backend.as_ref(), place, &args.destination)?;
    let operation = Operation::start(session, config, inputs, place, running.parallelism)?;
    let pause = |time| operation.pause(time);
    let _lock = match running.lock.0 {
        true => Some(stores.lock(session, "OperationTypeRefresh", running.lock_timeout, pause)?),
        false => None,
    };
    let before = operation.settled(&stores, running.lock.0)?;
    if before.managed().next().is_none() {
        session.view.problems(&nothing_tracked().into(), &Sources::default());
    }
    let planning = Planning {
        destroy: false,
        refresh_only: false,
        refresh: Refresh(true),
        replace: Vec::new(),
        limits: args.limits.clone(),
        assignments: args.assignments.clone(),
    };
    // As in Terraform, outputs are what configuration says of them, as far as that is known before anything is changed: it
    // takes a plan to know, of which nothing is done.
    let mut planned = operation.plan(&before, PlanMode::Normal, &planning, "refresh")?;
    planned.plan.mode = PlanMode::RefreshOnly;
    planned.plan.steps.clear();
    session.view.problems(&planned.plan.problems, &operation.config.sources);
    if planned.plan.errored {
        return Err(CommandError::Reported);
    }
    apply::finish(&operation, &stores, &before, planned, View::refreshed)
}

fn nothing_tracked() -> Diagnostic {
    Diagnostic::warning(
        "Empty or non-existent state",
        "There are currently no remote objects tracked in the state, so there is nothing to refresh.",
    )
}
