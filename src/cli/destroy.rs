//! `destroy`: `apply -destroy` under its own name.
//! Knows nothing that `apply` does not know better.

use super::apply;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{Assignments, Destination, Limits, Place, Planning, Refresh, Running};
use super::session::Session;

/// The arguments of `destroy`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Do not ask before destroying.
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    refresh: Refresh,
    #[command(flatten)]
    assignments: Assignments,
    #[command(flatten)]
    pub(super) running: Running,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    destination: Destination,
    // What makes no sense here, to say why.
    #[arg(long, hide = true)]
    refresh_only: bool,
    #[arg(long, value_name = "ADDRESS", hide = true)]
    replace: Vec<String>,
    #[arg(long = "destroy", hide = true)]
    again: bool,
}

pub(super) fn run(args: Args, session: &Session) -> Result<Exit, CommandError> {
    let planning = Planning {
        destroy: true,
        refresh_only: args.refresh_only,
        refresh: args.refresh,
        replace: args.replace,
        limits: args.limits,
        assignments: args.assignments,
    };
    let args = apply::Args {
        plan_file: None,
        auto_approve: args.auto_approve,
        planning,
        running: args.running,
        place: args.place,
        destination: args.destination,
    };
    apply::execute(&args, "destroy", session)
}
