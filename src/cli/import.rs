//! `import`: brings an object that exists into the state, at an address that the configuration has.
//! Decides nothing; the engine finds and reads the object.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Diagnostic, InstanceAddr, Mode};
use crate::config::Config;
use crate::engine::{self, Event, ImportStage, NoRecord};
use crate::render;
use crate::state::store;

use super::PROGRAM;
use super::backend::Stores;
use super::early;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{self, Assignments, Destination, Input, Lock, Place};
use super::operation::Operation;
use super::session::Session;
use super::variables;

/// The arguments of `import`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the object goes in the state.
    #[arg(value_name = "ADDR")]
    address: String,
    /// How its type names it, such as the name of a function.
    #[arg(value_name = "ID")]
    id: String,
    /// The directory of the configuration, if not the working directory.
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    #[command(flatten)]
    assignments: Assignments,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    lock: Lock,
    /// How long to retry while somebody else holds the lock, such as 30s.
    #[arg(long, value_name = "DURATION", value_parser = flags::duration, default_value = "0s", hide_default_value = true)]
    lock_timeout: Duration,
    /// Accepted for scripts that pass it: it is about a backend that keeps another version of the program elsewhere.
    #[arg(long)]
    ignore_remote_version: bool,
    #[arg(long, value_name = "N", hide = true)]
    parallelism: Option<usize>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    destination: Destination,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let addr: InstanceAddr = args.address.parse().map_err(|error| {
        CommandError::problem(
            "Invalid address",
            format!(
                "A resource instance address is required here, such as aws_lambda_function.api[0]. {error}"
            ),
        )
    })?;
    if addr.resource.mode != Mode::Managed {
        return Err(CommandError::problem(
            "A managed resource address is required",
            "Importing into a data resource is not allowed.",
        ));
    }
    let dir = args.config.as_deref().unwrap_or(Path::new("."));
    let mut config = session.config_in(dir)?;
    if config.sources.iter().next().is_none() {
        return Err(CommandError::problem(
            "No configuration files",
            format!(
                "The directory {} does not contain any configuration files (.tf or .tf.json), and an object can only be \
                 imported for a resource that is there. To name another directory, use the -config=... option.",
                dir.display()
            ),
        ));
    }
    declared(&config, &addr)?;
    let inputs = variables::gather(session, &mut config, &args.assignments, args.input.0)?;
    let backend = early::backend(session, &config, &inputs)?;
    let stores = Stores::open(session, backend.as_ref(), &args.place, &args.destination)?;
    let operation = Operation::start(session, config, inputs, &args.place, 1)?;
    let pause = |time| operation.pause(time);
    let _lock = match args.lock.0 {
        true => Some(stores.lock(session, "import", args.lock_timeout, pause)?),
        false => None,
    };
    let before = operation.settled(&stores, args.lock.0)?;
    let view = &session.view;
    let style = view.style();
    let tell = |stage| match stage {
        ImportStage::Asked => {
            view.say(&format!("{}\n", style.bold(format!("{addr}: Importing from ID {:?}...", args.id))));
        }
        ImportStage::Prepared => {
            let title = style.bold_green(format!("{addr}: Import prepared!"));
            view.say(&format!("{title}\n  Prepared {} for import\n", addr.resource.type_name));
        }
    };
    let events = |event: Event| {
        if let Some(line) = render::event_line(&event) {
            view.say(&format!("{line}\n"));
        }
    };
    let run = operation.run(Arc::new(NoRecord));
    let imported = operation.block_on(engine::import(&run, &before, &addr, &args.id, &tell, &events));
    let mut after = match imported {
        Some(Ok(after)) => after,
        Some(Err(problems)) => return Err(operation.problems(problems)),
        None => return Err(CommandError::Reported),
    };
    let target = stores.written();
    store::save(&**target, &stores.stored(&before)?, &mut after).map_err(|error| {
        let mut problem = error.diagnostic();
        problem.detail.push_str(&format!(" Nothing was imported into {}.", target.location()));
        CommandError::from(problem)
    })?;
    view.say(&format!(
        "\n{}\n\nThe resources that were imported are shown above. These resources are now in\nyour {PROGRAM} state and \
         will henceforth be managed by {PROGRAM}.\n\n",
        style.bold_green("Import successful!")
    ));
    Ok(Exit::Success)
}

/// Makes sure that the configuration has the resource, and says what to write if not.
fn declared(config: &Config, addr: &InstanceAddr) -> Result<(), CommandError> {
    let resource = &addr.resource;
    let Some(_) = config.module(&resource.module) else {
        return Err(Diagnostic::error(
            "Import to non-existent module",
            format!(
                "{} is not defined in the configuration. Please add configuration for this module before importing into \
                 it.",
                resource.module
            ),
        )
        .into());
    };
    if config.resource(resource).is_some() {
        return Ok(());
    }
    let place = match resource.module.is_root() {
        true => "the root module".to_owned(),
        false => resource.module.to_string(),
    };
    Err(CommandError::Plain(format!(
        "Error: resource address {:?} does not exist in the configuration.\n\nBefore importing this resource, please create \
         its configuration in {place}. For example:\n\nresource {:?} {:?} {{\n  # (resource arguments)\n}}\n",
        resource.to_string(),
        &*resource.type_name,
        &*resource.name
    )))
}
