//! Moving states from one backend to another, with the questions that Terraform asks.
//! Knows nothing of what made them move.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::state::local::DEFAULT_WORKSPACE;
use crate::state::{State, journal};

use super::super::error::CommandError;
use super::super::prompt;
use super::super::session::Session;
use super::switch::Wishes;
use super::{Held, Home, Kept, failed, lock};

/// Copies states from one place to another: those that hold anything, of all workspaces. Returns the files, if it came
/// from files, whose states are now elsewhere too.
///
/// # Errors
/// A no answer; what the old or the new place said.
pub fn migrate(
    session: &Session,
    (old_name, old): (&str, &Home),
    (new_name, new): (&str, &Home),
    wishes: &Wishes<'_>,
) -> Result<Vec<PathBuf>, CommandError> {
    let data_dir = session.data_dir(false);
    let names = old.workspaces()?;
    let there_already = new.workspaces()?;
    let (mut copied, mut copies, mut created) = (Vec::new(), Vec::new(), Vec::new());
    for name in &names {
        let (from, to) = (old.place(session, &data_dir, name), new.place(session, &data_dir, name));
        if from.is_same_file(&to) {
            continue;
        }
        let state = match &from.file {
            Some(file) if !file.exists() => State::default(),
            _ => from.store.read().map_err(failed)?.state,
        };
        if state.is_empty() && (name == DEFAULT_WORKSPACE || state.lineage.is_empty()) {
            if !there_already.contains(name) {
                created.push(name);
            }
            continue;
        }
        let there = to.store.read().map_err(failed)?.state;
        if there.version() == state.version() && there.same_content(&state) {
            copied.extend(from.file);
        } else {
            copies.push(Copy { from, to, state, replaces: !there.is_empty() });
        }
    }
    if let Some(first) = copies.first()
        && !wishes.force_copy
    {
        let question = Question { old_name, new_name, several: names.len() > 1, replaces: first.replaces };
        if !question.ask(session, wishes)? {
            return Ok(Vec::new());
        }
    }
    for copy in copies {
        copy.make(session, wishes)?;
        copied.extend(copy.from.file);
    }
    for name in created {
        new.create(session, name)?;
    }
    Ok(copied)
}

impl Kept {
    /// Whether both are one file, whatever it is called.
    fn is_same_file(&self, other: &Kept) -> bool {
        let inode = |kept: &Kept| {
            let found = std::fs::metadata(kept.file.as_ref()?).ok()?;
            Some((found.dev(), found.ino()))
        };
        inode(self).is_some_and(|own| inode(other) == Some(own))
    }

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

/// A state to be put where none of its kind is.
struct Copy {
    from: Kept,
    to: Kept,
    state: State,
    /// Whether something is there already.
    replaces: bool,
}

impl Copy {
    /// Does it, under both locks.
    fn make(&self, session: &Session, wishes: &Wishes<'_>) -> Result<(), CommandError> {
        let Copy { from, to, state, .. } = self;
        if !journal::open_runs(&from.journal).is_ok_and(|runs| runs.is_empty()) {
            return Err(CommandError::problem(
                "An earlier run was interrupted",
                "Its journal says what it had begun, and that has to be brought into the state before the state is moved. \
                 Put the backend back as it was, run \"lambdaform plan\", which settles it, and then move the state.",
            ));
        }
        let _source = from.hold(session, "migration source state", wishes)?;
        let _target = to.hold(session, "migration destination state", wishes)?;
        let now = from.store.read().map_err(failed)?.state;
        if now.version() != state.version() {
            let detail =
                "The state was changed while it was to be copied. Nothing was copied; run init again.";
            return Err(CommandError::problem("State was changed by another operation", detail));
        }
        let there = to.store.read().map_err(failed)?.state;
        to.store.replace(&there.version(), state).map_err(failed)
    }
}

/// A file that is no longer the state stays as its backup, so that nobody takes it for the state.
///
/// # Errors
/// When it cannot be renamed.
pub fn put_aside(file: &Path) -> Result<(), CommandError> {
    let mut backup = file.to_owned().into_os_string();
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

/// Whether states are to be copied.
struct Question<'a> {
    old_name: &'a str,
    new_name: &'a str,
    /// Whether there are workspaces besides the default one.
    several: bool,
    replaces: bool,
}

impl Question<'_> {
    /// A no for all workspaces is an error, as in Terraform: then nothing is to change.
    fn ask(&self, session: &Session, wishes: &Wishes<'_>) -> Result<bool, CommandError> {
        if !wishes.ask {
            return Err(CommandError::problem(
                "Can't ask approval for state migration when interactive input is disabled.",
                "Please remove the \"-input=false\" option and try again, or use -force-copy to answer \"yes\".",
            ));
        }
        let (title, text) = self.text();
        let answer = prompt::ask(&session.view.terminal, &title, &text).map_err(|error| {
            CommandError::problem("No answer", format!("Error asking for confirmation: {error}."))
        })?;
        session.view.say("\n");
        match answer.as_str() {
            "yes" => Ok(true),
            "no" if self.several => Err(CommandError::problem(
                "Migration aborted by user.",
                "Nothing was copied, and the backend is what it was before.",
            )),
            "no" => Ok(false),
            _ => Err(CommandError::problem(
                "No answer",
                "Only \"yes\" and \"no\" are answers to this question. Nothing was copied.",
            )),
        }
    }

    fn text(&self) -> (String, String) {
        let Question { old_name, new_name, several, replaces } = self;
        if *several {
            let text = format!(
                "Both the existing {old_name:?} backend and the newly configured {new_name:?} backend\nsupport workspaces. \
                 When migrating between backends, lambdaform will copy\nall workspaces (with the same names). THIS WILL \
                 OVERWRITE any conflicting\nstates in the destination.\n\nlambdaform does not migrate only select \
                 workspaces. If you want to migrate a\nselect number of workspaces, you must manually pull and push those \
                 states.\n\nIf you answer \"yes\", lambdaform will migrate all states. If you answer\n\"no\", lambdaform \
                 will abort."
            );
            return (format!("Do you want to migrate all workspaces to {new_name:?}?"), text);
        }
        let text = match replaces {
            true => format!(
                "Pre-existing state was found while migrating the previous {old_name:?} backend to the\nnewly configured \
                 {new_name:?} backend. An existing non-empty state already exists in\nthe new backend. Do you want to \
                 overwrite the state in the new backend with the\nprevious state? Enter \"yes\" to copy and \"no\" to start \
                 with the existing state in\nthe newly configured {new_name:?} backend."
            ),
            false => format!(
                "Pre-existing state was found while migrating the previous {old_name:?} backend to the\nnewly configured \
                 {new_name:?} backend. No existing state was found in the newly\nconfigured {new_name:?} backend. Do you \
                 want to copy this state to the new {new_name:?}\nbackend? Enter \"yes\" to copy and \"no\" to start with \
                 an empty state."
            ),
        };
        ("Do you want to copy existing state to the new backend?".to_owned(), text)
    }
}
