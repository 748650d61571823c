//! `state rm`: takes instances out of the state.
//! Touches no real object.

use std::path::PathBuf;

use crate::base::InstanceAddr;
use crate::state::{Selection, relocation};

use super::super::editing::{Editing, Locking};
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Place;
use super::super::session::Session;

/// The arguments of `state rm`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The modules, resources or instances to forget.
    #[arg(value_name = "ADDRESS", required = true)]
    addresses: Vec<String>,
    /// Say what would be removed, and leave it.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
    /// The file for the state as it was before; by default the state's name with the time and ".backup".
    #[arg(long, value_name = "FILE", help_heading = "State options")]
    backup: Option<PathBuf>,
    #[command(flatten)]
    locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let selections: Vec<Selection> = args
        .addresses
        .iter()
        .map(|text| text.parse().map_err(|error| super::no_address(&error)))
        .collect::<Result<_, _>>()?;
    let stores = super::open(session, &args.place, args.backup.as_ref())?;
    let editing = Editing::begin(session, &stores, &args.place, &args.locking, "state-rm")?;
    let chosen: Vec<InstanceAddr> =
        selections.iter().flat_map(|selection| selection.instances(&editing.before)).collect();
    if chosen.is_empty() {
        return Err(CommandError::problem(
            "Invalid target address",
            "No matching objects found. To view the available instances, use \"lambdaform state list\". Please modify \
             the address to reference a specific instance.",
        ));
    }
    let said = if args.dry_run { "Would remove" } else { "Removed" };
    let said: String = chosen.iter().map(|addr| format!("{said} {addr}\n")).collect();
    if args.dry_run {
        session.view.say(&said);
        return Ok(Exit::Success);
    }
    let mut after = editing.before.clone();
    for addr in &chosen {
        relocation::forget(&mut after, addr);
    }
    editing.save(after)?;
    session.view.say(&format!("{said}Successfully removed {} resource instance(s).\n", chosen.len()));
    Ok(Exit::Success)
}
