//! `state mv`: moves instances, resources and modules to other addresses, also into another state.
//! Touches no real object.

use std::path::PathBuf;

use crate::state::relocation::{self, Move, MoveError};
use crate::state::{Selection, State};

use super::super::editing::{self, Editing, Locking};
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Place;
use super::super::session::Session;

/// The arguments of `state mv`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to move: a module, a resource or an instance.
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Where to.
    #[arg(value_name = "DESTINATION")]
    destination: String,
    /// Say what would be moved, and leave it.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
    /// The file of the state to move to, if not the same one.
    #[arg(long, value_name = "FILE", help_heading = "State options")]
    state_out: Option<PathBuf>,
    /// The file for the state as it was before; by default the state's name with the time and ".backup".
    #[arg(long, value_name = "FILE", help_heading = "State options")]
    backup: Option<PathBuf>,
    /// The same for the state of -state-out.
    #[arg(long, value_name = "FILE", help_heading = "State options")]
    backup_out: Option<PathBuf>,
    #[command(flatten)]
    locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let parse =
        |text: &str| -> Result<Selection, _> { text.parse().map_err(|error| super::no_address(&error)) };
    let (from, to) = (parse(&args.source)?, parse(&args.destination)?);
    let stores = super::open(session, &args.place, args.backup.as_ref())?;
    let elsewhere = args.state_out.as_ref().filter(|out| Some(out.as_path()) != stores.file());
    let out_place = Place { local: false, state: elsewhere.cloned() };
    let out_stores = match elsewhere {
        Some(_) => Some(editing::open_backed(session, &out_place, args.backup_out.as_ref())?),
        None => None,
    };
    let source = Editing::begin(session, &stores, &args.place, &args.locking, "state-mv")?;
    let target = match &out_stores {
        // What was interrupted was settled with the first.
        Some(out) => Some(Editing::begin(session, out, &args.place, &args.locking, "state-mv")?),
        None => None,
    };
    let into: &State = target.as_ref().map_or(&source.before, |target| &target.before);
    let moves = relocation::moves(&source.before, into, &from, &to).map_err(explained)?;
    let said = |verb: &str| -> String {
        let quoted = |addr: &Selection| format!("{:?}", addr.to_string());
        let line = |Move { from, to }: &Move| format!("{verb} {} to {}\n", quoted(from), quoted(to));
        moves.iter().map(line).collect()
    };
    if args.dry_run {
        session.view.say(&said("Would move"));
        return Ok(Exit::Success);
    }
    let mut after = source.before.clone();
    match &target {
        None => relocation::relocate(&mut after, None, &moves),
        Some(target) => {
            let mut into = target.before.clone();
            relocation::relocate(&mut after, Some(&mut into), &moves);
            editing::check(&after)?;
            // First into the one, then out of the other: an interrupt between leaves it in both, never in neither.
            target.save(into)?;
        }
    }
    source.save(after)?;
    session.view.say(&format!("{}Successfully moved {} object(s).\n", said("Move"), moves.len()));
    Ok(Exit::Success)
}

fn explained(error: MoveError) -> CommandError {
    match error {
        MoveError::ModuleExists => CommandError::Plain(format!(
            "Error moving state: {error}\n\nPlease ensure your addresses and state paths are valid. No\nstate was \
             persisted. Your existing states are untouched.\n"
        )),
        MoveError::Refused { .. } => error.diagnostic().into(),
    }
}
