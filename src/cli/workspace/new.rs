//! `workspace new`: creates a workspace, empty or with a copy of a state, and switches to it.
//! Knows nothing of what is in that state.

use std::path::{Path, PathBuf};

use crate::base::file;
use crate::state::{State, v4};

use super::super::backend;
use super::super::editing::{self, Editing, Locking};
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::{Destination, Side};
use super::super::session::Session;

/// The arguments of `workspace new`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
    /// Copy an existing state file into the new workspace.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    side: Side,
    #[command(flatten)]
    locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let name = &args.name;
    super::check_name(name)?;
    if session.workspace_override().is_some_and(|current| current != name) {
        return Err(CommandError::Plain(
            "\nThe workspace is currently overridden using the TF_WORKSPACE environment\nvariable. You cannot create a \
             new workspace when using this setting.\n\nTo create a new workspace, either unset this environment variable \
             or update it\nto match the workspace name you are trying to create, and then run this command\nagain.\n\n"
                .to_owned(),
        ));
    }
    let home = backend::all(session, args.side.local)?;
    if home.workspaces()?.contains(name) {
        return Err(CommandError::Plain(format!("Workspace {name:?} already exists\n")));
    }
    // Before anything is created.
    let copied = args.state.as_deref().map(read).transpose()?;
    super::create(session, &home, name)?;
    if let Some(copied) = copied {
        let place = args.side.into();
        let stores = editing::open(session, &place, &Destination::default())?;
        let editing = Editing::begin(session, &stores, &place, &args.locking, "workspace-new")?;
        editing.save(copied)?;
    }
    Ok(Exit::Success)
}

fn read(path: &Path) -> Result<State, CommandError> {
    let shown = path.display();
    let bytes =
        file::read_named(path).map_err(|error| CommandError::Plain(format!("open {shown}: {error}\n")))?;
    let read = v4::read(&bytes)
        .map_err(|error| CommandError::problem(error.summary, format!("{} ({shown})", error.detail)))?;
    editing::check(&read.state)?;
    Ok(read.state)
}
