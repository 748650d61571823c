//! `state list`: the resource instances in the state.
//! Changes nothing.

use crate::base::InstanceAddr;
use crate::state::{ObjectKey, Selection, State, selection};

use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Place;
use super::super::session::Session;

/// The arguments of `state list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these modules, resources or instances.
    #[arg(value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// Only instances whose attribute "id" has this value.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let state = super::read(session, &args.place)?;
    let mut listed = Vec::new();
    for text in &args.addresses {
        listed.extend(selected(text, &state)?);
    }
    if args.addresses.is_empty() {
        listed = selection::instances(&state);
    }
    let text: String = listed
        .iter()
        .filter(|addr| args.id.is_none() || id(&state, addr) == args.id.as_deref())
        .map(|addr| format!("{addr}\n"))
        .collect();
    session.view.terminal.out(&text);
    Ok(Exit::Success)
}

/// The instances that an address stands for.
fn selected(text: &str, state: &State) -> Result<Vec<InstanceAddr>, CommandError> {
    let selection: Selection = text.parse().map_err(|error| super::no_address(&error))?;
    let found = selection.instances(state);
    if !found.is_empty() {
        return Ok(found);
    }
    let missing = |kind: &str, at: &str| {
        format!(
            "The current state contains no {at} {text}. If you've just added this {kind} to the configuration, you must \
             run \"lambdaform apply\" first to create the {kind}'s entry in the state."
        )
    };
    let (summary, detail) = match selection {
        Selection::Module(_) => ("Unknown module", missing("module", "module at")),
        Selection::Resource(_) => ("Unknown resource", missing("resource", "resource")),
        Selection::Instance(_) => (
            "Unknown resource instance",
            format!(
                "The current state contains no resource instance {text}. If you've just added its resource to the \
                 configuration or have changed the count or for_each arguments, you must run \"lambdaform apply\" first \
                 to update the resource's entry in the state."
            ),
        ),
    };
    Err(CommandError::problem(summary, detail))
}

/// The `id` of the current object.
fn id<'a>(state: &'a State, addr: &InstanceAddr) -> Option<&'a str> {
    let key = ObjectKey { instance: addr.key.clone(), deposed: None };
    state.resources.get(&addr.resource)?.objects.get(&key)?.attributes.get("id")?.as_str()
}
