//! `init`: installs modules, checks the configuration and initializes the backend. Providers need not be installed.
//! Does not say how modules are fetched, nor how states are moved.

use std::path::PathBuf;
use std::time::Duration;

use super::backend::{self, Wishes};
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{self, Assignments, Get, InitBackend, Input, Lock, Side};
use super::modules;
use super::session::Session;

/// The arguments of `init`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    backend: InitBackend,
    /// Take the backend as it is configured now, whatever was configured before; no state is moved.
    #[arg(long)]
    reconfigure: bool,
    /// Move states from the backend that was configured before to the one that is configured now.
    #[arg(long)]
    migrate_state: bool,
    /// The same, and answer "yes" to every question about it.
    #[arg(long)]
    force_copy: bool,
    /// Install modules again, in the newest versions that their constraints allow.
    #[arg(long)]
    upgrade: bool,
    #[command(flatten)]
    get: Get,
    /// Not supported: copy the module's files into the directory instead.
    #[arg(long, value_name = "SOURCE")]
    from_module: Option<String>,
    /// Accepted for scripts that pass it: the providers are part of the program.
    #[arg(long, value_name = "DIR")]
    plugin_dir: Vec<PathBuf>,
    /// Accepted for scripts that pass it: the dependency lock file is left as it is.
    #[arg(long, value_name = "MODE")]
    lockfile: Option<String>,
    /// An argument for the backend over those in its block, or a file of arguments. May be given more than once.
    #[arg(long, value_name = "FILE|NAME=VALUE")]
    backend_config: Vec<String>,
    /// Say everything as a stream of JSON objects, one a line.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    side: Side,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    lock: Lock,
    /// How long to retry while somebody else holds a lock, such as 30s.
    #[arg(long, value_name = "DURATION", value_parser = flags::duration, default_value = "0s", hide_default_value = true)]
    lock_timeout: Duration,
    /// Accepted for scripts that pass it: it is about a backend that keeps another version of the program elsewhere.
    #[arg(long)]
    ignore_remote_version: bool,
    /// Accepted for scripts that pass it: there are no test files.
    #[arg(long, value_name = "DIR")]
    test_directory: Option<PathBuf>,
    #[arg(long, hide = true)]
    compact_warnings: bool,
    #[command(flatten)]
    assignments: Assignments,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let view = &session.view;
    let style = view.style();
    if args.from_module.is_some() {
        let detail = "The option -from-module is not supported: lambdaform copies no module into the working directory. \
                      Copy its files there, or clone its repository, and run init without the option.";
        return Err(CommandError::usage("init", "Unsupported option", detail));
    }
    view.begin();
    let installs = if args.get.0 { modules::install(session, args.upgrade)? } else { false };
    let config = session.config_for_init()?;
    if config.sources.iter().next().is_none() {
        let title = style.bold("lambdaform initialized in an empty directory!");
        view.say(&format!(
            "{title}\n\nThe directory has no configuration files. You may begin working with lambdaform\nimmediately by \
             creating configuration files.\n"
        ));
        return Ok(Exit::Success);
    }
    // The built-in side keeps its states itself, whatever the backend.
    if args.backend.0 && !args.side.local {
        let backend = backend::configured_by(session, &args.assignments)?;
        let wishes = Wishes {
            given: &args.backend_config,
            reconfigure: args.reconfigure,
            migrate: args.migrate_state,
            force_copy: args.force_copy,
            ask: args.input.0 && session.env.allows_input(),
            lock: args.lock.0,
            lock_timeout: args.lock_timeout,
        };
        backend::initialise(session, backend.as_ref(), &wishes)?;
    }
    let title = style.bold_green("lambdaform is ready.");
    let gap = if installs { "\n" } else { "" };
    let download =
        if installs { "only modules had to be installed" } else { "there was nothing to download" };
    view.say(&format!(
        "{gap}{title} The providers are part of the program, so {download}.\n\nYou may now run \
         \"lambdaform plan\" to see what the configuration would change.\n"
    ));
    Ok(Exit::Success)
}
