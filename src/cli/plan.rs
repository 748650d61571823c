//! `plan`: shows what the configuration would change, and saves it on request.
//! Changes nothing.

use std::path::{Path, PathBuf};

use crate::plan::PlanMode;
use crate::plan::file::{Origin, PlanFile};
use crate::state::v4;

use super::backend::Stores;
use super::early;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{Destination, Place, Planning, Running};
use super::generate::{self, Generated};
use super::operation::{Operation, may_ask, require_configuration};
use super::session::Session;
use super::variables;
use super::version::VERSION;

/// The arguments of `plan`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Save the plan to a file, for apply to execute exactly that.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 0 if there is nothing to do, 1 on an error and 2 if there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Write configuration for the objects of import blocks that have none into a new file. What they are made of, such as
    /// the code of a function, is downloaded beside it.
    #[arg(long, value_name = "FILE")]
    generate_config_out: Option<PathBuf>,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    pub(super) running: Running,
    #[command(flatten)]
    place: Place,
    // A plan writes no state; these are taken as Terraform takes them.
    #[arg(long, value_name = "FILE", hide = true)]
    state_out: Option<PathBuf>,
    #[arg(long, value_name = "FILE", hide = true)]
    backup: Option<PathBuf>,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let view = &session.view;
    view.begin();
    let mode = args.planning.mode("plan")?;
    args.planning.replaced("plan")?;
    let target = args.generate_config_out.as_deref();
    if let Some(path) = target {
        generate::check(path, mode)?;
    }
    let mut config = session.config()?;
    if mode != PlanMode::Destroy {
        require_configuration(&config, "plan")?;
    }
    let inputs = variables::gather(session, &mut config, &args.planning.assignments, may_ask(&args.running))?;
    let backend = early::backend(session, &config, &inputs)?;
    let stores = Stores::open(session, backend.as_ref(), &args.place, &Destination::default())?;
    let mut operation = Operation::start(session, config, inputs, &args.place, args.running.parallelism)?;
    let _lock =
        if args.running.lock.0 {
            Some(stores.lock(session, "OperationTypePlan", args.running.lock_timeout, |time| {
                operation.pause(time)
            })?)
        } else {
            None
        };
    let before = operation.settled(&stores, args.running.lock.0)?;
    let generated = match target {
        Some(path) => Some(generate::generate(&mut operation, &before, &args.planning, path)?),
        None => None,
    };
    let planned = operation.plan(&before, mode, &args.planning, "plan")?;
    generated.as_ref().map_or(Ok(()), Generated::write)?;
    view.plan(&planned.plan, &operation.registry, &operation.config.sources);
    if planned.plan.errored {
        generated.iter().for_each(|generated| generated.tell_alone(&operation));
        return Err(CommandError::Reported);
    }
    if let Some(path) = &args.out {
        let file = PlanFile {
            origin: Origin {
                version: VERSION.to_owned(),
                local: args.place.local,
                state: args.place.state.clone(),
            },
            state_before: v4::write(&before),
            state: v4::write(&planned.state),
            sources: operation.config.snapshot(),
            plan: planned.plan.clone(),
        };
        write(path, &file)?;
    }
    let notes = generated.as_ref().map(Generated::notes).unwrap_or_default();
    view.plan_footer(&planned.plan, &notes, args.out.as_deref(), session.env.in_automation());
    let changes = args.detailed_exitcode && planned.plan.has_changes();
    // The process ends now, and giving back what many instances hold piece by piece takes longer than that.
    std::mem::forget((before, planned));
    Ok(if changes { Exit::Changes } else { Exit::Success })
}

/// Puts the plan into a file that only its owner can read, whole or not at all.
fn write(path: &Path, file: &PlanFile) -> Result<(), CommandError> {
    let failed = |what: String| {
        CommandError::problem(
            "Failed to write plan file",
            format!("The plan file {} could not be written: {what}.", path.display()),
        )
    };
    let bytes = file.encode().map_err(|error| failed(error.to_string()))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let draft = || -> std::io::Result<()> {
        // A named temporary file is its owner's alone from the start.
        let mut draft = tempfile::Builder::new().prefix(".lambdaform-").tempfile_in(folder)?;
        std::io::Write::write_all(&mut draft, &bytes)?;
        draft.as_file().sync_all()?;
        draft.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    draft().map_err(|error| failed(error.to_string()))
}
