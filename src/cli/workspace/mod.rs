//! `workspace`: the states that one configuration has side by side, one file per command.
//! Knows nothing of what is in them, but whether it is anything.

mod delete;
mod list;
mod new;
mod select;
mod show;

use std::io::Write as _;
use std::path::Path;

use super::backend::Home;
use super::error::CommandError;
use super::exit::Exit;
use super::session::{Session, is_workspace_name};

/// The commands under `workspace`.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Delete a workspace
    ///
    /// Removes the state of a workspace. One that still has resources is only removed with -force, and its resources
    /// stay where they are.
    Delete(delete::Args),
    /// List the workspaces
    List(list::Args),
    /// Create a workspace and switch to it
    New(new::Args),
    /// Switch to another workspace
    Select(select::Args),
    /// Show the name of the current workspace
    Show(show::Args),
}

pub(super) fn run(verb: &Verb, session: &Session) -> Result<Exit, CommandError> {
    match verb {
        Verb::Delete(args) => delete::run(args, session),
        Verb::List(args) => list::run(args, session),
        Verb::New(args) => new::run(args, session),
        Verb::Select(args) => select::run(args, session),
        Verb::Show(args) => show::run(args, session),
    }
}

/// Refuses what is no name for a workspace.
fn check_name(name: &str) -> Result<(), CommandError> {
    if is_workspace_name(name) {
        return Ok(());
    }
    Err(CommandError::Plain(format!(
        "\nThe workspace name {name:?} is not allowed. The name must contain only URL safe\ncharacters, and no path \
         separators.\n\n"
    )))
}

fn missing(name: &str) -> CommandError {
    CommandError::Plain(format!(
        "\nWorkspace {name:?} doesn't exist.\n\nYou can create this workspace with the \"new\" subcommand\nor include the \
         \"-or-create\" flag with the \"select\" subcommand.\n"
    ))
}

/// Makes a new workspace and switches to it.
fn create(session: &Session, home: &Home, name: &str) -> Result<(), CommandError> {
    home.create(session, name)?;
    remember(session, name)?;
    let title = format!("Created and switched to workspace {name:?}!");
    session.view.say(&format!(
        "{}\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"lambdaform plan\" \
         lambdaform will not see any existing state\nfor this configuration.\n",
        session.view.style().bold_green(title)
    ));
    Ok(())
}

/// Writes down which workspace is selected, whole or not at all.
fn remember(session: &Session, name: &str) -> Result<(), CommandError> {
    let file = session.workspace_file();
    let write = || -> std::io::Result<()> {
        let dir = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir)?;
        let mut draft = tempfile::Builder::new().prefix(".environment-").tempfile_in(dir)?;
        draft.write_all(name.as_bytes())?;
        draft.persist(&file).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| {
        CommandError::problem(
            "Workspace could not be selected",
            format!("Writing {} failed: {error}.", file.display()),
        )
    })
}
