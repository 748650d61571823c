//! `providers`: which providers the configuration and the state need, as a tree of modules.
//! Loads no provider.

mod refused;
mod requirements;
mod schema;

use std::path::PathBuf;

use super::backend;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::Side;
use super::operation;
use super::session::Session;
use requirements::Needs;

/// The arguments of `providers`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Accepted for scripts that pass it: there are no test files.
    #[arg(long, value_name = "DIR")]
    test_directory: Option<PathBuf>,
    #[command(flatten)]
    side: Side,
}

/// The commands under `providers`.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Not needed: the providers are part of the program
    Lock(refused::Args),
    /// Not needed: the providers are part of the program
    Mirror(refused::Args),
    /// Show the schemas of the providers that configuration and state need
    Schema(schema::Args),
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    match &args.verb {
        None => tree(args.side, session),
        Some(Verb::Lock(_)) => Err(refused::refuse("lock")),
        Some(Verb::Mirror(_)) => Err(refused::refuse("mirror")),
        Some(Verb::Schema(args)) => schema::run(args, session),
    }
}

fn tree(side: Side, session: &Session) -> Result<Exit, CommandError> {
    let config = session.config()?;
    operation::require_configuration(&config, "providers")?;
    let state = backend::read_only(session, &side.into())?;
    let mut text = format!("\nProviders required by configuration:\n.\n{}\n", Needs::of(&config).tree());
    let in_state = state.map(|state| requirements::of_state(&state)).unwrap_or_default();
    if !in_state.is_empty() {
        text.push_str("Providers required by state:\n\n");
        text.extend(in_state.iter().map(|address| format!("    provider[{address}]\n\n")));
    }
    session.view.terminal.out(&text);
    Ok(Exit::Success)
}
