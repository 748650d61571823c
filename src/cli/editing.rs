//! Editing a state by a command of its own: lock, settle what an interrupted run left, change, check, save.
//! Knows nothing of what is changed, and calls no service but to settle.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::{Diagnostic, Diagnostics};
use crate::state::store;
use crate::state::{State, journal, verify};

use super::backend::{self, Held, Stores};
use super::error::CommandError;
use super::flags::{self, Assignments, Destination, Lock, Place};
use super::operation::Operation;
use super::session::Session;
use super::variables;

/// How a command that edits the state locks it.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Other options")]
pub struct Locking {
    #[command(flatten)]
    pub lock: Lock,
    /// How long to retry while somebody else holds the lock, such as 30s.
    #[arg(long, value_name = "DURATION", value_parser = flags::duration, default_value = "0s", hide_default_value = true)]
    pub lock_timeout: Duration,
    /// Accepted for scripts that pass it: it is about a backend that keeps another version of the program elsewhere.
    #[arg(long)]
    pub ignore_remote_version: bool,
}

/// A state under its lock, ready to be changed.
pub struct Editing<'a> {
    stores: &'a Stores,
    /// The state as it was read.
    pub before: State,
    _lock: Option<Held<'a>>,
}

impl<'a> Editing<'a> {
    /// Locks and reads a state, and settles what an interrupted run left.
    ///
    /// # Errors
    /// When somebody else holds the lock, when the state cannot be read, or when there is something to settle that
    /// cannot be.
    pub fn begin(
        session: &'a Session,
        stores: &'a Stores,
        place: &Place,
        locking: &Locking,
        name: &str,
    ) -> Result<Self, CommandError> {
        let wait = |time| {
            std::thread::sleep(time);
            true
        };
        let lock = match locking.lock.0 {
            true => Some(stores.lock(session, name, locking.lock_timeout, wait)?),
            false => None,
        };
        let before = match is_settled(stores)? {
            true => stores.read(session)?,
            false if lock.is_none() => return Err(needs_lock()),
            false => settled(session, stores, place)?,
        };
        Ok(Editing { stores, before, _lock: lock })
    }

    /// Saves the changed state, if it says anything else.
    ///
    /// # Errors
    /// When nobody could work with it, or its store does not take it.
    pub fn save(&self, mut after: State) -> Result<bool, CommandError> {
        check(&after)?;
        let stored = self.stores.stored(&self.before)?;
        store::save(&**self.stores.written(), &stored, &mut after).map_err(|error| error.diagnostic().into())
    }
}

/// Opens the store of a state for an edit of it.
///
/// # Errors
/// When the configuration, which says where the state is, cannot be read.
pub fn open(session: &Session, place: &Place, destination: &Destination) -> Result<Stores, CommandError> {
    let backend = backend::configured(session, place)?;
    Stores::open(session, backend.as_ref(), place, destination)
}

/// Opens the store of a state for an edit that always makes a backup: where it was asked for, else in a dated file.
///
/// # Errors
/// As [`open`].
pub fn open_backed(
    session: &Session,
    place: &Place,
    backup: Option<&PathBuf>,
) -> Result<Stores, CommandError> {
    let backend = backend::configured(session, place)?;
    let open = |destination| Stores::open(session, backend.as_ref(), place, &destination);
    let stores = open(Destination::default())?;
    // What is no file has its earlier versions in the history, and in the bucket's.
    let Some(file) = stores.file() else { return Ok(stores) };
    let backup = match backup.filter(|path| path.as_path() != Path::new("-")) {
        Some(path) => path.clone(),
        None => dated_backup(file),
    };
    open(Destination { state_out: None, backup: Some(backup) })
}

/// Refuses a state that no command could read again.
pub fn check(after: &State) -> Result<(), CommandError> {
    // A new state has no lineage before it is saved.
    let mut checked = after.clone();
    if checked.lineage.is_empty() {
        checked.lineage = "new".to_owned();
    }
    checked.serial = checked.serial.max(1);
    let violations = verify::diagnostics(&verify::verify(&checked));
    if !violations.has_errors() {
        return Ok(());
    }
    let mut problems = Diagnostics::from(Diagnostic::error(
        "Invalid change of the state",
        "The state would break the rules below, and no command could work with it afterwards. Nothing was written.",
    ));
    problems.extend(violations);
    Err(problems.into())
}

/// The place of the backup that commands under `state` always make: `NAME.SECONDS.backup`, as in Terraform, and never one
/// that is there already.
fn dated_backup(state: &Path) -> PathBuf {
    let seconds = jiff::Timestamp::now().as_second();
    let name = |seconds: i64| {
        let mut name = state.as_os_str().to_owned();
        name.push(format!(".{seconds}.backup"));
        PathBuf::from(name)
    };
    (seconds..seconds + 1000).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(seconds))
}

fn is_settled(stores: &Stores) -> Result<bool, CommandError> {
    let open = journal::open_runs(stores.journal_dir()).map_err(|error| {
        CommandError::problem("Journal of an interrupted run cannot be used", format!("{error}."))
    })?;
    Ok(open.is_empty())
}

/// Settling asks the service, so that the whole of an operation is needed for it.
fn settled(session: &Session, stores: &Stores, place: &Place) -> Result<State, CommandError> {
    let mut config = session.config()?;
    let inputs = variables::gather(session, &mut config, &Assignments::default(), false)?;
    let operation = Operation::start(session, config, inputs, place, 1)?;
    operation.settled(stores, true)
}

fn needs_lock() -> CommandError {
    CommandError::problem(
        "An earlier run was interrupted",
        "Its journal says what it had begun, and that has to be brought into the state before the state is edited. This \
         needs the state's lock: run without -lock=false.",
    )
}
