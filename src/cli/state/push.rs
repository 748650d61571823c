//! `state push`: puts a state from a file in the place of the present one.
//! Touches no real object.

use crate::base::file;
use crate::state::{State, store, v4};

use super::super::editing::{self, Editing, Locking};
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::{Destination, Place};
use super::super::session::Session;

/// The arguments of `state push`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The file with the state; "-" for standard input.
    #[arg(value_name = "PATH")]
    path: String,
    /// Push even if the lineages differ or the present state is newer.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let pushed = read(&args.path)?;
    let stores = editing::open(session, &args.place, &Destination::default())?;
    let editing = Editing::begin(session, &stores, &args.place, &args.locking, "state-push")?;
    let before = &editing.before;
    if !args.force {
        store::check_push(before, &pushed)
            .map_err(|error| CommandError::Plain(format!("Failed to write state: {error}\n")))?;
    }
    let mut after = pushed;
    if after.lineage.is_empty() {
        after.lineage.clone_from(&before.lineage);
    }
    editing::check(&after)?;
    // As in Terraform: the state goes on from the one that was pushed.
    if !before.version().lineage.is_empty() && !after.same_content(before) {
        after.serial += 1;
    }
    // Two contents of one serial could not be told apart.
    if after.version() == before.version() && !after.same_content(before) {
        after.serial += 1;
    }
    if after.version() != before.version() {
        stores
            .written()
            .replace(&before.version(), &after)
            .map_err(|error| CommandError::from(error.diagnostic()))?;
    }
    Ok(Exit::Success)
}

fn read(path: &str) -> Result<State, CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::Plain(format!("open {path}: {error}\n"));
    let bytes = match path {
        "-" => file::take(std::io::stdin().lock()).map_err(|error| failed(&error))?,
        path => file::read_named(path.as_ref()).map_err(|error| failed(&error))?,
    };
    let refused = |why: String| CommandError::Plain(format!("Error reading source state {path:?}: {why}\n"));
    if bytes.is_empty() {
        return Err(refused("no state".to_owned()));
    }
    v4::read(&bytes).map(|read| read.state).map_err(|error| refused(error.to_string()))
}
