//! `Session`: what every command starts from: the environment, the clock, the working directory, the workspace, the
//! providers, and how to speak.
//! Knows nothing of what a command does.

use std::path::{Path, PathBuf};

use crate::base::{Diagnostics, file};
use crate::config::{self, Config};
use crate::provider::Registry;
use crate::state::local::DEFAULT_WORKSPACE;

use super::env::Env;
use super::error::CommandError;
use super::view::View;

/// Where what lies beside the state is kept, relative to the working directory.
const DATA_DIR: &str = ".lambdaform";

/// The same for everything of `--local`.
const LOCAL_DIR: &str = ".lambdaform/local";

/// Whether a workspace may have this name: what stands in a URL as it is, as in Terraform, and no hidden directory.
pub fn is_workspace_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+:=@".contains(c);
    !name.is_empty() && name.chars().all(allowed) && !name.starts_with('.')
}

/// What every command starts from.
pub struct Session {
    /// The environment variables.
    pub env: Env,
    /// How it speaks.
    pub view: View,
    /// The command line as it was typed, without the program's name.
    pub command: Vec<String>,
    /// The working directory before `-chdir`, for `path.cwd`.
    pub cwd: PathBuf,
    /// When the program started.
    pub started: jiff::Timestamp,
}

impl Session {
    /// Starts, in the directory that `-chdir` names.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn new(command: &[String], env: Env, chdir: Option<&Path>, view: View) -> Result<Self, CommandError> {
        let cwd = std::env::current_dir().unwrap_or_default();
        if let Some(dir) = chdir {
            std::env::set_current_dir(dir).map_err(|error| {
                CommandError::Plain(format!(
                    "Error handling -chdir option: chdir {}: {error}\n",
                    dir.display()
                ))
            })?;
        }
        Ok(Session { env, view, command: command.to_vec(), cwd, started: jiff::Timestamp::now() })
    }

    /// The providers this program has.
    pub fn registry(&self) -> Registry {
        crate::providers::registry()
    }

    /// The directory for what lies beside the state.
    pub fn data_dir(&self, local: bool) -> PathBuf {
        PathBuf::from(if local { LOCAL_DIR } else { DATA_DIR })
    }

    /// The directory that Terraform keeps for the working directory: installed modules, the selected workspace.
    pub fn terraform_dir(&self) -> PathBuf {
        self.env.get("TF_DATA_DIR").unwrap_or(".terraform").into()
    }

    /// The user's directory, which `~` stands for.
    pub fn home_dir(&self) -> Option<PathBuf> {
        self.env.get("HOME").map(PathBuf::from)
    }

    /// The workspace: `TF_WORKSPACE`, or what `workspace select` left.
    ///
    /// # Errors
    /// For a name that is none.
    pub fn workspace(&self) -> Result<String, CommandError> {
        let name = match self.workspace_override() {
            Some(name) => name.to_owned(),
            None => match file::read_text(&self.workspace_file()) {
                Ok(text) if !text.trim().is_empty() => text.trim().to_owned(),
                _ => DEFAULT_WORKSPACE.to_owned(),
            },
        };
        if is_workspace_name(&name) {
            return Ok(name);
        }
        Err(CommandError::problem(
            "Invalid workspace name",
            format!(
                "The workspace name {name:?} is not allowed. The name must contain only letters, digits and \
                 -_.~$&+:=@, and must not begin with a period."
            ),
        ))
    }

    /// The workspace that the environment chooses, whatever was selected.
    pub fn workspace_override(&self) -> Option<&str> {
        self.env.get("TF_WORKSPACE")
    }

    /// Where the selected workspace is written down.
    pub fn workspace_file(&self) -> PathBuf {
        self.terraform_dir().join("environment")
    }

    /// Only what the configuration says of where the state is.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub fn settings(&self) -> Result<Config, CommandError> {
        let (config, problems) = config::load_settings(Path::new("."));
        if problems.has_errors() {
            return Err(CommandError::Problems(problems, config.sources));
        }
        Ok(config)
    }

    /// The configuration of the working directory.
    ///
    /// # Errors
    /// The problems in it. Warnings are shown at once.
    pub fn config(&self) -> Result<Config, CommandError> {
        self.config_in(Path::new("."))
    }

    /// The configuration of another directory.
    ///
    /// # Errors
    /// The problems in it. Warnings are shown at once.
    pub fn config_in(&self, dir: &Path) -> Result<Config, CommandError> {
        self.accepted(config::load(dir, &self.terraform_dir()))
    }

    /// The configuration of this directory as `init` looks at it.
    ///
    /// # Errors
    /// The problems in it. Warnings are shown at once.
    pub(super) fn config_for_init(&self) -> Result<Config, CommandError> {
        self.accepted(config::load_for_init(Path::new("."), &self.terraform_dir()))
    }

    fn accepted(&self, (config, problems): (Config, Diagnostics)) -> Result<Config, CommandError> {
        if problems.has_errors() {
            return Err(CommandError::Problems(problems, config.sources));
        }
        self.view.problems(&problems, &config.sources);
        Ok(config)
    }
}
