//! `init`: checks the configuration and the backend. There is nothing to download.
//! Writes nothing.

use std::path::PathBuf;

use super::backend;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{InitBackend, Input, Lock};
use super::session::Session;

/// The arguments of `init`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    backend: InitBackend,
    /// Accepted for scripts that pass it: nothing has been configured that could be reconfigured.
    #[arg(long)]
    reconfigure: bool,
    /// Accepted for scripts that pass it: the providers are part of the program.
    #[arg(long)]
    upgrade: bool,
    /// Accepted for scripts that pass it: the providers are part of the program.
    #[arg(long, value_name = "DIR")]
    plugin_dir: Vec<PathBuf>,
    /// Accepted for scripts that pass it: the dependency lock file is left as it is.
    #[arg(long, value_name = "MODE")]
    lockfile: Option<String>,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    lock: Lock,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let view = &session.view;
    let style = view.style();
    let config = session.config()?;
    if config.sources.iter().next().is_none() {
        let title = style.bold("lambdaform initialized in an empty directory!");
        view.say(&format!(
            "{title}\n\nThe directory has no configuration files. You may begin working with lambdaform\nimmediately by \
             creating configuration files.\n"
        ));
        return Ok(Exit::Success);
    }
    if args.backend.0 {
        let problems = backend::check(config.root.backend.as_ref());
        if !problems.is_empty() {
            return Err(CommandError::Problems(problems, config.sources));
        }
    }
    let title = style.bold_green("lambdaform is ready.");
    view.say(&format!(
        "{title} The providers are part of the program, so there was nothing to download.\n\nYou may now run \
         \"lambdaform plan\" to see what the configuration would change.\n"
    ));
    Ok(Exit::Success)
}
