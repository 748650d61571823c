//! `taint` and `untaint`: whether the next apply replaces an instance.
//! Touches no real object.

use std::sync::Arc;

use crate::base::{Diagnostic, InstanceAddr, Mode, Sources};
use crate::state::{ObjectKey, ObjectStatus, State, relocation};

use super::editing::{self, Editing, Locking};
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{Destination, Place};
use super::session::Session;

/// The arguments of `taint` and `untaint`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The instance.
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Succeed, with a warning, even if the state has no such instance.
    #[arg(long)]
    allow_missing: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    destination: Destination,
    #[command(flatten)]
    locking: Locking,
}

/// Runs `taint`.
pub(super) fn taint(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let addr = address(&args.address)?;
    if addr.resource.mode == Mode::Data {
        return Err(CommandError::Plain(format!("Resource instance {addr} cannot be tainted\n")));
    }
    mark(args, session, &addr, "taint", |_| Ok(ObjectStatus::Tainted))?;
    Ok(Exit::Success)
}

/// Runs `untaint`.
pub(super) fn untaint(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let addr = address(&args.address)?;
    mark(args, session, &addr, "untaint", |status| match status {
        ObjectStatus::Tainted => Ok(ObjectStatus::Ready),
        ObjectStatus::Ready => Err(CommandError::problem(
            "Resource instance is not tainted",
            format!("Resource instance {addr} is not currently tainted, and so it cannot be untainted."),
        )),
    })?;
    Ok(Exit::Success)
}

fn address(text: &str) -> Result<InstanceAddr, CommandError> {
    text.parse().map_err(|error| {
        CommandError::problem(
            "Invalid address",
            format!(
                "A resource instance address is required here, such as aws_lambda_function.api[0]. {error}"
            ),
        )
    })
}

fn mark(
    args: &Args,
    session: &Session,
    addr: &InstanceAddr,
    command: &str,
    status: impl Fn(ObjectStatus) -> Result<ObjectStatus, CommandError>,
) -> Result<(), CommandError> {
    let stores = editing::open(session, &args.place, &args.destination)?;
    let editing = Editing::begin(session, &stores, &args.place, &args.locking, command)?;
    let key = ObjectKey { instance: addr.key.clone(), deposed: None };
    let mut after = editing.before.clone();
    let object = after.resources.get_mut(&addr.resource).and_then(|resource| resource.objects.get_mut(&key));
    let Some(object) = object else {
        return missing(args, session, addr, &editing.before);
    };
    let new = status(object.status)?;
    Arc::make_mut(object).status = new;
    editing.save(after)?;
    let outcome = match new {
        ObjectStatus::Tainted => "has been marked as tainted",
        ObjectStatus::Ready => "has been successfully untainted",
    };
    session.view.say(&format!("Resource instance {addr} {outcome}.\n"));
    Ok(())
}

/// What is said when there is no current object: only a warning, if that is allowed.
fn missing(args: &Args, session: &Session, addr: &InstanceAddr, state: &State) -> Result<(), CommandError> {
    const SUMMARY: &str = "No such resource instance";
    let replaced = relocation::objects(state, addr).next().is_some();
    if args.allow_missing && !replaced {
        let warning = Diagnostic::warning(
            SUMMARY,
            format!(
                "Resource instance {addr} was not found, but this is not an error because -allow-missing was set."
            ),
        );
        session.view.problems(&warning.into(), &Sources::default());
        return Ok(());
    }
    Err(CommandError::problem(
        SUMMARY,
        if replaced {
            format!(
                "Resource instance {addr} is currently part-way through a create_before_destroy replacement action. Run \
                 \"lambdaform apply\" to complete its replacement before tainting it."
            )
        } else if state.resources.is_empty() {
            "The state currently contains no resource instances whatsoever. This may occur if the configuration has \
             never been applied or if it has recently been destroyed."
                .to_owned()
        } else {
            format!(
                "There is no resource instance in the state with the address {addr}. If the resource configuration has \
                 just been added, you must run \"lambdaform apply\" once to create the corresponding instance(s) before \
                 they can be tainted."
            )
        },
    ))
}
