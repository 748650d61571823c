//! `force-unlock`: gives back a lock that another run left.
//! Knows that locks of local files end with the process that holds them, so that there never is one to give back.

use super::backend;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::Place;
use super::session::Session;

/// The arguments of `force-unlock`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The lock, as the error that reported it calls it.
    #[arg(value_name = "LOCK_ID")]
    id: String,
    /// Do not ask before unlocking.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    // Errors of the configuration come first, as for every command that needs the backend.
    backend::configured(session, &Place::default())?;
    Err(CommandError::Plain(match args.force {
        true => "Failed to unlock state: LocalState not locked\n".to_owned(),
        false => format!(
            "Local state cannot be unlocked by another process\n\nThe lock {} ends with the process that holds it.\n",
            args.id
        ),
    }))
}
