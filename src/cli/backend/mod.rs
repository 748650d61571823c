//! From the `backend` block and the state flags to the store that keeps the state, and its lock.
//! Knows nothing of what is in the state.
//!
//! `settings` reads the block, `given` the flags of `init`, and `record` remembers what they came to; `refused` answers for
//! the backends that are not there, `bucket` waits for S3; `switch` is what `init` does when the place of the states
//! changes, and `migrate` moves them.

mod bucket;
mod given;
mod migrate;
mod record;
mod refused;
mod settings;
mod switch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Diagnostics, Sources};
use crate::config;
use crate::state::history::{History, Run};
use crate::state::local::{Layout, LocalStore};
use crate::state::lock::LockInfo;
use crate::state::store::{self, Guard};
use crate::state::v4::Read;
use crate::state::{State, Store, StoreError, verify};

use super::early;
use super::error::CommandError;
use super::flags::{Assignments, Destination, Place};
use super::session::Session;
use super::variables;
use super::view::View;
use bucket::Bucket;
use settings::{Kind, Settings};

pub use settings::check;
pub use switch::{Wishes, initialise};

/// Where the states of all workspaces are.
pub enum Home {
    /// In files.
    Files(Layout),
    /// In a bucket.
    Bucket(Box<Bucket>),
}

impl Home {
    fn open(session: &Session, settings: &Settings) -> Result<Home, CommandError> {
        Ok(match settings.kind {
            Kind::Local => Home::Files(settings.layout()),
            Kind::S3 => Home::Bucket(Box::new(Bucket::open(session, settings)?)),
        })
    }

    /// The names of the workspaces: the default one, then the others in order.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn workspaces(&self) -> Result<Vec<String>, CommandError> {
        match self {
            Home::Files(layout) => layout.workspaces().map_err(|error| {
                let dir = layout.workspace_dir.display();
                let detail = format!("Reading {dir} failed: {error}.");
                CommandError::problem("Workspaces could not be listed", detail)
            }),
            Home::Bucket(bucket) => bucket.workspaces(),
        }
    }

    /// Makes a workspace.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(&self, session: &Session, workspace: &str) -> Result<(), CommandError> {
        match self {
            Home::Files(layout) => {
                let dir = layout.workspace_dir.join(workspace);
                std::fs::create_dir_all(&dir).map_err(|error| {
                    let detail = format!("Creating {} failed: {error}.", dir.display());
                    CommandError::problem("Workspace could not be created", detail)
                })
            }
            Home::Bucket(bucket) => bucket.create(session, workspace),
        }
    }

    /// Removes a workspace with its state.
    ///
    /// # Errors
    /// When that fails.
    pub fn delete(&self, session: &Session, workspace: &str) -> Result<(), CommandError> {
        match self {
            Home::Files(layout) => {
                let dir = layout.workspace_dir.join(workspace);
                std::fs::remove_dir_all(&dir).map_err(|error| {
                    let detail = format!("Removing {} failed: {error}.", dir.display());
                    CommandError::problem("Workspace could not be deleted", detail)
                })
            }
            Home::Bucket(bucket) => bucket.store(session, workspace).delete().map_err(failed),
        }
    }

    /// The state of a workspace. `data_dir` is where files keep what lies beside them.
    pub fn place(&self, session: &Session, data_dir: &Path, workspace: &str) -> Kept {
        match self {
            Home::Files(layout) => Kept::file(session, layout.state(workspace), data_dir, workspace),
            Home::Bucket(bucket) => Kept {
                store: Arc::new(bucket.store(session, workspace)),
                file: None,
                journal: bucket.beside(session, workspace).join("journal"),
            },
        }
    }
}

/// A state where it is kept.
#[derive(Clone)]
pub struct Kept {
    /// What reads and writes it.
    pub store: Arc<dyn Store>,
    /// The file, if it is one.
    file: Option<PathBuf>,
    /// The directory of its journals.
    pub journal: PathBuf,
}

impl Kept {
    /// A file, with its history and journals under `data_dir`.
    fn file(session: &Session, file: PathBuf, data_dir: &Path, workspace: &str) -> Kept {
        let history = History::new(data_dir.join("history").join(workspace));
        let store = LocalStore::new(&file).with_history(history, run(session));
        let journal = data_dir.join("journal").join(workspace);
        Kept { store: Arc::new(store), file: Some(file), journal }
    }
}

/// How history and journal call this run.
fn run(session: &Session) -> Run {
    Run::new([super::PROGRAM.to_owned()].into_iter().chain(session.command.iter().cloned()))
}

/// The states of one command: where it reads and where it writes.
pub struct Stores {
    /// What it reads.
    source: Kept,
    /// What it writes, when that is another file.
    target: Option<Kept>,
    /// How history and journal call this run.
    pub run: Run,
}

impl Stores {
    /// The store of the workspace's state.
    ///
    /// # Errors
    /// For a backend that this version does not have, arguments it does not know, or one that is not initialised.
    pub fn open(
        session: &Session,
        backend: Option<&config::Backend>,
        place: &Place,
        destination: &Destination,
    ) -> Result<Stores, CommandError> {
        let (workspace, data_dir) = (session.workspace()?, session.data_dir(place.local));
        let home = home(session, backend, place)?;
        let named = [("-state", &place.state), ("-state-out", &destination.state_out)];
        if let (Home::Bucket(_), Some((flag, _))) = (&home, named.iter().find(|(_, path)| path.is_some())) {
            return Err(CommandError::problem(
                "Incompatible state options",
                format!(
                    "The backend block keeps the state in a bucket, so {flag} cannot name a file for it. To work on a \
                     copy, write it with \"state pull\" and use it in a directory without the block."
                ),
            ));
        }
        let file = match &home {
            Home::Files(layout) => place.state.clone().unwrap_or_else(|| layout.state(&workspace)),
            Home::Bucket(_) => {
                let source = home.place(session, &data_dir, &workspace);
                return Ok(Stores { source, target: None, run: run(session) });
            }
        };
        let history = data_dir.join("history").join(&workspace);
        let journal = data_dir.join("journal").join(&workspace);
        let run = run(session);
        let with_backup = |store: LocalStore| match destination.backup.as_deref() {
            None => store,
            Some(path) if path == Path::new("-") => store.with_backup(None),
            Some(path) => store.with_backup(Some(path.to_owned())),
        };
        let kept = |file: PathBuf, store: LocalStore| Kept {
            store: Arc::new(store),
            file: Some(file),
            journal: journal.clone(),
        };
        let written = |path: PathBuf| {
            let store = with_backup(LocalStore::new(&path));
            kept(path, store.with_history(History::new(&history), run.clone()))
        };
        let (source, target) = match destination.state_out.as_ref().filter(|out| **out != file) {
            None => (written(file), None),
            Some(out) => (kept(file.clone(), LocalStore::new(file)), Some(written(out.clone()))),
        };
        Ok(Stores { source, target, run })
    }

    /// Where the state is written.
    pub fn written(&self) -> &Arc<dyn Store> {
        &self.kept().store
    }

    /// The file that the state is written to, if it is one.
    pub fn file(&self) -> Option<&Path> {
        self.kept().file.as_deref()
    }

    /// The directory of the journals.
    pub fn journal_dir(&self) -> &Path {
        &self.kept().journal
    }

    fn kept(&self) -> &Kept {
        self.target.as_ref().unwrap_or(&self.source)
    }

    /// Reads the state.
    ///
    /// # Errors
    /// When it cannot be read, or is none. Warnings are shown at once.
    pub fn read(&self, session: &Session) -> Result<State, CommandError> {
        checked(self.source.store.read(), session)
    }

    /// The state as it is where it will be written, given the one that was read.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub fn stored(&self, read: &State) -> Result<State, CommandError> {
        match &self.target {
            None => Ok(read.clone()),
            Some(target) => target.store.read().map(|read| read.state).map_err(failed),
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
        pause: impl FnMut(Duration) -> bool,
    ) -> Result<Held<'_>, CommandError> {
        lock(&**self.written(), session, operation, timeout, pause)
    }
}

/// Takes the lock of a store, as [`Stores::lock`] does.
///
/// # Errors
/// When somebody else holds it for longer than `timeout`.
pub fn lock<'a>(
    store: &'a dyn Store,
    session: &Session,
    operation: &str,
    timeout: Duration,
    mut pause: impl FnMut(Duration) -> bool,
) -> Result<Held<'a>, CommandError> {
    let info = LockInfo::new(operation, store.location());
    let mut said = false;
    let mut pause = |wait| {
        if !std::mem::replace(&mut said, true) {
            session.view.say("Acquiring state lock. This may take a few moments...\n");
        }
        pause(wait)
    };
    let guard = store::acquire(store, &info, timeout, &mut pause).map_err(failed)?;
    Ok(Held { guard: Some(guard), view: session.view.clone() })
}

/// A held lock. When it is dropped it is given back, and if that fails, a person is told.
pub struct Held<'a> {
    guard: Option<Guard<'a>>,
    view: View,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.guard.take().map(Guard::release) {
            self.view.problems(&error.diagnostic().into(), &Sources::default());
        }
    }
}

/// The state for commands that only look at it; `None` where there is none. Takes no lock, as in Terraform.
///
/// # Errors
/// When the configuration, which says where the state is, or the state cannot be read.
pub fn read_only(session: &Session, place: &Place) -> Result<Option<State>, CommandError> {
    let backend = configured(session, place)?;
    let stores = Stores::open(session, backend.as_ref(), place, &Destination::default())?;
    match stores.file() {
        Some(file) if !file.exists() => Ok(None),
        Some(_) => stores.read(session).map(Some),
        None => stores.read(session).map(|state| Some(state).filter(|state| !state.lineage.is_empty())),
    }
}

/// The backend that configuration names, where it decides the place of the state.
///
/// # Errors
/// When the configuration cannot be read.
pub fn configured(session: &Session, place: &Place) -> Result<Option<config::Backend>, CommandError> {
    match place.local || place.state.is_some() {
        true => Ok(None),
        false => configured_by(session, &Assignments::default()),
    }
}

/// The backend that configuration names, with the variables that a command line gives.
///
/// # Errors
/// When the configuration cannot be read.
pub fn configured_by(
    session: &Session,
    assignments: &Assignments,
) -> Result<Option<config::Backend>, CommandError> {
    let mut config = session.settings()?;
    if config.root.backend.as_ref().is_some_and(early::is_computed) {
        let inputs = variables::given(session, &mut config, assignments)?;
        return early::backend(session, &config, &inputs);
    }
    Ok(config.root.backend.clone())
}

/// Where the states of all workspaces are.
///
/// # Errors
/// When the configuration cannot be read, or names another backend.
pub fn all(session: &Session, local: bool) -> Result<Home, CommandError> {
    let place = Place { local, state: None };
    home(session, configured(session, &place)?.as_ref(), &place)
}

fn home(session: &Session, backend: Option<&config::Backend>, place: &Place) -> Result<Home, CommandError> {
    if place.local {
        if place.state.is_some() {
            return Err(CommandError::problem(
                "Incompatible state options",
                "With -local the state is kept under .lambdaform/local, so -state cannot name another file.",
            ));
        }
        return Ok(Home::Files(Layout::new(&session.data_dir(true), None, None)));
    }
    if backend.is_none() && place.state.is_some() {
        return Ok(Home::Files(Layout::new(Path::new(""), None, None)));
    }
    Home::open(session, &record::settings(session, backend)?)
}

fn checked(read: Result<Read, StoreError>, session: &Session) -> Result<State, CommandError> {
    let read = read.map_err(failed)?;
    let note = |note| crate::base::Diagnostic::warning("Note on the state file", note);
    let notes: Diagnostics = read.notes.into_iter().map(note).collect();
    session.view.problems(&notes, &Sources::default());
    let violations = verify::diagnostics(&verify::verify(&read.state));
    if violations.has_errors() {
        return Err(violations.into());
    }
    session.view.problems(&violations, &Sources::default());
    Ok(read.state)
}

fn failed(error: StoreError) -> CommandError {
    error.diagnostic().into()
}
