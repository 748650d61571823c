//! `workspace delete`: removes a workspace with its state, if nothing is in it or it is forced.
//! Touches no real object. The state stays in the history.

use crate::base::Mode;
use crate::state::history::Run;
use crate::state::local::DEFAULT_WORKSPACE;
use crate::state::{State, journal, selection, v4};

use super::super::backend;
use super::super::editing::Locking;
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Side;
use super::super::session::Session;

/// The arguments of `workspace delete`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
    /// Delete it even if it still has resources, which are then no longer managed by anything.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    side: Side,
    #[command(flatten)]
    locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let name = &args.name;
    let home = backend::all(session, args.side.local)?;
    if !home.workspaces()?.contains(name) {
        return Err(super::missing(name));
    }
    if *name == session.workspace()? {
        return Err(CommandError::Plain(format!(
            "Workspace {name:?} is your active workspace.\n\nYou cannot delete the currently active workspace. Please \
             switch\nto another workspace and try again.\n"
        )));
    }
    if name == DEFAULT_WORKSPACE {
        return Err(CommandError::Plain("cannot delete default state\n".to_owned()));
    }
    let data_dir = session.data_dir(args.side.local);
    let kept = home.place(session, &data_dir, name);
    let mut wait = |time| {
        std::thread::sleep(time);
        true
    };
    let lock = match args.locking.lock.0 {
        true => {
            let timeout = args.locking.lock_timeout;
            Some(backend::lock(&*kept.store, session, "workspace-delete", timeout, &mut wait)?)
        }
        false => None,
    };
    let state = kept.store.read().map_err(|error| CommandError::from(error.diagnostic()))?.state;
    let interrupted = journal::open_runs(&kept.journal).is_ok_and(|runs| !runs.is_empty());
    let tracked = tracked(&state);
    if !args.force && !tracked.is_empty() {
        return Err(not_empty(name, &tracked));
    }
    if !args.force && interrupted {
        return Err(CommandError::problem(
            "Workspace has an interrupted run",
            format!(
                "The journal of workspace {name:?} says that a run was interrupted, and what it had begun may exist. \
                 Select the workspace and run \"lambdaform plan\", which settles that, or use the -force option."
            ),
        ));
    }
    if !state.is_empty()
        && let Some(history) = kept.store.history()
    {
        let run =
            Run::new([super::super::PROGRAM.to_owned()].into_iter().chain(session.command.iter().cloned()));
        // That the history cannot be written is no reason to keep a workspace that nobody wants.
        history.keep(&state.version(), &v4::write(&state), &run).ok();
    }
    home.delete(session, name)?;
    drop(lock);
    let view = &session.view;
    view.say(&format!("{}\n", view.style().green(format!("Deleted workspace {name:?}!"))));
    if !tracked.is_empty() {
        view.say(&format!(
            "{}\n",
            view.style().yellow(format!(
                "WARNING: {name:?} was non-empty.\nThe resources managed by the deleted workspace may still exist,\nbut \
                 are no longer manageable by lambdaform since the state has\nbeen deleted.\n"
            ))
        ));
    }
    Ok(Exit::Success)
}

/// The managed instances in a state.
fn tracked(state: &State) -> Vec<String> {
    let managed = selection::instances(state).into_iter().filter(|addr| addr.resource.mode == Mode::Managed);
    managed.map(|addr| addr.to_string()).collect()
}

fn not_empty(name: &str, tracked: &[String]) -> CommandError {
    let list: String = tracked.iter().map(|addr| format!("  - {addr}\n")).collect();
    CommandError::problem(
        "Workspace is not empty",
        format!(
            "Workspace {name:?} is currently tracking the following resource instances:\n{list}\nDeleting this workspace \
             would cause lambdaform to lose track of any associated remote objects, which would then require you to \
             delete them manually outside of lambdaform. You should destroy these objects with lambdaform before \
             deleting the workspace.\n\nIf you want to delete this workspace anyway, and have lambdaform forget about \
             these managed objects, use the -force option to disable this safety check."
        ),
    )
}
