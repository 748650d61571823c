//! `show`: the state, or a saved plan, as text, JSON or Markdown.
//! Changes nothing.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::base::file;
use crate::config;
use crate::plan::file::{PlanFile, PlanFileError};
use crate::render::{self, PlanJson, Secrets};
use crate::state::State;
use crate::state::v4::{self, TERRAFORM_VERSION};

use super::backend;
use super::configuration_json::configuration_json;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::Place;
use super::session::Session;

/// The arguments of `show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A saved plan or a state file; the current state by default.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print JSON, as Terraform's tools read it.
    #[arg(long)]
    json: bool,
    /// Print a plan as Markdown, for pull requests.
    #[arg(long)]
    markdown: bool,
    /// Write secrets in clear into the JSON; they are left out otherwise.
    #[arg(long)]
    show_sensitive: bool,
    #[command(flatten)]
    place: Place,
}

/// What there is to show.
enum Shown {
    Plan(Box<PlanFile>),
    State(Option<State>),
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    if args.json && args.markdown {
        return Err(CommandError::usage(
            "show",
            "Invalid output format",
            "The -json and -markdown options are mutually-exclusive.",
        ));
    }
    let shown = match &args.file {
        Some(path) => read(path)?,
        None => Shown::State(backend::read_only(session, &args.place)?),
    };
    let registry = session.registry();
    let schemas = |mode, type_name: &str| registry.schema(mode, type_name);
    let secrets = if args.show_sensitive { Secrets::Shown } else { Secrets::Hidden };
    let style = session.view.style();
    let text = match (&shown, args.json, args.markdown) {
        (Shown::Plan(file), true, _) => {
            let prior = v4::read(&file.state).map(|read| read.state).map_err(|error| {
                CommandError::problem(
                    "Failed to read the given file as a state or plan file",
                    error.to_string(),
                )
            })?;
            let (config, _) = config::load_sources(Path::new("."), file.sources.clone());
            let with = PlanJson {
                terraform_version: TERRAFORM_VERSION,
                prior: &prior,
                configuration: configuration_json(&config, &registry, secrets),
                secrets,
            };
            format!("{}\n", render::plan_json(&file.plan, &schemas, with))
        }
        (Shown::Plan(file), _, true) => render::plan_markdown(&file.plan, &schemas),
        (Shown::Plan(file), ..) => render::plan_text(&file.plan, &schemas, &style),
        (Shown::State(_), false, true) => {
            return Err(CommandError::usage(
                "show",
                "Invalid output format",
                "Only plans can be shown as Markdown.",
            ));
        }
        (Shown::State(None), true, _) => format!("{}\n", json!({ "format_version": "1.0" })),
        (Shown::State(Some(state)), true, _) => {
            format!("{}\n", render::state_json(state, TERRAFORM_VERSION, &schemas, secrets))
        }
        (Shown::State(None), ..) => "No state.\n".to_owned(),
        (Shown::State(Some(state)), ..) => render::state_text(state, &schemas, &style),
    };
    session.view.terminal.out(&text);
    // The process ends now, and giving back what a large state holds piece by piece takes longer than that.
    std::mem::forget(shown);
    Ok(Exit::Success)
}

/// A file that is a plan or a state.
fn read(path: &Path) -> Result<Shown, CommandError> {
    let unreadable = |detail: String| {
        CommandError::problem("Failed to read the given file as a state or plan file", detail)
    };
    let bytes = file::read_named(path)
        .map_err(|error| unreadable(format!("The file {} cannot be read: {error}.", path.display())))?;
    match PlanFile::decode(&bytes) {
        Ok(file) => Ok(Shown::Plan(Box::new(file))),
        Err(not_a_plan) => match v4::read(&bytes) {
            Ok(read) => Ok(Shown::State(Some(read.state))),
            // A zip was meant to be a plan.
            Err(_) if !matches!(not_a_plan, PlanFileError::NotAZip(_)) => Err(unreadable(format!(
                "The file {} cannot be used as a plan: {not_a_plan}.",
                path.display()
            ))),
            Err(not_a_state) => {
                Err(unreadable(format!("State read error: {not_a_state}\n\nPlan read error: {not_a_plan}.")))
            }
        },
    }
}
