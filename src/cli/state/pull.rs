//! `state pull`: the state as text on standard output.
//! Changes nothing.

use crate::state::v4;

use super::super::backend;
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Place;
use super::super::session::Session;

/// The arguments of `state pull`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    if let Some(state) = backend::read_only(session, &args.place)? {
        session.view.terminal.out_bytes(&v4::write(&state));
        // Terraform ends the text once more.
        session.view.terminal.out("\n");
    }
    Ok(Exit::Success)
}
