//! Moving states from one backend to another, with the questions that Terraform asks.
//! Knows nothing of what made them move.

use crate::state::local::DEFAULT_WORKSPACE;
use crate::state::{State, journal};

use super::super::error::CommandError;
use super::super::prompt;
use super::super::session::Session;
use super::switch::Wishes;
use super::{Held, Home, Kept, failed, lock};

/// Copies states from one place to another: those that hold anything, of all workspaces.
///
/// # Errors
/// A no answer; what the old or the new place said.
pub fn migrate(
    session: &Session,
    (old_name, old): (&str, &Home),
    (new_name, new): (&str, &Home),
    wishes: &Wishes<'_>,
) -> Result<(), CommandError> {
    let data_dir = session.data_dir(false);
    let mut asked = false;
    let names = old.workspaces()?;
    for name in &names {
        let (from, to) = (old.place(session, &data_dir, name), new.place(session, &data_dir, name));
        if from.file.as_ref().is_some_and(|file| !file.exists()) {
            continue;
        }
        let state = from.store.read().map_err(failed)?.state;
        if state.is_empty() && (name == DEFAULT_WORKSPACE || state.lineage.is_empty()) {
            continue;
        }
        let there = to.store.read().map_err(failed)?.state;
        if there.version() == state.version() && there.same_content(&state) {
            settle(&from)?;
            continue;
        }
        if !wishes.force_copy && (!asked || !there.is_empty()) {
            let question =
                Question { old_name, new_name, name, several: names.len() > 1, there: !there.is_empty() };
            if !question.ask(session, wishes)? {
                if there.is_empty() {
                    return Ok(());
                }
                continue;
            }
            asked = true;
        }
        copy(session, &from, &to, &state, wishes)?;
        settle(&from)?;
    }
    Ok(())
}

impl Kept {
    fn hold(
        &self,
        session: &Session,
        operation: &str,
        wishes: &Wishes<'_>,
    ) -> Result<Option<Held<'_>>, CommandError> {
        if !wishes.lock {
            return Ok(None);
        }
        let wait = |time| {
            std::thread::sleep(time);
            true
        };
        lock(&*self.store, session, operation, wishes.lock_timeout, wait).map(Some)
    }
}

/// Puts a state where none of its kind is, under both locks.
fn copy(
    session: &Session,
    from: &Kept,
    to: &Kept,
    state: &State,
    wishes: &Wishes<'_>,
) -> Result<(), CommandError> {
    if !journal::open_runs(&from.journal).is_ok_and(|runs| runs.is_empty()) {
        return Err(CommandError::problem(
            "An earlier run was interrupted",
            "Its journal says what it had begun, and that has to be brought into the state before the state is moved. Put \
             the backend back as it was, run \"lambdaform plan\", which settles it, and then move the state.",
        ));
    }
    let _source = from.hold(session, "migration source state", wishes)?;
    let _target = to.hold(session, "migration destination state", wishes)?;
    let now = from.store.read().map_err(failed)?.state;
    if now.version() != state.version() {
        let detail = "The state was changed while it was to be copied. Nothing was copied; run init again.";
        return Err(CommandError::problem("State was changed by another operation", detail));
    }
    let there = to.store.read().map_err(failed)?.state;
    to.store.replace(&there.version(), state).map_err(failed)
}

/// What was copied from a file stays as its backup, so that nobody takes it for the state.
fn settle(from: &Kept) -> Result<(), CommandError> {
    let Some(file) = &from.file else { return Ok(()) };
    let mut backup = file.clone().into_os_string();
    backup.push(".backup");
    std::fs::rename(file, &backup).map_err(|error| {
        let detail = format!(
            "The state was copied, but the file it was in, {}, could not be renamed: {error}. Move it away, so that nobody \
             takes it for the state.",
            file.display()
        );
        CommandError::problem("State file could not be put aside", detail)
    })
}

/// Whether a state is to be copied.
struct Question<'a> {
    old_name: &'a str,
    new_name: &'a str,
    name: &'a str,
    several: bool,
    there: bool,
}

impl Question<'_> {
    fn ask(&self, session: &Session, wishes: &Wishes<'_>) -> Result<bool, CommandError> {
        if !wishes.ask {
            return Err(CommandError::problem(
                "Can't ask approval for state migration when interactive input is disabled.",
                "Please remove the \"-input=false\" option and try again, or use -force-copy to answer \"yes\".",
            ));
        }
        let Question { old_name, new_name, name, several, there } = self;
        let which = if *several { format!(" of the workspace {name:?}") } else { String::new() };
        let text = match there {
            true => format!(
                "Pre-existing state{which} was found while migrating the previous {old_name:?} backend to the\nnewly \
                 configured {new_name:?} backend. An existing non-empty state already exists in\nthe new backend. Enter \
                 \"yes\" to overwrite the state in the new backend with the\nprevious state, and \"no\" to keep the one \
                 that is there."
            ),
            false => format!(
                "Pre-existing state was found while migrating the previous {old_name:?} backend to the\nnewly configured \
                 {new_name:?} backend. No existing state was found in the newly\nconfigured {new_name:?} backend. Do you \
                 want to copy this state to the new {new_name:?}\nbackend? Enter \"yes\" to copy and \"no\" to start with \
                 an empty state."
            ),
        };
        let title = match several {
            true => format!("Do you want to migrate all workspaces to {new_name:?}?"),
            false => "Do you want to copy existing state to the new backend?".to_owned(),
        };
        let answer = prompt::ask(&session.view.terminal, &title, &text).map_err(|error| {
            CommandError::problem("No answer", format!("Error asking for confirmation: {error}."))
        })?;
        session.view.say("\n");
        match answer.as_str() {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(CommandError::problem(
                "No answer",
                "Only \"yes\" and \"no\" are answers to this question. Nothing was copied.",
            )),
        }
    }
}
