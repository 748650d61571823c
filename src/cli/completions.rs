//! `completions`: what a shell needs to complete this program's command line.
//! Knows nothing of commands beyond the clap tree.

use clap_complete::Shell;

use super::error::CommandError;
use super::exit::Exit;
use super::session::Session;

/// The arguments of `completions`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::tree(), super::PROGRAM, &mut script);
    session.view.terminal.out_bytes(&script);
    Ok(Exit::Success)
}
