//! From the `backend` block and the state flags to the store that keeps the state, and its lock.
//! Knows nothing of what is in the state.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::config::{Backend, ExprKind};
use crate::state::history::{History, Run};
use crate::state::local::{Layout, LocalStore};
use crate::state::lock::LockInfo;
use crate::state::store::{self, Guard};
use crate::state::{State, Store as _, verify};

use super::error::CommandError;
use super::flags::{Destination, Place};
use super::session::Session;

/// The states of one command: where it reads and where it writes.
pub struct Stores {
    /// What it reads.
    source: Arc<LocalStore>,
    /// What it writes, when that is another file.
    target: Option<Arc<LocalStore>>,
    /// How history and journal call this run.
    pub run: Run,
}

impl Stores {
    /// The store of the workspace's state.
    ///
    /// # Errors
    /// For a backend that this version does not have, or arguments it does not know.
    pub fn open(
        session: &Session,
        backend: Option<&Backend>,
        place: &Place,
        destination: &Destination,
    ) -> Result<Stores, CommandError> {
        let workspace = session.workspace()?;
        let source = state_path(session, backend, place, &workspace)?;
        let history = session.data_dir(place.local).join("history").join(&workspace);
        let run = Run::new([super::PROGRAM.to_owned()].into_iter().chain(session.command.iter().cloned()));
        let with_backup = |store: LocalStore| match destination.backup.as_deref() {
            None => store,
            Some(path) if path == Path::new("-") => store.with_backup(None),
            Some(path) => store.with_backup(Some(path.to_owned())),
        };
        let written = |path: PathBuf| {
            Arc::new(with_backup(LocalStore::new(path)).with_history(History::new(history), run.clone()))
        };
        let (source, target) = match destination.state_out.as_ref().filter(|out| **out != source) {
            None => (written(source), None),
            Some(out) => (Arc::new(LocalStore::new(source)), Some(written(out.clone()))),
        };
        Ok(Stores { source, target, run })
    }

    /// Where the state is written.
    pub fn written(&self) -> &Arc<LocalStore> {
        self.target.as_ref().unwrap_or(&self.source)
    }

    /// Reads the state.
    ///
    /// # Errors
    /// When it cannot be read, or is none. Warnings are shown at once.
    pub fn read(&self, session: &Session) -> Result<State, CommandError> {
        read(&self.source, session)
    }

    /// The state as it is where it will be written, given the one that was read.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub fn stored(&self, read: &State) -> Result<State, CommandError> {
        match &self.target {
            None => Ok(read.clone()),
            Some(target) => target.read().map(|read| read.state).map_err(|error| error.diagnostic().into()),
        }
    }

    /// Takes the lock, saying so if it takes long. `pause` waits as long as it is told and returns false to give up.
    ///
    /// # Errors
    /// When somebody else holds it for longer than `timeout`.
    pub fn lock(
        &self,
        session: &Session,
        operation: &str,
        timeout: Duration,
        mut pause: impl FnMut(Duration) -> bool,
    ) -> Result<Guard<'_>, CommandError> {
        let store = &**self.written();
        let info = LockInfo::new(operation, store.path().display().to_string());
        let mut said = false;
        let mut pause = |wait| {
            if !std::mem::replace(&mut said, true) {
                session.view.say("Acquiring state lock. This may take a few moments...\n");
            }
            pause(wait)
        };
        store::acquire(store, &info, timeout, &mut pause).map_err(|error| error.diagnostic().into())
    }
}

/// The state for commands that only look at it; `None` where there is none. Takes no lock, as in Terraform.
///
/// # Errors
/// When the configuration, which says where the state is, or the state cannot be read.
pub fn read_only(session: &Session, place: &Place) -> Result<Option<State>, CommandError> {
    let backend = match (place.local, &place.state) {
        (false, None) => session.config()?.root.backend.clone(),
        _ => None,
    };
    let path = state_path(session, backend.as_ref(), place, &session.workspace()?)?;
    if !path.exists() {
        return Ok(None);
    }
    read(&LocalStore::new(path), session).map(Some)
}

fn read(store: &LocalStore, session: &Session) -> Result<State, CommandError> {
    let read = store.read().map_err(|error| CommandError::from(error.diagnostic()))?;
    let notes: Diagnostics =
        read.notes.into_iter().map(|note| Diagnostic::warning("Note on the state file", note)).collect();
    session.view.problems(&notes, &Sources::default());
    let violations = verify::diagnostics(&verify::verify(&read.state));
    if violations.has_errors() {
        return Err(violations.into());
    }
    session.view.problems(&violations, &Sources::default());
    Ok(read.state)
}

/// The state file of a workspace.
fn state_path(
    session: &Session,
    backend: Option<&Backend>,
    place: &Place,
    workspace: &str,
) -> Result<PathBuf, CommandError> {
    if place.local {
        if place.state.is_some() {
            return Err(CommandError::problem(
                "Incompatible state options",
                "With -local the state is kept under .lambdaform/local, so -state cannot name another file.",
            ));
        }
        return Ok(Layout::new(&session.data_dir(true), None, None).state(workspace));
    }
    if let Some(path) = &place.state {
        return Ok(path.clone());
    }
    let arguments = backend.map(arguments).transpose()?.unwrap_or_default();
    Ok(Layout::new(Path::new(""), arguments.path.as_deref(), arguments.workspace_dir.as_deref())
        .state(workspace))
}

/// The arguments of `backend "local"`.
#[derive(Default)]
struct Arguments {
    path: Option<String>,
    workspace_dir: Option<String>,
}

/// Reads the block, which holds constants only.
///
/// # Errors
/// For another backend, another argument, or a value that is no constant text.
fn arguments(backend: &Backend) -> Result<Arguments, Diagnostics> {
    let mut problems = Diagnostics::new();
    if &*backend.type_name != "local" {
        problems.push(
            Diagnostic::error(
                "Unsupported backend type",
                format!(
                    "This version keeps state in local files only; the backend {:?} comes with a later one. Remove the \
                     backend block, or use backend \"local\".",
                    &*backend.type_name
                ),
            )
            .at(backend.span),
        );
        return Err(problems);
    }
    let mut found = Arguments::default();
    for attribute in &backend.body.attributes {
        let slot = match &*attribute.name {
            "path" => &mut found.path,
            "workspace_dir" => &mut found.workspace_dir,
            other => {
                problems.push(
                    Diagnostic::error(
                        "Unsupported argument",
                        format!("The local backend has no argument named {other:?}; it takes path and workspace_dir."),
                    )
                    .at(attribute.name_span),
                );
                continue;
            }
        };
        match &attribute.expr.kind {
            ExprKind::String(text) if !text.is_empty() => *slot = Some(text.to_string()),
            ExprKind::Null => {}
            _ => problems.push(
                Diagnostic::error(
                    "Invalid backend argument",
                    "Arguments of a backend are read before anything else, so this must be text without any \
                     reference, and not empty.",
                )
                .at(attribute.expr.span),
            ),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// What is wrong with the backend block of a configuration.
pub fn check(backend: Option<&Backend>) -> Diagnostics {
    backend.and_then(|backend| arguments(backend).err()).unwrap_or_default()
}
