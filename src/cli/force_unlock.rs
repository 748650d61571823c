//! `force-unlock`: gives back a lock that another run left.
//! Knows nothing of what is locked; locks of local files end with their process, so that there never is one to give back.

use super::backend::{self, Stores};
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{Destination, Side};
use super::prompt;
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
    #[command(flatten)]
    side: Side,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let place = args.side.into();
    // Errors of the configuration come first, as for every command that needs the backend.
    let backend = backend::configured(session, &place)?;
    let stores = Stores::open(session, backend.as_ref(), &place, &Destination::default())?;
    if stores.file().is_some() {
        return Err(CommandError::Plain(match args.force {
            true => "Failed to unlock state: LocalState not locked\n".to_owned(),
            false => format!(
                "Local state cannot be unlocked by another process\n\nThe lock {} ends with the process that holds \
                 it.\n",
                args.id
            ),
        }));
    }
    if !args.force {
        approve(session)?;
    }
    stores
        .written()
        .force_unlock(&args.id)
        .map_err(|error| CommandError::Plain(format!("Failed to unlock state: {error}\n")))?;
    let style = session.view.style();
    session.view.say(&format!(
        "{}\n\nThe state has been unlocked, and lambdaform commands should now be able to\nobtain a new lock on the remote \
         state.\n",
        style.bold_green("lambdaform state has been successfully unlocked!")
    ));
    Ok(Exit::Success)
}

fn approve(session: &Session) -> Result<(), CommandError> {
    let explanation = "lambdaform will remove the lock on the remote state.\nThis will allow local lambdaform commands to \
                       modify this state, even though it\nmay still be in use. Only 'yes' will be accepted to confirm.";
    match prompt::ask(&session.view.terminal, "Do you really want to force-unlock?", explanation) {
        Ok(answer) if answer == "yes" => Ok(()),
        Ok(_) => {
            session.view.say("force-unlock cancelled.\n");
            Err(CommandError::Reported)
        }
        Err(error) => Err(CommandError::Plain(format!("Error asking for confirmation: {error}\n"))),
    }
}
