//! The port of the places that keep a state: read, compare and replace, lock.
//! Knows nothing of files or services; `local` and `object_store` implement it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::State;
use super::history::History;
use super::lock::{Conflict, LockError, LockInfo};
use super::v4::{Read, ReadError};
use crate::base::Diagnostic;

/// Which version of a state's content.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Version {
    /// The serial.
    pub serial: u64,
    /// The lineage; empty where nothing has been written yet.
    pub lineage: String,
}

impl State {
    /// Which version of its content it is.
    pub fn version(&self) -> Version {
        Version { serial: self.serial, lineage: self.lineage.clone() }
    }

    /// Whether two states say the same, whatever their serials.
    pub fn same_content(&self, other: &State) -> bool {
        self.outputs == other.outputs
            && self.resources == other.resources
            && self.check_results == other.check_results
    }
}

/// A place that keeps a state. Its methods wait; call them where waiting is allowed.
pub trait Store: Send + Sync {
    /// Where it is, as a person would write it: a path, `s3://bucket/key`.
    fn location(&self) -> String;

    /// The state as it is now; the empty state where there is none.
    ///
    /// # Errors
    /// [`StoreError::Read`] for what is no state, [`StoreError::Io`].
    fn read(&self) -> Result<Read, StoreError>;

    /// Puts a state in the place of the expected version, serial and lineage as they are in it.
    ///
    /// # Errors
    /// [`StoreError::Moved`] if another version is there, [`StoreError::Read`] if what is there cannot be
    /// read (it is never overwritten), [`StoreError::LockLost`], [`StoreError::Io`].
    fn replace(&self, expected: &Version, state: &State) -> Result<(), StoreError>;

    /// Takes the lock. `info.path` is set to [`Store::location`].
    ///
    /// # Errors
    /// [`StoreError::Locked`] at once if somebody else has it; [`StoreError::Io`].
    fn lock(&self, info: &LockInfo) -> Result<(), StoreError>;

    /// Gives the lock back; nothing happens without one.
    ///
    /// # Errors
    /// When it may still be there.
    fn unlock(&self) -> Result<(), StoreError>;

    /// Takes away a lock that another process left, by its ID.
    ///
    /// # Errors
    /// [`StoreError::NotLocked`] if there is no such lock, as always where locks end with their process.
    fn force_unlock(&self, id: &str) -> Result<(), StoreError> {
        Err(StoreError::NotLocked { id: id.to_owned(), holder: None })
    }

    /// The least time between two writes that nobody waits for.
    fn pace(&self) -> Duration {
        Duration::ZERO
    }

    /// Earlier versions, where the store keeps them.
    fn history(&self) -> Option<&History> {
        None
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What is there is no state.
    #[error("{path}: {source}")]
    Read {
        /// Where.
        path: String,
        /// What is wrong with it.
        source: ReadError,
    },
    /// Somebody else holds the lock.
    #[error(transparent)]
    Locked(#[from] Conflict),
    /// The lock was taken from us while we held it.
    #[error("the lock of {path} was lost")]
    LockLost {
        /// Which state.
        path: String,
    },
    /// Another version is there than the one that was read.
    #[error("{path} has serial {}, not {}", found.serial, expected.serial)]
    Moved {
        /// Which state.
        path: String,
        /// What was read.
        expected: Version,
        /// What is there now.
        found: Version,
    },
    /// No lock with this ID is held.
    #[error("{}", not_locked(id, holder.as_deref()))]
    NotLocked {
        /// The ID.
        id: String,
        /// Who holds the lock instead.
        holder: Option<Box<LockInfo>>,
    },
    /// The service said no.
    #[error("{}: {}", problem.summary, problem.detail)]
    Service {
        /// What was tried: `read`, `write`, `lock`, `unlock`, `delete`, `list`.
        action: &'static str,
        /// What it said.
        problem: Box<Diagnostic>,
    },
    /// The file system said no.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `lock`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl StoreError {
    /// The error for a person.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            StoreError::Read { path, source } => {
                Diagnostic::error(source.summary, format!("{} ({path})", source.detail))
            }
            StoreError::Locked(conflict) => {
                Diagnostic::error("Error acquiring the state lock", conflict.detail())
            }
            StoreError::LockLost { path } => Diagnostic::error(
                "State lock was lost",
                format!(
                    "Another program took the lock of {path} while this run held it, so nothing was written there. \
                     Let that program finish, then compare its state with what this run did."
                ),
            ),
            StoreError::Moved { path, expected, found } => Diagnostic::error(
                "State was changed by another operation",
                if expected.lineage == found.lineage || expected.lineage.is_empty() {
                    format!(
                        "This run read serial {} of {path}, and serial {} is there now. Nothing was written, so that the \
                         other operation's changes are not lost. Run without -lock=false, and plan again.",
                        expected.serial, found.serial
                    )
                } else {
                    format!(
                        "This run read the state with lineage {:?} from {path}, and an unrelated state with lineage \
                         {:?} is there now. Nothing was written.",
                        expected.lineage, found.lineage
                    )
                },
            ),
            StoreError::NotLocked { id, holder } => {
                Diagnostic::error("Error releasing the state lock", not_locked(id, holder.as_deref()))
            }
            StoreError::Service { action, problem } => {
                Diagnostic::error(summary(action), format!("{}\n\n{}", problem.summary, problem.detail))
            }
            StoreError::Io { action, path, source } => {
                let advice = match (*action, source.kind()) {
                    ("lock", io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                        " Whoever runs this must be allowed to write there; to look only, plan with -lock=false."
                    }
                    _ => "",
                };
                let detail = format!("Cannot {action} {}: {source}.{advice}", path.display());
                Diagnostic::error(summary(action), detail)
            }
        }
    }
}

/// What could not be done.
fn summary(action: &str) -> &'static str {
    match action {
        "lock" => "Error acquiring the state lock",
        "unlock" => "Error releasing the state lock",
        "write" => "State could not be written",
        "delete" => "State could not be deleted",
        "list" => "Workspaces could not be listed",
        _ => "State could not be read",
    }
}

fn not_locked(id: &str, holder: Option<&LockInfo>) -> String {
    match holder {
        Some(holder) => {
            format!("lock ID {id:?} does not match the existing lock ID {:?}\n{holder}", holder.id)
        }
        None => format!("the state is not locked, so there is no lock {id:?}"),
    }
}

impl From<LockError> for StoreError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Conflict(conflict) => StoreError::Locked(conflict),
            LockError::Io { path, source } => StoreError::Io { action: "lock", path, source },
        }
    }
}

/// Writes `next` over `prior`, if it says anything else: the serial is raised by one, a first write makes the lineage.
/// `next` has the serial and lineage of what is stored afterwards. Returns whether anything was written.
///
/// # Errors
/// Those of [`Store::replace`]; `next` then has the serial and lineage it would have got.
pub fn save(store: &dyn Store, prior: &State, next: &mut State) -> Result<bool, StoreError> {
    next.serial = prior.serial;
    next.lineage.clone_from(&prior.lineage);
    if next.same_content(prior) {
        return Ok(false);
    }
    next.serial += 1;
    if next.lineage.is_empty() {
        next.lineage = uuid::Uuid::new_v4().to_string();
    }
    store.replace(&prior.version(), next)?;
    Ok(true)
}

/// Why a state must not be pushed over another, or nothing.
///
/// # Errors
/// The sentence Terraform says (`statemgr` rules: same lineage, higher serial or same content).
pub fn check_push(current: &State, pushed: &State) -> Result<(), String> {
    if current.is_empty() || current.lineage.is_empty() || pushed.lineage.is_empty() {
        return Ok(());
    }
    let (old, new) = (current.serial, pushed.serial);
    if current.lineage != pushed.lineage {
        return Err(format!(
            "cannot import state with lineage {:?} over unrelated state with lineage {:?}",
            pushed.lineage, current.lineage
        ));
    }
    if new < old {
        return Err(format!("cannot import state with serial {new} over newer state with serial {old}"));
    }
    if new == old && !pushed.same_content(current) {
        return Err(format!(
            "cannot overwrite existing state with serial {new} with a different state that has the same serial"
        ));
    }
    Ok(())
}

/// A held lock; given back when dropped.
#[must_use]
pub struct Guard<'a>(&'a dyn Store);

impl Guard<'_> {
    /// Gives the lock back and says how that went.
    ///
    /// # Errors
    /// Those of [`Store::unlock`].
    pub fn release(self) -> Result<(), StoreError> {
        self.0.unlock()
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // After a release there is nothing left to give back.
        _ = self.0.unlock();
    }
}

/// Takes the lock of a store, trying again after 1, 2, 4, 8, 16, 16 … seconds until the timeout is used up.
///
/// `pause` is called before every new attempt; it waits as long as it is told and returns false to give up, as when
/// a person pressed Ctrl-C. Its first call is the time to say "Acquiring state lock. This may take a few moments...".
///
/// # Errors
/// [`StoreError::Locked`] with whoever holds it after the last attempt, or what else [`Store::lock`] says.
pub fn acquire<'a>(
    store: &'a dyn Store,
    info: &LockInfo,
    timeout: Duration,
    pause: &mut dyn FnMut(Duration) -> bool,
) -> Result<Guard<'a>, StoreError> {
    let (mut left, mut delay) = (timeout, Duration::from_secs(1));
    loop {
        match store.lock(info) {
            Ok(()) => return Ok(Guard(store)),
            Err(StoreError::Locked(conflict)) => {
                let wait = delay.min(left);
                if wait.is_zero() || !pause(wait) {
                    return Err(StoreError::Locked(conflict));
                }
                left -= wait;
                delay = (delay * 2).min(Duration::from_secs(16));
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Busy(std::sync::atomic::AtomicUsize);

    impl Store for Busy {
        fn location(&self) -> String {
            String::new()
        }
        fn read(&self) -> Result<Read, StoreError> {
            Ok(Read::default())
        }
        fn replace(&self, _: &Version, _: &State) -> Result<(), StoreError> {
            Ok(())
        }
        fn lock(&self, _: &LockInfo) -> Result<(), StoreError> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Err(Conflict { cause: "busy".into(), holder: None }.into())
        }
        fn unlock(&self) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[test]
    fn waiting_for_a_lock_doubles_its_pauses_until_the_timeout() {
        for (timeout, expected) in [(0, vec![]), (3, vec![1, 2]), (60, vec![1, 2, 4, 8, 16, 16, 13])] {
            let store = Busy(0.into());
            let mut pauses = Vec::new();
            let mut pause = |wait: Duration| {
                pauses.push(wait.as_secs());
                true
            };
            let result = acquire(&store, &LockInfo::default(), Duration::from_secs(timeout), &mut pause);
            assert!(matches!(result, Err(StoreError::Locked(_))));
            assert_eq!(pauses, expected);
            assert_eq!(store.0.load(std::sync::atomic::Ordering::SeqCst), expected.len() + 1);
        }
        let mut stop = |_| false;
        assert!(acquire(&Busy(0.into()), &LockInfo::default(), Duration::from_secs(9), &mut stop).is_err());
    }

    #[test]
    fn pushes_follow_the_rules_of_serial_and_lineage() {
        let state = |serial, lineage: &str, output: &str| {
            let mut state = State { serial, lineage: lineage.into(), ..State::default() };
            let value = super::super::OutputValue { value: 1.into(), ty: "number".into(), sensitive: false };
            state.outputs.insert(output.into(), value);
            state
        };
        let current = state(3, "a", "x");
        for (pushed, refused) in [
            (state(4, "a", "y"), None),
            (state(3, "a", "x"), None),
            (state(1, "", "y"), None),
            (state(1, "b", "y"), Some("lineage \"b\" over unrelated state with lineage \"a\"")),
            (state(1, "a", "x"), Some("serial 1 over newer state with serial 3")),
            (state(3, "a", "y"), Some("with serial 3 with a different state")),
        ] {
            match (check_push(&current, &pushed), refused) {
                (Ok(()), None) => {}
                (Err(text), Some(part)) => assert!(text.contains(part), "{text}"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(check_push(&State::default(), &state(1, "b", "y")), Ok(()));
    }
}
