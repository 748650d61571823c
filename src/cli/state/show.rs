//! `state show`: one resource instance in the state.
//! Changes nothing.

use crate::base::InstanceAddr;
use crate::render;

use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Place;
use super::super::session::Session;

/// The arguments of `state show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The instance.
    #[arg(value_name = "ADDRESS")]
    address: String,
    #[command(flatten)]
    place: Place,
}

const ONE_INSTANCE: &str = "\n\nThis command requires that the address references one specific instance.\nTo view the \
                            available instances, use \"lambdaform state list\". Please modify\nthe address to reference a \
                            specific instance.\n";

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let addr: InstanceAddr = args.address.parse().map_err(|_| {
        CommandError::Plain(format!("Error parsing instance address: {}{ONE_INSTANCE}", args.address))
    })?;
    let state = super::read(session, &args.place)?;
    let Some(object) = state.object(&addr) else {
        return Err(CommandError::Plain(format!("No instance found for the given address!{ONE_INSTANCE}")));
    };
    let registry = session.registry();
    let schemas = |mode, type_name: &str| registry.schema(mode, type_name);
    session.view.terminal.out(&render::object_text(&addr, None, object, &schemas, &session.view.style()));
    Ok(Exit::Success)
}
