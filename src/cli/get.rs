//! `get`: installs the modules that the configuration calls.
//! Does not say how modules are fetched.

use std::path::PathBuf;

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
    /// Accepted for scripts that pass it: there are no test files.
    #[arg(long, value_name = "DIR")]
    test_directory: Option<PathBuf>,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    modules::install_quietly(session, args.update)?;
    session.config()?;
    Ok(Exit::Success)
}
