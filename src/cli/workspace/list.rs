//! `workspace list`: the workspaces there are, the current one marked.
//! Changes nothing.

use super::super::backend;
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Side;
use super::super::session::Session;

/// The arguments of `workspace list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    side: Side,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let current = session.workspace()?;
    let names = backend::all(session, args.side.local)?.workspaces()?;
    let mark = |name: &String| if *name == current { '*' } else { ' ' };
    let mut text: String = names.iter().map(|name| format!("{} {name}\n", mark(name))).collect();
    text.push('\n');
    if session.workspace_override().is_some() {
        text.push_str(
            "\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n\n",
        );
    }
    session.view.terminal.out(&text);
    Ok(Exit::Success)
}
