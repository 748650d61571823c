//! What `init` keeps of a backend in `.terraform/terraform.tfstate`, in Terraform's own form, and what follows from it.
//! Knows nothing of states, whatever the file is called.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::base::{Sources, file, json};
use crate::config::Backend;
use crate::state::v4::TERRAFORM_VERSION;

use super::super::error::CommandError;
use super::super::session::Session;
use super::settings::{Kind, Settings};

/// The version of the file's format.
const VERSION: u64 = 3;

/// The file.
#[derive(Deserialize, Serialize)]
struct File {
    version: u64,
    terraform_version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<Record>,
}

/// The backend that was initialised.
#[derive(Deserialize, Serialize)]
pub struct Record {
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    #[serde(default)]
    config: Json,
    /// The checksum of the block at that time, without what came from elsewhere.
    #[serde(default)]
    pub hash: u64,
}

impl Record {
    /// The backend with all its arguments; `None` for one that is not here.
    pub fn settings(&self) -> Option<Settings> {
        let kind = Kind::named(&self.type_name)?;
        let given = json::implied_value(&self.config).ok()?;
        let (arguments, problems) = kind.conformed(&given);
        (!problems.has_errors()).then_some(Settings { kind, arguments })
    }
}

fn path(session: &Session) -> PathBuf {
    session.terraform_dir().join("terraform.tfstate")
}

/// What was kept, if anything was.
///
/// # Errors
/// When the file cannot be understood.
pub fn read(session: &Session) -> Result<Option<Record>, CommandError> {
    let path = path(session);
    let wrong = |what: String| {
        CommandError::problem(
            "Backend initialization cannot be read",
            format!(
                "The file {} says which backend was initialized, and {what}. Run \"lambdaform init -reconfigure\" to \
                 write it anew.",
                path.display()
            ),
        )
    };
    let bytes = match file::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(format!("reading it failed: {error}"))),
        Ok(bytes) => bytes,
    };
    let file: File = serde_json::from_slice(&bytes).map_err(|_| wrong("it is damaged".to_owned()))?;
    Ok(file.backend.filter(|record| !record.type_name.is_empty()))
}

/// Keeps a backend with all its arguments; `written` is what its block says by itself.
///
/// # Errors
/// When the file cannot be written.
pub fn write(session: &Session, settings: &Settings, written: &Settings) -> Result<(), CommandError> {
    let config = json::to_json_typed(&settings.arguments, &settings.kind.block().ty());
    let type_name = settings.kind.name().to_owned();
    place(session, Some(Record { type_name, config, hash: written.hash().into() }))
}

/// Keeps that there is none.
///
/// # Errors
/// When the file cannot be written.
pub fn clear(session: &Session) -> Result<(), CommandError> {
    place(session, None)
}

fn place(session: &Session, backend: Option<Record>) -> Result<(), CommandError> {
    let path = path(session);
    let file = File { version: VERSION, terraform_version: TERRAFORM_VERSION.to_owned(), backend };
    let write = || -> io::Result<()> {
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir)?;
        // A named temporary file is its owner's alone: credentials may be in it.
        let mut draft = tempfile::Builder::new().prefix(".backend-").tempfile_in(dir)?;
        draft.write_all(&serde_json::to_vec_pretty(&file)?)?;
        draft.as_file().sync_all()?;
        draft.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| {
        let detail = format!("Writing {} failed: {error}.", path.display());
        CommandError::problem("Backend could not be initialized", detail)
    })
}

/// The backend that holds for every command but `init`: the one that was initialised, if the configuration still says the
/// same. Files where they are without any block need no initialisation.
///
/// # Errors
/// What is wrong with the block; a backend that has to be initialised first.
pub fn settings(session: &Session, backend: Option<&Backend>) -> Result<Settings, CommandError> {
    let record = read(session)?;
    let Some(backend) = backend else {
        return match record {
            None => Ok(Settings::default_files()),
            Some(record) => Err(uninitialised(
                &format!("Unsetting the previously set backend {:?}", record.type_name),
                ",",
            )),
        };
    };
    let sourced = |problems| CommandError::Problems(problems, sources(session));
    let written = Settings::written(backend).map_err(sourced)?;
    let Some(record) = record else {
        // A block that leaves the files where they are without it changes nothing: there is nothing to lose.
        if written.is_default_files() {
            return written.complete(Some(backend)).map_err(sourced);
        }
        let name = &*backend.type_name;
        return Err(uninitialised(&format!("Initial configuration of the requested backend {name:?}"), ","));
    };
    if record.type_name != written.kind.name() {
        let reason = format!("Backend type changed from {:?} to {:?}", record.type_name, written.kind.name());
        return Err(uninitialised(&reason, ":"));
    }
    let kept = record.settings();
    match kept.filter(|kept| record.hash == u64::from(written.hash()) || *kept == written) {
        Some(kept) => kept.complete(None).map_err(CommandError::from),
        None => Err(uninitialised("Backend configuration block has changed", ":")),
    }
}

/// The sources of the settings, for showing places in them.
pub fn sources(session: &Session) -> Sources {
    session.settings().map(|config| config.sources).unwrap_or_default()
}

/// What Terraform 1.11 says. `mark` stands after "required": a comma before the first time, a colon after.
fn uninitialised(reason: &str, mark: &str) -> CommandError {
    CommandError::problem(
        format!("Backend initialization required{mark} please run \"lambdaform init\""),
        format!(
            "Reason: {reason}\n\nThe \"backend\" is the interface that lambdaform uses to store state, perform operations, \
             etc. If this message is showing up, it means that the configuration you're using is using a custom \
             configuration for the backend.\n\nChanges to backend configurations require reinitialization. This allows \
             lambdaform to set up the new configuration, copy existing state, etc. Please run \"lambdaform init\" (or \
             \"terraform init\", which writes the same) with either the \"-reconfigure\" or \"-migrate-state\" flags to \
             use the current configuration.\n\nIf the change reason above is incorrect, please verify your configuration \
             hasn't changed and try again. At this point, no changes to your existing configuration or state have been \
             made."
        ),
    )
}
