//! `state list` and `state show`: what is in the state.
//! Changes nothing.

use crate::base::{InstanceAddr, ModuleAddr, ResourceAddr};
use crate::render;
use crate::state::State;

use super::backend;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::Place;
use super::session::Session;

/// The commands under `state`.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// List the resource instances in the state
    List(ListArgs),
    /// Show one resource instance in the state
    Show(ShowArgs),
}

/// The arguments of `state list`.
#[derive(clap::Args, Debug)]
pub struct ListArgs {
    /// Only these modules, resources or instances.
    #[arg(value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// Only instances whose attribute "id" has this value.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// The arguments of `state show`.
#[derive(clap::Args, Debug)]
pub struct ShowArgs {
    /// The instance.
    #[arg(value_name = "ADDRESS")]
    address: String,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(verb: &Verb, session: &Session) -> Result<Exit, CommandError> {
    match verb {
        Verb::List(args) => list(args, session),
        Verb::Show(args) => show(args, session),
    }
}

fn read(session: &Session, place: &Place) -> Result<State, CommandError> {
    backend::read_only(session, place)?.ok_or_else(|| {
        CommandError::Plain(
            "No state file was found!\n\nState management commands require a state file. Run this command\nin a \
             directory where lambdaform has been run or use the -state flag\nto point the command to a specific state \
             location.\n"
                .to_owned(),
        )
    })
}

fn list(args: &ListArgs, session: &Session) -> Result<Exit, CommandError> {
    let state = read(session, &args.place)?;
    let filters =
        args.addresses.iter().map(|text| Filter::parse(text, &state)).collect::<Result<Vec<_>, _>>()?;
    let mut text = String::new();
    for (addr, object) in instances(&state) {
        let chosen = filters.is_empty() || filters.iter().any(|filter| filter.covers(&addr));
        let id = object.get("id").and_then(|id| id.as_str());
        if chosen && (args.id.is_none() || id == args.id.as_deref()) {
            text.push_str(&format!("{addr}\n"));
        }
    }
    session.view.terminal.out(&text);
    Ok(Exit::Success)
}

fn show(args: &ShowArgs, session: &Session) -> Result<Exit, CommandError> {
    let addr: InstanceAddr = args
        .address
        .parse()
        .map_err(|error| CommandError::problem("Error parsing instance address", format!("{error}")))?;
    let state = read(session, &args.place)?;
    let Some(object) = state.object(&addr) else {
        return Err(CommandError::Plain(
            "No instance found for the given address!\n\nThis command requires that the address references one specific \
             instance.\nTo view the available instances, use \"lambdaform state list\". Please modify\nthe address to \
             reference a specific instance.\n"
                .to_owned(),
        ));
    };
    let registry = session.registry();
    let schemas = |mode, type_name: &str| registry.schema(mode, type_name);
    session.view.terminal.out(&render::object_text(&addr, None, object, &schemas, &session.view.style()));
    Ok(Exit::Success)
}

/// Every current object, in address order, with its attributes.
fn instances(state: &State) -> impl Iterator<Item = (InstanceAddr, &serde_json::Value)> {
    state.resources.iter().flat_map(|(addr, resource)| {
        resource
            .objects
            .iter()
            .filter(|(key, _)| key.deposed.is_none())
            .map(|(key, object)| (addr.instance(key.instance.clone()), &object.attributes))
    })
}

/// What an address on the command line stands for.
enum Filter {
    Module(ModuleAddr),
    Resource(ResourceAddr),
    Instance(InstanceAddr),
}

impl Filter {
    /// Reads an address and makes sure that the state has something there.
    fn parse(text: &str, state: &State) -> Result<Self, CommandError> {
        let filter = if let Ok(addr) = text.parse::<ModuleAddr>() {
            Filter::Module(addr)
        } else {
            let addr: InstanceAddr =
                text.parse().map_err(|error| CommandError::problem("Invalid address", format!("{error}")))?;
            match addr.key {
                Some(_) => Filter::Instance(addr),
                None => Filter::Resource(addr.resource),
            }
        };
        if instances(state).any(|(addr, _)| filter.covers(&addr)) {
            return Ok(filter);
        }
        let (kind, at) = match filter {
            Filter::Module(_) => ("module", "module at"),
            _ => ("resource", "resource"),
        };
        Err(CommandError::problem(
            format!("Unknown {kind}"),
            format!(
                "The current state contains no {at} {text}. If you've just added this {kind} to the configuration, you \
                 must run \"lambdaform apply\" first to create the {kind}'s entry in the state."
            ),
        ))
    }

    fn covers(&self, addr: &InstanceAddr) -> bool {
        match self {
            Filter::Module(module) => {
                let steps = addr.resource.module.steps();
                steps.len() >= module.steps().len()
                    && module.steps().iter().zip(steps).all(|((name, key), (in_name, in_key))| {
                        name == in_name && (key.is_none() || key == in_key)
                    })
            }
            Filter::Resource(resource) => addr.resource == *resource,
            Filter::Instance(instance) => addr == instance,
        }
    }
}
