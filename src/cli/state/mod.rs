//! `state`: looking into the state and editing it, one file per command.
//! Knows nothing of infrastructure.

mod list;
mod mv;
mod pull;
mod push;
mod replace_provider;
mod rm;
mod show;

use std::path::{Path, PathBuf};

use crate::state::State;

use super::backend::{self, Stores};
use super::editing;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::Place;
use super::session::Session;

/// The commands under `state`.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// List the resource instances in the state
    ///
    /// With addresses of modules, resources or instances, only those: an address that the state does not have is an
    /// error.
    List(list::Args),
    /// Move what is in the state to another address
    ///
    /// Renames a resource, an instance or a whole module in the state, so that the object stays and configuration may
    /// call it differently; with -state-out moves it into another state. Nothing real is changed. A dated backup of
    /// every state that is written is always made.
    Mv(mv::Args),
    /// Write the state to standard output
    Pull(pull::Args),
    /// Replace the state by one from a file
    ///
    /// Refused if the state belongs to another lineage or is newer, unless it is forced. The path "-" reads standard
    /// input.
    Push(push::Args),
    /// Say that another provider manages resources
    ///
    /// Changes the provider of all resources in the state that have the first provider to the second.
    ReplaceProvider(replace_provider::Args),
    /// Take resources out of the state
    ///
    /// The program forgets them; the real objects stay as they are. Addresses of modules and of resources with count or
    /// for_each stand for all their instances. A dated backup is always made.
    Rm(rm::Args),
    /// Show one resource instance in the state
    Show(show::Args),
}

pub(super) fn run(verb: &Verb, session: &Session) -> Result<Exit, CommandError> {
    match verb {
        Verb::List(args) => list::run(args, session),
        Verb::Mv(args) => mv::run(args, session),
        Verb::Pull(args) => pull::run(args, session),
        Verb::Push(args) => push::run(args, session),
        Verb::ReplaceProvider(args) => replace_provider::run(args, session),
        Verb::Rm(args) => rm::run(args, session),
        Verb::Show(args) => show::run(args, session),
    }
}

fn read(session: &Session, place: &Place) -> Result<State, CommandError> {
    backend::read_only(session, place)?.ok_or_else(no_state)
}

fn no_state() -> CommandError {
    CommandError::Plain(
        "No state file was found!\n\nState management commands require a state file. Run this command\nin a directory \
         where lambdaform has been run or use the -state flag\nto point the command to a specific state location.\n"
            .to_owned(),
    )
}

/// Opens the store of a state that is there, for an edit.
fn open(session: &Session, place: &Place, backup: Option<&PathBuf>) -> Result<Stores, CommandError> {
    let stores = editing::open_backed(session, place, backup)?;
    if stores.file().is_none_or(Path::exists) { Ok(stores) } else { Err(no_state()) }
}

/// An address that cannot be read.
fn no_address(error: &crate::base::AddressError) -> CommandError {
    CommandError::problem("Invalid address", error.to_string())
}
