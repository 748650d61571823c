//! `workspace select`: switches to another workspace.
//! Touches no state.

use super::super::backend;
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Side;
use super::super::session::Session;

/// The arguments of `workspace select`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
    /// Create the workspace if there is none of this name.
    #[arg(long)]
    or_create: bool,
    #[command(flatten)]
    side: Side,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let name = &args.name;
    super::check_name(name)?;
    if session.workspace_override().is_some() {
        return Err(CommandError::Plain(
            "\nThe selected workspace is currently overridden using the TF_WORKSPACE\nenvironment variable.\n\nTo select \
             a new workspace, either update this environment variable or unset\nit and then run this command \
             again.\n\n"
                .to_owned(),
        ));
    }
    if *name == session.workspace()? {
        return Ok(Exit::Success);
    }
    let home = backend::all(session, args.side.local)?;
    if home.workspaces()?.contains(name) {
        super::remember(session, name)?;
        let title = format!("Switched to workspace {name:?}.");
        session.view.say(&format!("{}\n", session.view.style().green(title)));
    } else if args.or_create {
        super::create(session, &home, name)?;
    } else {
        return Err(super::missing(name));
    }
    Ok(Exit::Success)
}
