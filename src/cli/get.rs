//! `get`: installs the modules that the configuration calls.
//! Does not say how modules are fetched.

use super::error::CommandError;
use super::exit::Exit;
use super::modules;
use super::session::Session;

/// The arguments of `get`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Install modules again, in the newest versions that their constraints allow.
    #[arg(long)]
    update: bool,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    modules::install_quietly(session, args.update)?;
    session.config()?;
    Ok(Exit::Success)
}
