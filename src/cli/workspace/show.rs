//! `workspace show`: the name of the current workspace.
//! Changes nothing.

use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::session::Session;

/// The arguments of `workspace show`: none.
#[derive(clap::Args, Debug)]
pub struct Args {}

pub(super) fn run(_args: &Args, session: &Session) -> Result<Exit, CommandError> {
    session.view.terminal.out(&format!("{}\n", session.workspace()?));
    Ok(Exit::Success)
}
